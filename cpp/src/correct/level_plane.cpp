#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/correct/level.hpp"
#include "scan_lines.hpp"
#include "used_pixels.hpp"

namespace afmnn::correct {
namespace {

// Positions are twice those of the pixels' centres, from the middle of the image: whole numbers, their sums are exact.
double position(std::ptrdiff_t index, std::ptrdiff_t count) { return static_cast<double>(2 * index + 1 - count); }

std::vector<double> positions(std::ptrdiff_t count) {
  std::vector<double> x(static_cast<std::size_t>(count));
  for (std::ptrdiff_t i = 0; i < count; ++i) x[static_cast<std::size_t>(i)] = position(i, count);
  return x;
}

template <typename T>
PlaneSums sums_of_complete_line(const T* heights, const double* x, std::ptrdiff_t cols) {
  PlaneSums sums;
  const auto count = static_cast<double>(cols);
  const double origin = origin_of(heights[0], heights[cols / 2], heights[cols - 1]);
  sums.origin = origin;
  sums.count = count;
  sums.xx = count * (count * count - 1.0) / 3.0;
  const auto [sum_z, xz] = two_lane_sums(
      cols, [=](std::ptrdiff_t i) { return static_cast<double>(heights[i]) - origin; },
      [=](std::ptrdiff_t i) { return x[i] * (static_cast<double>(heights[i]) - origin); });
  sums.mean_z = sum_z / count;
  sums.xz = xz;
  return sums;
}

// `used` has 1 for used pixels and 0 for others; `z` and `weights` have room for a line.
template <typename T>
PlaneSums sums_of_used(const Usage& usage, const std::uint8_t* used, const T* heights, const double* x, double* weights,
                       double* z, std::ptrdiff_t cols) {
  PlaneSums sums;
  const double origin = usage.origin;
  sums.count = static_cast<double>(usage.count);
  sums.origin = origin;
  for (std::ptrdiff_t i = 0; i < cols; ++i) weights[i] = static_cast<double>(static_cast<int>(used[i]));
  for (std::ptrdiff_t i = 0; i < cols; ++i) z[i] = weights[i] != 0.0 ? static_cast<double>(heights[i]) - origin : 0.0;
  const auto [sum_x, sum_z] =
      two_lane_sums(cols, [=](std::ptrdiff_t i) { return weights[i] * x[i]; }, [=](std::ptrdiff_t i) { return z[i]; });
  const double mean_x = sum_x / sums.count;
  sums.mean_x = mean_x;
  sums.mean_z = sum_z / sums.count;
  const auto [xx, xz] = two_lane_sums(
      cols, [=](std::ptrdiff_t i) { return weights[i] * ((x[i] - mean_x) * (x[i] - mean_x)); },
      [=](std::ptrdiff_t i) { return (x[i] - mean_x) * z[i]; });
  sums.xx = xx;
  sums.xz = xz;
  return sums;
}

}  // namespace

template <typename T>
Levelled sum_lines(const LevelJob<T>& job, PlaneSums* sums) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t cols = lines.cols();
  const auto width = static_cast<std::size_t>(cols);
  const std::vector<double> x = positions(cols);
  struct Work {
    std::vector<std::uint8_t> used;
    std::vector<double> weights, z;
  };
  std::vector<Work> work(static_cast<std::size_t>(lines.workers()),
                         {std::vector<std::uint8_t>(width), std::vector<double>(width), std::vector<double>(width)});

  std::atomic<bool> infinite{false};
  lines.read([&](int worker, const ScanLine<T>& line) {
    PlaneSums& here = sums[line.index];
    if (is_unmasked(line, cols)) {
      here = sums_of_complete_line(line.heights, x.data(), cols);
      if (std::isfinite(here.mean_z)) return;  // and so is every height
    }
    Work& own = work[static_cast<std::size_t>(worker)];
    const Usage usage = mark_used(line, cols, own.used.data());
    if (usage.infinite) infinite.store(true);
    here = usage.count == 0
               ? PlaneSums{}
               : sums_of_used(usage, own.used.data(), line.heights, x.data(), own.weights.data(), own.z.data(), cols);
  });
  return infinite.load() ? Levelled::infinite : Levelled::done;
}

Plane fit_plane(const std::vector<PlaneSums>& lines) {
  const auto rows = static_cast<std::ptrdiff_t>(lines.size());
  const auto sum_over_lines = [&](const auto& term) {
    return lane_sum(rows, [&](std::ptrdiff_t r) { return term(lines[static_cast<std::size_t>(r)], position(r, rows)); });
  };
  Plane plane;
  std::vector<double> origins;
  for (const PlaneSums& line : lines) {
    if (line.count > 0.0) origins.push_back(line.origin);
  }
  const double origin = common_origin(std::move(origins));
  plane.origin = origin;

  const auto height = [=](const PlaneSums& line) { return (line.origin - origin) + line.mean_z; };
  const double count = sum_over_lines([](const PlaneSums& line, double) { return line.count; });
  const double x = sum_over_lines([](const PlaneSums& line, double) { return line.count * line.mean_x; }) / count;
  const double y = sum_over_lines([](const PlaneSums& line, double at) { return line.count * at; }) / count;
  const double z = sum_over_lines([=](const PlaneSums& line, double) { return line.count * height(line); }) / count;
  const double xx = sum_over_lines(
      [=](const PlaneSums& line, double) { return line.xx + line.count * ((line.mean_x - x) * (line.mean_x - x)); });
  const double yy = sum_over_lines([=](const PlaneSums& line, double at) { return line.count * ((at - y) * (at - y)); });
  const double xy = sum_over_lines([=](const PlaneSums& line, double at) { return line.count * ((line.mean_x - x) * (at - y)); });
  const double xz = sum_over_lines(
      [=](const PlaneSums& line, double) { return line.xz + line.count * ((line.mean_x - x) * (height(line) - z)); });
  const double yz =
      sum_over_lines([=](const PlaneSums& line, double at) { return line.count * ((at - y) * (height(line) - z)); });

  // 1 less the squared correlation of x and y, in units of both variances: rounding alone makes some 1e-16.
  if (xx * yy - xy * xy > 1e-13 * (xx * yy)) {
    const double step = xy / xx;
    plane.slope_y = (yz - step * xz) / (yy - step * xy);
    plane.slope_x = (xz - xy * plane.slope_y) / xx;
  } else if (xx + yy > 0.0) {  // one straight line, in whose direction (xx, xy) points: no slope across it
    plane.slope_x = xz / (xx + yy);
    plane.slope_y = yz / (xx + yy);
  }
  plane.height = z - (plane.slope_x * x + plane.slope_y * y);
  return plane;
}

template <typename T>
Levelled take_off_plane(const LevelJob<T>& job, const Plane& plane, const LinesOf& place) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t cols = lines.cols();
  std::vector<double> along = positions(cols);
  for (double& x : along) x = plane.slope_x * x;
  std::atomic<bool> representable{true};
  lines.write(0, lines.rows(), [&](int, const ScanLine<T>& line) {
    const double offset = plane.height + plane.slope_y * position(place.first + line.index, place.rows);
    const double* const slope = along.data();
    const auto height = [=](std::ptrdiff_t c) { return offset + slope[c]; };
    if (!write_less(line, cols, plane.origin, height)) representable.store(false);
  });
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

template <typename T>
Levelled level_plane(const LevelJob<T>& job) {
  std::vector<PlaneSums> sums(static_cast<std::size_t>(job.image.rows));
  if (sum_lines(job, sums.data()) != Levelled::done) return Levelled::infinite;
  if (std::none_of(sums.begin(), sums.end(), [](const PlaneSums& line) { return line.count > 0.0; })) return Levelled::no_pixel;
  return take_off_plane(job, fit_plane(sums), {0, job.image.rows});
}

template Levelled sum_lines(const LevelJob<float>&, PlaneSums*);
template Levelled sum_lines(const LevelJob<double>&, PlaneSums*);
template Levelled take_off_plane(const LevelJob<float>&, const Plane&, const LinesOf&);
template Levelled take_off_plane(const LevelJob<double>&, const Plane&, const LinesOf&);
template Levelled level_plane(const LevelJob<float>&);
template Levelled level_plane(const LevelJob<double>&);

}  // namespace afmnn::correct
