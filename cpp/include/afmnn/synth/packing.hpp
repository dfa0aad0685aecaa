// Random places for spheres that lie on the ground without penetrating each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/synth/ground.hpp"

namespace afmnn::synth {

/// Centres and radii, in the coordinates of the simulation.
struct Spheres {
  std::vector<double> y, x, z, radius;

  std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(radius.size()); }
  void add(double y_, double x_, double z_, double radius_);
  /// Keeps the members numbered in `order`, in that order.
  void select(const std::vector<std::ptrdiff_t>& order);
};

/// From lateral units, the origin at the upper left corner of the image, to the coordinates of the simulation, and back.
void enter_simulation(const Ground& ground, Spheres& spheres);
void leave_simulation(const Ground& ground, Spheres& spheres);

/// Centres of touching spheres in equilibrium are this fraction of the sum of their radii apart: 2^(1/6) * 0.82.
constexpr double touching = 0.920418879613686;

/// Puts spheres on the ground, each touching the point below its centre.
///
///  1. One after the other, the largest first, each gets up to 50 places, uniform over the frame, and takes the first
///     where it penetrates nobody (distance of centres at least the sum of the radii).
///  2. Where none of them fits, it takes the best, and afterwards spheres that overlap push each other aside along the
///     ground in up to 60 sweeps, until nobody is closer to another than `touching` times the sum of radii.
///  3. If that does not help, they aim at a closer packing in another round; then a fiftieth of the spheres, those of the
///     worst overlaps, are taken out after each of six rounds, and after the last one whatever still overlaps.
///
/// radii    in units of the simulation; a copy is sorted
/// returns  the spheres placed, at most radii.size()
///
/// Serial; costs O(radii.size()) and always ends. Throws std::bad_alloc only.
Spheres pack_spheres(const Ground& ground, std::vector<double> radii, std::uint64_t key, std::uint64_t place_role);

}  // namespace afmnn::synth
