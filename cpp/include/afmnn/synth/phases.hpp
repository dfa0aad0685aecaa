// Two phases that have separated into stripes of even width.
#pragma once

#include <cstdint>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Lengths are in pixel widths.
struct Phases {
  double size = 20.0;    // half of the wavelength
  double spread = 0.05;  // relative width of the ring of wave numbers
  double height = 1.0;
  double row_step = 1.0;  // height of a pixel / its width, for the waves; what follows is in pixels
};

/// 1. A Gaussian field (gaussian_field) of waves around k_0 = pi / size / (1 + spread^2 / 3): amplitudes 1 / cosh((k - k_0) /
/// dk), dk =
///    spread pi / size. With a `base`, of the shape of `out`, its phases replace the random ones where it has any.
/// 2. Pixels above the threshold of N. Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62, are one phase, the others the other one.
/// 3. Skeletons of both (T. Y. Zhang, C. Y. Suen, Comm. ACM 27 (1984) 236), and the highest and lowest points of theirs: a pixel
///    belongs to the phase whose skeleton is nearer, so that stripes have even widths.
/// 4. Openings and closings with discs of growing radius, up to 0.16 size: heights are the mean of both orders, 0, 1/2 or 1 times
///    `height`.
///
/// Everything is periodic. The result does not depend on the number of threads.
/// Throws std::bad_alloc, and what the team's interrupt throws.
void phases(const Phases& settings, std::uint64_t key, View2D<const double> base, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
