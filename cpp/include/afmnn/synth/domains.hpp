// Domains: spins that follow their neighbours, and an inhibitor that follows the spins.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/progress.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

struct Domains {
  std::uint64_t key = 0;
  std::int64_t iterations = 0;
  double temperature = 0.8;
  double strength = 1.0;   // B, of the inhibitor
  double coupling = 20.0;  // mu, of the inhibitor to the spins
  double bias = 0.0;       // nu
  double time_step = 5e-3;
};

/// Spins U = -1 or 1 on a torus, and an inhibitor V, which is 0 at first. An iteration is twice:
///
///   each spin, all at once, flips with the probability min(1, exp(d / T) / 2), d = U (2 B V - S1 - S2 / 2),
///
/// where S1 and S2 are the sums of the four nearest and of the four diagonal spins, and then
///
///   V becomes V + g (mu U - nu - V), g = h - h^2 / 2 + h^3 / 6 - h^4 / 24,
///
/// which is a step h of dV/dt = mu U - V - nu by the Runge-Kutta method of the fourth order.
///
/// spins      (rows, cols), at least 2 x 2, -1 or 1; changed to the mean of the two last states
/// inhibitor  (rows, cols), written
/// threads    >= 1; rows are divided among them
///
/// Costs some ten nanoseconds a pixel and iteration. Memory: an image besides. Throws std::bad_alloc, and what `progress` throws.
void domains(const Domains& settings, View2D<double> spins, View2D<double> inhibitor, int threads, const Progress& progress);

}  // namespace afmnn::synth
