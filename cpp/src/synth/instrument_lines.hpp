// What the parts of the virtual microscope have in common: going through the lines of both directions.
#pragma once

#include <algorithm>
#include <cstddef>

#include "afmnn/core/parallel.hpp"
#include "afmnn/synth/instrument.hpp"

namespace afmnn::synth {

/// Rows in a block of work: blocks take a tenth of a millisecond or so; what is smaller is not worth waking a thread.
inline std::ptrdiff_t lines_at_once(std::ptrdiff_t cols) { return 1 + (1 << 16) / (cols + 1); }

/// Calls body(direction, r, row) for every line of every direction; blocks of lines are divided among threads.
template <typename F>
void for_each_line(const Directions& out, int threads, const F& body) {
  const std::ptrdiff_t at_once = lines_at_once(out.cols());
  const std::ptrdiff_t blocks = (out.rows() + at_once - 1) / at_once;
  for_each_block(out.count() * blocks, threads, [&](std::ptrdiff_t block) {
    const int direction = block < blocks ? 0 : 1;
    const std::ptrdiff_t first = (block - direction * blocks) * at_once;
    const View2D<double> view = out[direction];
    for (std::ptrdiff_t r = first; r < std::min(out.rows(), first + at_once); ++r) body(direction, r, view.row(r));
  });
}

}  // namespace afmnn::synth
