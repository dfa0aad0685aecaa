// Elementary functions in plain arithmetic: additions, multiplications, divisions, square roots, comparisons and moves of
// bits, each rounded as IEEE 754 says. The results are therefore the same on every machine, from every compiler and with
// every system, which those of the C library are not: no file of the core calls its exp, log, sin, pow or hypot (a test
// looks at the symbols).
//
// Two kinds: exp_fast and log_fast have neither calls nor branches, so that loops over them become vector code; the others
// are for single numbers and a little more accurate.
//
// Methods: reduction of the argument, and Taylor's series of what is left (M. Abramowitz, I. A. Stegun, Handbook of
// Mathematical Functions, 1964, chapters 4 and 7); what rounding takes from a reduced argument is carried along in a second
// number (T. J. Dekker, Numer. Math. 18 (1971) 224; W. J. Cody, W. Waite, Software Manual for the Elementary Functions, 1980).
//
// They assume rounding to the nearest number and no flush to zero: see core/arithmetic.hpp.
#pragma once

#include <cfloat>
#include <cstdint>
#include <cstring>

namespace afmnn {

// Wider registers, as those of the x87, would round twice.
static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 16, "the core needs arithmetic that rounds to double");

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

/// exp(x) to 0.7 ulp. Below the normal numbers, to one unit in their last place; 0 for x < -745.13, infinite for x > 709.78
/// and at infinity. NaN stays NaN, here and below.
double exp(double x);

/// Natural logarithm to 0.9 ulp, also of subnormal numbers. -infinity at 0, NaN below, infinite at infinity.
double log(double x);

/// Sine, cosine and tangent of radians, to 0.8, 0.8 and 2.5 ulp for |x| <= 1e6; NaN beyond (angles in use are below a hundred).
/// sin(-x) = -sin(x), tan(-x) = -tan(x), also for zeros.
double sin(double x);
double cos(double x);
double tan(double x);

/// Inverse tangent to 1.3 ulp, from -pi / 2 to pi / 2 (at the infinities); -0 at -0.
double atan(double x);

/// Inverse sine to 2 ulp; NaN for |x| > 1.
double asin(double x);

/// Error function to 4 ulp; 1 and -1 from |x| = 6 on. erf(-x) = -erf(x).
double erf(double x);

/// sqrt(x^2 + y^2) to 2 ulp, without overflow or underflow on the way; infinite if one of them is.
double hypot(double x, double y);

/// x^n for n >= 0 by repeated squaring, to n / 2 ulp.
double power(double x, std::int64_t n);

}  // namespace afmnn
