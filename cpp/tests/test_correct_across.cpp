#include <cmath>

#include "afmnn/correct/across.hpp"
#include "lines.hpp"

namespace {

using afmnn::correct::Across;
using afmnn::correct::AcrossJob;
using afmnn::test::Lines;

Across fill(Lines& scan, std::vector<double>& out, int threads = 1) {
  AcrossJob<double> job;
  out.assign(scan.heights.size(), 0.0);
  job.image = scan.image();
  job.marks = {scan.marks.data(), scan.rows, scan.cols, scan.cols, 1};
  job.result = {out.data(), scan.rows, scan.cols, scan.cols, 1};
  job.threads = threads;
  return afmnn::correct::fill_across(job);
}

AFMNN_TEST(across_keeps_offsets_of_lines) {
  Lines scan(12, 30, 1), whole(12, 30, 1);
  for (std::ptrdiff_t r = 0; r < 12; ++r) {
    for (std::ptrdiff_t c = 0; c < 30; ++c) scan(r, c) = whole(r, c) = static_cast<double>(c * c % 7 + (r * r % 5) * 100);
  }
  for (std::ptrdiff_t c = 5; c < 15; ++c) scan.mark(0, c) = scan.mark(6, c) = scan.mark(7, c) = scan.mark(11, c) = 1;
  for (std::size_t i = 0; i < scan.marks.size(); ++i) scan.heights[i] += scan.marks[i] != 0 ? 1e6 : 0.0;
  scan(3, 3) = afmnn::test::missing;
  scan.mark(3, 3) = 1;
  std::vector<double> one, two;
  AFMNN_CHECK(fill(scan, one) == Across::done);
  for (std::ptrdiff_t r = 0; r < 12; ++r) {
    for (std::ptrdiff_t c = 0; c < 30; ++c) {
      const double height = one[static_cast<std::size_t>(r * 30 + c)];
      if (r == 3 && c == 3) {
        AFMNN_CHECK(std::isnan(height));
      } else {
        AFMNN_CHECK_NEAR(height, whole(r, c), 1e-9);
      }
    }
  }
  scan(3, 3) = 1.0;
  scan.mark(3, 3) = 0;
  AFMNN_CHECK(fill(scan, one) == Across::done && fill(scan, two, 2) == Across::done && one == two);
}

AFMNN_TEST(across_fills_a_column_from_beside) {
  Lines scan(4, 5, 2);
  for (std::ptrdiff_t r = 0; r < 4; ++r) {
    for (std::ptrdiff_t c = 0; c < 5; ++c) scan(r, c) = 10.0 * static_cast<double>(c);
    scan.mark(r, 2) = scan.mark(r, 4) = 1;
  }
  std::vector<double> out;
  AFMNN_CHECK(fill(scan, out) == Across::done);
  AFMNN_CHECK_NEAR(out[2], 20.0, 1e-12);
  AFMNN_CHECK_NEAR(out[4], 30.0, 1e-12);  // as the pixel beside it
}

AFMNN_TEST(across_says_when_there_is_nothing_to_do) {
  Lines scan(4, 5, 3);
  std::vector<double> out;
  AFMNN_CHECK(fill(scan, out) == Across::nothing && out == scan.heights);
  for (std::uint8_t& mark : scan.marks) mark = 1;
  AFMNN_CHECK(fill(scan, out) == Across::no_pixel);
}

AFMNN_TEST(medians_of_chosen_lines) {
  const float heights[] = {3.0F, 1.0F, 2.0F, 9.0F, static_cast<float>(afmnn::test::missing), 4.0F, 5.0F, 6.0F, 7.0F};
  const std::uint8_t chosen[] = {1, 1, 0};
  const std::vector<double> medians = afmnn::correct::medians_of_lines<float>({heights, 3, 3, 3, 1}, chosen, 2, {});
  AFMNN_CHECK(medians[0] == 2.0 && medians[1] == 6.5 && std::isnan(medians[2]));
}

}  // namespace
