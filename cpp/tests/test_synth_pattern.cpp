// Patterns with parameters from everywhere in their ranges, in images of awkward sizes.
#include <algorithm>
#include <cmath>

#include "afmnn/synth/pattern.hpp"
#include "check.hpp"

namespace {

using namespace afmnn::synth;
using afmnn::View2D;

AFMNN_TEST(patterns_anywhere_in_their_ranges) {
  afmnn::test::Numbers u(9);
  const auto part = [&] { return u(0.0, 1.0) < 0.3 ? 0.0 : (u(0.0, 1.0) < 0.2 ? 1.0 : u(0.0, 1.0)); };
  const auto yes = [&] { return u(0.0, 1.0) < 0.5; };
  for (int round = 0; round < 150; ++round) {
    const auto rows = static_cast<std::ptrdiff_t>(u(1.0, 60.0));
    const auto cols = static_cast<std::ptrdiff_t>(u(1.0, 300.0));
    std::vector<double> one(static_cast<std::size_t>(rows * cols));
    std::vector<double> two(one.size());
    const Frame frame{std::exp(u(-1.0, 1.0)),       std::exp(u(-1.0, 1.0)),       u(-6.0, 6.0),
                      yes() ? 0.0 : u(-50.0, 50.0), yes() ? 0.0 : u(-50.0, 50.0), yes() ? 0.0 : u(0.0, 30.0),
                      std::exp(u(-4.0, 6.0))};
    const std::uint64_t key = 3;
    const Plane plane(frame, rows, cols, key, 1);
    const double period = std::exp(u(1.0, 6.0));
    const double other = std::exp(u(1.0, 6.0));
    const Staircase stairs{period, 1.0, part(), part(), part(), part(), yes()};
    const DoubleStaircase crossed{period, other, 1.0, part(), part(), part()};
    const Grating ridges{period, 1.0, part(), part(), u(-1.0, 1.0), part(), part(), part(), part(), yes()};
    const Radial radial{2.0 * part(), 2.0 * part() - 1.0};
    const SiemensStar star{static_cast<int>(u(2.0, 361.0)), 1.0, u(0.01, 0.99), part(), u(-10.0, 10.0), 5.0 * part()};
    const Holes openings{period, other,  1.0,    part(), part(), part(), part(),
                         part(), part(), part(), part(), part(), part(), part()};
    const Pillars columns{static_cast<PillarKind>(round % 3),
                          period,
                          other,
                          1.0,
                          part(),
                          part(),
                          u(-6.0, 6.0),
                          part(),
                          part(),
                          part(),
                          part(),
                          part(),
                          part()};
    const auto check = [&](const auto& draw, double low, double high) {
      draw(View2D<double>{one.data(), rows, cols, cols}, 1);
      draw(View2D<double>{two.data(), rows, cols, cols}, 3);
      AFMNN_CHECK(one == two);
      AFMNN_CHECK(*std::min_element(one.begin(), one.end()) >= low - 1e-9);
      AFMNN_CHECK(*std::max_element(one.begin(), one.end()) <= high + 1e-9);
    };
    check([&](const auto& out, int threads) { staircase(plane, stairs, key, out, threads); }, -1e5, 1e5);
    check([&](const auto& out, int threads) { double_staircase(plane, crossed, key, out, threads); }, -1e5, 1e5);
    check([&](const auto& out, int threads) { grating(plane, ridges, key, out, threads); }, 0.0, 2.0);
    check([&](const auto& out, int threads) { amphitheatre(plane, stairs, radial, key, out, threads); }, 0.0, 1e5);
    check([&](const auto& out, int threads) { rings(plane, ridges, radial, key, out, threads); }, 0.0, 2.0);
    check([&](const auto& out, int threads) { siemens_star(plane, star, key, out, threads); }, 0.0, 1.0);
    check([&](const auto& out, int threads) { holes(plane, openings, key, out, threads); }, -2.0, 0.0);
    check([&](const auto& out, int threads) { pillars(plane, columns, key, out, threads); }, 0.0, 2.0);
  }
}

AFMNN_TEST(profiles_of_few_features) {
  const double t[] = {-1e6, 0.9, 1.0, 1.1, 1e6};
  double z[5];
  Profile::sum_of({}, 3.0).evaluate(t, 5, z);
  for (const double value : z) AFMNN_CHECK(value == 3.0);
  Profile::sum_of({{0, 1.0, 0.0, 2.0}}, 3.0).evaluate(t, 5, z);  // one sharp edge
  AFMNN_CHECK(z[0] == 3.0 && z[1] == 3.0 && z[2] == 5.0 && z[3] == 5.0 && z[4] == 5.0);
  Profile::envelope_of({}).evaluate(t, 5, z);
  for (const double value : z) AFMNN_CHECK(value == 0.0);
  Profile::envelope_of({{0, 1.0, 0.0, 0.2, 0.0, 2.0}}).evaluate(t, 5, z);  // a saw tooth, sharp on the right
  AFMNN_CHECK_NEAR(z[1], 1.0, 1e-12);
  AFMNN_CHECK(z[0] == 0.0 && z[2] == 2.0 && z[3] == 0.0 && z[4] == 0.0);
}

}  // namespace
