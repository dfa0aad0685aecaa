#include "afmnn/synth/spectral.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/fft.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/gaussian_field.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr double two_pi = 6.28318530717958647692;
constexpr double slack = 1e-12;  // wave numbers at the ends of the band belong to it, whatever rounding says

double square(double x) { return x * x; }

// Transform of exp(-(r / length)^power) of the periodic distance r, which a quarter of the image has all values of.
HalfSpectrum transform_of_autocorrelation(const Spectral& settings, View2D<double> work, UnitTeam& team) {
  const index rows = work.rows, cols = work.cols;
  std::vector<double> across(at(cols / 2 + 1));
  for (index c = 0; c <= cols / 2; ++c) across[at(c)] = square(static_cast<double>(c) / settings.gaussian_length);
  const double half_power = 0.5 * settings.gaussian_power;
  team.visit(rows / 2 + 1, 8.0 * static_cast<double>(rows) * static_cast<double>(cols), [&](int, index r) {
    const double y2 = square(static_cast<double>(r) * settings.row_step / settings.gaussian_length);
    double* const out = work.row(r);
    const double* const x2 = across.data();
    for (index c = 0; c <= cols / 2; ++c) {
      const double r2 = y2 + x2[c];
      // Beyond exp(6.5) the result is below any number.
      const double log = half_power * log_fast(r2 > 1e-300 ? r2 : 1e-300);
      out[c] = exp_fast(-exp_fast(log < 6.5 ? log : 6.5));
    }
    for (index c = cols / 2 + 1; c < cols; ++c) out[c] = out[cols - c];
    if (r > 0) std::copy_n(out, cols, work.row(rows - r));
  });
  HalfSpectrum spectrum(rows, cols);
  Fft2D(rows, cols).forward({work.data, rows, cols, work.stride}, spectrum, team);
  return spectrum;
}

}  // namespace

bool has_waves(const Spectral& settings, index rows, index cols) {
  const double low = square(settings.k_min * (1.0 - slack)), high = square(settings.k_max * (1.0 + slack));
  for (index r = 0; r <= rows / 2; ++r) {
    const double ky2 = square(two_pi * static_cast<double>(r) / (static_cast<double>(rows) * settings.row_step));
    for (index c = r == 0 ? 1 : 0; c <= cols / 2; ++c) {
      const double k2 = ky2 + square(two_pi * static_cast<double>(c) / static_cast<double>(cols));
      if (k2 > high) break;
      if (k2 >= low) return true;
    }
  }
  return false;
}

double spectral(const Spectral& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  const double low = square(settings.k_min * (1.0 - slack)), high = square(settings.k_max * (1.0 + slack));
  const bool general = settings.gaussian_length > 0.0 && settings.gaussian_power != 2.0;
  std::optional<HalfSpectrum> transform;
  if (general) transform = transform_of_autocorrelation(settings, out, team);
  const double bell = general ? 0.0 : -square(settings.gaussian_length) / 8.0;
  const double exponential = square(settings.exponential_length);
  const double power = -0.5 * settings.power_exponent;
  const LogAmplitude amplitude = [&](index row, double ky, const double* kx, index count, double* logs) {
    for (index c = 0; c < count; ++c) {
      const double k2 = ky * ky + kx[c] * kx[c];
      double log = bell * k2;
      if (exponential > 0.0) log -= 0.75 * log_fast(1.0 + exponential * k2);
      if (power < 0.0) log += power * log_fast(k2 > 1e-300 ? k2 : 1e-300);
      if (general) {
        const double size = std::abs(transform->re(row)[c]);
        log += 0.5 * log_fast(size > 1e-300 ? size : 1e-300);
      }
      logs[c] = k2 < low || k2 > high ? no_wave : log;
    }
  };
  return gaussian_field({settings.rms, settings.row_step, key, role::spectral}, amplitude, out, team);
}

}  // namespace afmnn::synth
