#include <cmath>
#include <vector>

#include "afmnn/simd/kernels.hpp"
#include "check.hpp"

namespace {

// tests/test_fma.py compares with exact fractions; this one also runs where there is no Python.
template <typename T>
void compare_with_library(int smallest, int largest) {
  constexpr std::size_t count = 4096;
  afmnn::test::Numbers numbers(3);
  std::vector<T> a(count), b(count), c(count), got(count);
  const auto number = [&](double low, double high) {
    return std::ldexp(static_cast<T>(numbers(-2.0, 2.0)), static_cast<int>(numbers(low, high)));
  };
  for (std::size_t i = 0; i < count; ++i) {
    const bool wide = i % 2 == 0;
    a[i] = wide ? number(smallest, largest) : number(-9.0, 9.0);
    b[i] = wide ? number(smallest, largest) : number(-9.0, 9.0);
    c[i] = wide ? number(2 * smallest, largest) : i % 3 == 0 ? -a[i] * b[i] : number(-40.0, 40.0);
  }
  afmnn::simd::network_kernels<T>().fma(a.data(), b.data(), c.data(), count, got.data());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const T wanted = std::fma(a[i], b[i], c[i]);
    if (!(got[i] == wanted && std::signbit(got[i]) == std::signbit(wanted))) ++wrong;
  }
  AFMNN_CHECK(wrong == 0);
}

// On Windows the library's function rounds twice.
#ifndef _WIN32
AFMNN_TEST(fused_multiply_add_is_rounded_once) {
  compare_with_library<float>(-90, 60);
  compare_with_library<double>(-600, 500);
}
#endif

}  // namespace
