// Exponential and logarithm without calls and without branches: loops over them become vector code for any instruction
// set, and the results are the same on every machine (those of the system's library are not).
#pragma once

#include <cstdint>
#include <cstring>

namespace afmnn {

inline std::uint64_t bits_of(double x) {
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline double double_of(std::uint64_t bits) {
  double x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// exp(x) to about 2 ulp for x <= 700; 1e-304 and below come out as about 1e-304.
inline double exp_fast(double x) {
  constexpr double magic = 0x1.8p52;  // adding it rounds to an integer, left in the low bits
  x = x < -700.0 ? -700.0 : x;
  const double shifted = x * 1.4426950408889634 + magic;
  const double n = shifted - magic;
  const double r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;  // |r| <= ln(2) / 2
  const double r2 = r * r;  // Taylor series up to r^13, in pairs: the rest is below 1e-17
  const double r4 = r2 * r2;
  const double t0 = (1.0 + r) + (0.5 + r * (1.0 / 6.0)) * r2;
  const double t4 = (1.0 / 24.0 + r * (1.0 / 120.0)) + (1.0 / 720.0 + r * (1.0 / 5040.0)) * r2;
  const double t8 = (1.0 / 40320.0 + r * (1.0 / 362880.0)) + (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) * r2;
  const double t12 = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0);
  const double sum = t0 + t4 * r4 + (t8 + t12 * r4) * (r4 * r4);
  return double_of(bits_of(sum) + (bits_of(shifted) << 52));
}

/// Natural logarithm to about 1 ulp of max(|log x|, 1), for positive normal numbers.
inline double log_fast(double x) {
  constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCDu;  // bits of sqrt(1/2): mantissas run from there to sqrt(2)
  constexpr std::uint64_t one = 0x3FF0000000000000u;
  const std::uint64_t moved = bits_of(x) + (one - root_half);
  const double exponent = double_of((moved >> 52) | 0x4330000000000000u) - (0x1p52 + 1023.0);
  const double mantissa = double_of((moved & 0x000FFFFFFFFFFFFFu) + root_half);
  const double s = (mantissa - 1.0) / (mantissa + 1.0);  // log(m) = 2 atanh(s), |s| <= 0.1716
  const double s2 = s * s;
  const double s4 = s2 * s2;  // series of atanh(s) / s up to s^20, in pairs
  const double s8 = s4 * s4;
  const double t0 = (1.0 + s2 * (1.0 / 3.0)) + (1.0 / 5.0 + s2 * (1.0 / 7.0)) * s4;
  const double t8 = (1.0 / 9.0 + s2 * (1.0 / 11.0)) + (1.0 / 13.0 + s2 * (1.0 / 15.0)) * s4;
  const double t16 = (1.0 / 17.0 + s2 * (1.0 / 19.0)) + (1.0 / 21.0) * s4;
  const double sum = t0 + (t8 + t16 * s8) * s8;
  return exponent * 0.6931471805599453 + 2.0 * s * sum;
}

}  // namespace afmnn
