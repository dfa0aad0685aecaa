// The commonest of some values: where their density has its peak.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "sort_few.hpp"

namespace afmnn::correct {

/// The middle of the shortest interval that holds a quarter of the values, and half its length. Of values that are normally
/// distributed, half the length is a third of their standard deviation; others, which are fewer than half, raise it to two
/// thirds.
struct Densest {
  double value = 0.0, reach = 0.0;
};

class CommonestValue {
 public:
  explicit CommonestValue(std::ptrdiff_t most) : values_(static_cast<std::size_t>(most)), weights_(values_.size()) {}

  /// From 512 values, evenly spread, if there are more; value(i) is the one at i, 0 <= i < count, and count at least 1.
  template <typename Value>
  Densest densest(std::ptrdiff_t count, const Value& value) const {
    double sample[most_samples];
    const std::ptrdiff_t size = std::min(count, most_samples);
    for (std::ptrdiff_t i = 0; i < size; ++i) sample[i] = count <= most_samples ? value(i) : value(place(i, count));
    sort_few(sample, size);
    const double* first = sample;
    std::ptrdiff_t length = size;
    // The shortest interval with more than half of the values; and of these, again.
    for (int round = 0; round < 2; ++round) {
      const std::ptrdiff_t half = length / 2 + 1;
      const double* best = first;
      double shortest = first[half - 1] - first[0];
      for (std::ptrdiff_t i = 1; i + half <= length; ++i) {
        const double width = first[i + half - 1] - first[i];
        best = width < shortest ? first + i : best;
        shortest = width < shortest ? width : shortest;
      }
      first = best;
      length = half;
    }
    // Of equal zeros, either may stand there: adding one makes both positive.
    return {(0.5 * first[(length - 1) / 2] + 0.5 * first[length / 2]) + 0.0, 0.5 * (first[length - 1] - first[0])};
  }

  /// The peak near `from` of the density of all values, under the kernel (1 - (d / R)^2)^2 with R = 8 reaches: their mean under
  /// weights of this shape, around itself.
  template <typename Value>
  double peak(std::ptrdiff_t count, const Value& value, Densest from) {
    if (!(from.reach > 0.0)) return from.value;
    double* const values = values_.data();
    double* const weights = weights_.data();
    for (std::ptrdiff_t i = 0; i < count; ++i) values[i] = value(i);
    const double scale = 1.0 / (8.0 * from.reach);
    double middle = from.value;
    for (int round = 0; round < 10; ++round) {
      for (std::ptrdiff_t i = 0; i < count; ++i) {
        const double u = (values[i] - middle) * scale;
        const double w = 1.0 - u * u;
        weights[i] = w > 0.0 ? w * w : 0.0;
      }
      const auto [weight, distance] = two_lane_sums(
          count, [=](std::ptrdiff_t i) { return weights[i]; },
          [=](std::ptrdiff_t i) { return weights[i] * (values[i] - middle); });
      if (!(weight > 0.0)) return middle;
      middle += distance / weight;
    }
    return middle;
  }

 private:
  static constexpr std::ptrdiff_t most_samples = 512;

  // Where sample i of the values lies: as far from the first of them as another one from the last.
  static std::ptrdiff_t place(std::ptrdiff_t i, std::ptrdiff_t count) {
    constexpr std::ptrdiff_t half = most_samples / 2;
    return i < half ? (2 * i + 1) * count / (2 * most_samples) : count - 1 - (2 * (i - half) + 1) * count / (2 * most_samples);
  }

  std::vector<double> values_, weights_;
};

}  // namespace afmnn::correct
