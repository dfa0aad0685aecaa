// Heights for marked and missing pixels: a smooth surface through those around them.
//
// The result is the same to the last bit for any number of threads, any strides, any compiler and any CPU: every pixel is a
// function of the iterate before, sums are added in an order that the source fixes (core/lane_sums.hpp), and nothing but
// + - * /, square roots and scalings by powers of two is used.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// What is to be filled.
template <typename T>
struct FillJob {
  StridedView2D<const T> image;             // NaN where a pixel is missing: it is filled
  StridedView2D<const std::uint8_t> marks;  // not 0: to be filled as well; without data, none
  View2D<T> result;                         // of the image's shape; must not overlap it
  bool keep_offsets = true;                 // whether scan lines keep their own offsets
  int axis = 1;                             // scan lines are rows (1) or columns (0)
  int threads = 1;
  Interrupt interrupt;
};

/// What became of it: unless done, the result is worth nothing.
enum class Filled {
  done,
  infinite,          // a height is, marked or not
  no_pixel,          // has a height and no mark
  not_representable  // the range of the heights around, in double precision
};

struct FillReport {
  Filled outcome = Filled::done;
  std::ptrdiff_t pixels = 0;  // that were filled
  int cycles = 0;             // of the multigrid method
  double error = 0.0;         // by how much a height may differ from the solution, as estimated from the last two cycles
};

/// Fills with the solution of Laplace's equation: each filled pixel is the mean of its neighbours above, below, left and right,
/// filled or not; neighbours beyond the image do not count. To 1e-6 of the range of the heights around all holes, the
/// type's own rounding beside. All other pixels keep their bits.
///
/// With `keep_offsets` that is done on heights less offsets of the scan lines (fill_offsets.hpp), which are added again.
///
/// Costs one look at the image, two more at the rows with holes, and for each filled pixel a number of cycles that depends
/// neither on how many there are nor on the shape of the holes: 3 to 18 (laplace.hpp). Memory: 8 bytes for each stretch of filled
/// pixels in a row, and 16 bytes for each square of 2 x 2 pixels inside of the holes, of 4 x 4, and so on, which is 5.3 bytes for
/// each pixel of large holes. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
FillReport fill(const FillJob<T>& job);

}  // namespace afmnn::correct
