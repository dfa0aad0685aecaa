// Patterns of one coordinate: across the image (staircases, gratings) or around a centre (amphitheatre, rings).
#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/pattern.hpp"
#include "pattern_random.hpp"
#include "pattern_rows.hpp"

namespace afmnn::synth {
namespace {

/// Positions of features, t_first, t_{first + 1} ... in periods.
struct Places {
  std::int64_t first = 0;
  std::vector<double> t;

  double at(std::int64_t k) const { return t[static_cast<std::size_t>(k - first)]; }
  std::int64_t end() const { return first + static_cast<std::int64_t>(t.size()); }
};

/// Features within low ... high and `margin` beyond, and at least number 0.
Places straight_places(double low, double high, double margin, double spread, std::uint64_t key, std::uint64_t role) {
  Places places;
  places.first = to_index(std::floor(std::min(low, 0.0) - margin)) - 1;
  const std::int64_t last = to_index(std::ceil(std::max(high, 0.0) + margin)) + 1;
  for (std::int64_t k = places.first; k <= last; ++k) {
    places.t.push_back(static_cast<double>(k) + position_shift(spread, key, role, outwards(k)));
  }
  return places;
}

/// Where feature k of a radial pattern is without spread; s is the half-diagonal in periods. Beyond `last` half-diagonals,
/// where no pixel is, features do not crowd further: there would be no end of them in short order.
double radial_place(double k, double s, double parabolicity, double last) {
  const double q = std::abs(parabolicity);
  const double x = k / s;
  if (parabolicity <= 0.0) return s * ((1.0 - q) * x + q * x * x);
  const double y = std::min(x, last);
  const double root = std::sqrt((1.0 - q) * (1.0 - q) + 4.0 * q * y);
  return s * (2.0 * y / ((1.0 - q) + root) + (x - y) / root);
}

Places radial_places(double high, double margin, double s, double parabolicity, double spread, std::uint64_t key) {
  Places places;
  places.first = 1;
  const double last = std::max(1.0, ((1.0 - parabolicity) + parabolicity * high / s) * high / s);  // g(last) = high / s
  double place = 0.0;
  for (std::int64_t k = 1;; ++k) {
    const double before = place;
    place = radial_place(static_cast<double>(k), s, parabolicity, last);
    places.t.push_back(place + position_shift(spread, key, position_role, outwards(k)));
    if (place > high + 1.0 + margin * std::max(1.0, place - before)) return places;  // widths may grow with the distance
  }
}

void fill_linear(const Plane& plane, double period, const Profile& profile, View2D<double> out, int threads) {
  for_each_piece(plane, out, threads, [&](double* x, double*, std::ptrdiff_t count, double* z) {
    for (std::ptrdiff_t i = 0; i < count; ++i) x[i] /= period;
    profile.evaluate(x, count, z);
  });
}

/// Divisor of the norm, 2^((p - 1) / 2) periods beyond the circle: along diagonals, steps keep their width there, too.
double radial_period(double period, double p) {
  constexpr double half_ln2 = 0.34657359027997264;
  return p > 1.0 ? period * afmnn::exp(half_ln2 * (p - 1.0)) : period;
}

void radial_coordinate(double* x, const double* y, std::ptrdiff_t count, double p, double period) {
  if (p == 1.0) {
    for (std::ptrdiff_t i = 0; i < count; ++i) x[i] = std::sqrt(x[i] * x[i] + y[i] * y[i]) / period;
  } else if (p == 0.0) {
    for (std::ptrdiff_t i = 0; i < count; ++i) x[i] = std::max(std::abs(x[i]), std::abs(y[i])) / period;
  } else if (p == 2.0) {
    for (std::ptrdiff_t i = 0; i < count; ++i) x[i] = (std::abs(x[i]) + std::abs(y[i])) / period;
  } else {
    // Loops of one function each: in a single one, the processor waits for the long chain of operations of every pixel.
    const double n = 2.0 / p;
    double power[piece];
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const double a = std::abs(x[i]);
      const double b = std::abs(y[i]);
      x[i] = std::max(a, b);
      power[i] = x[i] > 0.0 ? std::min(a, b) / x[i] : 0.0;
    }
    for (std::ptrdiff_t i = 0; i < count; ++i) power[i] = n * log_fast(power[i]);
    for (std::ptrdiff_t i = 0; i < count; ++i) power[i] = 1.0 + exp_fast(power[i]);
    for (std::ptrdiff_t i = 0; i < count; ++i) power[i] = log_fast(power[i]) / n;
    for (std::ptrdiff_t i = 0; i < count; ++i) x[i] = x[i] / period * exp_fast(power[i]);
  }
}

void fill_radial(const Plane& plane, double period, double p, const Profile& profile, View2D<double> out, int threads) {
  for_each_piece(plane, out, threads, [&](double* x, double* y, std::ptrdiff_t count, double* z) {
    radial_coordinate(x, y, count, p, period);
    profile.evaluate(x, count, z);
  });
}

/// Largest radial coordinate of a pixel.
double radial_reach(const Plane& plane, double p, double period) {
  double x = std::max(std::abs(plane.low_x()), std::abs(plane.high_x()));
  const double y = std::max(std::abs(plane.low_y()), std::abs(plane.high_y()));
  radial_coordinate(&x, &y, 1, p, period);
  return x;
}

double before(const Places& places, std::int64_t k) {
  return k > places.first ? places.at(k - 1) : -places.at(k);  // feature 0 of radial patterns is the mirror image of 1
}

/// Mean width of the two gaps beside feature k.
double gap(const Places& places, std::int64_t k) { return 0.5 * (places.at(k + 1) - before(places, k)); }

Ridge make_ridge(const Grating& settings, const Places& places, std::int64_t k, std::uint64_t key) {
  const std::uint64_t index = outwards(k);
  const double slope = settings.slope * multiplier(settings.slope_spread, key, slope_role, index);
  Ridge ridge;
  ridge.index = k;
  ridge.position = places.at(k);
  ridge.top = settings.top * multiplier(settings.top_spread, key, top_role, index);
  ridge.left = 0.5 * (1.0 - settings.asymmetry) * slope;
  ridge.right = 0.5 * (1.0 + settings.asymmetry) * slope;
  ridge.height = settings.height * multiplier(settings.height_spread, key, height_role, index);
  if (settings.scale_with_width) {
    const double width = gap(places, k);
    ridge.top *= width;
    ridge.left *= width;
    ridge.right *= width;
    ridge.position = 0.5 * ridge.position + 0.25 * (places.at(k + 1) + before(places, k)) + 0.5 * (ridge.left - ridge.right);
  }
  return ridge;
}

// The features' own lengths, for those who ask.
std::vector<Ramp> in_lengths(std::vector<Ramp> ramps, double period) {
  for (Ramp& ramp : ramps) {
    ramp.position *= period;
    ramp.width *= period;
  }
  return ramps;
}
std::vector<Ridge> in_lengths(std::vector<Ridge> ridges, double period) {
  for (Ridge& ridge : ridges) {
    ridge.position *= period;
    ridge.top *= period;
    ridge.left *= period;
    ridge.right *= period;
  }
  return ridges;
}

/// Features reach this far from their nominal place: shift, and twice the nominal widths at full spread.
double ramp_margin(const Staircase& settings) { return 0.5 + settings.slope; }
double ridge_margin(const Grating& settings) {
  const double reach = settings.top + 2.0 * settings.slope;
  return 1.0 + (settings.scale_with_width ? 2.0 * reach : reach);
}

}  // namespace

std::vector<Ramp> staircase(const Plane& plane, const Staircase& settings, std::uint64_t key, View2D<double> out, int threads) {
  const double period = settings.period;
  const Places places = straight_places(plane.low_x() / period, plane.high_x() / period, ramp_margin(settings),
                                        settings.position_spread, key, position_role);
  std::vector<Ramp> ramps;
  double below = 0.0;  // steps below the middle of edge 0
  for (std::int64_t k = places.first + 1; k + 1 < places.end(); ++k) {
    const std::uint64_t index = outwards(k);
    Ramp ramp{k, places.at(k), settings.slope * multiplier(settings.slope_spread, key, slope_role, index),
              settings.height * multiplier(settings.height_spread, key, height_role, index)};
    if (settings.height_scales_with_width) ramp.height *= gap(places, k);
    if (k < 0) below += ramp.height;
    if (k == 0) below += 0.5 * ramp.height;
    ramps.push_back(ramp);
  }
  fill_linear(plane, period, Profile::sum_of(ramps, -below), out, threads);
  return in_lengths(ramps, period);
}

DoubleStaircaseEdges double_staircase(const Plane& plane, const DoubleStaircase& settings, std::uint64_t key, View2D<double> out,
                                      int threads) {
  const Places across = straight_places(plane.low_x() / settings.period_x, plane.high_x() / settings.period_x, 1.0,
                                        settings.position_spread_x, key, position_role);
  const Places down = straight_places(plane.low_y() / settings.period_y, plane.high_y() / settings.period_y, 1.0,
                                      settings.position_spread_y, key, position_y_role);
  // Level n lies between its steps n and n + 1; the steps are added outwards from level -1.
  const std::int64_t first_level = across.first + down.first - 2;
  const std::int64_t last_level = across.end() + down.end();
  std::vector<double> levels(static_cast<std::size_t>(last_level - first_level + 1), 0.0);
  const auto level = [&](std::int64_t n) -> double& { return levels[static_cast<std::size_t>(n - first_level)]; };
  const auto step = [&](std::int64_t n) {
    return settings.height * multiplier(settings.height_spread, key, height_role, outwards(n));
  };
  for (std::int64_t n = 0; n <= last_level; ++n) level(n) = level(n - 1) + step(n);
  for (std::int64_t n = -2; n >= first_level; --n) level(n) = level(n + 1) - step(n + 1);

  const auto passed = [](const Places& places, double t) {  // number of the last edge at or before t
    const auto k = static_cast<std::int64_t>(std::floor(t));
    const double* edge = places.t.data() + (k - places.first);
    return k - 1 + (t >= edge[0] ? 1 : 0) + (t >= edge[1] ? 1 : 0);
  };
  for_each_piece(plane, out, threads, [&](double* x, double* y, std::ptrdiff_t count, double* z) {
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const std::int64_t right = passed(across, x[i] / settings.period_x + edge_tolerance);
      const std::int64_t below = passed(down, y[i] / settings.period_y + edge_tolerance);
      z[i] = levels[static_cast<std::size_t>(right + below - first_level)];
    }
  });
  return {across.t, down.t, across.first, down.first, levels, first_level};
}

std::vector<Ridge> grating(const Plane& plane, const Grating& settings, std::uint64_t key, View2D<double> out, int threads) {
  const double period = settings.period;
  const Places places = straight_places(plane.low_x() / period, plane.high_x() / period, ridge_margin(settings),
                                        settings.position_spread, key, position_role);
  std::vector<Ridge> ridges;
  for (std::int64_t k = places.first + 1; k + 1 < places.end(); ++k) ridges.push_back(make_ridge(settings, places, k, key));
  fill_linear(plane, period, Profile::envelope_of(ridges), out, threads);
  return in_lengths(ridges, period);
}

std::vector<Ramp> amphitheatre(const Plane& plane, const Staircase& settings, const Radial& radial, std::uint64_t key,
                               View2D<double> out, int threads) {
  const double period = radial_period(settings.period, radial.superellipse);
  const double reach = radial_reach(plane, radial.superellipse, period);
  const Places places = radial_places(reach, ramp_margin(settings), plane.half_diagonal() / period, radial.parabolicity,
                                      settings.position_spread, key);
  std::vector<Ramp> ramps;
  for (std::int64_t k = 1; k < places.end(); ++k) {
    const std::uint64_t index = outwards(k);
    ramps.push_back({k, places.at(k), settings.slope * multiplier(settings.slope_spread, key, slope_role, index),
                     settings.height * multiplier(settings.height_spread, key, height_role, index)});
  }
  fill_radial(plane, period, radial.superellipse, Profile::sum_of(ramps, 0.0), out, threads);
  return in_lengths(ramps, period);
}

std::vector<Ridge> rings(const Plane& plane, const Grating& settings, const Radial& radial, std::uint64_t key, View2D<double> out,
                         int threads) {
  const double period = radial_period(settings.period, radial.superellipse);
  const double reach = radial_reach(plane, radial.superellipse, period);
  Places places = radial_places(reach, ridge_margin(settings), plane.half_diagonal() / period, radial.parabolicity,
                                settings.position_spread, key);
  std::sort(places.t.begin(), places.t.end());  // crowding features may pass each other
  std::vector<Ridge> ridges;
  for (std::int64_t k = 1; k + 1 < places.end(); ++k) ridges.push_back(make_ridge(settings, places, k, key));
  fill_radial(plane, period, radial.superellipse, Profile::envelope_of(ridges), out, threads);
  return in_lengths(ridges, period);
}

}  // namespace afmnn::synth
