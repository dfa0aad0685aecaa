// Distances on a torus from the nearest of many pixels.
#pragma once

#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/torus_morphology.hpp"

namespace afmnn::synth {

/// More than any squared distance.
constexpr double far_away = 1e300;

/// Squared distances: `square` holds 0 where they are counted from and `far_away` elsewhere, and becomes the squared distance to
/// the nearest such pixel, in pixel widths; `row_step` is the height of a pixel. Exact, linear in the pixels.
/// P. Felzenszwalb, D. Huttenlocher, Theory of Computing 8 (2012) 415, doi:10.4086/toc.2012.v008a019.
void squared_distances(View2D<double> square, double row_step, UnitTeam& team);

/// The same to the nearest pixel that is 1, in pixels; faster where none is far.
std::vector<double> squared_distances(const Bitmap& image, UnitTeam& team);

}  // namespace afmnn::synth
