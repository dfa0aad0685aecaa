#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/median.hpp"
#include "afmnn/correct/level.hpp"
#include "line_offsets.hpp"
#include "scan_lines.hpp"

namespace afmnn::correct {
namespace {

// Mean of the values but for the `cut` lowest and the `cut` highest. Those of them that lie beyond the limits count as the
// limits, and are taken off the sum again: so nothing need be sorted, and equal values are no matter.
template <typename T>
class TrimmedMean {
 public:
  explicit TrimmedMean(std::ptrdiff_t cols) : values_(at(cols)), spare_(at(cols)) {}

  LineOffset of(const T* values, std::ptrdiff_t count, double trim) {
    const auto part = static_cast<std::ptrdiff_t>(trim * static_cast<double>(count));
    const std::ptrdiff_t cut = std::min(part, (count - 1) / 2);
    const double low = ranked(values, count, cut);
    const double high = ranked(values, count, count - 1 - cut);
    const double sum = lane_sum(count, [=](std::ptrdiff_t i) {
      const auto value = static_cast<double>(values[i]);
      return (value < low ? low : value > high ? high : value) - low;
    });
    const double kept = sum - static_cast<double>(cut) * (high - low);
    return {low, kept / static_cast<double>(count - 2 * cut)};
  }

 private:
  double ranked(const T* values, std::ptrdiff_t count, std::ptrdiff_t rank) {
    std::copy(values, values + count, values_.data());
    return order_statistic(values_.data(), count, rank, spare_.data());
  }

  std::vector<T> values_, spare_;
};

}  // namespace

template <typename T>
Levelled level_rows_trimmed_mean(const LevelJob<T>& job, double trim) {
  ScanLines<T> lines(job);
  std::vector<TrimmedMean<T>> means(at(lines.workers()), TrimmedMean<T>(lines.cols()));
  return level_each_line(lines, [&](int worker, const T* heights, std::ptrdiff_t count, double) {
    return means[at(worker)].of(heights, count, trim);
  });
}

template <typename T>
Levelled level_rows_trimmed_difference(const LevelJob<T>& job, double trim) {
  ScanLines<T> lines(job);
  std::vector<TrimmedMean<double>> means(at(lines.workers()), TrimmedMean<double>(lines.cols()));
  return level_by_changes(lines, [&](int worker, const double* changes, std::ptrdiff_t count) {
    const LineOffset mean = means[at(worker)].of(changes, count, trim);
    return mean.origin + mean.rest;
  });
}

template Levelled level_rows_trimmed_mean(const LevelJob<float>&, double);
template Levelled level_rows_trimmed_mean(const LevelJob<double>&, double);
template Levelled level_rows_trimmed_difference(const LevelJob<float>&, double);
template Levelled level_rows_trimmed_difference(const LevelJob<double>&, double);

}  // namespace afmnn::correct
