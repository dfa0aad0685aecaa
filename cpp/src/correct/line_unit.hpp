// The unit that thresholds on local differences have, measured on the image.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/median.hpp"
#include "line_blocks.hpp"

namespace afmnn::correct {

/// Absolute distances of heights from the mean of both neighbours, line by line. For white noise, the unit is the spread of the
/// difference of two heights.
class LineBends {
 public:
  explicit LineBends(std::ptrdiff_t lines)
      : middles_(at(lines)), quantiles_(at(lines)), averages_(at(lines)), known_(at(lines)) {}

  /// The distances of one line, none missing; what is left of them is worth nothing, and `spare` has room for twice as many. By
  /// any thread.
  void add(std::ptrdiff_t line, double* values, std::ptrdiff_t count, double* spare) {
    if (count == 0) return;
    averages_[at(line)] = lane_sum(count, [=](std::ptrdiff_t i) { return values[i]; }) / static_cast<double>(count);
    std::copy(values, values + count, spare);
    double* const work = spare + count;
    quantiles_[at(line)] = order_statistic(spare, count, place_of_part(count, 0.75), work);
    middles_[at(line)] = order_statistic(values, count, place_of_part(count, 0.5), work);
    known_[at(line)] = 1;
  }

  /// The larger one of 1.4826 times the typical line's median, and what 90 % of the lines do not exceed with their quantile of
  /// 75 % / 1.1503: jumps within lines show in that. Where both are 0, the mean. Of no lines: 0.
  double unit() const {
    std::vector<double> middles, quantiles, averages;
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (known_[i] == 0) continue;
      middles.push_back(middles_[i]);
      quantiles.push_back(quantiles_[i]);
      averages.push_back(averages_[i]);
    }
    const auto count = static_cast<std::ptrdiff_t>(middles.size());
    if (count == 0) return 0.0;
    const double typical = 1.4826022185056018 * at_part(middles.data(), count, 0.5);
    const double many = at_part(quantiles.data(), count, 0.9) / 1.1503493803760079;
    double result = std::max(typical, many);
    if (result == 0.0) result = lane_sum(count, [&](std::ptrdiff_t i) { return averages[at(i)]; }) / static_cast<double>(count);
    return result * 1.1547005383792515;
  }

 private:
  std::vector<double> middles_, quantiles_, averages_;
  std::vector<std::uint8_t> known_;
};

}  // namespace afmnn::correct
