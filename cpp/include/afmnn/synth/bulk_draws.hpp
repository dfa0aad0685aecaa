// Random draws in bulk, for processes that take them one after the other.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "afmnn/core/rng.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {

/// How many draws are made at once: as many as stay in the first cache beside what they are for.
constexpr std::ptrdiff_t draws_at_once = 1024;

/// Uniform draws on [0, 1): entry i of row `row` is 1/2 + t, t = sqrt(1/12) (2 sqrt(3) (U - 1/2)), with U of `draw_row` and every
/// operation rounded, which the kernel makes at several draws a nanosecond. The largest numbers below 1 are one.
inline void draw_uniform(std::uint64_t key, std::uint64_t role, std::uint64_t row, std::ptrdiff_t count, double* out) {
  constexpr double root_twelfth = 0.28867513459481288225;
  constexpr double largest = 1.0 - 0x1p-53;
  draw_row(key, role, row, count, {root_twelfth, Distribution::uniform, Sign::both}, out);
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const double u = out[i] + 0.5;
    out[i] = u < 0.0 ? 0.0 : u > largest ? largest : u;
  }
}

/// An integer from 0 to count - 1, from a draw on [0, 1).
inline std::ptrdiff_t pick(double u, std::ptrdiff_t count) {
  return std::min(static_cast<std::ptrdiff_t>(u * static_cast<double>(count)), count - 1);
}

/// Pixel of an image from one draw: its 53 bits are enough for both coordinates.
inline void pick_pixel(double u, std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t& row, std::ptrdiff_t& col) {
  const double y = u * static_cast<double>(rows);
  row = std::min(static_cast<std::ptrdiff_t>(y), rows - 1);
  col = pick(y - static_cast<double>(row), cols);
  col = col < 0 ? 0 : col < cols ? col : cols - 1;
}

/// The uniform draws of a role, one after the other.
class UniformStream {
 public:
  UniformStream(std::uint64_t key, std::uint64_t role) : key_(key), role_(role) {}
  double next() {
    if (at_ == draws_at_once) {
      draw_uniform(key_, role_, row_++, draws_at_once, draws_.data());
      at_ = 0;
    }
    return draws_[static_cast<std::size_t>(at_++)];
  }
  /// What next() will return after `calls` of it, or 0 if that is not made yet: for who wants to fetch what it will need.
  double ahead(std::ptrdiff_t calls) const {
    return at_ + calls < draws_at_once ? draws_[static_cast<std::size_t>(at_ + calls)] : 0.0;
  }

 private:
  std::uint64_t key_, role_;
  std::uint64_t row_ = 0;
  std::ptrdiff_t at_ = draws_at_once;
  std::array<double, draws_at_once> draws_;
};

}  // namespace afmnn::synth
