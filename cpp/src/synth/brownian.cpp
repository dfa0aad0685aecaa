#include "afmnn/synth/brownian.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr index pixels_at_once = 1 << 14;

double power_of(double x, double exponent) { return x > 0.0 ? afmnn::exp(exponent * afmnn::log(x)) : 0.0; }

// d^2H, as far as heights depend on each other.
double variance(const Brownian& s, double distance) {
  const double most = s.stationarity_length > 0.0 ? std::min(distance, s.stationarity_length) : distance;
  return power_of(most, 2.0 * s.hurst);
}

// How a new point follows from the ends of its interval.
struct Point {
  index before, place, behind;
  double of_before, of_behind, displacement;
};

Point point_between(const Brownian& s, index before, index behind, double step) {
  const index place = before + (behind - before) / 2;
  const double a = static_cast<double>(place - before) * step, b = static_cast<double>(behind - place) * step, d = a + b;
  if (s.stationarity_length > 0.0 && d >= s.stationarity_length) {
    return {before, place, behind, 0.0, 0.0, std::sqrt(0.5 * variance(s, d))};
  }
  const double square = variance(s, a) + variance(s, b) - variance(s, d) * ((a * a + b * b) / (d * d));
  return {before, place, behind, b / d, a / d, std::sqrt(std::max(0.5 * square, 0.0))};
}

// The intervals of one axis, longest ones first divided.
struct Axis {
  std::vector<index> places;  // of points that have heights, in order
  double step;

  index longest() const {
    index most = 0;
    for (std::size_t i = 1; i < places.size(); ++i) most = std::max(most, places[i] - places[i - 1]);
    return most;
  }
  std::vector<Point> divide(const Brownian& s) {
    std::vector<Point> points;
    std::vector<index> all;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i > 0 && places[i] - places[i - 1] > 1) {
        points.push_back(point_between(s, places[i - 1], places[i], step));
        all.push_back(points.back().place);
      }
      all.push_back(places[i]);
    }
    places = all;
    return points;
  }
};

Axis axis_of(index pixels, double step) {
  Axis axis{{0}, step};
  if (pixels > 1) axis.places.push_back(pixels - 1);
  return axis;
}

// Draws of rms 1, with the distribution asked for.
void draw(const Brownian& s, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  const index rows_at_once = 1 + pixels_at_once / out.cols;
  const double pixels = static_cast<double>(out.rows) * static_cast<double>(out.cols);
  const double scale = std::sqrt(0.5 * (s.power - 1.0) * (s.power - 2.0)), exponent = -1.0 / s.power;
  team.visit((out.rows + rows_at_once - 1) / rows_at_once, 8.0 * pixels, [&](int, index unit) {
    for (index r = unit * rows_at_once; r < std::min(out.rows, (unit + 1) * rows_at_once); ++r) {
      Amplitude amplitude{1.0, Distribution::uniform, Sign::both};
      if (s.distribution == BrownianDistribution::gaussian) amplitude.distribution = Distribution::gaussian;
      if (s.distribution == BrownianDistribution::exponential) amplitude.distribution = Distribution::laplace;
      double* const row = out.row(r);
      draw_row(key, role::brownian, static_cast<std::uint64_t>(r), out.cols, amplitude, row);
      if (s.distribution != BrownianDistribution::power) continue;
      constexpr double root_third = 0.57735026918962576451;
      for (index c = 0; c < out.cols; ++c) {
        const double u = row[c] * root_third;  // uniform from -1 to 1: its size is u, its sign that of the result
        const double size = std::abs(u) > 0x1p-54 ? std::abs(u) : 0x1p-54;
        const double drawn = scale * (exp_fast(exponent * log_fast(size)) - 1.0);
        row[c] = u < 0.0 ? -drawn : drawn;
      }
    }
  });
}

// Four numbers of rms 1 become corners whose differences have the variances of their distances: the sum of a part that all share,
// one for each axis, and a twist.
void make_corners(const Brownian& s, View2D<double> z) {
  const index bottom = z.rows - 1, right = z.cols - 1;
  const double height = static_cast<double>(bottom) * s.row_step, width = static_cast<double>(right);
  const double down = variance(s, height), across = variance(s, width), diagonal = variance(s, afmnn::hypot(height, width));
  const double of_y = std::sqrt(std::max(down + diagonal - across, 0.0) / 8.0);
  const double of_x = std::sqrt(std::max(across + diagonal - down, 0.0) / 8.0);
  const double of_twist = std::sqrt(std::max(down + across - diagonal, 0.0) / 8.0);
  const double of_all = std::sqrt(std::max(0.5 * diagonal - of_y * of_y - of_x * of_x - of_twist * of_twist, 0.0));
  const double y = of_y * z(0, 0), x = of_x * z(0, right), twist = of_twist * z(bottom, 0), all = of_all * z(bottom, right);
  z(0, 0) = all - y - x + twist;
  z(0, right) = all - y + x - twist;
  z(bottom, 0) = all + y - x - twist;
  z(bottom, right) = all + y + x + twist;
}

}  // namespace

void brownian(const Brownian& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  draw(settings, key, out, team);
  make_corners(settings, out);
  Axis down = axis_of(out.rows, settings.row_step), across = axis_of(out.cols, 1.0);
  for (;;) {
    const index longest_down = down.longest(), longest_across = across.longest();
    if (longest_down < 2 && longest_across < 2) break;
    const bool columns = longest_down < 2 || (longest_across >= 2 && static_cast<double>(longest_across) >=
                                                                         static_cast<double>(longest_down) * settings.row_step);
    if (columns) {
      const std::vector<Point> points = across.divide(settings);
      const auto count = static_cast<index>(down.places.size());
      const index rows_at_once = 1 + pixels_at_once / static_cast<index>(points.size());
      team.visit((count + rows_at_once - 1) / rows_at_once, 4.0 * static_cast<double>(count) * static_cast<double>(points.size()),
                 [&](int, index unit) {
                   for (index i = unit * rows_at_once; i < std::min(count, (unit + 1) * rows_at_once); ++i) {
                     double* const row = out.row(down.places[at(i)]);
                     for (const Point& p : points) {
                       row[p.place] = (p.of_before * row[p.before] + p.of_behind * row[p.behind]) + p.displacement * row[p.place];
                     }
                   }
                 });
    } else {
      const std::vector<Point> points = down.divide(settings);
      const auto count = static_cast<index>(points.size());
      const std::vector<index>& places = across.places;
      const index rows_at_once = 1 + pixels_at_once / static_cast<index>(places.size());
      team.visit((count + rows_at_once - 1) / rows_at_once, 4.0 * static_cast<double>(count) * static_cast<double>(places.size()),
                 [&](int, index unit) {
                   for (index i = unit * rows_at_once; i < std::min(count, (unit + 1) * rows_at_once); ++i) {
                     const Point& p = points[at(i)];
                     const double* const before = out.row(p.before);
                     const double* const behind = out.row(p.behind);
                     double* const row = out.row(p.place);
                     for (const index c : places) {
                       row[c] = (p.of_before * before[c] + p.of_behind * behind[c]) + p.displacement * row[c];
                     }
                   }
                 });
    }
  }

  std::vector<double> sums(at(out.rows));
  const double pixels = static_cast<double>(out.rows) * static_cast<double>(out.cols);
  const index rows_at_once = 1 + pixels_at_once / out.cols;
  const auto each_row = [&](const auto& body) {
    team.visit((out.rows + rows_at_once - 1) / rows_at_once, pixels, [&](int, index unit) {
      for (index r = unit * rows_at_once; r < std::min(out.rows, (unit + 1) * rows_at_once); ++r) body(r);
    });
  };
  each_row([&](index r) { sums[at(r)] = lane_sum(out.cols, [row = out.row(r)](index c) { return row[c]; }); });
  const double mean = lane_sum(out.rows, [&](index r) { return sums[at(r)]; }) / pixels;
  each_row([&](index r) {
    sums[at(r)] = lane_sum(out.cols, [row = out.row(r), mean](index c) { return (row[c] - mean) * (row[c] - mean); });
  });
  const double square = lane_sum(out.rows, [&](index r) { return sums[at(r)]; }) / pixels;
  const double factor = square > 0.0 ? settings.rms / std::sqrt(square) : 0.0;
  each_row([&](index r) {
    double* const row = out.row(r);
    for (index c = 0; c < out.cols; ++c) row[c] *= factor;
  });
}

}  // namespace afmnn::synth
