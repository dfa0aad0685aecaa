// Where objects come to rest on the surface.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>

#include "afmnn/core/parallel.hpp"
#include "afmnn/synth/objects.hpp"

namespace afmnn::synth {
namespace {

constexpr double huge = std::numeric_limits<double>::max();
constexpr std::ptrdiff_t stored_kernel = 1 << 17;  // elements: 1 MB stays in L2; larger kernels are evaluated twice
constexpr std::ptrdiff_t chunk = 4096;             // columns of a larger one evaluated at a time
constexpr double shared_work = 1 << 18;            // pixels per level (a millisecond) that make waiting for threads worth while
constexpr std::int64_t tile = 32;                  // pixels; objects that share no tile are independent

std::int64_t wrap(std::int64_t index, std::int64_t size) {
  const std::int64_t rest = index % size;
  return rest < 0 ? rest + size : rest;
}

// The loops below read z (the surface) and o (the heights of the object) side by side and have no branches, so that they
// become vector code. `sign` is -1 for objects that point down: they see the surface upside down.

struct Range {
  double low = huge;     // least sign * z under the object
  double stack = -huge;  // greatest sign * z + o
};

// Two doubles are a register of every 64-bit machine. Least and greatest are sought in lanes that are written here, because
// a compiler may do so by itself only if the sign of zero were of no importance.
typedef double Two __attribute__((vector_size(16)));
constexpr std::ptrdiff_t registers = 2;
constexpr std::ptrdiff_t lanes = 2 * registers;

inline double lesser(double a, double b) { return b < a ? b : a; }
inline double greater(double a, double b) { return a < b ? b : a; }

template <bool Stack>
void survey_row(const double* z, const double* o, std::ptrdiff_t n, double sign, Range& range) {
  constexpr Two highest = {huge, huge};
  Two low[registers] = {highest, highest};
  Two stack[registers] = {-highest, -highest};
  std::ptrdiff_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::ptrdiff_t r = 0; r < registers; ++r) {
      Two surface, object;
      std::memcpy(&surface, z + i + 2 * r, sizeof surface);
      std::memcpy(&object, o + i + 2 * r, sizeof object);
      const Two height = sign * surface;
      const Two here = object > 0.0 ? height : highest;
      low[r] = here < low[r] ? here : low[r];
      const Two top = object > 0.0 ? height + object : -highest;
      if (Stack) stack[r] = stack[r] < top ? top : stack[r];
    }
  }
  for (; i < n; ++i) {
    if (!(o[i] > 0.0)) continue;
    const double height = sign * z[i];
    range.low = lesser(range.low, height);
    if (Stack) range.stack = greater(range.stack, height + o[i]);
  }
  for (std::ptrdiff_t r = 0; r < registers; ++r) {
    range.low = lesser(range.low, lesser(low[r][0], low[r][1]));
    if (Stack) range.stack = greater(range.stack, greater(stack[r][0], stack[r][1]));
  }
}

void merge_row(double* z, const double* o, std::ptrdiff_t n, double sign, double base) {
  for (std::ptrdiff_t i = 0; i < n; ++i) z[i] = sign * std::max(sign * z[i], o[i] > 0.0 ? base + o[i] : -huge);
}

// The tail, o <= 0, is drawn only where the surface is not below the base.
void merge_row_with_tail(double* z, const double* o, std::ptrdiff_t n, double sign, double base) {
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const double height = sign * z[i];
    const double least = o[i] > 0.0 ? -huge : base;
    const double drawn = std::max(height, base + std::abs(o[i]));
    z[i] = sign * (height >= least ? drawn : height);
  }
}

bool any_taken(const std::uint8_t* taken, const double* o, std::ptrdiff_t n) {
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    if (taken[i] != 0 && o[i] > 0.0) return true;
  }
  return false;
}

void take(std::uint8_t* taken, const double* o, std::ptrdiff_t n) {
  for (std::ptrdiff_t i = 0; i < n; ++i) taken[i] = static_cast<std::uint8_t>(taken[i] | (o[i] > 0.0 ? 1 : 0));
}

std::ptrdiff_t kernel_size(const Shape& shape) {
  const double size = (2.0 * static_cast<double>(shape.half_rows()) + 1.0) * (2.0 * static_cast<double>(shape.half_cols()) + 1.0);
  return size <= static_cast<double>(stored_kernel) ? static_cast<std::ptrdiff_t>(size) : 0;
}

/// Calls visit(row, col, heights, count) for runs of pixels of an object that do not cross the edge of the image, until
/// visit returns false. `kernel` keeps the heights from the first time to the next ones, if they fit.
template <typename Visit>
void for_each_run(const Object& object, const Shape& shape, View2D<double> surface, std::vector<double>& kernel, bool first_time,
                  const Visit& visit) {
  const bool stored = kernel_size(shape) > 0;
  const bool evaluate = first_time || !stored;
  double* heights = kernel.data();
  for (std::ptrdiff_t r = -shape.half_rows(); r <= shape.half_rows(); ++r) {
    std::ptrdiff_t first, last;
    if (!shape.row_interval(r, &first, &last)) continue;
    const std::ptrdiff_t row = wrap(object.row + r, surface.rows);
    while (first <= last) {
      const std::ptrdiff_t count = std::min(chunk, last - first + 1);
      if (evaluate) shape.evaluate(r, first, count, heights);
      std::ptrdiff_t col = wrap(object.col + first, surface.cols);
      for (std::ptrdiff_t done = 0; done < count;) {
        const std::ptrdiff_t run = std::min(count - done, surface.cols - col);
        if (!visit(row, col, heights + done, run)) return;
        done += run;
        col = 0;
      }
      if (stored) heights += count;
      first += count;
    }
  }
}

}  // namespace

ObjectPlacer::ObjectPlacer(const PlacingRules& rules, View2D<double> surface, int threads)
    : rules_(rules), surface_(surface), threads_(threads), scratch_(static_cast<std::size_t>(threads)) {
  if (rules.avoid_overlap) taken_.assign(static_cast<std::size_t>(surface.size()), 0);
}

Placement ObjectPlacer::place_one(const Object& object, const Shape& shape, std::vector<double>& kernel) {
  const double columnarity = rules_.columnarity;
  Placement placement;
  const double sign = object.up ? 1.0 : -1.0;
  Range range;
  bool free = true;
  const auto survey = [&](std::ptrdiff_t row, std::ptrdiff_t col, const double* o, std::ptrdiff_t n) {
    const double* z = surface_.row(row) + col;
    if (rules_.avoid_overlap) {
      free = !any_taken(taken_.data() + row * surface_.cols + col, o, n);
      if (!free) return false;
    }
    (columnarity > 0.0 ? survey_row<true> : survey_row<false>)(z, o, n, sign, range);
    placement.footprint += std::count_if(o, o + n, [](double value) { return value > 0.0; });
    return true;
  };
  for_each_run(object, shape, surface_, kernel, true, survey);
  placement.placed = free && placement.footprint > 0;
  if (!placement.placed) {
    placement.footprint = 0;
    return placement;
  }

  const double stack = range.stack - shape.full_height();
  const double base = columnarity > 0.0 ? columnarity * stack + (1.0 - columnarity) * range.low : range.low;
  const auto merge_any = rules_.kind == ShapeKind::gaussian ? merge_row_with_tail : merge_row;
  const auto merge = [&](std::ptrdiff_t row, std::ptrdiff_t col, const double* o, std::ptrdiff_t n) {
    merge_any(surface_.row(row) + col, o, n, sign, base);
    if (rules_.avoid_overlap) take(taken_.data() + row * surface_.cols + col, o, n);
    return true;
  };
  for_each_run(object, shape, surface_, kernel, false, merge);
  placement.base = sign * base;
  return placement;
}

// An object's level is one more than the highest level of the objects before it that share a tile with it: objects of
// one level are independent, and each finds the surface as if all had been placed one after the other.
void ObjectPlacer::order_by_level(const Object* objects, const std::vector<Shape>& shapes, std::size_t count) {
  const std::int64_t tiles_down = (surface_.rows + tile - 1) / tile;
  const std::int64_t tiles_across = (surface_.cols + tile - 1) / tile;
  tiles_.assign(static_cast<std::size_t>(tiles_down * tiles_across), 0);
  levels_.resize(count);
  std::int32_t highest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto span = [](std::int64_t centre, std::int64_t half, std::int64_t size, std::int64_t tiles) {
      if (2 * half + 1 + tile >= size) return std::pair<std::int64_t, std::int64_t>(0, tiles);
      const std::int64_t begin = wrap(centre - half, size) / tile;
      const std::int64_t end = wrap(centre + half, size) / tile;
      return std::pair<std::int64_t, std::int64_t>(begin, wrap(end - begin, tiles) + 1);
    };
    const auto [top, down] = span(objects[i].row, shapes[i].half_rows(), surface_.rows, tiles_down);
    const auto [left, across] = span(objects[i].col, shapes[i].half_cols(), surface_.cols, tiles_across);
    const auto for_each_tile = [&, top = top, down = down, left = left, across = across](const auto& visit) {
      for (std::int64_t r = 0; r < down; ++r) {
        for (std::int64_t c = 0; c < across; ++c) {
          visit(tiles_[static_cast<std::size_t>((top + r) % tiles_down * tiles_across + (left + c) % tiles_across)]);
        }
      }
    };
    std::int32_t level = 0;
    for_each_tile([&](std::int32_t before) { level = std::max(level, before); });
    ++level;
    for_each_tile([&](std::int32_t& mine) { mine = level; });
    levels_[i] = level;
    highest = std::max(highest, level);
  }
  level_begin_.assign(static_cast<std::size_t>(highest) + 1, 0);  // counting sort, which keeps the order in a level
  for (const std::int32_t level : levels_) ++level_begin_[static_cast<std::size_t>(level)];
  for (std::size_t level = 1; level < level_begin_.size(); ++level) level_begin_[level] += level_begin_[level - 1];
  sequence_.resize(count);
  std::vector<std::size_t> next(level_begin_.begin(), level_begin_.end() - 1);
  for (std::size_t i = 0; i < count; ++i) sequence_[next[static_cast<std::size_t>(levels_[i]) - 1]++] = i;
}

void ObjectPlacer::place(const Object* objects, Placement* placements, std::size_t count) {
  std::vector<Shape> shapes;
  shapes.reserve(count);
  std::ptrdiff_t buffer = chunk;
  double work = 0.0;  // pixels
  for (std::size_t i = 0; i < count; ++i) {
    const Object& o = objects[i];
    shapes.emplace_back(rules_.kind, ShapeSize{o.radius, o.aspect, o.height, o.angle, o.truncation}, rules_.row_step);
    buffer = std::max(buffer, kernel_size(shapes.back()));
    work += 4.0 * static_cast<double>(shapes.back().half_rows()) * static_cast<double>(shapes.back().half_cols());
  }
  for (auto& kernel : scratch_) kernel.resize(std::max(kernel.size(), static_cast<std::size_t>(buffer)));

  const auto place = [&](std::size_t i, std::vector<double>& kernel) {
    const Placement placement = place_one(objects[i], shapes[i], kernel);
    if (placements != nullptr) placements[i] = placement;
  };
  bool shared = threads_ > 1 && work >= 2.0 * shared_work;
  if (shared) {
    order_by_level(objects, shapes, count);
    shared = work >= shared_work * static_cast<double>(level_begin_.size() - 1);
  }
  if (!shared) {
    for (std::size_t i = 0; i < count; ++i) place(i, scratch_[0]);
    return;
  }
  std::deque<Phase> phases;
  for (std::size_t level = 0; level + 1 < level_begin_.size(); ++level) {
    phases.emplace_back(static_cast<std::ptrdiff_t>(level_begin_[level + 1] - level_begin_[level]));
  }
  run_team(threads_, [&](int thread) {
    for (std::size_t level = 0; level < phases.size(); ++level) {
      Phase& phase = phases[level];
      for (std::ptrdiff_t n = phase.claim(); n >= 0; n = phase.claim()) {
        place(sequence_[level_begin_[level] + static_cast<std::size_t>(n)], scratch_[static_cast<std::size_t>(thread)]);
        phase.finish();
      }
      phase.wait();
    }
  });
}

}  // namespace afmnn::synth
