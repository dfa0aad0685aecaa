// How patterns visit the pixels: pieces of rows with their coordinates.
#pragma once

#include <algorithm>
#include <cstddef>

#include "afmnn/core/parallel.hpp"
#include "afmnn/synth/pattern.hpp"

namespace afmnn::synth {

constexpr std::ptrdiff_t piece = 256;  // pixels at a time: coordinates stay in L1

/// Calls fill(x, y, count, out) for pieces of all rows, at most `piece` pixels each; x and y may be overwritten.
template <typename Fill>
void for_each_piece(const Plane& plane, View2D<double> out, int threads, const Fill& fill) {
  constexpr std::ptrdiff_t block_rows = 32;
  for_each_block((out.rows + block_rows - 1) / block_rows, threads, [&](std::ptrdiff_t block) {
    double x[piece];
    double y[piece];
    const std::ptrdiff_t last = std::min(out.rows, (block + 1) * block_rows);
    for (std::ptrdiff_t row = block * block_rows; row < last; ++row) {
      for (std::ptrdiff_t first = 0; first < out.cols; first += piece) {
        const std::ptrdiff_t count = std::min(piece, out.cols - first);
        plane.coordinates(row, first, count, x, y);
        fill(x, y, count, out.row(row) + first);
      }
    }
  });
}

}  // namespace afmnn::synth
