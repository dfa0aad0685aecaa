// Random draws that bodies need, each a function of (key, role, index).
#pragma once

#include <cstdint>

#include "afmnn/core/rng.hpp"

namespace afmnn::synth {

/// A normal draw limited to [low, high]; needs low <= mean and high - mean of the order of `spread` or more, so that a draw
/// is seldom refused.
inline double truncated_normal(double mean, double spread, double low, double high, std::uint64_t key, std::uint64_t role,
                               std::uint64_t index) {
  constexpr std::uint64_t tries = 64;  // at least one in three draws fits: all fail once in 1e11
  if (!(spread > 0.0)) return mean;
  for (std::uint64_t k = 0; k < tries; ++k) {
    const double value = mean + spread * normal(key, role, index * tries + k);
    if (value >= low && value <= high) return value;
  }
  return mean;
}

}  // namespace afmnn::synth
