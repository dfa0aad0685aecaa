// Finds bodies near a place in constant time: the frame, a torus, is cut in cells, each with a chain of its members.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace afmnn::synth {

class CellGrid {
 public:
  /// Cells at least `reach` wide, and not many more than the `expected` members.
  CellGrid(double height, double width, double reach, std::ptrdiff_t expected) : height_(height), width_(width) {
    const double roomy = std::sqrt(height * width / static_cast<double>(2 * expected + 8));
    const double side = std::max(reach, roomy);
    rows_ = std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(height / side));
    cols_ = std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(width / side));
    head_.assign(static_cast<std::size_t>(rows_ * cols_), -1);
    next_.reserve(static_cast<std::size_t>(expected));
  }

  void clear() {
    std::fill(head_.begin(), head_.end(), -1);
    next_.clear();
  }

  /// Members are numbered in the order in which they are added.
  void add(double y, double x) {
    auto& head = head_[static_cast<std::size_t>(cell(y, x))];
    next_.push_back(head);
    head = static_cast<std::int32_t>(next_.size() - 1);
  }

  std::ptrdiff_t cell(double y, double x) const { return row(y) * cols_ + col(x); }

  /// Calls visit(member) for all members within `reach`, and for others nearby; visit returns false to stop.
  template <typename Visit>
  void for_near(double y, double x, const Visit& visit) const {
    const std::ptrdiff_t centre_row = row(y);
    const std::ptrdiff_t centre_col = col(x);
    // Fewer than three cells across: every one is a neighbour, once.
    const std::ptrdiff_t row_count = std::min<std::ptrdiff_t>(3, rows_);
    const std::ptrdiff_t col_count = std::min<std::ptrdiff_t>(3, cols_);
    for (std::ptrdiff_t i = 0; i < row_count; ++i) {
      std::ptrdiff_t r = centre_row - 1 + i;
      if (r < 0) r += rows_;
      if (r >= rows_) r -= rows_;
      for (std::ptrdiff_t j = 0; j < col_count; ++j) {
        std::ptrdiff_t c = centre_col - 1 + j;
        if (c < 0) c += cols_;
        if (c >= cols_) c -= cols_;
        for (std::int32_t member = head_[static_cast<std::size_t>(r * cols_ + c)]; member >= 0;
             member = next_[static_cast<std::size_t>(member)]) {
          if (!visit(static_cast<std::ptrdiff_t>(member))) return;
        }
      }
    }
  }

 private:
  std::ptrdiff_t row(double y) const { return wrapped(y / height_, rows_); }
  std::ptrdiff_t col(double x) const { return wrapped(x / width_, cols_); }
  static std::ptrdiff_t wrapped(double turns, std::ptrdiff_t count) {
    turns -= std::floor(turns);
    return std::min(static_cast<std::ptrdiff_t>(turns * static_cast<double>(count)), count - 1);
  }

  double height_;
  double width_;
  std::ptrdiff_t rows_;
  std::ptrdiff_t cols_;
  std::vector<std::int32_t> head_;
  std::vector<std::int32_t> next_;
};

}  // namespace afmnn::synth
