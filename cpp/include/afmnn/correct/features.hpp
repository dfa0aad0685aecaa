// What stands out of the ground of a levelled image.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// Heights between which the ground lies; either may be infinite.
struct Ground {
  double low, high;  // a feature goes beyond
  double weak_low,
      weak_high;  // and all that hangs together with it beyond these belongs to it; low <= weak_low <= weak_high <= high
};

/// Writes 1 for pixels of features, 0 for others: those above `high`, and those above `weak_high` that are connected with them by
/// others like them, over sides and corners of pixels; and the same below. NaN is never marked.
///
/// image, marks  of one shape
///
/// Costs some operations a pixel, whatever the shape of features; needs memory for the places of pixels that are weak and still
/// to be looked at. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
void mark_features(StridedView2D<const T> image, const Ground& ground, StridedView2D<std::uint8_t> marks,
                   const Interrupt& interrupt);

}  // namespace afmnn::correct
