// Finds bodies near a place in constant time: the frame, a torus, is cut in cells.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace afmnn::synth {

/// Rows and columns of cells on a torus.
class Cells {
 public:
  /// Cells at least `reach` wide, and not many more than the `expected` members.
  Cells(double height, double width, double reach, std::ptrdiff_t expected) : height_(height), width_(width) {
    const double roomy = std::sqrt(height * width / static_cast<double>(2 * expected + 8));
    const double side = std::max(reach, roomy);
    rows_ = std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(height / side));
    cols_ = std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(width / side));
  }

  std::ptrdiff_t count() const { return rows_ * cols_; }
  std::ptrdiff_t cell(double y, double x) const { return row(y) * cols_ + col(x); }

  /// Calls visit(cell) for a cell and all around it, each once; visit returns false to stop.
  template <typename Visit>
  void for_around(std::ptrdiff_t cell, const Visit& visit) const {
    const std::ptrdiff_t centre_row = cell / cols_;
    const std::ptrdiff_t centre_col = cell % cols_;
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
        if (!visit(r * cols_ + c)) return;
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
};

/// Each cell has a chain of its members: for bodies that come one by one.
class CellGrid {
 public:
  CellGrid(double height, double width, double reach, std::ptrdiff_t expected) : cells_(height, width, reach, expected) {
    head_.assign(static_cast<std::size_t>(cells_.count()), -1);
    next_.reserve(static_cast<std::size_t>(expected));
  }

  /// Members are numbered in the order in which they are added.
  void add(double y, double x) {
    auto& head = head_[static_cast<std::size_t>(cells_.cell(y, x))];
    next_.push_back(head);
    head = static_cast<std::int32_t>(next_.size() - 1);
  }

  /// Calls visit(member) for all members within `reach`, and for others nearby; visit returns false to stop.
  template <typename Visit>
  void for_near(double y, double x, const Visit& visit) const {
    cells_.for_around(cells_.cell(y, x), [&](std::ptrdiff_t cell) {
      for (std::int32_t member = head_[static_cast<std::size_t>(cell)]; member >= 0;
           member = next_[static_cast<std::size_t>(member)]) {
        if (!visit(static_cast<std::ptrdiff_t>(member))) return false;
      }
      return true;
    });
  }

 private:
  Cells cells_;
  std::vector<std::int32_t> head_;
  std::vector<std::int32_t> next_;
};

/// All bodies sorted by cell: for finding all pairs at once.
class CellOrder {
 public:
  /// cell_of(k, cells) tells the cell of body k.
  template <typename CellOf>
  CellOrder(const Cells& cells, std::ptrdiff_t count, const CellOf& cell_of)
      : cells_(cells), start_(static_cast<std::size_t>(cells.count() + 1), 0), order_(static_cast<std::size_t>(count)) {
    std::vector<std::int32_t> cell(order_.size());
    for (std::size_t k = 0; k < cell.size(); ++k) {
      cell[k] = static_cast<std::int32_t>(cell_of(static_cast<std::ptrdiff_t>(k), cells));
      ++start_[static_cast<std::size_t>(cell[k]) + 1];
    }
    for (std::size_t c = 1; c < start_.size(); ++c) start_[c] += start_[c - 1];
    std::vector<std::int32_t> end(start_.begin(), start_.end() - 1);
    for (std::size_t k = 0; k < cell.size(); ++k) {
      order_[static_cast<std::size_t>(end[static_cast<std::size_t>(cell[k])]++)] = static_cast<std::int32_t>(k);
    }
  }

  /// Numbers of the bodies, cell by cell.
  const std::vector<std::int32_t>& order() const { return order_; }

  /// Calls visit(place, first, last) so that every body (order()[place]) meets every other within the reach of the cells once
  /// in order()[first] ... order()[last - 1], and some more.
  template <typename Visit>
  void for_pairs(const Visit& visit) const {
    for (std::ptrdiff_t cell = 0; cell < cells_.count(); ++cell) {
      const std::int32_t begin = start_[static_cast<std::size_t>(cell)];
      const std::int32_t end = start_[static_cast<std::size_t>(cell) + 1];
      if (begin == end) continue;
      for (std::int32_t k = begin; k < end; ++k) visit(k, begin, k);
      // Cells with larger numbers, joined to runs where they are neighbours in memory.
      std::int32_t first = 0;
      std::int32_t last = 0;
      const auto finish = [&] {
        for (std::int32_t k = begin; k < end && first < last; ++k) visit(k, first, last);
      };
      cells_.for_around(cell, [&](std::ptrdiff_t other) {
        if (other <= cell) return true;
        const std::int32_t from = start_[static_cast<std::size_t>(other)];
        const std::int32_t to = start_[static_cast<std::size_t>(other) + 1];
        if (from != last) {
          finish();
          first = from;
        }
        last = to;
        return true;
      });
      finish();
    }
  }

 private:
  Cells cells_;
  std::vector<std::int32_t> start_;
  std::vector<std::int32_t> order_;
};

}  // namespace afmnn::synth
