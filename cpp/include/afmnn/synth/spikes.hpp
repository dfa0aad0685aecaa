// Spikes: single pixels, or a few that touch, at another height.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {

constexpr int largest_spike = 9;

/// The pixels of each spike together, in the order of the draws.
struct Spikes {
  std::vector<std::ptrdiff_t> rows;
  std::vector<std::ptrdiff_t> columns;
  std::vector<std::ptrdiff_t> spikes;  // the number of the spike that the pixel belongs to
  std::vector<double> heights;         // of the spikes
};

/// rows * cols * density spikes (rounded up or down at random) of 1 to `size` pixels, all numbers with the same probability. The
/// first pixel of a spike is any of the image. Each further one is the other end of one of the edges that lead from its pixels
/// to those that are not yet in it but in the image, all edges with the same probability (M. Eden, Proc. 4th Berkeley Symp. Math.
/// Stat. Prob. 4 (1961) 223). Spike k takes its numbers from index k, and its further pixel j from 16 k + j.
///
/// size     from 1 to largest_spike
/// threads  >= 1; spikes are divided among them, and the result does not depend on how many
///
/// Throws std::bad_alloc, or std::length_error beyond 2^40 spikes.
Spikes spikes(std::uint64_t key, const Amplitude& amplitude, double density, int size, std::ptrdiff_t rows, std::ptrdiff_t cols,
              int threads);

/// Adds up the spikes, in their order, in an image that is zero elsewhere. Does not throw.
void write_spikes(const Spikes& spikes, View2D<double> out, int threads);

}  // namespace afmnn::synth
