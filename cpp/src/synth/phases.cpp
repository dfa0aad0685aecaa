#include "afmnn/synth/phases.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/gaussian_field.hpp"
#include "afmnn/synth/torus_morphology.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr double pi = 3.14159265358979323846;

// The threshold that divides heights into two classes whose means differ most, of 1024 between the lowest and highest.
double otsu(View2D<const double> z) {
  constexpr index bins = 1024;
  double low = z(0, 0), high = z(0, 0);
  for (index r = 0; r < z.rows; ++r) {
    for (index c = 0; c < z.cols; ++c) {
      low = std::min(low, z(r, c));
      high = std::max(high, z(r, c));
    }
  }
  if (!(high > low)) return low;
  std::array<index, bins> counts{};
  const double scale = static_cast<double>(bins) / (high - low);
  for (index r = 0; r < z.rows; ++r) {
    for (index c = 0; c < z.cols; ++c) ++counts[at(std::min(bins - 1, to_index(scale * (z(r, c) - low))))];
  }
  double sum = 0.0;
  for (index b = 0; b < bins; ++b) sum += static_cast<double>(b) * static_cast<double>(counts[at(b)]);
  const double total = static_cast<double>(z.rows) * static_cast<double>(z.cols);
  double below = 0.0, sum_below = 0.0, most = -1.0;
  index first = 0, last = 0;  // all thresholds that are best: the middle of them is taken
  for (index b = 0; b + 1 < bins; ++b) {
    below += static_cast<double>(counts[at(b)]);
    sum_below += static_cast<double>(b) * static_cast<double>(counts[at(b)]);
    const double above = total - below;
    if (below == 0.0 || above == 0.0) continue;
    const double difference = (sum - sum_below) / above - sum_below / below;
    const double between = below * above * (difference * difference);
    if (between > most) {
      most = between;
      first = b;
    }
    if (between == most) last = b;
  }
  return low + (0.5 * static_cast<double>(first + last) + 1.0) / scale;
}

// Points that are higher (sign 1) or lower (-1) than their eight neighbours.
void add_extrema(View2D<const double> z, double sign, Bitmap& skeleton) {
  for (index r = 0; r < z.rows; ++r) {
    const index around[3] = {r == 0 ? z.rows - 1 : r - 1, r, r + 1 == z.rows ? 0 : r + 1};
    for (index c = 0; c < z.cols; ++c) {
      const index beside[3] = {c == 0 ? z.cols - 1 : c - 1, c, c + 1 == z.cols ? 0 : c + 1};
      double most = sign * z(r, c);
      for (const index i : around) {
        for (const index j : beside) most = std::max(most, sign * z(i, j));
      }
      if (most == sign * z(r, c)) skeleton.row(r)[c] = 1;
    }
  }
}

// Both phases: their skeletons, and which is nearer.
void even_out(View2D<const double> z, Bitmap& upper, UnitTeam& team) {
  Bitmap skeleton = upper, other = upper;
  for (std::uint8_t& bit : other.bits) bit ^= 1;
  Bitmap peaks(z.rows, z.cols), pits(z.rows, z.cols);
  add_extrema(z, 1.0, peaks);
  add_extrema(z, -1.0, pits);
  const Bitmap lower = other;
  thin(skeleton, team);
  thin(other, team);
  for (std::size_t i = 0; i < upper.bits.size(); ++i) {
    skeleton.bits[i] = static_cast<std::uint8_t>(skeleton.bits[i] | (peaks.bits[i] & upper.bits[i]));
    other.bits[i] = static_cast<std::uint8_t>(other.bits[i] | (pits.bits[i] & lower.bits[i]));
  }
  const std::vector<double> to_upper = squared_distances(skeleton, team), to_lower = squared_distances(other, team);
  for (std::size_t i = 0; i < upper.bits.size(); ++i) {
    if (to_upper[i] != to_lower[i]) upper.bits[i] = to_upper[i] < to_lower[i] ? 1 : 0;
  }
}

void open_and_close(Bitmap& image, index radius, bool open_first, UnitTeam& team) {
  for (const bool opening : {open_first, !open_first}) {
    if (opening) {
      erode(image, radius, team);
      dilate(image, radius, team);
    } else {
      dilate(image, radius, team);
      erode(image, radius, team);
    }
  }
}

}  // namespace

void phases(const Phases& settings, std::uint64_t key, View2D<const double> base, View2D<double> out, UnitTeam& team) {
  const double k0 = pi / settings.size / (1.0 + settings.spread * settings.spread / 3.0);
  const double per_width = settings.size / (pi * settings.spread);
  const LogAmplitude ring = [&](index, double ky, const double* kx, index count, double* logs) {
    for (index c = 0; c < count; ++c) {
      const double u = std::abs((std::sqrt(ky * ky + kx[c] * kx[c]) - k0) * per_width);
      logs[c] = -u - log_fast(1.0 + exp_fast(-2.0 * u));
    }
  };
  gaussian_field({1.0, settings.row_step, key, role::phases, base}, ring, out, team);

  const index rows = out.rows, cols = out.cols;
  const View2D<const double> field{out.data, rows, cols, out.stride};
  const double threshold = otsu(field);
  Bitmap upper(rows, cols);
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < cols; ++c) upper.row(r)[c] = field(r, c) >= threshold ? 1 : 0;
  }
  team.tell_parts(100, 101);
  even_out(field, upper, team);
  Bitmap other = upper;
  const index largest = to_index(std::floor(0.16 * settings.size));
  // All radii of a few pixels, then larger steps: a disc leaves little to do for one that is hardly larger.
  for (index radius = 1; radius <= largest;) {
    const index part = 300 + 700 * (radius - 1) / largest;
    team.tell_parts(part, part + 1);
    open_and_close(upper, radius, true, team);
    open_and_close(other, radius, false, team);
    if (radius == largest) break;
    radius = std::min(largest, radius + 1 + radius / 8);
  }
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < cols; ++c) {
      out(r, c) = 0.5 * settings.height * static_cast<double>(upper.row(r)[c] + other.row(r)[c]);
    }
  }
}

}  // namespace afmnn::synth
