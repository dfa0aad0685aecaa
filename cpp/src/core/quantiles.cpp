#include "afmnn/core/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "afmnn/core/parallel.hpp"

namespace afmnn {
namespace {

constexpr std::ptrdiff_t sorted_size = 16384;  // values; sorting them costs less than clearing the bins
constexpr std::ptrdiff_t least_shared = 65536;  // pixels; fewer are not worth waking another thread
constexpr std::ptrdiff_t bins = 65536;
constexpr std::ptrdiff_t least_bins = 4096;
constexpr std::ptrdiff_t rows_at_once = 64;

// Calls visit(thread, value) for every finite value, rows divided among the threads.
template <typename T, typename Visit>
void for_finite(const StridedView2D<const T>& image, int threads, const Visit& visit) {
  if (image.rows * image.cols < least_shared) threads = 1;
  Phase phase((image.rows + rows_at_once - 1) / rows_at_once);
  run_team(threads, [&](int thread) {
    for (std::ptrdiff_t block = phase.claim(); block >= 0; block = phase.claim()) {
      const std::ptrdiff_t last = std::min((block + 1) * rows_at_once, image.rows);
      for (std::ptrdiff_t r = block * rows_at_once; r < last; ++r) {
        for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
          const auto value = static_cast<double>(image(r, c));
          if (std::isfinite(value)) visit(thread, value);
        }
      }
    }
  });
}

// Number of values below `low`, and in each of the bins that divide [low, high].
template <typename T>
std::vector<std::int64_t> count(const StridedView2D<const T>& image, double low, double high, int threads, std::int64_t& below) {
  const auto size = static_cast<std::size_t>(bins + 1);  // the last counts what is below
  std::vector<std::vector<std::int64_t>> counts(static_cast<std::size_t>(threads), std::vector<std::int64_t>(size));
  const double per_height = static_cast<double>(bins) / (high - low);
  for_finite(image, threads, [&](int thread, double value) {
    if (value > high) return;
    const auto bin = value < low ? bins : std::min(static_cast<std::ptrdiff_t>((value - low) * per_height), bins - 1);
    ++counts[static_cast<std::size_t>(thread)][static_cast<std::size_t>(bin)];
  });
  for (std::size_t t = 1; t < counts.size(); ++t) {
    for (std::size_t i = 0; i < size; ++i) counts[0][i] += counts[t][i];
  }
  below = counts[0].back();
  counts[0].pop_back();
  return counts[0];
}

}  // namespace

template <typename T>
FiniteRange finite_range(StridedView2D<const T> image, int threads) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<FiniteRange> parts(static_cast<std::size_t>(threads), FiniteRange{0, infinity, -infinity});
  for_finite(image, threads, [&](int thread, double value) {
    FiniteRange& part = parts[static_cast<std::size_t>(thread)];
    ++part.count;
    part.low = std::min(part.low, value);
    part.high = std::max(part.high, value);
  });
  FiniteRange total{0, infinity, -infinity};
  for (const FiniteRange& part : parts) {
    total.count += part.count;
    total.low = std::min(total.low, part.low);
    total.high = std::max(total.high, part.high);
  }
  return total;
}

template <typename T>
std::vector<double> quantiles(StridedView2D<const T> image, const FiniteRange& range, const std::vector<double>& fractions,
                              int threads) {
  std::vector<double> result;
  if (range.count == 0 || !(range.high > range.low)) return std::vector<double>(fractions.size(), range.low);
  if (range.count <= sorted_size) {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(range.count));
    for_finite(image, 1, [&](int, double value) { values.push_back(value); });
    auto begin = values.begin();
    for (const double fraction : fractions) {
      const double position = fraction * static_cast<double>(values.size() - 1);
      const auto at = static_cast<std::size_t>(position);
      // All before the last quantile are in their place: only the rest is searched.
      const auto nth = values.begin() + static_cast<std::ptrdiff_t>(at);
      std::nth_element(begin, nth, values.end());
      begin = nth;
      const double next = at + 1 < values.size() ? *std::min_element(nth + 1, values.end()) : *nth;
      result.push_back(values[at] + (next - values[at]) * (position - static_cast<double>(at)));
    }
    return result;
  }
  double low = range.low;
  double high = range.high;
  while (true) {
    std::int64_t seen = 0;
    const auto counts = count(image, low, high, threads, seen);
    const double width = (high - low) / static_cast<double>(bins);
    result.clear();
    std::ptrdiff_t bin = 0;
    std::ptrdiff_t first = 0;
    for (const double fraction : fractions) {
      const double wanted = fraction * static_cast<double>(range.count);
      while (bin + 1 < bins && static_cast<double>(seen + counts[static_cast<std::size_t>(bin)]) < wanted) {
        seen += counts[static_cast<std::size_t>(bin++)];
      }
      if (result.empty()) first = bin;
      const auto inside = static_cast<double>(std::max<std::int64_t>(1, counts[static_cast<std::size_t>(bin)]));
      const double part = std::clamp((wanted - static_cast<double>(seen)) / inside, 0.0, 1.0);
      result.push_back(low + (static_cast<double>(bin) + part) * width);
    }
    const double new_low = low + static_cast<double>(first) * width;
    const double new_high = low + static_cast<double>(bin + 1) * width;
    // Nothing to gain where all quantiles are one value, to rounding.
    const bool narrow = !(new_high - new_low > 1e-9 * std::max(std::abs(new_low), std::abs(new_high)));
    if (bin + 1 - first >= least_bins || narrow) return result;
    low = new_low;
    high = new_high;
  }
}

template FiniteRange finite_range(StridedView2D<const float>, int);
template FiniteRange finite_range(StridedView2D<const double>, int);
template std::vector<double> quantiles(StridedView2D<const float>, const FiniteRange&, const std::vector<double>&, int);
template std::vector<double> quantiles(StridedView2D<const double>, const FiniteRange&, const std::vector<double>&, int);

}  // namespace afmnn
