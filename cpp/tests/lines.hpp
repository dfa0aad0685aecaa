// A small scan for tests of what looks at scan lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "check.hpp"

namespace afmnn::test {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Heights and marks; noise from -0.5 to 0.5 to begin with.
struct Lines {
  std::ptrdiff_t rows, cols;
  std::vector<double> heights;
  std::vector<std::uint8_t> marks;

  Lines(std::ptrdiff_t rows_, std::ptrdiff_t cols_, std::uint64_t key)
      : rows(rows_), cols(cols_), heights(static_cast<std::size_t>(rows * cols)), marks(heights.size()) {
    Numbers numbers(key);
    for (double& height : heights) height = numbers(-0.5, 0.5);
  }

  double& operator()(std::ptrdiff_t r, std::ptrdiff_t c) { return heights[static_cast<std::size_t>(r * cols + c)]; }
  std::uint8_t& mark(std::ptrdiff_t r, std::ptrdiff_t c) { return marks[static_cast<std::size_t>(r * cols + c)]; }
  std::ptrdiff_t marked() const {
    std::ptrdiff_t count = 0;
    for (const std::uint8_t mark : marks) count += mark;
    return count;
  }
  StridedView2D<const double> image() const { return {heights.data(), rows, cols, cols, 1}; }
  StridedView2D<std::uint8_t> result() { return {marks.data(), rows, cols, cols, 1}; }
};

}  // namespace afmnn::test
