#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "afmnn/core/elementary.hpp"
#include "check.hpp"

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
// Where long double is no wider, the system's functions are right to an ulp or so themselves.
constexpr double reference_error = std::numeric_limits<long double>::digits > std::numeric_limits<double>::digits ? 0.0 : 1.0;

AFMNN_TEST(exponential_is_exact_to_two_ulp) {
  afmnn::test::Numbers numbers(1);
  double worst = 0.0;
  for (int i = 0; i < 100000; ++i) {
    const double x = i < 50000 ? numbers(-700.0, 700.0) : numbers(-1.0, 1.0);
    const double exact = static_cast<double>(std::exp(static_cast<long double>(x)));
    worst = std::max(worst, std::abs(afmnn::exp_fast(x) - exact) / exact);
  }
  AFMNN_CHECK(worst < 5e-16);
  AFMNN_CHECK(afmnn::exp_fast(0.0) == 1.0);
  AFMNN_CHECK(afmnn::exp_fast(-1e9) > 0.0 && afmnn::exp_fast(-1e9) < 1e-303);
}

AFMNN_TEST(logarithm_is_exact_to_an_ulp) {
  afmnn::test::Numbers numbers(2);
  double worst = 0.0;
  for (int i = 0; i < 100000; ++i) {
    const double x = i < 50000 ? std::exp(numbers(-700.0, 700.0)) : numbers(0.5, 2.0);
    const double exact = static_cast<double>(std::log(static_cast<long double>(x)));
    worst = std::max(worst, std::abs(afmnn::log_fast(x) - exact) / std::max(std::abs(exact), 1.0));
  }
  AFMNN_CHECK(worst < 4e-16);
  AFMNN_CHECK(afmnn::log_fast(1.0) == 0.0);
  AFMNN_CHECK(afmnn::log_fast(0.0) < -700.0);  // finite, so that exp_fast makes next to nothing of it
}

// Distance in units in the last place of `exact`; those of subnormal numbers are all the same.
double ulps(double value, long double exact) {
  int exponent = 0;
  std::frexp(static_cast<double>(exact), &exponent);
  const long double unit = std::ldexp(1.0L, std::max(exponent, -1021) - 53);
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / unit);
}

// MinGW's sines in long double are the x87's, whose pi has 66 bits: they are no reference. That ours come out as elsewhere, which
// are compared with one, is what the digests say.
#if defined(_WIN32)
constexpr bool has_reference = false;
#else
constexpr bool has_reference = true;
#endif

using Ours = double (*)(double);
using Theirs = long double (*)(long double);

// The largest error over numbers from `low` to `high`, or over powers of ten with such exponents.
double worst_ulps(Ours ours, Theirs theirs, double low, double high, bool exponents = false) {
  afmnn::test::Numbers numbers(3);
  double worst = 0.0;
  for (int i = 0; i < 20000; ++i) {
    const double drawn = numbers(low, high);
    const double x = exponents ? std::pow(10.0, drawn) : drawn;
    worst = std::max(worst, ulps(ours(x), theirs(static_cast<long double>(x))));
  }
  return worst - reference_error;
}

AFMNN_TEST(elementary_functions_are_as_exact_as_their_header_says) {
  if (!has_reference) return;
  const auto check = [](Ours ours, Theirs theirs, double low, double high, double most, bool exponents = false) {
    AFMNN_CHECK_NEAR(std::max(worst_ulps(ours, theirs, low, high, exponents), 0.0), 0.0, most);
  };
  check(afmnn::exp, std::exp, -708.0, 709.7, 0.7);
  check(afmnn::exp, std::exp, -1.0, 1.0, 0.7);
  check(afmnn::exp, std::exp, -745.0, -708.0, 1.0);
  check(afmnn::log, std::log, 0.0, 2.0, 0.9);
  check(afmnn::log, std::log, 0.999, 1.001, 0.9);
  check(afmnn::log, std::log, -323.0, 308.0, 0.9, true);
  check(afmnn::sin, std::sin, -7.0, 7.0, 0.8);
  check(afmnn::sin, std::sin, -1e6, 1e6, 0.8);
  check(afmnn::sin, std::sin, -300.0, 0.0, 0.8, true);
  check(afmnn::cos, std::cos, -7.0, 7.0, 0.8);
  check(afmnn::cos, std::cos, -1e6, 1e6, 0.8);
  check(afmnn::tan, std::tan, -7.0, 7.0, 2.5);
  check(afmnn::tan, std::tan, -1e6, 1e6, 2.5);
  check(afmnn::atan, std::atan, -2.0, 2.0, 1.3);
  check(afmnn::atan, std::atan, -300.0, 300.0, 1.3, true);
  check(afmnn::asin, std::asin, -1.0, 1.0, 2.0);
  check(afmnn::asin, std::asin, -300.0, 0.0, 2.0, true);
  check(afmnn::erf, std::erf, -6.0, 6.0, 4.0);
  check(afmnn::erf, std::erf, -300.0, 0.0, 4.0, true);
}

// Where an angle is nearest to a multiple of pi / 2, all of its digits cancel.
AFMNN_TEST(sines_are_exact_where_they_are_next_to_nothing) {
  if (!has_reference) return;
  constexpr long double half_pi = 1.57079632679489661923132169163975144L;
  double worst = 0.0;
  for (int n = 1; n < 600000; n += 7) {
    const auto x = static_cast<double>(n * half_pi);
    const auto exact = [&](bool sine) {
      return sine ? std::sin(static_cast<long double>(x)) : std::cos(static_cast<long double>(x));
    };
    worst = std::max(worst, ulps(afmnn::sin(x), exact(true)));
    worst = std::max(worst, ulps(afmnn::cos(x), exact(false)));
  }
  AFMNN_CHECK_NEAR(std::max(worst - reference_error, 0.0), 0.0, 0.8);
}

AFMNN_TEST(elementary_functions_at_their_ends) {
  AFMNN_CHECK(afmnn::exp(0.0) == 1.0 && afmnn::exp(-infinity) == 0.0 && afmnn::exp(infinity) == infinity);
  AFMNN_CHECK(afmnn::exp(710.0) == infinity && afmnn::exp(709.78) < infinity && afmnn::exp(-746.0) == 0.0);
  AFMNN_CHECK(afmnn::exp(-745.0) == std::numeric_limits<double>::denorm_min());
  AFMNN_CHECK(afmnn::log(1.0) == 0.0 && afmnn::log(0.0) == -infinity && afmnn::log(-0.0) == -infinity);
  AFMNN_CHECK(afmnn::log(infinity) == infinity && std::isnan(afmnn::log(-1.0)));
  AFMNN_CHECK(afmnn::cos(0.0) == 1.0 && afmnn::sin(-0.0) == 0.0 && std::signbit(afmnn::sin(-0.0)));
  AFMNN_CHECK(std::signbit(afmnn::tan(-0.0)) && std::signbit(afmnn::atan(-0.0)) && std::signbit(afmnn::erf(-0.0)));
  AFMNN_CHECK(std::isnan(afmnn::sin(1.1e6)) && std::isnan(afmnn::cos(-infinity)) && std::isnan(afmnn::tan(1e300)));
  AFMNN_CHECK(afmnn::atan(infinity) == 1.5707963267948966 && afmnn::atan(-infinity) == -1.5707963267948966);
  AFMNN_CHECK(afmnn::atan(1.0) == 0.7853981633974483);
  AFMNN_CHECK(afmnn::asin(1.0) == 1.5707963267948966 && afmnn::asin(-1.0) == -1.5707963267948966);
  AFMNN_CHECK(std::isnan(afmnn::asin(1.0000001)));
  AFMNN_CHECK(afmnn::erf(7.0) == 1.0 && afmnn::erf(-infinity) == -1.0);
  for (const Ours function : {afmnn::exp, afmnn::log, afmnn::sin, afmnn::cos, afmnn::tan, afmnn::atan, afmnn::asin, afmnn::erf}) {
    AFMNN_CHECK(std::isnan(function(nan)));
  }
}

AFMNN_TEST(hypotenuse_needs_no_room_for_squares) {
  AFMNN_CHECK(afmnn::hypot(3.0, -4.0) == 5.0 && afmnn::hypot(0.0, -0.0) == 0.0);
  AFMNN_CHECK_NEAR(afmnn::hypot(3e-200, 4e-200) * 1e200, 5.0, 2e-15);
  AFMNN_CHECK_NEAR(afmnn::hypot(3e200, 4e200) * 1e-200, 5.0, 2e-15);
  AFMNN_CHECK(afmnn::hypot(-infinity, nan) == infinity && std::isnan(afmnn::hypot(nan, 0.0)) &&
              std::isnan(afmnn::hypot(0.0, nan)));
}

AFMNN_TEST(integer_powers) {
  AFMNN_CHECK(afmnn::power(0.999, 0) == 1.0 && afmnn::power(0.999, 1) == 0.999 && afmnn::power(2.0, 62) == 0x1p62);
  for (const std::int64_t n : {2, 3, 100, 12345}) {
    const auto exact = static_cast<double>(std::pow(static_cast<long double>(0.999), static_cast<long double>(n)));
    AFMNN_CHECK_NEAR(afmnn::power(0.999, n) / exact, 1.0, 1.2e-16 * static_cast<double>(n));
  }
}

// The bits themselves, of any compiler for any machine: sums of 64-bit patterns over many arguments.
AFMNN_TEST(elementary_functions_have_the_same_bits_everywhere) {
  const auto digest = [](Ours function, double low, double high) {
    afmnn::test::Numbers numbers(4);
    std::uint64_t sum = 0;
    for (int i = 0; i < 10000; ++i) sum = 0x9E3779B97F4A7C15u * (sum ^ afmnn::bits_of(function(numbers(low, high))));
    return sum;
  };
  const struct {
    Ours function;
    double low, high;
    std::uint64_t expected;
  } all[] = {
      {afmnn::exp_fast, -700.0, 700.0, 0xC5EBB0BB5279C69Du}, {afmnn::log_fast, 0.0, 9.0, 0xE46CD1FF7CF90D1Du},
      {afmnn::exp, -745.0, 709.0, 0xE7DC6D460B5C126Cu},      {afmnn::log, 0.0, 9.0, 0x5C7DDC5273B7C64Au},
      {afmnn::sin, -9.0, 9.0, 0xAAEC129B37973F9Du},          {afmnn::cos, -9.0, 9.0, 0xBEDEFA042A3C0EC4u},
      {afmnn::tan, -9.0, 9.0, 0x56E2A7EF30DA4E4Bu},          {afmnn::atan, -9.0, 9.0, 0x876F2AFFB51D0C06u},
      {afmnn::asin, -1.0, 1.0, 0x9A92CE848E42FF56u},         {afmnn::erf, -6.0, 6.0, 0x0A4474C26F38FE9Du},
  };
  for (const auto& one : all) {
    const std::uint64_t found = digest(one.function, one.low, one.high);
    AFMNN_CHECK(found == one.expected);
    if (found != one.expected)
      std::printf("of function %d: 0x%016llX\n", static_cast<int>(&one - all), static_cast<unsigned long long>(found));
  }
}

}  // namespace
