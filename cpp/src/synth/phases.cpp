#include "afmnn/synth/phases.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/gaussian_field.hpp"
#include "afmnn/synth/torus_distances.hpp"
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

// Points that no neighbour of eight exceeds (peaks), or that exceed none (pits).
struct Extrema {
  Bitmap peaks, pits;

  Extrema(View2D<const double> z, UnitTeam& team) : peaks(z.rows, z.cols), pits(z.rows, z.cols) {
    constexpr index rows = 16;  // of a unit
    std::vector<std::vector<double>> works(at(team.workers()), std::vector<double>(at(8 * z.cols)));
    const double time = 5.0 * static_cast<double>(z.rows) * static_cast<double>(z.cols);
    team.visit((z.rows + rows - 1) / rows, time, [&](int worker, index unit) {
      double* const work = works[at(worker)].data();
      for (index r = unit * rows; r < std::min(z.rows, (unit + 1) * rows); ++r) find(z, r, work);
    });
  }

 private:
  void find(View2D<const double> z, index r, double* work) {
    const index cols = z.cols;
    const double* const above = z.row(r == 0 ? z.rows - 1 : r - 1);
    const double* const here = z.row(r);
    const double* const below = z.row(r + 1 == z.rows ? 0 : r + 1);
    // Columns of three, and one more on both sides.
    double* const high = work + 1;
    double* const low = high + cols + 2;
    for (index c = 0; c < cols; ++c) {
      high[c] = std::max(std::max(above[c], below[c]), here[c]);
      low[c] = std::min(std::min(above[c], below[c]), here[c]);
    }
    for (double* const line : {high, low}) {
      line[-1] = line[cols - 1];
      line[cols] = line[0];
    }
    double* const most = low + cols + 2;
    double* const least = most + cols;
    for (index c = 0; c < cols; ++c) {
      most[c] = std::max(std::max(high[c - 1], high[c + 1]), high[c]);
      least[c] = std::min(std::min(low[c - 1], low[c + 1]), low[c]);
    }
    for (index c = 0; c < cols; ++c) {
      peaks.set(r, c, here[c] == most[c]);
      pits.set(r, c, here[c] == least[c]);
    }
  }
};

// Both phases: their skeletons, and which is nearer.
void even_out(View2D<const double> z, Bitmap& upper, UnitTeam& team) {
  Bitmap lower = upper;
  lower.invert();
  Bitmap skeleton = upper, other = lower;
  thin(skeleton, team);
  thin(other, team);
  const Extrema extrema(z, team);
  for (std::size_t i = 0; i < upper.bits.size(); ++i) {
    skeleton.bits[i] |= extrema.peaks.bits[i] & upper.bits[i];
    other.bits[i] |= extrema.pits.bits[i] & lower.bits[i];
  }
  const std::vector<double> to_upper = squared_distances(skeleton, team), to_lower = squared_distances(other, team);
  Bitmap nearer(upper.rows, upper.cols);
  for (index r = 0, i = 0; r < upper.rows; ++r) {
    for (index c = 0; c < upper.cols; ++c, ++i) {
      const double from_upper = to_upper[at(i)], from_lower = to_lower[at(i)];
      nearer.set(r, c, from_upper < from_lower || (from_upper == from_lower && upper.at(r, c)));
    }
  }
  upper = nearer;
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
    for (index c = 0; c < cols; ++c) upper.set(r, c, field(r, c) >= threshold);
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
      out(r, c) = 0.5 * settings.height * static_cast<double>(int{upper.at(r, c)} + int{other.at(r, c)});
    }
  }
}

}  // namespace afmnn::synth
