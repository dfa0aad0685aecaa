// Interference of waves from many point sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

enum class WaveQuantity { displacement, amplitude, phase };
enum class WaveForm { cosine, inverse_cosh, flat_top };

/// Lengths are in pixel widths; x runs to the right, y downwards, from the centre of the image.
struct Waves {
  std::ptrdiff_t count = 1;
  WaveQuantity quantity = WaveQuantity::amplitude;
  WaveForm form = WaveForm::cosine;
  double amplitude = 1.0, amplitude_spread = 0.0;
  double wavelength = 1.0, wavelength_spread = 0.0;
  double decay = 0.0, decay_spread = 0.0;  // of the amplitude, per radian
  double center_y = 0.0, center_x = 0.0;
  double spread_y = 0.0, spread_x = 0.0;  // standard deviations of the places of sources
  double row_step = 1.0;                  // height of a pixel / its width
};

struct Sources {
  std::vector<double> y, x, wavelength, amplitude, decay;
};

/// With k r the phase at the distance r of a source, C = sum of a exp(-decay k r) w_c(k r) and S the same with w_s, the
/// quadrature (Hilbert transform) of w_c, over all `count` sources, `out` becomes
///
///   displacement   2 C / sqrt(count)
///   amplitude      2 sqrt(C^2 + S^2) / sqrt(count)
///   phase          atan2(S, C) / sqrt(pi), without a unit
///
/// Wave forms, over one period: cos x; sech of t, 10 t / (2 pi) = x, made periodic, with the mean zero and the root mean square
/// one; cos x - cos(3 x) / 6 + cos(5 x) / 50. They are tabulated, to 1e-10. Amplitudes, wave numbers and decays are log-normal:
/// each `spread` is a quarter of the standard deviation of the logarithm.
///
/// Costs some 10 ns for each pixel and source. The result does not depend on the number of threads.
/// Throws std::bad_alloc, and what the team's interrupt throws.
Sources waves(const Waves& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
