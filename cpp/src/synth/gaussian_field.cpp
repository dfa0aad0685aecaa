#include "afmnn/synth/gaussian_field.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/fft.hpp"
#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr double two_pi = 6.28318530717958647692;
constexpr double least_log = -650.0;  // below it squares would not be normal numbers

}  // namespace

double gaussian_field(const FieldSettings& settings, const LogAmplitude& log_amplitude, View2D<double> out, UnitTeam& team) {
  const index rows = out.rows;
  HalfSpectrum spectrum(rows, out.cols);
  const index half = spectrum.cols;
  std::vector<double> kx(at(half));
  for (index c = 0; c < half; ++c) kx[at(c)] = two_pi * static_cast<double>(c) / static_cast<double>(out.cols);
  const auto ky = [&](index r) {
    const index k = 2 * r <= rows ? r : r - rows;
    return two_pi * static_cast<double>(k) / (static_cast<double>(rows) * settings.row_step);
  };
  const index rows_at_once = 1 + (1 << 13) / half;
  const index units = (rows + rows_at_once - 1) / rows_at_once;
  const double coefficients = static_cast<double>(rows) * static_cast<double>(half);
  const auto each_row = [&](double nanoseconds, const auto& body) {
    team.visit(units, nanoseconds * coefficients, [&](int worker, index unit) {
      const index last = std::min(rows, (unit + 1) * rows_at_once);
      for (index r = unit * rows_at_once; r < last; ++r) body(worker, r);
    });
  };

  // The largest amplitude becomes 1: others, or all, may lie beyond the range of numbers. Logarithms wait in the real parts.
  std::vector<double> largest(at(rows));
  each_row(6.0, [&](int, index r) {
    double* const logs = spectrum.re(r);
    log_amplitude(r, ky(r), kx.data(), half, logs);
    if (r == 0) logs[0] = no_wave;
    double most = no_wave;
    for (index c = 0; c < half; ++c) most = logs[c] > most ? logs[c] : most;
    largest[at(r)] = most;
  });
  const double top = *std::max_element(largest.begin(), largest.end());
  if (!(top > no_wave)) {
    for (index r = 0; r < rows; ++r) std::fill_n(out.row(r), out.cols, 0.0);
    return 0.0;
  }

  std::vector<double> draws(at(2 * half * team.workers()));
  const Amplitude standard{1.0, Distribution::gaussian, Sign::both};
  each_row(10.0, [&](int worker, index r) {
    double* const drawn = draws.data() + 2 * half * worker;
    draw_row(settings.key, settings.role, static_cast<std::uint64_t>(r), 2 * half, standard, drawn);
    double* const re = spectrum.re(r);
    double* const im = spectrum.im(r);
    for (index c = 0; c < half; ++c) {
      const double log = re[c] - top;
      const double amplitude = log < least_log ? 0.0 : exp_fast(log);
      re[c] = amplitude * drawn[2 * c];
      im[c] = amplitude * drawn[2 * c + 1];
    }
  });
  if (settings.phases_of.data != nullptr) {
    HalfSpectrum given(rows, out.cols);
    Fft2D(rows, out.cols).forward(settings.phases_of, given, team);
    each_row(5.0, [&](int, index r) {
      const double* const own_re = given.re(r);
      const double* const own_im = given.im(r);
      double* const re = spectrum.re(r);
      double* const im = spectrum.im(r);
      for (index c = 0; c < half; ++c) {
        const double own = afmnn::hypot(own_re[c], own_im[c]);
        const double size = std::sqrt(re[c] * re[c] + im[c] * im[c]);
        re[c] = own > 0.0 ? size * (own_re[c] / own) : re[c];
        im[c] = own > 0.0 ? size * (own_im[c] / own) : im[c];
      }
    });
  }
  make_hermitian(spectrum, out.cols);

  std::vector<double> powers(at(rows)), slopes(at(rows));
  each_row(2.0, [&](int, index r) {
    const double* const re = spectrum.re(r);
    const double* const im = spectrum.im(r);
    const double row2 = ky(r) * ky(r);
    const auto power = [&](index c) {
      const double weight = c == 0 || 2 * c == out.cols ? 1.0 : 2.0;  // the other columns stand for two
      return weight * (re[c] * re[c] + im[c] * im[c]);
    };
    powers[at(r)] = lane_sum(half, power);
    slopes[at(r)] = lane_sum(half, [&](index c) { return power(c) * (row2 + kx[at(c)] * kx[at(c)]); });
  });
  const double power = lane_sum(rows, [&](index r) { return powers[at(r)]; });
  const double slope = lane_sum(rows, [&](index r) { return slopes[at(r)]; });
  const double factor = settings.rms / std::sqrt(power);
  Fft2D(rows, out.cols).inverse(spectrum, out, team, factor);
  return factor * std::sqrt(slope);
}

}  // namespace afmnn::synth
