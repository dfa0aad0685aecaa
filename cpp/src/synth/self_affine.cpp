#include "afmnn/synth/self_affine.hpp"

#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/synth/gaussian_field.hpp"

namespace afmnn::synth {

double self_affine(const SelfAffine& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  constexpr double two_pi = 6.28318530717958647692;
  const double k_roll = settings.roll_off > 0.0 ? two_pi / settings.roll_off : 0.0;
  const double k_roll2 = k_roll * k_roll;
  const double exponent = -0.5 * (1.0 + settings.hurst);
  const double smooth = -0.5 * settings.smoothing * settings.smoothing;
  const double stretch = std::sqrt(settings.anisotropy);
  const double along_x = stretch * afmnn::cos(settings.angle), along_y = -stretch * afmnn::sin(settings.angle);
  const double across_x = afmnn::sin(settings.angle) / stretch, across_y = afmnn::cos(settings.angle) / stretch;
  const LogAmplitude amplitude = [&](std::ptrdiff_t, double ky, const double* kx, std::ptrdiff_t count, double* logs) {
    const double along = along_y * ky, across = across_y * ky, ky2 = ky * ky;
    for (std::ptrdiff_t c = 0; c < count; ++c) {
      const double u = along_x * kx[c] + along, v = across_x * kx[c] + across;
      const double k2 = k_roll2 + (u * u + v * v);
      // Smoothing is that of a round tip or filter: the same in all directions. 0, which has no logarithm, is not used.
      logs[c] = exponent * log_fast(k2 > 1e-300 ? k2 : 1e-300) + smooth * (kx[c] * kx[c] + ky2);
    }
  };
  return gaussian_field({settings.rms, settings.row_step, key, role::self_affine}, amplitude, out, team);
}

}  // namespace afmnn::synth
