// Periodic Gaussian random fields with a spectrum of any form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Logarithm of the amplitude of the coefficients of one row of the spectrum, up to a constant that all rows share: wave numbers
/// are ky and kx[0 ... count - 1], in radians per pixel width. Where it is `no_wave` or below, the coefficient is zero. The value
/// at (0, 0) is not used: fields have no mean. Called by any thread; must not throw.
using LogAmplitude = std::function<void(std::ptrdiff_t row, double ky, const double* kx, std::ptrdiff_t count, double* out)>;
constexpr double no_wave = -1e300;

struct FieldSettings {
  double rms = 1.0;
  double row_step = 1.0;   // height of a pixel / its width
  std::uint64_t key = 0;   // of the random numbers
  std::uint64_t role = 0;  // which the field takes
  View2D<const double> phases_of =
      {};  // an image of the field's shape, or none: its phases replace the random ones where it has any
};

/// z(r, c) = sum over k, l of A(k, l) G(k, l) exp(2 pi i (k r / rows + l c / cols)), with G independent complex Gaussian numbers
/// with G(-k, -l) = conj G(k, l), scaled so that the root mean square of z is `rms` to rounding. Returns the root mean square of
/// its gradient, in heights per pixel width, as its waves have it between the pixels; 0, with all heights 0, where all amplitudes
/// are zero.
///
/// Draws come from (role, row of the spectrum). The result does not depend on the number of threads.
///
/// Costs one inverse transform and some 8 ns a pixel. Throws std::bad_alloc, and what the team's interrupt throws.
double gaussian_field(const FieldSettings& settings, const LogAmplitude& log_amplitude, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
