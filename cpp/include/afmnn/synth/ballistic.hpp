// Ballistic deposition: particles that fall straight down and stick to the first neighbour they touch.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/progress.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Which particles fall, and how they are drawn.
struct Deposit {
  std::uint64_t key = 0;
  std::int64_t first = 0;  // particles have numbers, from 0 on: these are those from `first`
  std::int64_t last = 0;   // up to the one before `last`
  double spread = 0.0;     // sizes are uniform on [1 - spread, 1]
};

/// Nearest-neighbour ballistic deposition. Each particle falls on a random pixel, and makes its height
///
///   max(height + size, heights of the four nearest neighbours);
///
/// neighbours outside of the image do not count. Particles fall one after the other: one thread.
///
/// heights  (rows, cols) in units of a particle, changed in place
/// whole    says that all heights are integers of at most 2^30, and spread is 0: half the memory, same result
///
/// Costs some nanoseconds a particle; in images that no cache holds, pixels are fetched ahead. Memory: as much again.
/// Throws std::bad_alloc, and what `progress` throws.
void ballistic(const Deposit& deposit, View2D<double> heights, bool whole, const Progress& progress);

}  // namespace afmnn::synth
