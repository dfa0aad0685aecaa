#include "afmnn/tip/blind.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "afmnn/core/parallel.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::tip {
namespace {

using index = std::ptrdiff_t;

// A wave is so many groups of so many points. More groups keep more threads busy; more points in a group make every
// copy of the estimate start from an older state. With large tips a point takes milliseconds and is a group.
constexpr index groups_in_wave = 8;
index points_in_group(index taps) { return std::clamp<index>(16384 / taps, 1, 64); }

// A copy of the estimate and what is needed to refine it. The estimate is stored point-reflected, so that the image and
// the estimate run the same way in memory: b at -u needs I(x + d + u).
struct Group {
  std::vector<double> reflected;  // (padded rows, stride)
  std::vector<index> offsets;
  std::vector<double> values;
  index refined = 0;
};

index round_up(index n, index to) { return (n + to - 1) / to * to; }

}  // namespace

index refine_tip(View2D<const double> image, const std::int64_t* points, index count, View2D<double> estimate, double threshold,
                 int threads) {
  const index rows = estimate.rows, cols = estimate.cols, taps = rows * cols;
  const index stride = round_up(cols, refine_margin);
  const index padded = round_up(rows, simd::tile_rows) * stride;
  std::vector<double> reflected(static_cast<std::size_t>(padded), -std::numeric_limits<double>::infinity());
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < cols; ++c) reflected[static_cast<std::size_t>(r * stride + c)] = estimate(rows - 1 - r, cols - 1 - c);
  }
  std::vector<Group> groups(groups_in_wave);
  for (Group& group : groups) {
    group.offsets.resize(static_cast<std::size_t>(taps));
    group.values.resize(static_cast<std::size_t>(taps));
  }
  const auto& kernels = simd::morphology_kernels<double>();

  const auto refine_at = [&](Group& group, std::int64_t point) {
    // The corner of the tip's frame around the point; the tap (r, c) of the frame is at the offset d, in `reflected` at -d.
    const double* const corner = image.data + (point / image.cols - rows / 2) * image.stride + point % image.cols - cols / 2;
    const double here = corner[rows / 2 * image.stride + cols / 2];
    index admissible = 0;
    const auto admit = [&](index r, index c) {
      const double height = group.reflected[static_cast<std::size_t>((rows - 1 - r) * stride + cols - 1 - c)];
      if (here - corner[r * image.stride + c] > height + threshold) return;
      group.offsets[static_cast<std::size_t>(admissible)] = (r - rows / 2) * image.stride + c - cols / 2;
      group.values[static_cast<std::size_t>(admissible)] = height - here;
      ++admissible;
    };
    admit(rows / 2, cols / 2);  // always admissible and most often decisive: first, so that the search ends early
    for (index r = 0; r < rows; ++r) {
      for (index c = 0; c < cols; ++c) {
        if (r != rows / 2 || c != cols / 2) admit(r, c);
      }
    }
    group.refined += kernels.refine({corner, image.stride, group.offsets.data(), group.values.data(), admissible,
                                     group.reflected.data(), stride, rows, cols, threshold});
  };

  const index at_once = points_in_group(taps);
  index refined = 0;
  for (index start = 0; start < count; start += groups_in_wave * at_once) {
    for (Group& group : groups) {
      group.reflected = reflected;
      group.refined = 0;
    }
    for_each_block(groups_in_wave, threads, [&](index g) {
      Group& group = groups[static_cast<std::size_t>(g)];
      const index first = std::min(start + g * at_once, count), last = std::min(first + at_once, count);
      for (index point = first; point < last; ++point) refine_at(group, points[point]);
    });
    for (const Group& group : groups) {
      refined += group.refined;
      for (std::size_t i = 0; i < reflected.size(); ++i) reflected[i] = std::min(reflected[i], group.reflected[i]);
    }
  }
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < cols; ++c) estimate(rows - 1 - r, cols - 1 - c) = reflected[static_cast<std::size_t>(r * stride + c)];
  }
  return refined;
}

}  // namespace afmnn::tip
