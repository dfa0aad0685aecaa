#include "afmnn/synth/wrinkles.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/displacement.hpp"
#include "afmnn/synth/self_affine.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

// A key of its own for each family: self-affine fields take the same streams of it.
std::uint64_t key_of(std::uint64_t key, int family) {
  const auto word = philox(key, role::wrinkles, static_cast<std::uint64_t>(family));
  return static_cast<std::uint64_t>(word[0]) << 32 | word[1];
}

constexpr double least_square = 1e-300;  // of gradients: there are none where a field is flat

}  // namespace

double wrinkles(const Wrinkles& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  const index rows = out.rows, cols = out.cols;
  const SelfAffine field_settings{
      1.0, settings.hurst, settings.roll_off, settings.smoothing, settings.anisotropy, settings.angle, settings.row_step};
  AlignedVector<double> values(at(rows * cols));
  const View2D<double> field{values.data(), rows, cols, cols};
  std::unique_ptr<FieldAxis> down, across;
  if (settings.height_spread > 0.0) {
    const double scale = std::max(0.5 * settings.roll_off, 1.0);
    down = std::make_unique<FieldAxis>(rows, scale / settings.row_step);
    across = std::make_unique<FieldAxis>(cols, scale);
  }
  std::vector<double> works(at(2 * cols * team.workers()));
  const double falling = -0.5 / (settings.sigma * settings.sigma), half_y = 0.5 / settings.row_step;
  const double pixels = static_cast<double>(rows) * static_cast<double>(cols);
  const double log_height = afmnn::log(settings.height) - 0.5 * settings.height_spread * settings.height_spread;
  double slopes = 0.0;
  for (int family = 0; family < settings.families; ++family) {
    const std::uint64_t own_key = key_of(key, family);
    slopes += self_affine(field_settings, own_key, field, team);
    SmoothField heights;
    if (settings.height_spread > 0.0) {
      heights = SmoothField(*down, *across, settings.height_spread, own_key, role::wrinkles + 1, team.workers());
    }
    const index rows_at_once = 1 + (1 << 13) / cols;
    team.visit((rows + rows_at_once - 1) / rows_at_once, 12.0 * pixels, [&](int worker, index unit) {
      double* const logs = works.data() + 2 * cols * worker;
      double* const gradients = logs + cols;
      for (index r = unit * rows_at_once; r < std::min(rows, (unit + 1) * rows_at_once); ++r) {
        const double* const z = field.row(r);
        const double* const above = field.row(r == 0 ? rows - 1 : r - 1);
        const double* const below = field.row(r + 1 == rows ? 0 : r + 1);
        std::fill_n(logs, cols, log_height);
        if (settings.height_spread > 0.0) heights.add(r, 0, cols, logs);
        const auto square = [](double x) { return x * x; };
        gradients[0] = square(0.5 * (z[cols > 1 ? 1 : 0] - z[cols - 1]));
        for (index c = 1; c + 1 < cols; ++c) gradients[c] = square(0.5 * (z[c + 1] - z[c - 1]));
        if (cols > 1) gradients[cols - 1] = square(0.5 * (z[0] - z[cols - 2]));
        double* const row = out.row(r);
        for (index c = 0; c < cols; ++c) {
          const double gradient = gradients[c] + square(half_y * (below[c] - above[c])) + least_square;
          const double ratio = falling * (z[c] * z[c] / gradient);
          const double ridge = ratio < -700.0 ? 0.0 : exp_fast(logs[c] + ratio);
          row[c] = family == 0 || ridge > row[c] ? ridge : row[c];
        }
      }
    });
  }
  return slopes / settings.families;
}

}  // namespace afmnn::synth
