// Some hundred numbers in order, without branches that depend on them: of random ones, every second branch is guessed wrongly.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

namespace afmnn::correct {

/// Merges two ordered lists that lie one behind the other, of `length` numbers each, from both ends to the middle: so that none
/// can run out.
inline void merge_pair(const double* values, std::ptrdiff_t length, double* out) {
  const double *left = values, *right = values + length;
  const double *left_end = right - 1, *right_end = right + length - 1;
  double* const out_end = out + 2 * length - 1;
  std::ptrdiff_t from_right = 0, from_left = 0;  // how many were taken: numbers instead of branches
  for (std::ptrdiff_t i = 0; i < length; ++i) {
    const double a = left[i - from_right], b = right[from_right];
    out[i] = b < a ? b : a;
    from_right += static_cast<std::ptrdiff_t>(b < a);
    const double c = left_end[-from_left], d = right_end[from_left - i];
    out_end[-i] = d < c ? c : d;
    from_left += static_cast<std::ptrdiff_t>(d < c);
  }
}

/// Sorts at most 1024 numbers, none of them NaN.
inline void sort_few(double* values, std::ptrdiff_t count) {
  constexpr std::ptrdiff_t most = 1024;
  double one[most], other[most];
  std::ptrdiff_t size = 1;
  while (size < count) size *= 2;
  std::copy(values, values + count, one);
  std::fill(one + count, one + size, std::numeric_limits<double>::infinity());
  double *from = one, *to = other;
  for (std::ptrdiff_t length = 1; length < size; length *= 2) {
    for (std::ptrdiff_t first = 0; first < size; first += 2 * length) merge_pair(from + first, length, to + first);
    std::swap(from, to);
  }
  std::copy(from, from + count, values);
}

}  // namespace afmnn::correct
