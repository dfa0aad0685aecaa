// Annealing of a mixture: neighbours that change places while it cools.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "afmnn/core/progress.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

struct Anneal {
  std::uint64_t key = 0;
  std::int64_t sweeps = 0;
  double first_temperature = 1.0;
  double last_temperature = 1.0;
  std::array<std::array<double, 3>, 3> energy{};  // of two neighbours of these kinds: symmetric, 0 for equal ones
  std::int64_t averaged = 1;                      // sweeps at the end whose states are added up
};

/// Kawasaki's dynamics of a lattice gas on a torus. In sweep i of n, at the temperature T0 / (1 + i (T0 / T1 - 1) / n), every
/// bond of two nearest neighbours is tried with probability 1/4, in eight sub-lattices that follow each other in random order:
/// bonds along rows with (column + 2 row) mod 4 = 0, 1, 2, 3, and along columns with (row + 2 column) mod 4. The two change
/// places if that does not raise the energy, and with probability exp(-dE / T) if it does by dE.
///
/// No bond of a sub-lattice touches another's cells or neighbours, except across the seam of a torus whose sides are no multiples
/// of 4; there they are tried in the order of rows and columns.
///
/// cells    (rows, cols), at least 2 x 2: kinds 0, 1, 2; changed to the sum of the last states
/// threads  >= 1; rows are divided among them where the sides are multiples of 4 and the image is large
///
/// Costs some nanoseconds for a bond that is tried. Memory: a byte a pixel, and four for the sums.
/// Throws std::bad_alloc, and what `progress` throws.
void anneal(const Anneal& settings, View2D<double> cells, int threads, const Progress& progress);

}  // namespace afmnn::synth
