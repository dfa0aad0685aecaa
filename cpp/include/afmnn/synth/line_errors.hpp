// Wrong lines: whole scan lines that show something else than the surface, or the surface at another height.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {

/// With z the heights of the line, m their median, and v a draw of the line:
///
///   offset     z + v
///   constant   m + v
///   saturated  max(z, m + v) where v > 0, else min(z, m + v): half of the pixels, or more, have the same height
///   inverted   2 m - z
///   noise      m + a draw of each pixel
enum class LineError { offset, constant, saturated, inverted, noise };
constexpr int line_error_kinds = 5;

/// In the order of the rows.
struct LineErrors {
  std::vector<std::ptrdiff_t> rows;
  std::vector<std::ptrdiff_t> kinds;  // numbers of LineError
  std::vector<double> heights;        // v; zero where the kind has none
};

/// Makes `count` lines of `heights` wrong, the others stay as they are. Line r has a draw of its own from index r of each role:
/// those with the lowest numbers are chosen, and so are more lines the fewer ones and others.
///
/// kind     number of a LineError, or line_error_kinds: a kind for each line, all with the same probability
/// count    from 0 to heights.rows
/// heights  (rows, cols), finite, at most 2^32 rows
/// threads  >= 1; lines are divided among them, and the result does not depend on how many
///
/// Costs four passes over a wrong line for its median. Throws std::bad_alloc only.
LineErrors line_errors(std::uint64_t key, const Amplitude& amplitude, int kind, std::ptrdiff_t count, View2D<double> heights,
                       int threads);

}  // namespace afmnn::synth
