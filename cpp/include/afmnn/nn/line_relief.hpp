// How high the relief is along the scan lines, whatever offsets the lines have and however the scanner bends them.
//
// Bow, drift, a tip that changes, and wrong lines make the heights of a scan differ by much more than its relief does. In units
// of their spread, fine structure would be too small to be seen.
#pragma once

#include "afmnn/core/quantiles.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::nn {

/// Which quantiles of the heights the relief lies between.
struct Ends {
  double low = 0.05;
  double high = 0.95;
};

/// The distance between two quantiles of heights less a plane, the trimmed means of their lines, and a bow along them: with the
/// bow, or without it, whichever is less, because what passes for a bow of a few large objects is none. Infinite where no line
/// has a finite height.
///
/// The bow is the median, over triples of pixels in a line, of their second difference. Of images of more than 2048 rows or 128
/// columns, that many are looked at, 16 triples of each row: out of each part of a row one that looks random, so that nothing
/// periodic keeps step with them, the same from either end, so that flipped images have the same relief.
///
/// Throws std::bad_alloc only.
template <typename T>
double line_relief(StridedView2D<const T> image, const Plane& plane, const Ends& ends);

}  // namespace afmnn::nn
