#include <algorithm>
#include <limits>

#include "afmnn/core/quantiles.hpp"
#include "check.hpp"

namespace {

using afmnn::StridedView2D;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

double sorted_quantile(std::vector<double> values, double fraction) {
  std::sort(values.begin(), values.end());
  const double at = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (at - static_cast<double>(below));
}

template <typename T>
void compare(std::ptrdiff_t rows, std::ptrdiff_t cols, double outliers, double missing) {
  afmnn::test::Numbers numbers(static_cast<std::uint64_t>(rows * 1000 + cols));
  std::vector<T> image(static_cast<std::size_t>(2 * rows * cols));
  std::vector<double> finite;
  const StridedView2D<const T> view{image.data(), rows, cols, 2 * cols, 2};  // every second element
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      double value = 1e-9 * (numbers(-1.0, 1.0) + numbers(-1.0, 1.0));
      if (numbers(0.0, 1.0) < outliers) value *= 1e6;
      if (numbers(0.0, 1.0) < missing) value = numbers(0.0, 1.0) < 0.5 ? nan : infinity;
      T& element = image[static_cast<std::size_t>(2 * (r * cols + c))];
      element = static_cast<T>(value);
      if (std::isfinite(value)) finite.push_back(static_cast<double>(element));
    }
  }
  const auto range = afmnn::finite_range(view, 2);
  AFMNN_CHECK(range.count == static_cast<std::ptrdiff_t>(finite.size()));
  AFMNN_CHECK(range.low == *std::min_element(finite.begin(), finite.end()));
  AFMNN_CHECK(range.high == *std::max_element(finite.begin(), finite.end()));
  const std::vector<double> fractions{0.05, 0.5, 0.95};
  const auto found = afmnn::quantiles(view, {}, fractions, 1);
  const double spread = sorted_quantile(finite, 0.95) - sorted_quantile(finite, 0.05);
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    AFMNN_CHECK(std::abs(found[i] - sorted_quantile(finite, fractions[i])) <= spread / 4096.0);
  }
  for (const int threads : {2, 3}) AFMNN_CHECK(afmnn::quantiles(view, {}, fractions, threads) == found);
}

AFMNN_TEST(quantiles_are_those_of_the_sorted_values) {
  for (const double outliers : {0.0, 0.01}) {
    for (const double missing : {0.0, 0.2}) {
      compare<float>(1, 5, outliers, missing);
      compare<double>(3, 7, outliers, missing);
      compare<float>(200, 170, outliers, missing);
      compare<double>(170, 200, outliers, missing);
    }
  }
}

AFMNN_TEST(quantiles_less_a_plane_are_those_of_the_levelled_image) {
  constexpr std::ptrdiff_t rows = 150;
  constexpr std::ptrdiff_t cols = 170;
  const afmnn::Plane plane{0.25, -3.0};
  afmnn::test::Numbers numbers(7);
  std::vector<float> tilted;
  std::vector<double> level;
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      tilted.push_back(static_cast<float>(numbers(-1.0, 1.0) + 0.25 * static_cast<double>(r) - 3.0 * static_cast<double>(c)));
      level.push_back(static_cast<double>(tilted.back()) - plane(r, c));
    }
  }
  const StridedView2D<const float> one{tilted.data(), rows, cols, cols, 1};
  const StridedView2D<const double> other{level.data(), rows, cols, cols, 1};
  const std::vector<double> fractions{0.0, 0.05, 0.5, 0.95, 1.0};
  AFMNN_CHECK(afmnn::quantiles(one, plane, fractions, 2) == afmnn::quantiles(other, {}, fractions, 1));
}

AFMNN_TEST(quantiles_of_nothing_and_of_one_value) {
  const std::vector<double> image{nan, nan, 3.0};
  const StridedView2D<const double> none{image.data(), 1, 2, 2, 1};
  AFMNN_CHECK(afmnn::finite_range(none, 1).count == 0);
  const StridedView2D<const double> one{image.data(), 1, 3, 3, 1};
  const auto range = afmnn::finite_range(one, 1);
  AFMNN_CHECK(range.count == 1 && range.low == 3.0 && range.high == 3.0);
  AFMNN_CHECK(afmnn::quantiles(one, {}, {0.0, 0.5, 1.0}, 1) == std::vector<double>(3, 3.0));
}

}  // namespace
