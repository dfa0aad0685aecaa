// A surface covered with spherical particles.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/ground.hpp"
#include "afmnn/synth/settle.hpp"

namespace afmnn::synth {

struct ParticleOptions {
  std::ptrdiff_t count = 0;  // of particles wanted
  double radius = 1.0;       // mean, in lateral units, as are the others
  double radius_std = 0.0;   // of the normal distribution before it is limited to
  double radius_low = 0.0;   // at least this
  double radius_high = 0.0;  // and at most this
  std::ptrdiff_t steps = 0;  // of relaxation
  std::uint64_t key = 0;     // of the random numbers
};

struct ParticleResult {
  Spheres spheres;  // those placed; lateral units, the origin at the upper left corner of the image
  SettleCounts counts;
};

/// Draws radii, places the particles at random (pack_spheres), lets them settle and draws them over the base.
///
/// heights  (canvas.rows, canvas.cols), every pixel is written; must not overlap canvas.base
/// threads  >= 1; they share the drawing, the simulation is serial. The result does not depend on how many.
///
/// Throws std::bad_alloc only.
ParticleResult particles(const Canvas& canvas, const ParticleOptions& options, View2D<double> heights, int threads);

}  // namespace afmnn::synth
