// Fractional Brownian surfaces by midpoint displacement.
#pragma once

#include <cstdint>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

enum class BrownianDistribution { uniform, gaussian, exponential, power };

/// Lengths are in pixel widths.
struct Brownian {
  double hurst = 0.5;
  double rms = 1.0;
  double stationarity_length = 0.0;  // 0: none
  BrownianDistribution distribution = BrownianDistribution::gaussian;
  double power = 3.0;     // of the power distribution
  double row_step = 1.0;  // height of a pixel / its width
};

/// Midpoint displacement (A. Fournier, D. Fussell, L. Carpenter, Comm. ACM 25 (1982) 371): corners first; then, again and again,
/// all intervals along the axis whose intervals are longest are divided near their middle. With d_a, d_b the distances to the
/// ends of an interval of the length d, a point gets their linear interpolation and a random displacement of the variance
///
///   (d_a^2H + d_b^2H - d^2H (d_a^2 + d_b^2) / d^2) / 2
///
/// so that it differs from the ends by d_a^H and d_b^H, root mean square, if they differ from each other by d^H. Where d is at
/// least the stationarity length L, the height is independent of the ends, with the variance L^2H / 2. The four corners differ
/// from each other by what their distances, or L, say. All is scaled so that the root mean square about the mean is `rms`, which
/// does not take the mean off.
///
/// Draws of a pixel depend on the key, its row and column only. The result does not depend on the number of threads.
/// Costs some 20 ns a pixel. Throws std::bad_alloc, and what the team's interrupt throws.
void brownian(const Brownian& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
