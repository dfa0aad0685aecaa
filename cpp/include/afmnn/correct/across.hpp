// Marked pixels of scan lines, filled from the lines before and behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// Scan lines are the rows of the views, which have one shape.
template <typename T>
struct AcrossJob {
  StridedView2D<const T> image;             // NaN: missing, stays so; not infinite
  StridedView2D<const std::uint8_t> marks;  // not 0: to be filled
  StridedView2D<T> result;                  // must not overlap the image
  int threads = 1;
  Interrupt interrupt;
};

/// What became of it: unless done, the result is worth nothing.
enum class Across {
  done,
  nothing,           // is marked that is not missing: the result is the image
  no_pixel,          // is left to fill from
  not_representable  // a height that was filled, or what it was filled from
};

/// Fills marked pixels on straight lines between the nearest good ones (neither marked nor missing) of their column, before and
/// behind: of heights less the offsets of level_rows_difference over good pixels; each line keeps its own. Where a column has
/// good pixels on one side only, the nearest is taken; where it has none, what lies between the pixels beside it in the line,
/// that are good or were filled; where there are none, the mean of all.
///
/// Costs a few operations a pixel, and the medians of the lines' differences; needs a quarter of the memory of a float image, and
/// that of an index for each filled pixel. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
Across fill_across(const AcrossJob<T>& job);

/// The median of each chosen line's heights that are not missing, NaN where there is none, and for lines that are not chosen.
template <typename T>
std::vector<double> medians_of_lines(StridedView2D<const T> image, const std::uint8_t* chosen, int threads,
                                     const Interrupt& interrupt);

}  // namespace afmnn::correct
