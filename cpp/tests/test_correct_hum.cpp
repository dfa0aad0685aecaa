#include <algorithm>
#include <cmath>

#include "afmnn/correct/hum.hpp"
#include "lines.hpp"

namespace {

using afmnn::test::Lines;

AFMNN_TEST(hum_is_one_point_of_the_spectrum) {
  AFMNN_CHECK(afmnn::correct::transform_length(31) == 32 && afmnn::correct::transform_length(121) == 125);
  AFMNN_CHECK(afmnn::correct::transform_length(60) == 60 && afmnn::correct::transform_length(1) == 1);
  Lines scan(32, 60, 1);
  const double turn = 6.283185307179586;
  for (std::ptrdiff_t r = 0; r < 32; ++r) {
    for (std::ptrdiff_t c = 0; c < 60; ++c)
      scan(r, c) = 3.0 * std::cos(turn * (static_cast<double>(c) * 12.0 / 60.0 + static_cast<double>(r) * 5.0 / 32.0));
  }
  std::vector<float> power(31 * 32);
  afmnn::correct::hum_power<double>(scan.image(), 1.0, power.data(), 2, {});
  AFMNN_CHECK(std::max_element(power.begin(), power.end()) - power.begin() == 12 * 32 + 5);
  AFMNN_CHECK_NEAR(power[12 * 32 + 5], 9.0F, 0.1);
}

AFMNN_TEST(hum_is_fitted_and_taken_off) {
  Lines scan(5, 80, 2);
  const double turn = 6.283185307179586, frequency = 0.13;
  for (std::ptrdiff_t r = 0; r < 5; ++r) {
    for (std::ptrdiff_t c = 0; c < 80; ++c) {
      const double x = static_cast<double>(c);
      scan(r, c) =
          10.0 + 0.1 * x + static_cast<double>(r) * std::cos(turn * frequency * x) - 2.0 * std::sin(turn * frequency * x);
    }
  }
  scan(3, 7) = afmnn::test::missing;
  for (std::ptrdiff_t c = 0; c < 80; ++c) scan(4, c) = afmnn::test::missing;
  double waves[10], weights[5];
  afmnn::correct::hum_waves<double>(scan.image(), 1.0, &frequency, 1, waves, weights, 1, {});
  for (std::ptrdiff_t r = 0; r < 4; ++r) {
    AFMNN_CHECK_NEAR(waves[2 * r], static_cast<double>(r), 1e-9);
    AFMNN_CHECK_NEAR(waves[2 * r + 1], -2.0, 1e-9);
  }
  AFMNN_CHECK(weights[4] == 0.0 && waves[8] == 0.0 && waves[9] == 0.0);
  AFMNN_CHECK(weights[3] < 1.0 && weights[3] > 0.9);
  Lines out(5, 80, 3);
  afmnn::correct::hum_subtract<double>(scan.image(), &frequency, 1, waves, {out.heights.data(), 5, 80, 80, 1}, 1, {});
  for (std::ptrdiff_t c = 0; c < 80; ++c) AFMNN_CHECK_NEAR(out(2, c), 10.0 + 0.1 * static_cast<double>(c), 1e-9);
  AFMNN_CHECK(std::isnan(out(4, 5)) && std::isnan(out(3, 7)));
}

}  // namespace
