// Networks of wrinkles: ridges along the zero lines of random fields.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Lengths are in pixel widths.
struct Wrinkles {
  double height = 1.0;
  double sigma = 1.0;          // standard deviation of the profile of a ridge
  double roll_off = 1.0;       // wavelength of the fields
  double smoothing = 1.0;      // of the fields
  double hurst = 0.8;          // of the fields
  double anisotropy = 1.0;     // of the fields
  double angle = 0.0;          // of long ridges, radians, counter-clockwise on screen
  double height_spread = 0.0;  // standard deviation of the logarithm of heights
  double row_step = 1.0;       // height of a pixel / its width
  int families = 1;            // of lines: those of one family do not cross
};

constexpr int most_families = 8;

/// The highest, at each point, of the ridges height exp(g) exp(-d^2 / (2 sigma^2)), where d = |f| / |grad f| is the distance to
/// the zero line of a self-affine field f (self_affine), one for each family, and g is a smooth field (SmoothField) of the rms
/// height_spread, less half its mean square. Gradients are differences over two pixels, periodic. Returns the mean of the roots
/// mean square of the gradients of the fields, scaled to rms 1.
///
/// The result does not depend on the number of threads. Throws std::bad_alloc, and what the team's interrupt throws.
double wrinkles(const Wrinkles& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
