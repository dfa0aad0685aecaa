#include "afmnn/synth/columnar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/pages.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/bulk_draws.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t column_y = role::columnar;
constexpr std::uint64_t column_x = role::columnar + 1;
constexpr std::uint64_t column_direction = role::columnar + 2;
constexpr std::uint64_t column_size = role::columnar + 3;
constexpr std::uint64_t column_cosine = role::columnar + 4;
constexpr std::uint64_t column_strong = role::columnar + 5;

constexpr double start_above = 5.0;
constexpr int shift = 2;  // blocks of 4 x 4, of these 4 x 4 again
constexpr int most_levels = 8;

struct Cell {
  index row, col;
};

// Heights, and the maxima of blocks of them.
class Surface {
 public:
  explicit Surface(View2D<double> heights) : rows(heights.rows), cols(heights.cols), heights_(heights) {
    level_[0] = {heights.data, heights.stride};
    for (top = 0; top + 1 < most_levels && (std::max(rows, cols) >> (shift * top)) > 1;) {
      ++top;
      const int bits = shift * top;
      const index across = ((cols - 1) >> bits) + 1;
      maxima_[at(top)].resize(at((((rows - 1) >> bits) + 1) * across));
      level_[at(top)] = {maxima_[at(top)].data(), across};
    }
    measure();
  }

  double highest() const { return highest_; }
  double height(Cell cell) const { return heights_(cell.row, cell.col); }
  // The highest of the block of a level that the cell lies in.
  double maximum(int level, Cell cell) const {
    const int bits = shift * level;
    const Level& l = level_[at(level)];
    return l.data[(cell.row >> bits) * l.stride + (cell.col >> bits)];
  }

  void grow(Cell cell, double size) {
    const double height = heights_(cell.row, cell.col) += size;
    raise(cell, height);
    highest_ = std::max(highest_, height);
  }

  void smooth(double k) {
    smooth_.resize(at(rows * cols));
    View2D<double> along{smooth_.data(), rows, cols, cols};
    for (index r = 0; r < rows; ++r) {
      const double* const in = heights_.row(r);
      double* const out = along.row(r);
      for (index c = 1; c + 1 < cols; ++c) out[c] = (1.0 - 2.0 * k) * in[c] + k * (in[c - 1] + in[c + 1]);
      out[0] = (1.0 - 2.0 * k) * in[0] + k * (in[cols - 1] + in[1]);
      out[cols - 1] = (1.0 - 2.0 * k) * in[cols - 1] + k * (in[cols - 2] + in[0]);
    }
    for (index r = 0; r < rows; ++r) {
      const double* const above = along.row(r == 0 ? rows - 1 : r - 1);
      const double* const in = along.row(r);
      const double* const below = along.row(r + 1 == rows ? 0 : r + 1);
      double* const out = heights_.row(r);
      for (index c = 0; c < cols; ++c) out[c] = (1.0 - 2.0 * k) * in[c] + k * (above[c] + below[c]);
    }
  }

  void measure() {
    for (int level = 1; level <= top; ++level) {
      std::fill(maxima_[at(level)].begin(), maxima_[at(level)].end(), heights_(0, 0) - 1e300);
    }
    highest_ = heights_(0, 0);
    for (int level = 1; level <= top; ++level) {
      const int bits = shift * (level - 1);
      const Level& from = level_[at(level - 1)];
      const Level& to = level_[at(level)];
      for (index r = 0; r <= (rows - 1) >> bits; ++r) {
        for (index c = 0; c <= (cols - 1) >> bits; ++c) {
          double& maximum = to.data[(r >> shift) * to.stride + (c >> shift)];
          maximum = std::max(maximum, from.data[r * from.stride + c]);
        }
      }
    }
    const Level& last = level_[at(top)];
    const int bits = shift * top;
    for (index r = 0; r <= (rows - 1) >> bits; ++r) {
      for (index c = 0; c <= (cols - 1) >> bits; ++c) highest_ = std::max(highest_, last.data[r * last.stride + c]);
    }
  }

  index rows, cols;
  int top = 0;  // level of the largest blocks

 private:
  struct Level {
    double* data = nullptr;
    index stride = 0;
  };

  void raise(Cell cell, double height) {
    for (int level = 1; level <= top; ++level) {
      const int bits = shift * level;
      double& maximum = level_[at(level)].data[(cell.row >> bits) * level_[at(level)].stride + (cell.col >> bits)];
      if (maximum >= height) return;  // and so are all that hold it
      maximum = height;
    }
  }

  View2D<double> heights_;
  std::array<Level, most_levels> level_;
  std::array<std::vector<double>, most_levels> maxima_;
  std::vector<double> smooth_;
  double highest_ = 0.0;
};

// One coordinate of a path. Crossing number n of a cell's side is at (first + n) * inverse, however one has got there.
struct Axis {
  index size;
  index start;
  double first;    // distance to the first crossing
  double speed;    // along the coordinate
  double inverse;  // of it
  bool forward;

  Axis(double from, double velocity, index count)
      : size(count),
        start(std::min(static_cast<index>(from), count - 1)),
        first(velocity >= 0.0 ? static_cast<double>(start + 1) - from : from - static_cast<double>(start)),
        speed(velocity >= 0.0 ? velocity : -velocity),
        inverse(speed > 1e-300 ? 1.0 / speed : 1e300),
        forward(velocity >= 0.0) {}

  double time(index n) const { return (first + static_cast<double>(n)) * inverse; }
  index cell(index n) const {
    const index moved = forward ? start + n : start - n;
    if (moved >= 0 && moved < size) return moved;
    const index left = moved % size;
    return left < 0 ? left + size : left;
  }
  // Crossings up to that which leaves the block of 2^bits cells around `cell`.
  index to_leave(index cell, int bits) const {
    const index low = (cell >> bits) << bits;
    return forward ? std::min(low + (index{1} << bits), size) - cell : cell - low + 1;
  }
  // How many crossings are made before `t`, or at it where `and_at`; `made` are, and `most` are not exceeded.
  index made_at(double t, bool and_at, index made, index most) const {
    index n = std::clamp(to_index(std::min(t * speed - first, 1e15)) + 1, made, most);
    while (n > made && !before(n - 1, t, and_at)) --n;
    while (n < most && before(n, t, and_at)) ++n;
    return n;
  }

 private:
  bool before(index n, double t, bool and_at) const { return and_at ? time(n) <= t : time(n) < t; }
};

struct Hit {
  Cell before, hit;
};

bool same_block(Cell a, Cell b, int level) {
  const int bits = shift * level;
  return (a.row >> bits) == (b.row >> bits) && (a.col >> bits) == (b.col >> bits);
}

// Follows a path from `height` above the place (y, x).
Hit follow(const Surface& surface, const Axis& y, const Axis& x, double height, double slope) {
  index ny = 0;
  index nx = 0;
  Cell here{y.start, x.start};
  Cell before = here;
  int level = surface.top;
  for (;;) {
    const int bits = shift * level;
    const index out_y = ny + y.to_leave(here.row, bits);
    const index out_x = nx + x.to_leave(here.col, bits);
    const double time_y = y.time(out_y - 1);
    const double time_x = x.time(out_x - 1);
    const bool by_x = time_x <= time_y;
    const double time = by_x ? time_x : time_y;
    const double leaving = height - time * slope;
    const bool blocked = leaving <= surface.maximum(level, here);
    if (blocked && level > 0) {
      --level;
      continue;
    }
    if (blocked && nx + ny > 0) return {before, here};
    // On to the first cell behind the block.
    const index next_y = by_x ? (level == 0 ? ny : y.made_at(time, false, ny, out_y - 1)) : out_y;
    const index next_x = by_x ? out_x : (level == 0 ? nx : x.made_at(time, true, nx, out_x - 1));
    before = by_x ? Cell{y.cell(next_y), x.cell(next_x - 1)} : Cell{y.cell(next_y - 1), x.cell(next_x)};
    here = {y.cell(next_y), x.cell(next_x)};
    if (blocked) return {before, here};  // it would have ended in the first cell of all
    ny = next_y;
    nx = next_x;
    // Larger blocks are worth a look where a new one begins: the one that it has come from was looked at.
    while (level < surface.top && !same_block(before, here, level + 1)) ++level;
  }
}

// Looks around the cell hit for lower ones.
Cell relaxed(const Surface& surface, Cell hit, std::uint32_t bits) {
  Cell found = hit;
  for (index dr = -1; dr <= 1; ++dr) {
    for (index dc = -1; dc <= 1; ++dc) {
      if (dr == 0 && dc == 0) continue;
      const bool chosen = (bits & 1u) != 0 && (dr == 0 || dc == 0 || (bits & 2u) != 0);
      bits >>= 2;
      if (!chosen) continue;
      const Cell beside{(hit.row + dr + surface.rows) % surface.rows, (hit.col + dc + surface.cols) % surface.cols};
      if (surface.height(beside) < surface.height(found)) found = beside;
    }
  }
  return found;
}

double draw_cosine(const Columns& columns, std::uint64_t particle) {
  if (!(columns.cosine_spread > 0.0)) return std::max(columns.cosine, least_cosine);
  constexpr std::uint64_t tries = 64;  // at least one in three draws fits: all fail once in 1e11
  const double mean = columns.cosine;
  const double spread = columns.cosine_spread;
  for (std::uint64_t k = 0; k < tries; ++k) {
    if (spread > 0.4) {  // of uniform draws, those are taken that a normal distribution has
      const auto word = philox(columns.key, column_cosine, particle * tries + k);
      const double drawn = least_cosine + (1.0 - least_cosine) * unit_double(word[0], word[1]);
      const double off = (drawn - mean) / spread;
      if (unit_double(word[2], word[3]) < exp_fast(-0.5 * off * off)) return drawn;
    } else {
      const double drawn = mean + spread * normal(columns.key, column_cosine, particle * tries + k);
      if (drawn >= least_cosine && drawn <= 1.0) return drawn;
    }
  }
  return std::max(mean, least_cosine);
}

class Draws {
 public:
  Draws(const Columns& columns, std::uint64_t block) {
    constexpr Amplitude normals{1.0, Distribution::gaussian, Sign::both};
    draw_uniform(columns.key, column_y, block, draws_at_once, y.data());
    draw_uniform(columns.key, column_x, block, draws_at_once, x.data());
    if (columns.direction_spread > 0.0) {
      draw_row(columns.key, column_direction, block, draws_at_once, normals, direction.data());
    }
    if (columns.size_spread > 0.0) draw_row(columns.key, column_size, block, draws_at_once, normals, size.data());
  }
  std::array<double, draws_at_once> y, x, direction, size;
};

}  // namespace

void columnar(const Columns& columns, std::int64_t first, std::int64_t last, View2D<double> heights, const Progress& progress) {
  Surface surface(heights);
  ProgressTimer timer(progress);
  const std::int64_t pixels = heights.size();
  const std::int64_t between = std::max<std::int64_t>(1, pixels / 100);
  const double diffused = columns.melting / 0.3 * static_cast<double>(between) / static_cast<double>(pixels);
  const int steps = 1 + static_cast<int>(diffused / 0.05);
  const double sure_y = -sin(columns.direction);
  const double sure_x = cos(columns.direction);
  for (std::int64_t particle = first; particle < last;) {
    const std::int64_t block = particle / draws_at_once;
    const Draws draws(columns, static_cast<std::uint64_t>(block));
    const std::int64_t end = std::min(last, (block + 1) * draws_at_once);
    for (; particle < end; ++particle) {
      const auto number = static_cast<std::uint64_t>(particle);
      const auto i = static_cast<std::size_t>(particle % draws_at_once);
      double velocity_y = sure_y;
      double velocity_x = sure_x;
      if (columns.direction_spread > 0.0) {
        const double direction = columns.direction + columns.direction_spread * draws.direction[i];
        velocity_y = -sin(direction);
        velocity_x = cos(direction);
      }
      const double cosine = draw_cosine(columns, number);
      const double slope = cosine / std::max(std::sqrt((1.0 - cosine) * (1.0 + cosine)), 1e-9);
      const Axis y(draws.y[i] * static_cast<double>(heights.rows), velocity_y, heights.rows);
      const Axis x(draws.x[i] * static_cast<double>(heights.cols), velocity_x, heights.cols);
      Hit hit = follow(surface, y, x, surface.highest() + start_above, slope);
      if (columns.strong) hit.hit = relaxed(surface, hit.hit, philox(columns.key, column_strong, number)[0]);
      const Cell lower = surface.height(hit.hit) < surface.height(hit.before) ? hit.hit : hit.before;
      surface.grow(lower, columns.size_spread > 0.0 ? exp_fast(columns.size_spread * draws.size[i]) : 1.0);
      if (columns.melting > 0.0 && (particle + 1) % between == 0) {
        for (int step = 0; step < steps; ++step) surface.smooth(diffused / steps);
        surface.measure();
        timer.call_if_due(static_cast<index>(particle), static_cast<index>(last));
      }
    }
    timer.call_if_due(static_cast<index>(particle), static_cast<index>(last));
  }
}

}  // namespace afmnn::synth
