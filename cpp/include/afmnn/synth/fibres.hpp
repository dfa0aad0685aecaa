// Fibres: long bodies that lie across the image, each on what lay there before.
//
// Behaviour after Gwyddion's "Fibres": D. Necas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Cross-sections f(t), with t from -1 to 1 across the fibre.
enum class FibreProfile {
  semicircle,  // sqrt(1 - t^2)
  triangle,    // 1 - |t|
  rectangle,   // 1
  parabola,    // 1 - t^2
  spline,      // 3/4 (1 - 3 t^2) for |t| <= 1/3, 9/8 (1 - |t|)^2 beyond
};

/// Their names in the order of the enumeration.
const std::vector<std::string>& fibre_profiles();

/// Lengths are in pixel widths. Spreads are standard deviations of logarithms, but of the angle (twice the spread, in radians)
/// and of the truncation (its log-odds).
struct Fibres {
  FibreProfile profile = FibreProfile::semicircle;
  double width = 5.0;
  double height = 1.0;
  double coverage = 0.5;  // mean number of fibres that cover a point
  double angle = 0.0;     // radians, counter-clockwise on screen
  double angle_spread = 0.0;
  double width_spread = 0.0;
  double width_variation = 0.0;  // along the fibre the width is multiplied by exp(2 g), g normal with this standard deviation
  double height_spread = 0.0;
  double height_variation = 0.0;
  bool height_scales_with_width = true;
  double truncation = 1.0;
  double truncation_spread = 0.0;
  double bend_density = 5.0;  // knots of an axis per diagonal of the extended image
  double lateral_bend = 0.0;  // standard deviation of a knot's displacement / distance of the knots
  double lateral_bend_spread = 0.0;
  double axial_bend = 0.0;
  double axial_bend_spread = 0.0;
  double row_step = 1.0;  // height of a pixel / its width
};

struct Fibre {
  double y = 0.0, x = 0.0;  // a point of the undeformed axis, from the centre of the image, in pixel widths
  double angle = 0.0;
  double width = 1.0;
  double height = 1.0;  // of the uncut cross-section, where nothing varies along the fibre
  double truncation = 1.0;
  double base = 0.0;           // height that it lies on; 0 where it misses the extended image
  std::int64_t footprint = 0;  // pixels of the extended image
};

/// The image with a margin on all sides, in which fibres lie.
struct FibreFrame {
  std::ptrdiff_t margin_rows, margin_cols;
  double diagonal;  // pixel widths
};
FibreFrame fibre_frame(const Fibres& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// Number of fibres for the wanted coverage, as a double because it may be absurd: each straight line through a uniform point of
/// a turned square of the diagonal's side covers width / diagonal of the image on average, whatever its direction.
double fibre_count(const Fibres& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// Lays `count` fibres on a surface, one after the other: z = max(z, b + h f(t)), where b is the least height under the whole
/// fibre. Beyond the edges the surface goes on as at its edge.
///
/// Serial: each fibre lies on those before. Costs about 10 ns for each pixel under a fibre, and some bytes for each pixel of the
/// extended image. Throws std::bad_alloc, std::length_error, and what the team's interrupt throws.
std::vector<Fibre> lay_fibres(const Fibres& settings, std::uint64_t key, std::ptrdiff_t count, View2D<double> surface,
                              UnitTeam& team);

}  // namespace afmnn::synth
