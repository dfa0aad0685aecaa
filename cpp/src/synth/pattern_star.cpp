#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/synth/pattern.hpp"
#include "pattern_random.hpp"
#include "pattern_rows.hpp"

namespace afmnn::synth {
namespace {

constexpr double pi = 3.141592653589793;

/// A wedge with its apex at `retreat` along the bisector; its sides make the angle `half` with it.
struct Wedge {
  double along_x, along_y;  // bisector
  double cosine, sine;      // of the half-angle
  double retreat;
};

/// Distance from the wedge, 0 inside.
inline double distance(const Wedge& w, double x, double y) {
  const double along = x * w.along_x + y * w.along_y - w.retreat;
  const double across = std::abs(x * w.along_y - y * w.along_x);
  const double beyond_side = across * w.cosine - along * w.sine;
  const double along_side = along * w.cosine + across * w.sine;
  const double outside = along_side >= 0.0 ? beyond_side : std::sqrt(along * along + across * across);
  return beyond_side > 0.0 ? outside : 0.0;
}

/// Increases from 0 to 4 with the angle of (x, y) from 0 to 2 pi; 0 at the origin.
inline double pseudo_angle(double x, double y) {
  const double sum = std::abs(x) + std::abs(y);
  const double ratio = sum > 0.0 ? y / sum : 0.0;
  if (x < 0.0) return 2.0 - ratio;
  return ratio >= 0.0 ? ratio : 4.0 + ratio;
}

}  // namespace

std::vector<Ray> siemens_star(const Plane& plane, const SiemensStar& settings, std::uint64_t key, View2D<double> out,
                              int threads) {
  const int sectors = settings.sectors;
  const double shift = settings.edge_shift;
  std::vector<Ray> rays;
  std::vector<Wedge> wedges;
  std::vector<double> bisectors;  // pseudo-angles, upwards positive
  double hollow = 0.0;            // apexes lie within this distance of the centre
  for (int k = 0; k < sectors; ++k) {
    double top = settings.top;
    if (settings.top_spread > 0.0) {  // uniform on either side
      const double u = 2.0 * uniform(key, top_role, static_cast<std::uint64_t>(k)) - 1.0;
      top += u * settings.top_spread * (u > 0.0 ? 1.0 - top : top);
    }
    const double angle = 2.0 * pi * k / sectors;
    const double half = pi / sectors * top;
    const double sine = std::max(afmnn::sin(half), 1e-12);
    Wedge wedge{afmnn::cos(angle), -afmnn::sin(angle), afmnn::cos(half), sine, shift < 0.0 ? -shift / sine : 0.0};
    hollow = std::max(hollow, wedge.retreat);
    rays.push_back({angle, half});
    wedges.push_back(wedge);
    bisectors.push_back(k == 0 ? 0.0 : pseudo_angle(wedge.along_x, -wedge.along_y));
  }
  // Which bisector comes before a pseudo-angle: looked up in bins, then corrected.
  const int bins = 4 * sectors;
  std::vector<int> before(static_cast<std::size_t>(bins));
  for (int bin = 0, k = 0; bin < bins; ++bin) {
    while (k + 1 < sectors && bisectors[static_cast<std::size_t>(k + 1)] <= 4.0 * bin / bins) ++k;
    before[static_cast<std::size_t>(bin)] = k;
  }

  const double wider = std::max(shift, 0.0);
  const double tolerance = edge_tolerance * plane.pixel();
  // Between two bisectors, the way to a third wedge leads through one of the two, unless it passes the hollow centre.
  const double inner = shift < 0.0 ? (hollow + settings.slope + tolerance) * (hollow + settings.slope + tolerance) : -1.0;
  for_each_piece(plane, out, threads, [&](const double* x, const double* y, std::ptrdiff_t count, double* z) {
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      double d;
      if (x[i] * x[i] + y[i] * y[i] <= inner) {
        d = distance(wedges[0], x[i], y[i]);
        for (std::size_t k = 1; k < wedges.size(); ++k) d = std::min(d, distance(wedges[k], x[i], y[i]));
      } else {
        const double angle = pseudo_angle(x[i], -y[i]);
        const double bin = angle * sectors;  // NaN where the place is too far away for a number
        int k = before[bin < bins ? static_cast<std::size_t>(bin) : static_cast<std::size_t>(bins - 1)];
        while (k + 1 < sectors && angle >= bisectors[static_cast<std::size_t>(k + 1)]) ++k;
        const int next = k + 1 < sectors ? k + 1 : 0;
        d = std::min(distance(wedges[static_cast<std::size_t>(k)], x[i], y[i]),
                     distance(wedges[static_cast<std::size_t>(next)], x[i], y[i]));
      }
      d -= wider;
      if (settings.slope > tolerance) {
        z[i] = settings.height * std::min(std::max(1.0 - d / settings.slope, 0.0), 1.0);
      } else {
        z[i] = d <= tolerance ? settings.height : 0.0;
      }
    }
  });
  return rays;
}

}  // namespace afmnn::synth
