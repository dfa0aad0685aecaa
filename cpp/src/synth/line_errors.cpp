#include "afmnn/synth/line_errors.hpp"

#include <algorithm>
#include <numeric>

#include "afmnn/core/median.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

// Of the block of synth/lines.
constexpr std::uint64_t errors_order = role::lines + 0x50;
constexpr std::uint64_t errors_kind = role::lines + 0x51;
constexpr std::uint64_t errors_height = role::lines + 0x52;
constexpr std::uint64_t errors_pixel = role::lines + 0x53;

// Blocks take some tenths of a millisecond; each has work space of its own, so there are not too many.
constexpr index pixels_at_once = 1 << 15;
constexpr index most_blocks = 64;

std::size_t to_size(index n) { return static_cast<std::size_t>(n); }

std::vector<index> chosen_rows(std::uint64_t key, index count, index rows) {
  std::vector<double> order(to_size(rows));
  for (index r = 0; r < rows; ++r) order[to_size(r)] = uniform(key, errors_order, static_cast<std::uint64_t>(r));
  std::vector<index> result(to_size(rows));
  std::iota(result.begin(), result.end(), index{0});
  std::nth_element(result.begin(), result.begin() + count, result.end(), [&](index a, index b) {
    const double first = order[to_size(a)];
    const double second = order[to_size(b)];
    return first != second ? first < second : a < b;
  });
  result.resize(to_size(count));
  std::sort(result.begin(), result.end());
  return result;
}

void spoil(LineError kind, double middle, double height, index cols, double* line) {
  const double level = middle + height;
  switch (kind) {
    case LineError::offset:
      for (index c = 0; c < cols; ++c) line[c] += height;
      break;
    case LineError::constant:
      std::fill(line, line + cols, level);
      break;
    case LineError::saturated:
      for (index c = 0; c < cols; ++c) line[c] = height > 0.0 ? std::max(line[c], level) : std::min(line[c], level);
      break;
    case LineError::inverted:
      for (index c = 0; c < cols; ++c) line[c] = 2.0 * middle - line[c];
      break;
    case LineError::noise:  // `line` has the draws
      for (index c = 0; c < cols; ++c) line[c] += middle;
      break;
  }
}

}  // namespace

LineErrors line_errors(std::uint64_t key, const Amplitude& amplitude, int kind, index count, View2D<double> heights,
                       int threads) {
  const index cols = heights.cols;
  LineErrors result{chosen_rows(key, count, heights.rows), std::vector<index>(to_size(count)),
                    std::vector<double>(to_size(count))};
  std::vector<double> drawn(to_size(heights.rows));
  draw_row(key, errors_height, 0, heights.rows, amplitude, drawn.data());

  const index blocks = std::min(most_blocks, (count * cols + pixels_at_once - 1) / pixels_at_once);
  std::vector<double> work(to_size(2 * blocks * cols));
  for_each_block(blocks, threads, [&](index block) {
    double* const values = work.data() + 2 * block * cols;
    for (index i = count * block / blocks; i < count * (block + 1) / blocks; ++i) {
      const index r = result.rows[to_size(i)];
      const auto row = static_cast<std::uint64_t>(r);
      double* const line = heights.row(r);
      const int own = kind < line_error_kinds ? kind : static_cast<int>(uniform(key, errors_kind, row) * line_error_kinds);
      const auto error = static_cast<LineError>(own);
      const bool has_height = error != LineError::inverted && error != LineError::noise;
      result.kinds[to_size(i)] = own;
      result.heights[to_size(i)] = has_height ? drawn[to_size(r)] : 0.0;
      double middle = 0.0;
      if (error != LineError::offset) {
        std::copy(line, line + cols, values);
        middle = median(values, cols, values + cols);
      }
      if (error == LineError::noise) draw_row(key, errors_pixel, row, cols, amplitude, line);
      spoil(error, middle, result.heights[to_size(i)], cols, line);
    }
  });
  return result;
}

}  // namespace afmnn::synth
