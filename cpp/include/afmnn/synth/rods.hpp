// A surface covered with rods: cylinders with spherical ends (capsules) that fall on the ground and on each other.
//
// Model: D. Necas, P. Klapetek, "Synthetic data in quantitative scanning probe microscopy", Nanomaterials 11 (2021) 1746,
// doi:10.3390/nano11071746, with rigid bodies. Forces are in units where the image has area 1 (see Ground).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/ground.hpp"
#include "afmnn/synth/packing.hpp"

namespace afmnn::synth {

struct RodOptions {
  std::ptrdiff_t count = 0;  // of rods
  double radius = 1.0;       // mean, in lateral units, as are the next three
  double radius_std = 0.0;   // of the normal distribution before it is limited to
  double radius_low = 0.0;   // at least this
  double radius_high = 0.0;  // and at most this
  double aspect = 2.0;       // total length / diameter: mean
  double aspect_std = 0.0;
  double aspect_low = 1.0;
  double aspect_high = 1.0;
  double particle_strength = 10.0;
  double surface_strength = 10.0;
  double mobility = 0.5;  // along the ground, of what lies on it
  double gravity = 10.0;
  std::ptrdiff_t steps = 0;
  std::uint64_t key = 0;
};

/// Capsules: all points within the radius of a segment of length 2 * half about the centre.
struct Rods {
  Spheres centres;
  std::vector<double> half;
  std::vector<double> axis_y, axis_x, axis_z;  // unit vectors
};

struct RodResult {
  Rods rods;  // lateral units, the origin at the upper left corner of the image
  std::ptrdiff_t pair_evaluations = 0;
  std::ptrdiff_t moves = 0;  // of all rods, the integration steps
};

/// Drops the rods one after the other at random places in random horizontal directions, follows their motion and draws them.
///
/// A rod feels forces at 2 m + 1 equidistant sites on its axis, the first and the last at the ends of the segment; m is 1
/// for an aspect ratio of up to 3 and the smallest that leaves no gap between spheres about the sites above. Sites of
/// different rods have the pair law of settle.hpp with A = particle_strength * 1e-10. A site at the height d above the
/// ground has the ground law, vertical only, with B = surface_strength * 1e-4. One higher than 1.2 r feels a downward
/// force of gravity * 1e-7; others lie on the ground.
///
/// Motion is so strongly damped that it is integrated without inertia: a site moves by (m / 2 + f / (1 - f)) F / 4 a step,
/// f = 0.95 m; m = 1, but m = mobility along the ground for a site that lies on it. The rod follows as a rigid body: the
/// centre by the mean, the direction by the best fit; its length never changes. Many steps are made at once, as many as
/// the stiffest force and a fall of a fiftieth of a radius allow; the motion ends early when all that is left would move
/// nobody by more than a thousandth of a radius.
///
/// The forces at small distances are too weak to carry a rod. Therefore rods are hard: after every move those whose axes
/// are closer than `touching` times the sum of radii are pushed apart, and those whose sites are lower than 1.03 r above
/// the ground upwards (one sweep of Gauss and Seidel each; 20 in the end). These are the distances at which forces vanish.
///
/// A rod starts where, falling horizontally, it would first touch the ground (1.03 r) or another rod. A new one comes
/// every 200 steps, or more often where all would not be there after three quarters of the steps.
///
/// heights  (canvas.rows, canvas.cols), every pixel is written; must not overlap canvas.base
/// threads  >= 1; they share the drawing, the simulation is serial. The result does not depend on how many.
///
/// Throws std::bad_alloc, or std::length_error for a rod of more sites than can be counted.
RodResult rods(const Canvas& canvas, const RodOptions& options, View2D<double> heights, int threads);

}  // namespace afmnn::synth
