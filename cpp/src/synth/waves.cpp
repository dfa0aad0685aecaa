#include "afmnn/synth/waves.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/fft.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr double pi = 3.14159265358979323846;
constexpr index piece = 256;       // pixels at a time
constexpr index intervals = 1024;  // of the table, over one period

enum WaveRole : std::uint64_t { y_role = role::waves, x_role, wavelength_role, amplitude_role, decay_role };

// Harmonics of a wave form: those of the quadrature are the same, of sines.
std::vector<double> harmonics_of(WaveForm form) {
  if (form == WaveForm::cosine) return {1.0};
  if (form == WaveForm::flat_top) return {1.0, 0.0, -1.0 / 6.0, 0.0, 1.0 / 50.0};
  // The transform of sech is sech: harmonics of a period of 10 are in proportion to sech(pi^2 m / 10).
  std::vector<double> harmonics;
  double square = 0.0;
  for (int m = 1; m <= 40; ++m) {
    const double e = afmnn::exp(-pi * pi * m / 10.0);
    harmonics.push_back(2.0 * e / (1.0 + e * e));
    square += 0.5 * harmonics.back() * harmonics.back();
  }
  for (double& h : harmonics) h /= std::sqrt(square);
  return harmonics;
}

// Cubic polynomials of both waves between nodes, with their values and slopes there (Hermite).
struct Cubic {
  double wave[4], quadrature[4];
};
std::vector<Cubic> tabulate(WaveForm form) {
  const std::vector<double> harmonics = harmonics_of(form);
  struct Node {
    double wave = 0.0, slope = 0.0, quadrature = 0.0, quadrature_slope = 0.0;
  };
  constexpr double step = 2.0 * pi / static_cast<double>(intervals);
  std::vector<Node> nodes(at(intervals + 1));
  for (index i = 0; i <= intervals; ++i) {
    Node& node = nodes[at(i)];
    for (std::size_t h = 0; h < harmonics.size(); ++h) {
      const auto m = static_cast<index>(h + 1);
      const Turn angle = turn((i + intervals / 2) * m % intervals, intervals);  // the table begins at -pi
      const double slope = static_cast<double>(m) * step * harmonics[h];
      node.wave += harmonics[h] * angle.cosine;
      node.slope -= slope * angle.sine;
      node.quadrature += harmonics[h] * angle.sine;
      node.quadrature_slope += slope * angle.cosine;
    }
  }
  const auto cubic = [](double* c, double from, double slope_from, double to, double slope_to) {
    c[0] = from;
    c[1] = slope_from;
    c[2] = 3.0 * (to - from) - 2.0 * slope_from - slope_to;
    c[3] = 2.0 * (from - to) + slope_from + slope_to;
  };
  std::vector<Cubic> table(at(intervals));
  for (index i = 0; i < intervals; ++i) {
    const Node& a = nodes[at(i)];
    const Node& b = nodes[at(i + 1)];
    cubic(table[at(i)].wave, a.wave, a.slope, b.wave, b.slope);
    cubic(table[at(i)].quadrature, a.quadrature, a.quadrature_slope, b.quadrature, b.quadrature_slope);
  }
  return table;
}

Sources draw_sources(const Waves& s, std::uint64_t key) {
  Sources sources;
  const auto log_normal = [&](double median, double spread, std::uint64_t role, std::uint64_t i) {
    return spread > 0.0 ? median * afmnn::exp(4.0 * spread * normal(key, role, i)) : median;
  };
  for (index k = 0; k < s.count; ++k) {
    const auto i = static_cast<std::uint64_t>(k);
    sources.y.push_back(s.center_y + s.spread_y * normal(key, y_role, i));
    sources.x.push_back(s.center_x + s.spread_x * normal(key, x_role, i));
    sources.wavelength.push_back(s.wavelength / log_normal(1.0, s.wavelength_spread, wavelength_role, i));
    sources.amplitude.push_back(log_normal(s.amplitude, s.amplitude_spread, amplitude_role, i));
    sources.decay.push_back(log_normal(s.decay, s.decay_spread, decay_role, i));
  }
  return sources;
}

double angle_of(double y, double x) {
  if (x > 0.0) return afmnn::atan(y / x);
  if (x < 0.0) return y < 0.0 ? afmnn::atan(y / x) - pi : afmnn::atan(y / x) + pi;
  return y > 0.0 ? 0.5 * pi : y < 0.0 ? -0.5 * pi : 0.0;
}

}  // namespace

Sources waves(const Waves& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  const Sources sources = draw_sources(settings, key);
  const std::vector<Cubic> table = tabulate(settings.form);
  const index rows = out.rows, cols = out.cols;
  const double middle_y = 0.5 * static_cast<double>(rows - 1) * settings.row_step, middle_x = 0.5 * static_cast<double>(cols - 1);
  const index pieces = (cols + piece - 1) / piece;
  const double factor = 2.0 / std::sqrt(static_cast<double>(settings.count));
  const double work = 10.0 * static_cast<double>(rows) * static_cast<double>(cols) * static_cast<double>(settings.count);
  team.tell_parts(0, UnitTeam::parts);
  team.visit(rows * pieces, work, [&](int, index unit) {
    const index r = unit / pieces, first = unit % pieces * piece, count = std::min(piece, cols - first);
    double turns[piece], damped[piece], c[piece], s[piece];
    std::fill_n(c, piece, 0.0);
    std::fill_n(s, piece, 0.0);
    const double y = static_cast<double>(r) * settings.row_step - middle_y;
    for (std::size_t k = 0; k < sources.y.size(); ++k) {
      const double dy2 = (y - sources.y[k]) * (y - sources.y[k]);
      const double x0 = static_cast<double>(first) - middle_x - sources.x[k];
      const double per_turn = 1.0 / sources.wavelength[k], fall = -2.0 * pi * sources.decay[k], size = sources.amplitude[k];
      for (int i = 0; i < static_cast<int>(count); ++i) {
        const double x = x0 + static_cast<double>(i);
        const double t = std::sqrt(dy2 + x * x) * per_turn;
        constexpr double magic = 0x1.8p52;  // adding it rounds to an integer
        const double whole = (t + magic) - magic;
        const double exponent = fall * t;
        damped[i] = exponent < -700.0 ? 0.0 : size * exp_fast(exponent);
        turns[i] = (t - whole + 0.5) * static_cast<double>(intervals);
      }
      for (index i = 0; i < count; ++i) {
        const int interval = std::min(static_cast<int>(turns[i]), static_cast<int>(intervals) - 1);
        const double t = turns[i] - static_cast<double>(interval);
        const Cubic& cubic = table[static_cast<std::size_t>(interval)];
        const double* const w = cubic.wave;
        const double* const q = cubic.quadrature;
        c[i] += damped[i] * (w[0] + t * (w[1] + t * (w[2] + t * w[3])));
        s[i] += damped[i] * (q[0] + t * (q[1] + t * (q[2] + t * q[3])));
      }
    }
    double* const row = out.row(r) + first;
    for (index i = 0; i < count; ++i) {
      switch (settings.quantity) {
        case WaveQuantity::displacement:
          row[i] = factor * c[i];
          break;
        case WaveQuantity::amplitude:
          row[i] = factor * std::sqrt(c[i] * c[i] + s[i] * s[i]);
          break;
        case WaveQuantity::phase:
          row[i] = angle_of(s[i], c[i]) / 1.7724538509055160273;  // sqrt(pi)
      }
    }
  });
  return sources;
}

}  // namespace afmnn::synth
