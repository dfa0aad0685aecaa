#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "afmnn/correct/fill.hpp"
#include "check.hpp"

namespace {

using afmnn::correct::Filled;
using afmnn::correct::FillJob;
using afmnn::correct::FillReport;
using afmnn::test::Numbers;

std::size_t at(std::ptrdiff_t index) { return static_cast<std::size_t>(index); }

// An image with marks and its result.
template <typename T>
struct Scan {
  std::ptrdiff_t rows, cols;
  std::vector<T> heights, result;
  std::vector<std::uint8_t> marks;

  Scan(std::ptrdiff_t rows_, std::ptrdiff_t cols_, std::uint64_t key)
      : rows(rows_), cols(cols_), heights(at(rows * cols)), result(at(rows * cols)), marks(at(rows * cols)) {
    Numbers numbers(key);
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
      const double offset = numbers(-1.0, 1.0);
      for (std::ptrdiff_t c = 0; c < cols; ++c) heights[at(r * cols + c)] = static_cast<T>(1e-9 * (offset + numbers(-0.1, 0.1)));
    }
  }

  std::uint8_t& mark(std::ptrdiff_t r, std::ptrdiff_t c) { return marks[at(r * cols + c)]; }
  double height(std::ptrdiff_t r, std::ptrdiff_t c) const { return static_cast<double>(result[at(r * cols + c)]); }

  FillJob<T> job(bool keep_offsets, int threads = 1) {
    FillJob<T> job;
    job.image = {heights.data(), rows, cols, cols, 1};
    job.marks = {marks.data(), rows, cols, cols, 1};
    job.result = {result.data(), rows, cols, cols};
    job.keep_offsets = keep_offsets;
    job.threads = threads;
    return job;
  }
};

// Holes of three kinds, and those at all edges.
template <typename T>
void mark_some(Scan<T>& scan, double share) {
  Numbers numbers(3);
  for (auto& mark : scan.marks) mark = numbers(0.0, 1.0) < share ? 1 : 0;
  for (std::ptrdiff_t r = 0; r < scan.rows; ++r)
    for (std::ptrdiff_t c = 0; c < scan.cols; ++c)
      if (std::abs(r - scan.rows / 2) < scan.rows / 5 && std::abs(c - scan.cols / 3) < scan.cols / 5) scan.mark(r, c) = 1;
  for (std::ptrdiff_t c = 0; c < scan.cols; ++c) scan.mark(0, c) = scan.mark(scan.rows - 1, c) = 1;
}

// By how much filled heights differ from the mean of their neighbours.
template <typename T>
double worst_residual(Scan<T>& scan) {
  double worst = 0.0;
  for (std::ptrdiff_t r = 0; r < scan.rows; ++r) {
    for (std::ptrdiff_t c = 0; c < scan.cols; ++c) {
      if (scan.mark(r, c) == 0) continue;
      double sum = 0.0, count = 0.0;
      const auto add = [&](std::ptrdiff_t y, std::ptrdiff_t x) {
        if (y < 0 || y >= scan.rows || x < 0 || x >= scan.cols) return;
        sum += scan.height(y, x);
        count += 1.0;
      };
      add(r - 1, c);
      add(r + 1, c);
      add(r, c - 1);
      add(r, c + 1);
      worst = std::max(worst, std::abs(sum / count - scan.height(r, c)));
    }
  }
  return worst;
}

template <typename T>
void check_equations(std::ptrdiff_t rows, std::ptrdiff_t cols, double share) {
  Scan<T> scan(rows, cols, 5);
  mark_some(scan, share);
  const FillReport report = afmnn::correct::fill(scan.job(false));
  AFMNN_CHECK(report.outcome == Filled::done);
  AFMNN_CHECK(report.pixels == std::count(scan.marks.begin(), scan.marks.end(), std::uint8_t{1}));
  AFMNN_CHECK(report.cycles > 0 && report.cycles < 30);
  AFMNN_CHECK(worst_residual(scan) < 1e-6 * 2.2e-9);
  for (std::size_t i = 0; i < scan.marks.size(); ++i) AFMNN_CHECK(scan.marks[i] != 0 || scan.result[i] == scan.heights[i]);
}

AFMNN_TEST(filled_pixels_are_means_of_their_neighbours) {
  for (const double share : {0.0, 0.05, 0.5, 0.95}) {
    check_equations<float>(60, 77, share);
    check_equations<double>(131, 64, share);
    check_equations<double>(5, 300, share);
    check_equations<double>(200, 3, share);
  }
}

AFMNN_TEST(filling_does_not_depend_on_threads_or_strides) {
  for (const int axis : {0, 1}) {
    Scan<float> scan(400, 500, 7);
    mark_some(scan, 0.3);
    auto job = scan.job(true);
    job.axis = axis;
    AFMNN_CHECK(afmnn::correct::fill(job).outcome == Filled::done);
    std::vector<float> by_columns(scan.heights.size()), result(scan.heights.size());
    std::vector<std::uint8_t> marks(scan.marks.size());
    for (std::ptrdiff_t r = 0; r < scan.rows; ++r) {
      for (std::ptrdiff_t c = 0; c < scan.cols; ++c) {
        const std::size_t to = at(c * scan.rows + scan.rows - 1 - r);
        by_columns[to] = scan.heights[at(r * scan.cols + c)];
        marks[to] = scan.mark(r, c);
      }
    }
    for (const int threads : {1, 2, 3}) {
      FillJob<float> other = job;
      other.image = {by_columns.data() + scan.rows - 1, scan.rows, scan.cols, -1, scan.rows};
      other.marks = {marks.data() + scan.rows - 1, scan.rows, scan.cols, -1, scan.rows};
      other.result = {result.data(), scan.rows, scan.cols, scan.cols};
      other.threads = threads;
      AFMNN_CHECK(afmnn::correct::fill(other).outcome == Filled::done);
      AFMNN_CHECK(result == scan.result);
    }
  }
}

AFMNN_TEST(a_stretch_keeps_the_offset_of_its_line) {
  Scan<double> scan(30, 200, 9);
  for (std::ptrdiff_t c = 0; c < 200; ++c) scan.heights[at(15 * 200 + c)] += 20e-9;
  for (std::ptrdiff_t c = 40; c < 160; ++c) scan.mark(15, c) = 1;
  AFMNN_CHECK(afmnn::correct::fill(scan.job(true)).outcome == Filled::done);
  AFMNN_CHECK_NEAR(1e9 * (scan.height(15, 100) - scan.height(15, 20)), 0.0, 0.5);
  AFMNN_CHECK(afmnn::correct::fill(scan.job(false)).outcome == Filled::done);
  AFMNN_CHECK(std::abs(scan.height(15, 100)) < 2e-9);
}

AFMNN_TEST(what_cannot_be_filled_is_said) {
  Scan<double> scan(30, 20, 11);
  std::fill(scan.marks.begin(), scan.marks.end(), std::uint8_t{1});
  AFMNN_CHECK(afmnn::correct::fill(scan.job(true)).outcome == Filled::no_pixel);
  scan.heights[5] = std::numeric_limits<double>::infinity();
  AFMNN_CHECK(afmnn::correct::fill(scan.job(true)).outcome == Filled::infinite);
  scan.heights[5] = std::numeric_limits<double>::max();
  scan.heights[7] = -std::numeric_limits<double>::max();
  scan.marks[5] = scan.marks[7] = 0;
  AFMNN_CHECK(afmnn::correct::fill(scan.job(false)).outcome == Filled::not_representable);
}

AFMNN_TEST(filling_can_be_interrupted) {
  Scan<float> scan(1500, 1500, 13);
  std::fill(scan.marks.begin(), scan.marks.end() - 1, std::uint8_t{1});
  auto job = scan.job(true);
  job.interrupt = [] { throw std::runtime_error("enough"); };
  bool ended = false;
  try {
    afmnn::correct::fill(job);
  } catch (const std::runtime_error&) {
    ended = true;
  }
  AFMNN_CHECK(ended);
}

}  // namespace
