#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/median.hpp"
#include "afmnn/correct/level.hpp"
#include "afmnn/correct/polynomial_basis.hpp"
#include "check.hpp"

namespace {

using afmnn::StridedView2D;
using afmnn::correct::LevelJob;
using afmnn::correct::Levelled;
using afmnn::test::Numbers;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::size_t at(std::ptrdiff_t index) { return static_cast<std::size_t>(index); }

// An image with its mask and its result, each in whatever order of memory.
template <typename T>
struct Scan {
  std::ptrdiff_t rows, cols;
  std::vector<T> heights, result;
  std::vector<std::uint8_t> mask;
  bool masked = false;

  Scan(std::ptrdiff_t rows_, std::ptrdiff_t cols_)
      : rows(rows_), cols(cols_), heights(at(rows * cols)), result(at(rows * cols)), mask(at(rows * cols), 1) {}

  T& operator()(std::ptrdiff_t r, std::ptrdiff_t c) { return heights[at(r * cols + c)]; }
  T levelled(std::ptrdiff_t r, std::ptrdiff_t c) const { return result[at(r * cols + c)]; }
  std::uint8_t& used(std::ptrdiff_t r, std::ptrdiff_t c) { return mask[at(r * cols + c)]; }
  double weight(std::ptrdiff_t r, std::ptrdiff_t c) const {
    return (!masked || mask[at(r * cols + c)] != 0) && !std::isnan(heights[at(r * cols + c)]) ? 1.0 : 0.0;
  }

  LevelJob<T> job(int threads = 1) {
    LevelJob<T> job;
    job.image = {heights.data(), rows, cols, cols, 1};
    if (masked) job.mask = {mask.data(), rows, cols, cols, 1};
    job.result = {result.data(), rows, cols, cols, 1};
    job.threads = threads;
    return job;
  }
};

template <typename T>
Scan<T> rough_scan(std::ptrdiff_t rows, std::ptrdiff_t cols, std::uint64_t key) {
  Numbers numbers(key);
  Scan<T> scan(rows, cols);
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    const double offset = numbers(-1.0, 1.0);
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      scan(r, c) = static_cast<T>(1e-9 * (offset + numbers(-1.0, 1.0) + 0.01 * static_cast<double>(c)));
    }
  }
  return scan;
}

template <typename T>
void mask_some(Scan<T>& scan, std::uint64_t key) {
  Numbers numbers(key);
  scan.masked = true;
  for (auto& used : scan.mask) used = numbers(0.0, 1.0) < 0.7 ? 1 : 0;
  for (std::ptrdiff_t c = 0; c < scan.cols; ++c) {
    scan.used(scan.rows - 1, c) = 0;
    if (scan.rows > 4) scan.used(2, c) = scan.used(3, c) = 0;
    scan.used(0, c) = 1;
  }
  scan(0, scan.cols / 2) = static_cast<T>(nan);
}

template <typename T>
Levelled level(const LevelJob<T>& job, int method) {
  switch (method) {
    case 0:
      return afmnn::correct::level_plane(job);
    case 1:
      return afmnn::correct::level_rows_median(job);
    case 2:
      return afmnn::correct::level_rows_difference(job);
    default:
      return afmnn::correct::level_rows_polynomial(job, method - 3);
  }
}

constexpr int methods = 7;  // with polynomials of degree 0 to 3

AFMNN_TEST(lane_sums_are_sums) {
  for (const std::ptrdiff_t count : {0, 1, 7, 8, 9, 4095, 4096, 4097, 10000}) {
    const double sum = afmnn::lane_sum(count, [](std::ptrdiff_t i) { return static_cast<double>(i + 1); });
    AFMNN_CHECK(sum == static_cast<double>(count * (count + 1) / 2));
  }
  // The order is as documented: of lane 0, the large number swallows what comes before its opposite, and no other lane's one.
  std::vector<double> values(24, 1.0);
  values[8] = 1e20;
  values[16] = -1e20;
  AFMNN_CHECK(afmnn::lane_sum(24, [&](std::ptrdiff_t i) { return values[at(i)]; }) == 21.0);
}

template <typename T>
void compare_medians() {
  for (const std::ptrdiff_t count : {1, 2, 3, 4, 99, 100, 101, 102, 500, 513, 1024, 3001, 20000}) {
    for (const double step : {0.0, 0.3, 1e-3}) {
      for (const int order : {0, 1, 2}) {  // random, rising, rising with outliers
        Numbers numbers(static_cast<std::uint64_t>(count));
        std::vector<T> values, work(at(count));
        for (std::ptrdiff_t i = 0; i < count; ++i) {
          const double value = numbers(-1.0, 1.0);
          values.push_back(static_cast<T>(step > 0.0 ? step * std::round(value / step) : value));
        }
        if (order > 0) std::sort(values.begin(), values.end());
        if (order > 1) values[0] = static_cast<T>(1e30);
        std::vector<T> sorted = values;
        std::sort(sorted.begin(), sorted.end());
        const double low = static_cast<double>(sorted[at((count - 1) / 2)]);
        const double high = static_cast<double>(sorted[at(count / 2)]);
        const double found = afmnn::median(values.data(), count, work.data());
        AFMNN_CHECK(found == 0.5 * low + 0.5 * high);
        AFMNN_CHECK(!(found == 0.0 && std::signbit(found)));
      }
    }
  }
}

AFMNN_TEST(medians_are_those_of_the_sorted_values) {
  compare_medians<float>();
  compare_medians<double>();
  std::array<double, 2> large{-std::numeric_limits<double>::max(), std::numeric_limits<double>::max()}, work{};
  AFMNN_CHECK(afmnn::median(large.data(), 2, work.data()) == 0.0);
  std::array<double, 3> zeros{-0.0, 0.0, -0.0}, room{};
  AFMNN_CHECK(!std::signbit(afmnn::median(zeros.data(), 3, room.data())));
}

AFMNN_TEST(polynomials_are_orthonormal_and_fit_polynomials) {
  constexpr std::ptrdiff_t cols = 200, degree = 6;
  afmnn::correct::PolynomialBasis basis(cols, degree);
  Numbers numbers(3);
  for (const std::ptrdiff_t first : {0, 0, 190}) {  // all, with gaps, ten pixels at the end
    std::vector<double> weights(cols), heights(cols), curve(cols), coefficients(degree + 1);
    std::ptrdiff_t count = 0;
    for (std::ptrdiff_t c = first; c < cols; ++c) {
      weights[at(c)] = first > 0 || c % 7 != 3 ? 1.0 : 0.0;
      count += weights[at(c)] != 0.0 ? 1 : 0;
    }
    basis.build(weights.data(), count);
    std::array<double, degree + 1> factors;
    for (double& factor : factors) factor = numbers(-1.0, 1.0);
    const auto polynomial = [&](std::ptrdiff_t c) {
      const double x = (static_cast<double>(c) - 195.0) / 5.0;
      double value = 0.0;
      for (const double factor : factors) value = value * x + factor;
      return value;
    };
    for (std::ptrdiff_t c = 0; c < cols; ++c) heights[at(c)] = weights[at(c)] != 0.0 ? polynomial(c) : 0.0;
    basis.fit(heights.data(), coefficients.data(), curve.data());
    double power = 0.0, largest = 0.0;
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      power += heights[at(c)] * heights[at(c)];
      if (weights[at(c)] != 0.0) largest = std::max(largest, std::abs(heights[at(c)]));
    }
    double parts = 0.0;
    for (const double part : coefficients) parts += part * part;
    AFMNN_CHECK_NEAR(parts / power, 1.0, 1e-12);  // Parseval: nothing is lost, and nothing counted twice
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      if (weights[at(c)] != 0.0) AFMNN_CHECK_NEAR(curve[at(c)] / largest, heights[at(c)] / largest, 1e-12);
    }
    AFMNN_CHECK_NEAR(curve[0] / polynomial(0), 1.0, first > 0 ? 1e-4 : 1e-10);  // far beyond, what ten pixels can know
  }
}

// The sums that least squares make zero, in units of what they would be for the heights themselves.
template <typename T>
void check_least_squares(std::ptrdiff_t rows, std::ptrdiff_t cols, bool masked) {
  auto scan = rough_scan<T>(rows, cols, 5);
  if (masked) mask_some(scan, 6);
  const double tolerance = static_cast<double>(std::numeric_limits<T>::epsilon()) * 4.0;
  double largest = 0.0;
  for (const T height : scan.heights) {
    if (!std::isnan(height)) largest = std::max(largest, std::abs(static_cast<double>(height)));
  }
  const auto moment = [&](const auto& factor, std::ptrdiff_t first, std::ptrdiff_t last) {
    double sum = 0.0, size = 0.0;
    for (std::ptrdiff_t r = first; r < last; ++r) {
      for (std::ptrdiff_t c = 0; c < cols; ++c) {
        if (scan.weight(r, c) == 0.0) continue;
        sum += factor(r, c) * static_cast<double>(scan.levelled(r, c));
        size += std::abs(factor(r, c)) * largest;
      }
    }
    return size > 0.0 ? sum / size : 0.0;
  };
  const auto one = [](std::ptrdiff_t, std::ptrdiff_t) { return 1.0; };
  const auto x = [](std::ptrdiff_t, std::ptrdiff_t c) { return static_cast<double>(c); };
  const auto y = [](std::ptrdiff_t r, std::ptrdiff_t) { return static_cast<double>(r); };
  AFMNN_CHECK(level(scan.job(), 0) == Levelled::done);
  AFMNN_CHECK_NEAR(moment(one, 0, rows), 0.0, tolerance);
  AFMNN_CHECK_NEAR(moment(x, 0, rows), 0.0, tolerance);
  AFMNN_CHECK_NEAR(moment(y, 0, rows), 0.0, tolerance);
  AFMNN_CHECK(level(scan.job(), 5) == Levelled::done);  // degree 2
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    double count = 0.0;
    for (std::ptrdiff_t c = 0; c < cols; ++c) count += scan.weight(r, c);
    if (count < 3.0) continue;
    AFMNN_CHECK_NEAR(moment(one, r, r + 1), 0.0, tolerance);
    AFMNN_CHECK_NEAR(moment(x, r, r + 1), 0.0, tolerance);
    AFMNN_CHECK_NEAR(moment([&](std::ptrdiff_t, std::ptrdiff_t c) { return static_cast<double>(c * c); }, r, r + 1), 0.0,
                     tolerance);
  }
}

AFMNN_TEST(planes_and_polynomials_are_those_of_least_squares) {
  for (const bool masked : {false, true}) {
    check_least_squares<float>(40, 57, masked);
    check_least_squares<double>(57, 40, masked);
    check_least_squares<double>(6, 5000, masked);
  }
}

// Bits must not depend on threads or strides; where memory lies column by column, lines are copied together.
template <typename T>
void check_order_of_memory(std::ptrdiff_t rows, std::ptrdiff_t cols, bool masked) {
  auto scan = rough_scan<T>(rows, cols, 7);
  if (masked) mask_some(scan, 8);
  std::vector<T> by_columns(at(rows * cols)), result(at(rows * cols));
  std::vector<std::uint8_t> mask(at(rows * cols));
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      by_columns[at(c * rows + rows - 1 - r)] = scan(r, c);
      mask[at(c * rows + rows - 1 - r)] = scan.used(r, c);
    }
  }
  for (int method = 0; method < methods; ++method) {
    AFMNN_CHECK(level(scan.job(), method) == Levelled::done);
    for (const int threads : {1, 2, 3, 4}) {
      LevelJob<T> job;
      job.image = {by_columns.data() + rows - 1, rows, cols, -1, rows};
      if (masked) job.mask = {mask.data() + rows - 1, rows, cols, -1, rows};
      job.result = {result.data() + rows - 1, rows, cols, -1, rows};
      job.threads = threads;
      AFMNN_CHECK(level(job, method) == Levelled::done);
      bool same = true;
      for (std::ptrdiff_t r = 0; r < rows; ++r) {
        for (std::ptrdiff_t c = 0; c < cols; ++c) {
          const T one = scan.levelled(r, c), other = result[at(c * rows + rows - 1 - r)];
          same = same && (one == other || (std::isnan(one) && std::isnan(other)));
        }
      }
      AFMNN_CHECK(same);
    }
  }
}

AFMNN_TEST(levelling_does_not_depend_on_threads_or_strides) {
  for (const bool masked : {false, true}) {
    check_order_of_memory<float>(300, 700, masked);
    check_order_of_memory<double>(700, 300, masked);
    check_order_of_memory<double>(7, 9, masked);
  }
}

AFMNN_TEST(a_large_offset_takes_nothing_from_the_relief) {
  constexpr double unit = 0x1p-33;  // in the last place of a million
  Scan<double> low(64, 48), high(64, 48);
  Numbers numbers(9);
  for (std::size_t i = 0; i < low.heights.size(); ++i) {
    low.heights[i] = unit * std::round(numbers(-100.0, 100.0));
    high.heights[i] = 1e6 + low.heights[i];
  }
  for (const bool masked : {false, true}) {
    if (masked) {
      mask_some(low, 10);
      mask_some(high, 10);
    }
    for (int method = 0; method < methods; ++method) {
      AFMNN_CHECK(level(low.job(), method) == Levelled::done);
      AFMNN_CHECK(level(high.job(), method) == Levelled::done);
      double worst = 0.0;
      for (std::size_t i = 0; i < low.result.size(); ++i) {
        if (!std::isnan(low.result[i])) worst = std::max(worst, std::abs(low.result[i] - high.result[i]));
      }
      // A median between two heights is rounded where these are large.
      AFMNN_CHECK(worst <= (method == 1 ? unit : 0.0));
    }
  }
}

AFMNN_TEST(what_cannot_be_levelled_is_said) {
  for (int method = 0; method < methods; ++method) {
    auto scan = rough_scan<double>(30, 20, 11);
    scan.masked = true;
    std::fill(scan.mask.begin(), scan.mask.end(), std::uint8_t{0});
    AFMNN_CHECK(level(scan.job(), method) == Levelled::no_pixel);
    scan(7, 5) = infinity;
    AFMNN_CHECK(level(scan.job(), method) == Levelled::infinite);
    scan.masked = false;
    AFMNN_CHECK(level(scan.job(), method) == Levelled::infinite);
    std::fill(scan.heights.begin(), scan.heights.end(), nan);
    AFMNN_CHECK(level(scan.job(), method) == Levelled::no_pixel);
    Scan<float> far(30, 21);
    for (std::ptrdiff_t r = 0; r < 30; ++r) {
      for (std::ptrdiff_t c = 0; c < 21; ++c) far(r, c) = c == 10 ? 3e38F : -3e38F;
    }
    AFMNN_CHECK(level(far.job(), method) == Levelled::not_representable);
  }
  auto scan = rough_scan<double>(3, 20, 13);
  scan.masked = true;
  std::fill(scan.mask.begin(), scan.mask.end(), std::uint8_t{0});
  for (std::ptrdiff_t c = 0; c < 3; ++c) scan.used(1, c) = 1;
  AFMNN_CHECK(afmnn::correct::level_rows_polynomial(scan.job(), 3) == Levelled::no_line);
  AFMNN_CHECK(afmnn::correct::level_rows_polynomial(scan.job(), 2) == Levelled::done);
}

// Whether polynomials of the rows end when the first pause throws.
bool ends_at_a_pause(Scan<double>& scan, std::ptrdiff_t degree) {
  auto job = scan.job();
  job.interrupt = [] { throw std::runtime_error("enough"); };
  try {
    afmnn::correct::level_rows_polynomial(job, degree);
  } catch (const std::runtime_error&) {
    return true;
  }
  return false;
}

AFMNN_TEST(levelling_can_be_interrupted) {
  auto few = rough_scan<double>(2, 2000, 14);  // the basis alone would take seconds
  AFMNN_CHECK(ends_at_a_pause(few, 1500));
  auto many = rough_scan<double>(2000, 1000, 15);  // and here each line has its own
  mask_some(many, 16);
  AFMNN_CHECK(ends_at_a_pause(many, 60));
}

}  // namespace
