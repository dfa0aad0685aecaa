// Level jumps: how much the height changes from each scan line to the next.
//
// Medians and differences of two heights in double precision are all that is computed: the result is the same to the last bit for
// any number of threads, any strides, any compiler and any CPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// Where changes are looked for. Scan lines are the rows of the views.
template <typename T>
struct ChangesJob {
  StridedView2D<const T> image;            // NaN where a pixel is missing
  StridedView2D<const std::uint8_t> mask;  // 0: not used; without data, all pixels are
  std::ptrdiff_t least = 1;                // pixels that two lines must share
  std::ptrdiff_t parts = 1;                // of a line, 1 to the number of columns
  int threads = 1;
  Interrupt interrupt;
};

/// Writes to changes[r * parts + k], r from 1 to rows - 1, the median of what the used pixels of line r are higher than those of
/// line r - 1, in part k of the columns: over the pixels used in both, NaN where there are none, or in the whole line fewer than
/// `least`. Parts are as wide as each other, but for rounding. The first `parts` numbers are left alone. Returns false where a
/// height is infinite, used or not; then the changes are worth nothing.
///
/// changes  room for `parts` numbers for each row
///
/// Reads the image once. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
bool row_changes(const ChangesJob<T>& job, double* changes);

}  // namespace afmnn::correct
