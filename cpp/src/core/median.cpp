#include "afmnn/core/median.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace afmnn {
namespace {

constexpr std::ptrdiff_t few = 100;  // values that are searched directly
constexpr std::ptrdiff_t most_samples = 128;

template <typename T>
double middle(T* values, std::ptrdiff_t count, std::ptrdiff_t lower, std::ptrdiff_t upper) {
  std::nth_element(values, values + lower, values + count);
  const auto low = static_cast<double>(values[lower]);
  // Of equal zeros, either may be found: adding one makes both positive.
  if (lower == upper) return low + 0.0;
  return 0.5 * low + 0.5 * static_cast<double>(*std::min_element(values + upper, values + count)) + 0.0;
}

// What lies at two neighbouring ranks, or one rank, of the order: the mean of both.
template <typename T>
double search(T* values, std::ptrdiff_t count, std::ptrdiff_t lower, std::ptrdiff_t upper, T* work) {
  // A sample says between which two values what is searched very likely lies. Those between them are gathered, and the search
  // goes on there: without branches that depend on values, which is what a search among random ones spends its time on.
  while (count > few) {
    T sample[most_samples];
    const std::ptrdiff_t samples = std::min(count / 16, most_samples);
    for (std::ptrdiff_t i = 0; i < samples; ++i) sample[i] = values[(2 * i + 1) * count / (2 * samples)];
    // The median's rank in a random sample spreads by half the root of its size, other ranks by less: some 2.5 of these to each
    // side.
    const auto reach = static_cast<std::ptrdiff_t>(1.1 * std::sqrt(static_cast<double>(samples))) + 1;
    const std::ptrdiff_t rank = lower * samples / count;
    const std::ptrdiff_t first = std::max<std::ptrdiff_t>(rank - reach, 0);
    const std::ptrdiff_t last = std::min(rank + reach, samples - 1);
    std::nth_element(sample, sample + first, sample + samples);
    const T from = sample[first];
    std::nth_element(sample + first + 1, sample + last, sample + samples);
    const T to = sample[last];
    std::ptrdiff_t below = 0;
    std::ptrdiff_t between = 0;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const T value = values[i];
      below += value < from ? 1 : 0;
      work[between] = value;
      between += static_cast<std::ptrdiff_t>(value >= from) & static_cast<std::ptrdiff_t>(value <= to);
    }
    const bool missed = lower < below || upper >= below + between;
    if (missed || between == count) break;
    lower -= below;
    upper -= below;
    count = between;
    std::swap(values, work);
  }
  return middle(values, count, lower, upper);
}

}  // namespace

template <typename T>
double median(T* values, std::ptrdiff_t count, T* work) {
  return search(values, count, (count - 1) / 2, count / 2, work);  // the ranks of the two in the middle
}

template <typename T>
double order_statistic(T* values, std::ptrdiff_t count, std::ptrdiff_t rank, T* work) {
  return search(values, count, rank, rank, work);
}

template double median(float*, std::ptrdiff_t, float*);
template double median(double*, std::ptrdiff_t, double*);
template double order_statistic(float*, std::ptrdiff_t, std::ptrdiff_t, float*);
template double order_statistic(double*, std::ptrdiff_t, std::ptrdiff_t, double*);

}  // namespace afmnn
