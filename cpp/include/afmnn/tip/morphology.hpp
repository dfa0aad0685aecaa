// Imaging with a tip, and what can be undone of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/view2d.hpp"

namespace afmnn::tip {

/// What lies beyond the border of the image: its last pixel again, or nothing, so that taps falling there do not count.
enum class Border { nearest, nothing };

/// The image that a tip makes of a surface, in the rows [first, last):
///
///   out(x) = max_v surface(x + v) + tip(v)
///
/// v runs over the pixels of the tip relative to its centre pixel.
///
/// surface  (rows, cols)
/// tip      odd sides, apex up: minus the height of the tip's surface above its apex
/// out      (rows, cols); only rows [first, last) are written
/// threads  >= 1; the result does not depend on how many: a maximum has no order
///
/// Costs at most tip.rows * tip.cols additions and maxima a pixel; taps that cannot win are left out in groups. Memory:
/// a few times (64 + tip.rows) * (64 + tip.cols) elements per thread. Throws std::bad_alloc only.
template <typename T>
void dilate(StridedView2D<const T> surface, View2D<const T> tip, Border border, View2D<T> out, std::ptrdiff_t first,
            std::ptrdiff_t last, int threads);

/// The highest surface that can have given an image, in the rows [first, last): out(x) = min_v image(x - v) - tip(v).
/// Everything else is as in `dilate`.
template <typename T>
void erode(StridedView2D<const T> image, View2D<const T> tip, Border border, View2D<T> out, std::ptrdiff_t first,
           std::ptrdiff_t last, int threads);

/// For every pixel x of the rows [first, last), the only place x + v where the tip touches the surface reconstructed
/// from the image: image(x) - tip(v) <= reconstructed(x + v) + tolerance.
///
/// The image is continued by its smallest value `floor` over half a tip (one pixel more at the right and at the bottom),
/// the reconstructed surface is its erosion there, and taps that leave this frame do not count.
///
/// certain  (rows, cols); set to 1 where such a place is in the image, otherwise left alone
/// Memory: (last - first + 2 tip.rows) * (cols + tip.cols) elements.
void mark_contacts(StridedView2D<const double> image, View2D<const double> tip, double floor, double tolerance,
                   View2D<std::uint8_t> certain, std::ptrdiff_t first, std::ptrdiff_t last, int threads);

}  // namespace afmnn::tip
