#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/correct/level.hpp"
#include "scan_lines.hpp"
#include "used_pixels.hpp"

namespace afmnn::correct {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double reach = 3.0;  // spreads, beyond which a slope has no weight
// Of normally distributed slopes, what the weights leave of the variance: int t w e^-t dt / int w e^-t dt, w = (1 - 2 t /
// reach^2)^2 over 0 <= t <= reach^2 / 2.
constexpr double variance_left = 0.6110899807450251;
constexpr std::ptrdiff_t cells_at_most = 262144;  // their slopes are known to 0.2 % of a spread
constexpr std::ptrdiff_t starts = 512;
constexpr std::ptrdiff_t blocks_at_least = 8;  // along each axis, of the largest blocks

double square(double x) { return x * x; }

// Means over blocks of pixels, NaN where one of them is not used.
struct Blocks {
  std::ptrdiff_t rows = 0, cols = 0;
  std::vector<double> means;
};

// Those of blocks twice as large. `height(r, c)` is that of a block, NaN where there is none.
template <typename Height>
Blocks twice_as_large(std::ptrdiff_t rows, std::ptrdiff_t cols, int threads, InterruptTimer& timer, const Height& height) {
  constexpr std::ptrdiff_t rows_at_once = 16;
  constexpr std::ptrdiff_t parts_at_once = 256;
  Blocks blocks;
  blocks.rows = rows / 2;
  blocks.cols = cols / 2;
  blocks.means.resize(at(blocks.rows * blocks.cols));
  const std::ptrdiff_t parts = (blocks.rows + rows_at_once - 1) / rows_at_once;
  for (std::ptrdiff_t begin = 0; begin < parts; begin += parts_at_once) {
    timer.call_if_due();
    for_each_block(std::min(parts_at_once, parts - begin), threads, [&](std::ptrdiff_t part) {
      const std::ptrdiff_t first = (begin + part) * rows_at_once;
      for (std::ptrdiff_t r = first; r < std::min(first + rows_at_once, blocks.rows); ++r) {
        double* const mean = blocks.means.data() + r * blocks.cols;
        for (std::ptrdiff_t c = 0; c < blocks.cols; ++c) {
          mean[c] = 0.25 * ((height(2 * r, 2 * c) + height(2 * r, 2 * c + 1)) +
                            (height(2 * r + 1, 2 * c) + height(2 * r + 1, 2 * c + 1)));
        }
      }
    });
  }
  return blocks;
}

// Slopes of cells of 2 x 2 blocks, from block to block.
struct Cells {
  std::vector<double> across, along;
  std::ptrdiff_t count() const { return static_cast<std::ptrdiff_t>(across.size()); }
};

// Those of every so manieth line of blocks, so that they are not more than needed. A single line has no slope across.
template <typename Height>
Cells cells_of(std::ptrdiff_t rows, std::ptrdiff_t cols, InterruptTimer& timer, const Height& height) {
  const std::ptrdiff_t cell_rows = std::max<std::ptrdiff_t>(rows - 1, 1), cell_cols = std::max<std::ptrdiff_t>(cols - 1, 1);
  const std::ptrdiff_t every = (cell_rows * cell_cols + cells_at_most - 1) / cells_at_most;
  Cells cells;
  for (std::ptrdiff_t r = 0; r < cell_rows; r += every) {
    timer.call_if_due();
    const std::ptrdiff_t below = std::min(r + 1, rows - 1);
    for (std::ptrdiff_t c = 0; c < cell_cols; ++c) {
      const std::ptrdiff_t right = std::min(c + 1, cols - 1);
      const double a = height(r, c), b = height(r, right), d = height(below, c), e = height(below, right);
      const double across = 0.5 * ((d - a) + (e - b)), along = 0.5 * ((b - a) + (e - d));
      if (!std::isfinite(across) || !std::isfinite(along)) continue;
      cells.across.push_back(across);
      cells.along.push_back(along);
    }
  }
  return cells;
}

// Where the commonest slopes lie, and how far they spread.
struct Facet {
  double across = 0.0, along = 0.0;
  double across_variance = 0.0, along_variance = 0.0;
  double weight = 0.0;
};

// Half of the values lie within it, or, where that is nothing, all of them.
double width_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t count = values.size();
  const double half = values[(3 * count) / 4] - values[count / 4];
  const double width = half > 0.0 ? half : values.back() - values.front();
  return width > 0.0 ? width : 1.0;
}

// The cell whose neighbours lie closest, of some that are as far from each other as can be.
Facet densest(const Cells& cells, double least_variance) {
  const std::ptrdiff_t count = std::min(starts, cells.count());
  std::vector<double> across(at(count)), along(at(count)), distances(at(count));
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    across[at(i)] = cells.across[at(i * cells.count() / count)];
    along[at(i)] = cells.along[at(i * cells.count() / count)];
  }
  const double unit_across = width_of(across), unit_along = width_of(along);
  const std::ptrdiff_t neighbour = std::min(count - 1, std::max<std::ptrdiff_t>(1, count / 8));
  std::ptrdiff_t best = 0;
  double closest = std::numeric_limits<double>::infinity();
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    for (std::ptrdiff_t j = 0; j < count; ++j) {
      distances[at(j)] =
          square((across[at(j)] - across[at(i)]) / unit_across) + square((along[at(j)] - along[at(i)]) / unit_along);
    }
    std::nth_element(distances.begin(), distances.begin() + neighbour, distances.end());
    if (distances[at(neighbour)] < closest) {
      closest = distances[at(neighbour)];
      best = i;
    }
  }
  // An eighth of normally distributed slopes lies within 0.52 spreads.
  return {across[at(best)], along[at(best)], std::max(4.0 * closest * square(unit_across), least_variance),
          std::max(4.0 * closest * square(unit_along), least_variance), 0.0};
}

// Weighted means about the facet until it stays where it is.
Facet settle(const Cells& cells, Facet facet, double least_variance, InterruptTimer& timer) {
  constexpr int rounds_at_most = 100;
  const std::ptrdiff_t count = cells.count();
  const double* const across = cells.across.data();
  const double* const along = cells.along.data();
  std::vector<double> weights(at(count));
  double* const w = weights.data();
  for (int round = 0; round < rounds_at_most; ++round) {
    timer.call_if_due();
    const double y = facet.across, x = facet.along;
    const double yy = square(reach) * facet.across_variance, xx = square(reach) * facet.along_variance;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const double left = 1.0 - (square(across[i] - y) / yy + square(along[i] - x) / xx);
      w[i] = left > 0.0 ? left * left : 0.0;
    }
    const double weight = lane_sum(count, [=](std::ptrdiff_t i) { return w[i]; });
    if (!(weight > 0.0)) break;
    const auto [sum_y, sum_yy] = two_lane_sums(
        count, [=](std::ptrdiff_t i) { return w[i] * (across[i] - y); },
        [=](std::ptrdiff_t i) { return w[i] * square(across[i] - y); });
    const auto [sum_x, sum_xx] = two_lane_sums(
        count, [=](std::ptrdiff_t i) { return w[i] * (along[i] - x); },
        [=](std::ptrdiff_t i) { return w[i] * square(along[i] - x); });
    const double to_y = sum_y / weight, to_x = sum_x / weight, spread_y = sum_yy / weight, spread_x = sum_xx / weight;
    const Facet before = facet;
    facet = {y + to_y, x + to_x, std::max(spread_y / variance_left, least_variance),
             std::max(spread_x / variance_left, least_variance), weight};
    const double near = 1e-4 / weight;
    const bool still = square(to_y) <= near * facet.across_variance && square(to_x) <= near * facet.along_variance &&
                       std::abs(facet.across_variance - before.across_variance) <= 1e-3 * facet.across_variance &&
                       std::abs(facet.along_variance - before.along_variance) <= 1e-3 * facet.along_variance;
    if (still) break;
  }
  return facet;
}

// The largest absolute value; in eight lanes, because a comparison would have to wait for the one before.
template <typename T>
double largest_of(const T* values, std::ptrdiff_t count) {
  constexpr std::ptrdiff_t lanes = 8;
  T lane[lanes] = {};
  std::ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::ptrdiff_t l = 0; l < lanes; ++l) {
      const T size = std::abs(values[i + l]);
      lane[l] = size > lane[l] ? size : lane[l];
    }
  }
  for (; i < count; ++i) lane[0] = std::max(lane[0], std::abs(values[i]));
  return static_cast<double>(*std::max_element(lane, lane + lanes));
}

// Sums of a line's used pixels.
struct LineSums {
  double count = 0.0, origin = 0.0;
  double z = 0.0;  // heights less the origin
  double x = 0.0;  // columns
};

}  // namespace

template <typename T>
Levelled level_facet(const LevelJob<T>& job, Slopes& slopes) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t rows = lines.rows(), cols = lines.cols();
  std::vector<LineSums> sums(at(rows));
  struct Work {
    std::vector<T> used;
    std::vector<double> weights;
    double largest;
  };
  std::vector<Work> work(at(lines.workers()), {std::vector<T>(at(cols)), std::vector<double>(at(cols)), 0.0});
  std::atomic<bool> infinite{false};
  lines.read([&](int worker, const ScanLine<T>& line) {
    Work& own = work[at(worker)];
    LineSums& here = sums[at(line.index)];
    const T* used = line.heights;
    Usage usage{cols, origin_of(used[0], used[cols / 2], used[cols - 1]), false};
    const bool complete = is_unmasked(line, cols) && all_finite(used, cols);
    if (!complete) {
      usage = find_used(line, cols, own.used.data(), own.weights.data());
      used = own.used.data();
    }
    if (usage.infinite) infinite.store(true);
    if (usage.count == 0) return;
    const double* const weights = own.weights.data();
    const double origin = usage.origin;
    here.count = static_cast<double>(usage.count);
    here.origin = origin;
    here.z = lane_sum(usage.count, [=](std::ptrdiff_t i) { return static_cast<double>(used[i]) - origin; });
    // Sums of whole numbers are exact in any order.
    here.x = complete ? 0.5 * static_cast<double>(cols) * static_cast<double>(cols - 1)
                      : lane_sum(cols, [=](std::ptrdiff_t i) { return weights[i] * static_cast<double>(i); });
    own.largest = std::max(own.largest, largest_of(used, usage.count));
  });
  if (infinite.load()) return Levelled::infinite;
  std::vector<double> origins;
  for (const LineSums& line : sums) {
    if (line.count > 0.0) origins.push_back(line.origin);
  }
  if (origins.empty()) return Levelled::no_pixel;
  const double origin = common_origin(std::move(origins));

  double largest = 0.0;
  for (const Work& own : work) largest = std::max(largest, own.largest);
  const double resolution = std::max(2.0 * static_cast<double>(std::numeric_limits<T>::epsilon()) * largest,
                                     1e3 * std::sqrt(std::numeric_limits<double>::min()));
  const double least_variance = square(resolution);
  InterruptTimer& timer = lines.timer();
  const auto pixel = [&](std::ptrdiff_t r, std::ptrdiff_t c) {
    return job.mask.data == nullptr || job.mask(r, c) != 0 ? static_cast<double>(job.image(r, c)) - origin : missing;
  };
  Cells cells = cells_of(rows, cols, timer, pixel);
  if (cells.count() == 0) return Levelled::no_cell;
  const auto error_of = [&](const Facet& facet, double size) {
    return (facet.across_variance * square(static_cast<double>(rows)) +
            facet.along_variance * square(static_cast<double>(cols))) /
           (facet.weight * square(size));
  };
  Facet best = settle(cells, densest(cells, least_variance), least_variance, timer);
  double size = 1.0;
  Blocks blocks;
  for (std::ptrdiff_t r = rows, c = cols; std::min(r, c) >= 2 * blocks_at_least; r /= 2, c /= 2) {
    blocks = blocks.means.empty()
                 ? twice_as_large(r, c, lines.workers(), timer, pixel)
                 : twice_as_large(r, c, lines.workers(), timer, [&, old = std::move(blocks)](std::ptrdiff_t i, std::ptrdiff_t j) {
                     return old.means[at(i * old.cols + j)];
                   });
    cells = cells_of(blocks.rows, blocks.cols, timer,
                     [&](std::ptrdiff_t i, std::ptrdiff_t j) { return blocks.means[at(i * blocks.cols + j)]; });
    if (cells.count() == 0) break;
    // Blocks twice as large rise twice as much.
    Facet facet{2.0 * best.across, 2.0 * best.along, best.across_variance, best.along_variance, 0.0};
    facet = settle(cells, facet, least_variance, timer);
    if (!(facet.weight > 0.0) || !(error_of(facet, 2.0 * size) < error_of(best, size))) break;
    best = facet;
    size *= 2.0;
  }
  const double down = best.across / size, right = best.along / size;
  slopes = {down, right};

  const auto total_of = [&](const auto& term) {
    return lane_sum(rows, [&](std::ptrdiff_t r) { return term(sums[at(r)], static_cast<double>(r)); });
  };
  const double count = total_of([](const LineSums& line, double) { return line.count; });
  const double mean =
      total_of([=](const LineSums& line, double row) {
        return line.count == 0.0 ? 0.0
                                 : (line.count * (line.origin - origin) + line.z) - (line.count * (down * row) + right * line.x);
      }) /
      count;
  std::atomic<bool> representable{true};
  lines.write(0, rows, [&](int, const ScanLine<T>& line) {
    const double offset = mean + down * static_cast<double>(line.index);
    const auto height = [=](std::ptrdiff_t c) { return offset + right * static_cast<double>(c); };
    if (!write_less(line, cols, origin, height)) representable.store(false);
  });
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

template Levelled level_facet(const LevelJob<float>&, Slopes&);
template Levelled level_facet(const LevelJob<double>&, Slopes&);

}  // namespace afmnn::correct
