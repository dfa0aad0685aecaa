#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/synth/instrument.hpp"
#include "instrument_lines.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr index most_blocks = 64;  // each has a line of its own

// How far creep of amplitude 1 has come at the time t.
double crept(const Creep& creep, double t) {
  constexpr double per_decade = 0.43429448190325182765;
  const double x = t / creep.time;
  return creep.logarithmic ? per_decade * log_fast(1.0 + x) : 1.0 - exp_fast(-x);
}

// Heights of four samples in a row, the place being `f` beyond the second.
struct Cubic {
  double weight[4];
  explicit Cubic(double f)
      : weight{f * (f * (1.0 - 0.5 * f) - 0.5), f * f * (1.5 * f - 2.5) + 1.0, f * (f * (2.0 - 1.5 * f) + 0.5),
               f * f * (0.5 * f - 0.5)} {}
  double operator()(double a, double b, double c, double d) const {
    return (weight[1] * b + weight[2] * c) + (weight[0] * a + weight[3] * d);
  }
};

// The surface at the height y, between rows.
void read_line(View2D<const double> surface, double y, double* line) {
  y = std::min(std::max(y, 0.0), static_cast<double>(surface.rows - 1));
  const double below = std::floor(y);
  const auto r = static_cast<index>(below);
  const auto row = [&](index i) { return surface.row(std::min(std::max<index>(i, 0), surface.rows - 1)); };
  if (y == below) {
    std::copy(surface.row(r), surface.row(r) + surface.cols, line);
    return;
  }
  const Cubic cubic(y - below);
  const double* const rows[4] = {row(r - 1), row(r), row(r + 1), row(r + 2)};
  for (index c = 0; c < surface.cols; ++c) line[c] = cubic(rows[0][c], rows[1][c], rows[2][c], rows[3][c]);
}

}  // namespace

void instrument_path(View2D<const double> surface, const Path& path, const Directions& out, int threads) {
  const index cols = out.cols();
  const index rows = out.rows();
  const index padded = cols + 3;  // one sample before the line, two after it
  const auto line = static_cast<double>(out.line());
  const index lines = out.count() * rows;
  const index blocks = std::min(most_blocks, (lines + lines_at_once(cols) - 1) / lines_at_once(cols));
  std::vector<double> work(static_cast<std::size_t>(blocks * padded));
  const bool creeps_x = path.creep_x != 0.0;
  for_each_block(blocks, threads, [&](index block) {
    double* const own = work.data() + block * padded + 1;
    for (index i = lines * block / blocks; i < lines * (block + 1) / blocks; ++i) {
      const int direction = i < rows ? 0 : 1;
      const index r = i - direction * rows;
      const auto first = static_cast<double>(out.first(direction, r));
      const double sense = direction == 0 ? 1.0 : -1.0;
      const double middle = (first + sense * 0.5 * static_cast<double>(cols - 1)) / line;
      double y = static_cast<double>(r) - path.drift_y * middle;
      if (path.creep_y != 0.0) y -= path.creep_y * crept(path.creep, middle);
      read_line(surface, y, own);
      double* const to = out[direction].row(r);
      const double lag = direction == 0 ? 0.0 : path.lag;
      const double hysteresis = direction == 0 ? 0.0 : path.hysteresis;
      if (path.drift_x == 0.0 && !creeps_x && lag == 0.0 && hysteresis == 0.0) {
        std::copy(own, own + cols, to);
        continue;
      }
      own[-1] = own[0];
      own[cols] = own[cols + 1] = own[cols - 1];
      for (index c = 0; c < cols; ++c) {
        const auto column = static_cast<double>(c);
        const double t = (first + sense * column) / line;
        const double u = (column + 0.5) / static_cast<double>(cols);
        double x = column - path.drift_x * t + (lag + hysteresis * (4.0 * u * (1.0 - u)));
        if (creeps_x) x -= path.creep_x * crept(path.creep, t);
        x = std::min(std::max(x, 0.0), static_cast<double>(cols - 1));
        const auto before = static_cast<index>(x);
        const double* const near = own + before;
        to[c] = Cubic(x - static_cast<double>(before))(near[-1], near[0], near[1], near[2]);
      }
    }
  });
}

void instrument_background(const double* along_y, const double* along_x, double speed, double amplitude, const Creep& creep,
                           const Directions& heights, int threads) {
  const auto line = static_cast<double>(heights.line());
  for_each_line(heights, threads, [&](int direction, index r, double* row) {
    const auto first = static_cast<double>(heights.first(direction, r));
    const double sense = direction == 0 ? 1.0 : -1.0;
    for (index c = 0; c < heights.cols(); ++c) row[c] += along_y[r] + along_x[c];
    if (speed == 0.0 && amplitude == 0.0) return;
    for (index c = 0; c < heights.cols(); ++c) {
      const double t = (first + sense * static_cast<double>(c)) / line;
      double z = speed * t;
      if (amplitude != 0.0) z += amplitude * crept(creep, t);
      row[c] += z;
    }
  });
}

}  // namespace afmnn::synth
