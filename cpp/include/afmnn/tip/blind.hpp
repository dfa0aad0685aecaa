// Estimating a tip from nothing but the images it made.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/view2d.hpp"

namespace afmnn::tip {

/// Elements that `refine_tip` may read beyond half a tip, below and to the right.
constexpr std::ptrdiff_t refine_margin = 32;

/// One sweep over `count` image points, each of which may sharpen the estimate P of the tip (J. S. Villarrubia,
/// J. Res. Natl. Inst. Stand. Technol. 102 (1997) 425, doi:10.6028/jres.102.030). With offsets relative to the centre pixel,
///
///   D    = { d : I(x) - I(x + d) <= P(d) + threshold }       where the tip may have touched
///   b(y) = max over d in D of I(x + d - y) + P(d) - I(x)     P(y) <- min(P(y), b(y) + threshold)
///
/// The paper has no threshold in D. With it, noise of a peak-to-peak height up to the threshold can never make P sharper
/// than the tip, by induction over the refinements; without it, one lost contact can ruin the estimate.
///
/// This is written so that rounding keeps its order: a lower P never gives a higher one, and what refines lowers P by at
/// least the last bit. Repeating sweeps therefore ends, at the same P whatever the order of the points.
///
/// image      (rows, cols), continued by plus infinity, which leaves P alone: by half a tip at the top and at the left, by
///            half a tip and `refine_margin` at the bottom and at the right. Point i is at row i / cols, column i % cols.
/// points     whole tips around them lie in the image
/// estimate   (odd, odd), P; centre 0 and nothing above it
/// threads    >= 1. Points are taken in groups that do not depend on it, each group from its own copy of P, and the
///            lowest of the copies is the next P: same bits for any number of threads.
///
/// Returns how many points sharpened their copy. Throws std::bad_alloc only.
std::ptrdiff_t refine_tip(View2D<const double> image, const std::int64_t* points, std::ptrdiff_t count, View2D<double> estimate,
                          double threshold, int threads);

}  // namespace afmnn::tip
