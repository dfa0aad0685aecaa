// Growth limited by diffusion: particles that wander over a lattice until they stick.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "afmnn/core/progress.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

struct Wandering {
  std::uint64_t key = 0;
  double flux = 0.0;               // particles a pixel and step
  std::array<double, 5> sticks{};  // probability to stick with so many neighbours
  std::array<double, 5> breaks{};  // probability to hop away from so many
  double descends = 1.0;           // probability to hop down a step, where a hop would be
};

struct WanderingResult {
  std::int64_t stuck = 0;    // particles that stay
  std::int64_t removed = 0;  // that wandered when all had arrived and time was over
  std::int64_t moves = 0;    // of all particles, also those that came to nothing
  std::int64_t islands = 0;  // pixels above zero that hang together by their sides
};

/// Lets `count` particles arrive, wander and stick: one thread.
///
/// The lattice is a torus of columns of particles. Particle i arrives after floor(i / (flux * pixels)) steps, at a random pixel,
/// on top of what is there; a free particle that is covered sticks. In a step every free particle, one after the other, counts
/// its k nearest neighbours that are at least as high as itself, and sticks with the probability sticks[k]. Otherwise it chooses
/// one of four directions, and hops there with the probability breaks[k], unless the neighbour is as high as itself; where it
/// would go down, only with the probability `descends`. When count / (flux * pixels) steps, rounded up, are over, free particles
/// have one more chance to stick; those that don't are removed.
///
/// heights  (rows, cols), at least 2 x 2, in particles: whole numbers; changed in place
///
/// Costs some nanoseconds a move; steps in which nobody is free cost nothing. The first particle of all, which is alone on a flat
/// surface, need not move until the second arrives, as it is everywhere with equal probability. Memory: two images of 32 bits.
/// Throws std::bad_alloc, and what `progress` throws.
WanderingResult diffusion(const Wandering& wandering, std::int64_t count, View2D<double> heights, const Progress& progress);

}  // namespace afmnn::synth
