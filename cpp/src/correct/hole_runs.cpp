#include "hole_runs.hpp"

#include <algorithm>

namespace afmnn::correct {
namespace {

// Adds squares whose columns lie in [first, last).
void add_squares(HoleRuns& squares, std::ptrdiff_t first, std::ptrdiff_t last, std::ptrdiff_t cols) {
  const std::ptrdiff_t begin = (first + 1) / 2;
  const std::ptrdiff_t end = last == cols ? (last + 1) / 2 : last / 2;
  if (begin < end) squares.add(begin, end);
}

}  // namespace

HoleRuns squares_inside(const HoleRuns& fine, std::ptrdiff_t rows, std::ptrdiff_t cols) {
  const std::ptrdiff_t coarse_rows = (rows + 1) / 2;
  HoleRuns squares(coarse_rows);
  for (std::ptrdiff_t r = 0; r < coarse_rows; ++r) {
    const Run* upper = fine.begin(2 * r);
    const Run* const upper_end = fine.end(2 * r);
    if (2 * r + 1 == rows) {
      for (; upper != upper_end; ++upper) add_squares(squares, upper->first, upper->last, cols);
    } else {
      const Run* lower = fine.begin(2 * r + 1);
      const Run* const lower_end = fine.end(2 * r + 1);
      while (upper != upper_end && lower != lower_end) {
        const std::ptrdiff_t first = std::max(upper->first, lower->first);
        const std::ptrdiff_t last = std::min(upper->last, lower->last);
        if (first < last) add_squares(squares, first, last, cols);
        ++(upper->last < lower->last ? upper : lower);
      }
    }
    squares.end_row(r);
  }
  return squares;
}

}  // namespace afmnn::correct
