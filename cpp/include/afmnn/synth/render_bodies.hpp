// Upper envelopes of spheres and capsules, drawn exactly at the centres of pixels.
#pragma once

#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Bodies in lateral units, the origin at the upper left corner of the image: the centre of pixel (i, j) lies at
/// ((i + 1/2) dy, (j + 1/2) dx).
struct Balls {
  std::ptrdiff_t count = 0;
  const double* y = nullptr;
  const double* x = nullptr;
  const double* z = nullptr;
  const double* radius = nullptr;
};

/// All points within `radius` of the segment from centre - half * axis to centre + half * axis; axis is a unit vector.
struct Capsules {
  Balls centres;
  const double* half = nullptr;
  const double* axis_y = nullptr;
  const double* axis_x = nullptr;
  const double* axis_z = nullptr;
};

/// heights <- base, or 0 where base is empty.
void fill_with_base(View2D<double> heights, View2D<const double> base, int threads);

/// heights <- max(heights, upper surface of every body) at all pixels whose centre lies inside the outline of the body.
///
/// Blocks of rows are divided among the threads; the result does not depend on their number. Costs one square root per
/// covered pixel and body. Throws std::bad_alloc only.
void draw_spheres(View2D<double> heights, double dy, double dx, const Balls& balls, int threads);
void draw_capsules(View2D<double> heights, double dy, double dx, const Capsules& capsules, int threads);

}  // namespace afmnn::synth
