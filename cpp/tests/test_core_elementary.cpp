#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "check.hpp"

namespace {

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

}  // namespace
