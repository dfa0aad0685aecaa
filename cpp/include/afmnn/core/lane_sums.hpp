// Sums with an order of their own: the same bits from every compiler and for every instruction set.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

namespace afmnn {

/// Sum of term(i) for i from 0 to count - 1. Element i goes to lane i % 8; lanes are closed every 4096 elements, in one order,
/// and what they hold is added to the sum of the blocks before. Because the lanes stand here, compilers may put them into vector
/// registers of any width, and because there are eight, additions need not wait for each other.
template <typename Term>
double lane_sum(std::ptrdiff_t count, const Term& term) {
  constexpr std::ptrdiff_t lanes = 8;
  constexpr std::ptrdiff_t block = 4096;  // rounding grows with the terms of a lane: 512 at most
  double total = 0.0;
  for (std::ptrdiff_t first = 0; first < count; first += block) {
    const std::ptrdiff_t last = std::min(first + block, count);
    double lane[lanes] = {};
    std::ptrdiff_t i = first;
    for (; i + lanes <= last; i += lanes) {
      for (std::ptrdiff_t l = 0; l < lanes; ++l) lane[l] += term(i + l);
    }
    const std::ptrdiff_t rest = last - i;  // fewer than there are lanes
    for (std::ptrdiff_t l = 0; l < rest; ++l) lane[l] += term(i + l);
    total += ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
  return total;
}

/// Two such sums, which share what their terms read.
template <typename Term, typename Other>
std::pair<double, double> two_lane_sums(std::ptrdiff_t count, const Term& term, const Other& other) {
  constexpr std::ptrdiff_t lanes = 8;
  constexpr std::ptrdiff_t block = 4096;
  const auto closed = [](const double* lane) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  };
  std::pair<double, double> totals{0.0, 0.0};
  for (std::ptrdiff_t first = 0; first < count; first += block) {
    const std::ptrdiff_t last = std::min(first + block, count);
    double lane[lanes] = {}, other_lane[lanes] = {};
    std::ptrdiff_t i = first;
    for (; i + lanes <= last; i += lanes) {
      for (std::ptrdiff_t l = 0; l < lanes; ++l) lane[l] += term(i + l);
      for (std::ptrdiff_t l = 0; l < lanes; ++l) other_lane[l] += other(i + l);
    }
    const std::ptrdiff_t rest = last - i;
    for (std::ptrdiff_t l = 0; l < rest; ++l) lane[l] += term(i + l);
    for (std::ptrdiff_t l = 0; l < rest; ++l) other_lane[l] += other(i + l);
    totals.first += closed(lane);
    totals.second += closed(other_lane);
  }
  return totals;
}

}  // namespace afmnn
