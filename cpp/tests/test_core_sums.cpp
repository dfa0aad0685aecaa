#include <algorithm>
#include <vector>

#include "afmnn/core/sums.hpp"
#include "check.hpp"

namespace {

std::vector<double> numbers(std::ptrdiff_t count) {
  afmnn::test::Numbers draw(5);
  std::vector<double> result(static_cast<std::size_t>(count));
  for (double& value : result) value = draw(-1.0, 3.0);
  return result;
}

AFMNN_TEST(sums_are_those_of_any_order_to_rounding) {
  for (const std::ptrdiff_t cols : {1, 7, 8, 9, 1023, 1024, 1025, 2500}) {
    const std::vector<double> values = numbers(5 * cols);
    double plain = 0.0;
    double squares = 0.0;
    for (const double x : values) {
      plain += x;
      squares += (x - 1.0) * (x - 1.0);
    }
    const afmnn::StridedView2D<const double> image{values.data(), 5, cols, cols, 1};
    AFMNN_CHECK_NEAR(afmnn::sum(image) / plain, 1.0, 1e-13);
    AFMNN_CHECK_NEAR(afmnn::sum_of_squares(image, 1.0) / squares, 1.0, 1e-13);
    const std::vector<float> single(values.begin(), values.end());
    AFMNN_CHECK_NEAR(afmnn::sum(afmnn::StridedView2D<const float>{single.data(), 5, cols, cols, 1}) / plain, 1.0, 1e-6);
  }
}

AFMNN_TEST(sums_do_not_depend_on_where_values_lie) {
  constexpr std::ptrdiff_t rows = 13, cols = 1537;
  const std::vector<double> values = numbers(rows * cols);
  std::vector<double> apart(static_cast<std::size_t>(3 * rows * cols));
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      apart[static_cast<std::size_t>(3 * (c * rows + r))] = values[static_cast<std::size_t>(r * cols + c)];
    }
  }
  const afmnn::StridedView2D<const double> one{values.data(), rows, cols, cols, 1};
  const afmnn::StridedView2D<const double> other{apart.data(), rows, cols, 3, 3 * rows};
  AFMNN_CHECK(afmnn::sum(one) == afmnn::sum(other));
  AFMNN_CHECK(afmnn::sum_of_squares(one, 0.7) == afmnn::sum_of_squares(other, 0.7));
}

// In the order that the header promises.
AFMNN_TEST(sums_run_in_the_order_of_their_header) {
  constexpr std::ptrdiff_t rows = 2, cols = 1200;
  const std::vector<double> values = numbers(rows * cols);
  double total = 0.0;
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t first = 0; first < cols; first += 1024) {
      double lane[8] = {};
      for (std::ptrdiff_t c = first; c < std::min(first + 1024, cols); ++c) {
        lane[c % 8] += values[static_cast<std::size_t>(r * cols + c)];
      }
      total += ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    }
  }
  AFMNN_CHECK(afmnn::sum(afmnn::StridedView2D<const double>{values.data(), rows, cols, cols, 1}) == total);
}

}  // namespace
