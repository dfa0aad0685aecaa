#include "afmnn/core/elementary.hpp"

#include <cmath>
#include <limits>

namespace afmnn {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr double magic = 0x1.8p52;  // adding it rounds to an integer, left in the low bits

// The leading 33 bits of ln(2), so that products with exponents are exact, and the rest.
constexpr double ln2_high = 0x1.62e42ffp-1;
constexpr double ln2_low = -0x1.718432a1b0e26p-35;

double magnitude(double x) { return double_of(bits_of(x) & ~(std::uint64_t{1} << 63)); }
double with_sign(double size, double sign) { return double_of(bits_of(size) | (bits_of(sign) & (std::uint64_t{1} << 63))); }

// 2^n for exponents of normal numbers.
double power_of_two(std::int64_t n) { return double_of(static_cast<std::uint64_t>(n + 1023) << 52); }

// high + low is a + b exactly.
struct Pair {
  double high, low;
};
Pair exact_sum(double a, double b) {
  const double sum = a + b;
  const double from_b = sum - a;
  return {sum, (a - (sum - from_b)) + (b - from_b)};
}

// An angle less the nearest multiple of pi / 2: |high + low| <= pi / 4 and a little.
struct Reduced {
  double high, low;
  unsigned quarter;  // the multiple, of which two bits count
};
constexpr double largest_angle = 1e6;  // multiples have 20 bits: their products with 33 bits are exact
Reduced reduce(double x) {
  constexpr double per_quarter = 0x1.45f306dc9c883p-1;
  constexpr double part[4] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69, 0x1.b839a252049c1p-104};  // of pi / 2
  const double shifted = x * per_quarter + magic;
  const double n = shifted - magic;
  const Pair once = exact_sum(x - n * part[0], -n * part[1]);
  const Pair twice = exact_sum(once.high, -n * part[2]);
  const Pair rest = exact_sum(twice.high, once.low + (twice.low - n * part[3]));
  return {rest.high, rest.low, static_cast<unsigned>(bits_of(shifted))};
}

// Series up to r^17 and r^16: the rest is below 1e-17 of the value.
double sine(const Reduced& r) {
  const double x = r.high;
  const double x2 = x * x;
  const double x4 = x2 * x2;
  const double t0 = -1.0 / 6.0 + x2 * (1.0 / 120.0);
  const double t4 = -1.0 / 5040.0 + x2 * (1.0 / 362880.0);
  const double t8 = -1.0 / 39916800.0 + x2 * (1.0 / 6227020800.0);
  const double t12 = -1.0 / 1307674368000.0 + x2 * (1.0 / 355687428096000.0);
  const double series = (t0 + t4 * x4) + (t8 + t12 * x4) * (x4 * x4);
  return x + (x * x2 * series + r.low * (1.0 - 0.5 * x2));
}
double cosine(const Reduced& r) {
  const double x2 = r.high * r.high;
  const double x4 = x2 * x2;
  const double t4 = 1.0 / 24.0 - x2 * (1.0 / 720.0);
  const double t8 = 1.0 / 40320.0 - x2 * (1.0 / 3628800.0);
  const double t12 = 1.0 / 479001600.0 - x2 * (1.0 / 87178291200.0);
  const double series = (t4 + t8 * x4) + (t12 + x4 * (1.0 / 20922789888000.0)) * (x4 * x4);
  const double half = 0.5 * x2;
  const double most = 1.0 - half;
  return most + (((1.0 - most) - half) + (x4 * series - r.high * r.low));
}

}  // namespace

double exp(double x) {
  if (!(x <= 0x1.62e42fefa39efp+9)) return x > 0.0 ? infinity : x;
  if (x < -0x1.74910d52d3052p+9) return 0.0;
  const double shifted = x * 0x1.71547652b82fep+0 + magic;
  const double n = shifted - magic;
  const double high = x - n * ln2_high;
  const double low = n * ln2_low;
  const double r = high - low;  // |r| <= ln(2) / 2
  const double r2 = r * r;      // series up to r^13: the rest is below 1e-17
  const double r4 = r2 * r2;
  const double t2 = (0.5 + r * (1.0 / 6.0)) + (1.0 / 24.0 + r * (1.0 / 120.0)) * r2;
  const double t6 = (1.0 / 720.0 + r * (1.0 / 5040.0)) + (1.0 / 40320.0 + r * (1.0 / 362880.0)) * r2;
  const double t10 = (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) + (1.0 / 479001600.0 + r * (1.0 / 6227020800.0)) * r2;
  const double series = t2 + (t6 + t10 * r4) * r4;
  const double most = 1.0 + high;
  const double result = most + ((high - (most - 1.0)) + (r2 * series - low));
  const auto exponent = static_cast<std::int64_t>(n);
  return result * power_of_two(exponent / 2) * power_of_two(exponent - exponent / 2);  // 2^1024 is no number
}

double log(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -infinity : not_a_number;
  if (x == infinity) return x;
  double exponent = 0.0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    exponent = -54.0;
  }
  constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCDu;  // bits of sqrt(1/2): mantissas run from there to sqrt(2)
  constexpr std::uint64_t one = 0x3FF0000000000000u;
  const std::uint64_t moved = bits_of(x) + (one - root_half);
  exponent += static_cast<double>(static_cast<std::int64_t>(moved >> 52) - 1023);
  const double f = double_of((moved & 0x000FFFFFFFFFFFFFu) + root_half) - 1.0;
  // log(1 + f) = 2 atanh(s) = f - s (f - t), t = 2 s^2 (1/3 + s^2 / 5 + ...): f is exact, and the rest is small beside it.
  const double s = f / (2.0 + f);
  const double s2 = s * s;
  const double s4 = s2 * s2;
  const double s8 = s4 * s4;
  const double t0 = (2.0 / 3.0 + s2 * (2.0 / 5.0)) + (2.0 / 7.0 + s2 * (2.0 / 9.0)) * s4;
  const double t8 = (2.0 / 11.0 + s2 * (2.0 / 13.0)) + (2.0 / 15.0 + s2 * (2.0 / 17.0)) * s4;
  const double t16 = 2.0 / 19.0 + s2 * (2.0 / 21.0);
  const double t = s2 * (t0 + (t8 + t16 * s8) * s8);
  return exponent * ln2_high - ((s * (f - t) - exponent * ln2_low) - f);
}

double sin(double x) {
  if (!(magnitude(x) <= largest_angle)) return not_a_number;
  if (x == 0.0) return x;
  const Reduced r = reduce(x);
  const double value = (r.quarter & 1u) != 0 ? cosine(r) : sine(r);
  return (r.quarter & 2u) != 0 ? -value : value;
}

double cos(double x) {
  if (!(magnitude(x) <= largest_angle)) return not_a_number;
  const Reduced r = reduce(x);
  const double value = (r.quarter & 1u) != 0 ? sine(r) : cosine(r);
  return ((r.quarter + 1u) & 2u) != 0 ? -value : value;
}

double tan(double x) {
  if (!(magnitude(x) <= largest_angle)) return not_a_number;
  if (x == 0.0) return x;
  const Reduced r = reduce(x);
  return (r.quarter & 1u) != 0 ? -cosine(r) / sine(r) : sine(r) / cosine(r);
}

double atan(double x) {
  // Inverse tangents of 0, 1/8 ... 1.
  constexpr Pair known[9] = {{0.0, 0.0},
                             {0x1.fd5ba9aac2f6ep-4, -0x1.cd37686760c17p-59},
                             {0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57},
                             {0x1.6f61941e4def1p-2, -0x1.c63aae6f6e918p-56},
                             {0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56},
                             {0x1.1e00babdefeb4p-1, -0x1.928df287a668fp-58},
                             {0x1.4978fa3269ee1p-1, 0x1.2419a87f2a458p-56},
                             {0x1.700a7c5784634p-1, -0x1.8c34d25aadef6p-56},
                             {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55}};
  if (x != x) return x;
  const double size = magnitude(x);
  const bool steep = size > 1.0;
  const double y = steep ? 1.0 / size : size;
  // atan(y) = atan(c) + atan(t), |t| <= 1/16.
  const double eighths = (8.0 * y + magic) - magic;
  const double c = 0.125 * eighths;
  const double t = eighths == 0.0 ? y : (y - c) / (1.0 + y * c);
  const double t2 = t * t;  // series up to t^13
  const double t4 = t2 * t2;
  const double series =
      ((-1.0 / 3.0 + t2 * (1.0 / 5.0)) + (-1.0 / 7.0 + t2 * (1.0 / 9.0)) * t4) + (-1.0 / 11.0 + t2 * (1.0 / 13.0)) * (t4 * t4);
  const Pair from = known[static_cast<int>(eighths)];
  const double beyond = t + (t * t2 * series + from.low);
  if (!steep) return with_sign(from.high + beyond, x);
  constexpr Pair quarter = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};  // pi / 2
  return with_sign((quarter.high - from.high) - (beyond - quarter.low), x);
}

double asin(double x) { return atan(x / std::sqrt((1.0 - x) * (1.0 + x))); }

double erf(double x) {
  if (x != x) return x;
  const double size = magnitude(x);
  if (size >= 6.0) return with_sign(1.0, x);
  const double square = size * size;  // its rounding takes as much from one factor below as it gives to the other
  const double bell = exp(-square);
  if (size < 1.25) {
    // 2 / sqrt(pi) exp(-x^2) x (1 + 2 x^2 / 3 (1 + 2 x^2 / 5 (1 + ...)))
    double sum = 1.0;
    for (int k = 30; k > 0; --k) sum = 1.0 + sum * (2.0 * square / (2 * k + 1));
    return with_sign(0x1.20dd750429b6dp+0 * size * (bell * sum), x);
  }
  // erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...))))
  double fraction = size;
  for (int k = 120; k > 0; --k) fraction = size + 0.5 * k / fraction;
  return with_sign(1.0 - 0x1.20dd750429b6dp-1 * bell / fraction, x);
}

double hypot(double x, double y) {
  const double a = magnitude(x);
  const double b = magnitude(y);
  if (a == infinity || b == infinity) return infinity;
  const double larger = a < b ? b : a;
  const double smaller = a < b ? a : b;
  if (larger == 0.0) return smaller;  // 0, or NaN
  const double ratio = smaller / larger;
  return larger * std::sqrt(1.0 + ratio * ratio);
}

double power(double x, std::int64_t n) {
  double result = 1.0;
  for (; n > 0; n /= 2, x *= x) {
    if (n % 2 != 0) result *= x;
  }
  return result;
}

}  // namespace afmnn
