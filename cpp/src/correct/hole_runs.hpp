// Where the holes of an image are: stretches of its rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace afmnn::correct {

/// Columns [first, last) of a row.
struct Run {
  std::int32_t first = 0, last = 0;
};

/// The runs of all rows, from left to right, with something between any two.
class HoleRuns {
 public:
  HoleRuns() = default;
  explicit HoleRuns(std::ptrdiff_t rows) : starts_(static_cast<std::size_t>(rows) + 1) {}

  std::ptrdiff_t rows() const { return static_cast<std::ptrdiff_t>(starts_.size()) - 1; }
  /// Rows that have runs, in order.
  const std::vector<std::ptrdiff_t>& used() const { return used_; }
  std::ptrdiff_t pixels() const { return pixels_; }

  const Run* begin(std::ptrdiff_t row) const { return runs_.data() + starts_[static_cast<std::size_t>(row)]; }
  const Run* end(std::ptrdiff_t row) const { return begin(row + 1); }
  bool empty(std::ptrdiff_t row) const { return begin(row) == end(row); }

  /// Takes memory for that many runs.
  void reserve(std::ptrdiff_t runs) { runs_.reserve(static_cast<std::size_t>(runs)); }
  void add(std::ptrdiff_t first, std::ptrdiff_t last) {
    runs_.push_back({static_cast<std::int32_t>(first), static_cast<std::int32_t>(last)});
    pixels_ += last - first;
  }
  /// Ends a row, whose runs have been added; rows are ended from the first to the last.
  void end_row(std::ptrdiff_t row) {
    const auto at = static_cast<std::size_t>(row);
    starts_[at + 1] = static_cast<std::ptrdiff_t>(runs_.size());
    if (starts_[at + 1] > starts_[at]) used_.push_back(row);
  }

 private:
  std::vector<std::ptrdiff_t> starts_;
  std::vector<std::ptrdiff_t> used_;
  std::vector<Run> runs_;
  std::ptrdiff_t pixels_ = 0;
};

/// Squares of 2 x 2 pixels, from the first row and column on, that lie in holes with all of their pixels (at the last row and
/// column there may be fewer). A single row, or column, is not halved.
HoleRuns squares_inside(const HoleRuns& fine, std::ptrdiff_t rows, std::ptrdiff_t cols);

}  // namespace afmnn::correct
