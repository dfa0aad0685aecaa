#include "afmnn/core/median.hpp"

#include <algorithm>
#include <cmath>

namespace afmnn {
namespace {

constexpr std::ptrdiff_t sampled_from = 512;  // values: fewer are searched directly
constexpr std::ptrdiff_t most_samples = 256;

template <typename T>
double middle(T* values, std::ptrdiff_t count, std::ptrdiff_t lower, std::ptrdiff_t upper) {
  std::nth_element(values, values + lower, values + count);
  const auto low = static_cast<double>(values[lower]);
  // What comes before the zero added at the end may be either of two equal zeros.
  if (lower == upper) return low + 0.0;
  return 0.5 * low + 0.5 * static_cast<double>(*std::min_element(values + upper, values + count)) + 0.0;
}

}  // namespace

template <typename T>
double median(T* values, std::ptrdiff_t count, T* work) {
  const std::ptrdiff_t lower = (count - 1) / 2;
  const std::ptrdiff_t upper = count / 2;
  if (count < sampled_from) return middle(values, count, lower, upper);

  // A sample says between which two numbers the median very likely lies; only the values between them are put in order.
  T sample[most_samples];
  const std::ptrdiff_t samples = std::min(count / 32, most_samples);
  for (std::ptrdiff_t i = 0; i < samples; ++i) sample[i] = values[(2 * i + 1) * count / (2 * samples)];
  // The rank of the median in a random sample spreads by half the root of its size: 2.5 of these to each side.
  const auto reach = static_cast<std::ptrdiff_t>(1.25 * std::sqrt(static_cast<double>(samples))) + 1;
  T* const low = sample + (samples / 2 - reach);
  T* const high = sample + (samples / 2 + reach);
  std::nth_element(sample, low, sample + samples);
  std::nth_element(low, high, sample + samples);
  const T from = *low;
  const T to = *high;
  std::ptrdiff_t below = 0;
  std::ptrdiff_t between = 0;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const T value = values[i];
    below += value < from ? 1 : 0;
    work[between] = value;
    between += static_cast<std::ptrdiff_t>(value >= from) & static_cast<std::ptrdiff_t>(value <= to);
  }
  if (below <= lower && upper < below + between) return middle(work, between, lower - below, upper - below);
  return middle(values, count, lower, upper);
}

template double median(float*, std::ptrdiff_t, float*);
template double median(double*, std::ptrdiff_t, double*);

}  // namespace afmnn
