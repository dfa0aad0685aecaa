// Random quantities of patterns: one stream each, numbered from the centre of the image outwards, so that a larger image
// has the same middle and a spread turned on leaves the others alone.
#pragma once

#include <cmath>
#include <cstdint>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"

namespace afmnn::synth {

enum PatternRole : std::uint64_t {
  position_role = role::pattern,
  position_y_role,
  height_role,
  top_role,
  top_y_role,
  slope_role,
  roundness_role,
  orientation_role,
  displacement_x_role,
  displacement_y_role,
};

/// 0, -1, 1, -2, 2 ... as 0, 1, 2, 3, 4 ...
inline std::uint64_t outwards(std::int64_t k) {
  return k >= 0 ? 2 * static_cast<std::uint64_t>(k) : 2 * static_cast<std::uint64_t>(-k) - 1;
}

/// One number for a node of a lattice.
inline std::uint64_t node_index(std::int64_t row, std::int64_t col) { return outwards(row) << 32 | outwards(col); }

/// Triangular on [1 - spread, 1 + spread]: mean 1, standard deviation spread / sqrt(6).
inline double multiplier(double spread, std::uint64_t key, std::uint64_t role, std::uint64_t index) {
  if (spread == 0.0) return 1.0;
  const auto word = philox(key, role, index);
  return 1.0 + spread * (unit_double(word[0], word[1]) - unit_double(word[2], word[3]));
}

/// Shift of a feature in periods, within +-1/2: standard deviation `spread` up to 0.217, then towards uniform (0.289).
inline double position_shift(double spread, std::uint64_t key, std::uint64_t role, std::uint64_t index) {
  if (spread == 0.0) return 0.0;
  constexpr double pi = 3.141592653589793;
  const double s = 4.6 * spread;
  const double u = 2.0 * uniform(key, role, index) - 1.0;
  return s < 1.0 ? s / pi * afmnn::asin(u) : 0.5 * afmnn::asin(u / s) / afmnn::asin(1.0 / s);
}

}  // namespace afmnn::synth
