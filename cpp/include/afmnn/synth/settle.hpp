// Settling spheres: damped molecular dynamics of particles on the ground.
//
// Model: D. Necas, P. Klapetek, "Synthetic data in quantitative scanning probe microscopy", Nanomaterials 11 (2021) 1746,
// doi:10.3390/nano11071746. Forces are in units where the image has area 1 (see Ground), the time step is 1/2, masses are 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/ground.hpp"
#include "afmnn/synth/packing.hpp"

namespace afmnn::synth {

/// Pair law, s = r1 + r2 the sum of radii, d the distance of the centres, sigma = 0.82 s:
///
///   potential  A (s / 2) ((sigma / d)^12 - (sigma / d)^6), shifted to 0 at d = 3 sigma and 0 beyond; A = 2e-5
///
/// Below d^2 = sigma^2 / 2, far inside the repulsive core, it is continued by a parabola in d with the same slope, so that
/// forces stay finite. The force on a particle is minus the gradient; on the other the opposite, also for unequal radii.
///
/// Ground law, d the height of the centre above the ground at its place, sigma = 1.2 r:
///
///   potential  B r (sigma^12 / (45 d^9) - sigma^6 / (6 d^3)); B = 2e-3, at rest at d = 1.03 r
///
/// Below d = r / 2 it is continued linearly: a particle below the ground is pushed up.
/// Forces on all spheres, from each other and from the ground (their y, x and z): what the simulation integrates.
void particle_forces(const Ground& ground, const Spheres& spheres, Spheres& pairs, Spheres& substrate);

struct SettleCounts {
  std::ptrdiff_t pair_evaluations = 0;
  std::ptrdiff_t lists = 0;  // times the neighbour lists were made
};

/// Lets spheres move for `steps` steps of the leapfrog scheme with friction,
///
///   u <- 0.9 u + 0.95 F / (4 m),   position <- position + u,
///
/// with every component of u limited to a twentieth of the radius and to 1/200. The mass m is 1, but 0.001 / r for spheres
/// with radii below 0.001: their bonds would be too stiff for the step. Forces of pairs farther apart than 1.5 sigma (and
/// than might touch soon) are kept for some steps: until spheres have moved by 1/50 of the mean radius (root mean square)
/// or one by 1/10, at most for 16 steps. With `exact` they are computed in every step. The order of the spheres changes.
///
/// Serial; costs O(steps * spheres.size()) pair evaluations. Throws std::bad_alloc only.
SettleCounts settle(const Ground& ground, Spheres& spheres, std::ptrdiff_t steps, bool exact = false);

}  // namespace afmnn::synth
