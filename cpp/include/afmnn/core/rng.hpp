// Random numbers as a function of (key, role, index): no state, so pixels can be drawn in any order by any thread.
//
// Philox 4x32 with ten rounds: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC '11, doi:10.1145/2063384.2063405.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "afmnn/core/elementary.hpp"

namespace afmnn {

/// Four independent words of 32 random bits for every (key, role, index).
inline std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t role, std::uint64_t index) {
  constexpr std::uint64_t multiplier0 = 0xD2511F53u;
  constexpr std::uint64_t multiplier1 = 0xCD9E8D57u;
  auto c0 = static_cast<std::uint32_t>(index);
  auto c1 = static_cast<std::uint32_t>(index >> 32);
  auto c2 = static_cast<std::uint32_t>(role);
  auto c3 = static_cast<std::uint32_t>(role >> 32);
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = multiplier0 * c0;
    const std::uint64_t p1 = multiplier1 * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

/// Uniform on [0, 1) with 53 bits from two words.
inline double unit_double(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 32 | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

/// Streams of one key never overlap: every generator has its own block of 256 roles and counts its random quantities
/// from there, so that no two quantities share numbers and a new one reshuffles none of the others.
namespace role {
constexpr std::uint64_t training = 0x000;
constexpr std::uint64_t particles = 0x100;
constexpr std::uint64_t rods = 0x200;
constexpr std::uint64_t objects = 0x300;
constexpr std::uint64_t pattern = 0x400;
constexpr std::uint64_t noise = 0x500;
constexpr std::uint64_t lines = 0x600;
constexpr std::uint64_t scene = 0x700;
constexpr std::uint64_t instrument = 0xC00;
constexpr std::uint64_t self_affine = 0x2000;
constexpr std::uint64_t spectral = 0x2100;
constexpr std::uint64_t atoms = 0x2200;
constexpr std::uint64_t terraces = 0x2300;
constexpr std::uint64_t wrinkles = 0x2400;
constexpr std::uint64_t brownian = 0x2500;
constexpr std::uint64_t waves = 0x2600;
constexpr std::uint64_t phases = 0x2700;
constexpr std::uint64_t ballistic = 0x1600;
constexpr std::uint64_t columnar = 0x1700;
constexpr std::uint64_t wetting = 0x1800;
constexpr std::uint64_t diffusion = 0x1900;
constexpr std::uint64_t anneal = 0x1a00;
constexpr std::uint64_t domains = 0x1b00;
constexpr std::uint64_t turing_pattern = 0x1c00;
constexpr std::uint64_t fibres = 0x3000;
constexpr std::uint64_t pile_up = 0x3100;
constexpr std::uint64_t discs = 0x3200;
constexpr std::uint64_t lattice = 0x3300;
}  // namespace role

/// One uniform draw on [0, 1) for (key, role, index).
inline double uniform(std::uint64_t key, std::uint64_t role, std::uint64_t index) {
  const auto word = philox(key, role, index);
  return unit_double(word[0], word[1]);
}

/// One standard normal draw for (key, role, index): the value of pixel (index >> 32, 2 (index & 0xFFFFFFFF)) of Gaussian
/// point noise, which synth/noise.hpp defines.
inline double normal(std::uint64_t key, std::uint64_t role, std::uint64_t index) {
  constexpr double quarter_turn = 1.57079632679489661923;
  const auto word = philox(key, role, index);
  const double radius = std::sqrt(-2.0 * afmnn::log(1.0 - unit_double(word[0], word[1])));  // 1 - u is never 0
  const double angle = quarter_turn * (unit_double(word[2], word[3]) - 0.5);
  if ((word[3] & 2u) != 0) return radius * afmnn::sin(angle);
  return (word[3] & 1u) != 0 ? -radius * afmnn::cos(angle) : radius * afmnn::cos(angle);
}

}  // namespace afmnn
