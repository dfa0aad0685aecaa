#include "afmnn/synth/domains.hpp"

#include <algorithm>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/bulk_draws.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t domain_flips = role::domains + 1;

constexpr index pixels_at_once = 1 << 14;

// A column more on both sides of every row, which continues it around the torus.
struct Framed {
  explicit Framed(index rows, index cols) : cells(at(rows * (cols + 2))), columns(cols) {}
  double* row(index r) { return cells.data() + r * (columns + 2) + 1; }
  void close(index r) {
    row(r)[-1] = row(r)[columns - 1];
    row(r)[columns] = row(r)[0];
  }
  std::vector<double> cells;
  index columns;
};

// One row of spins: `u` are draws, `near` is space for cols + 2.
void flip(const double* above, const double* here, const double* below, const double* inhibitor, double twice_strength,
          double inverse_temperature, index cols, double* near, const double* u, double* out) {
  for (index c = -1; c <= cols; ++c) near[c] = above[c] + below[c];
  for (index c = 0; c < cols; ++c) {
    const double nearest = near[c] + (here[c - 1] + here[c + 1]);
    const double diagonal = near[c - 1] + near[c + 1];
    const double gain = here[c] * (twice_strength * inhibitor[c] - nearest - 0.5 * diagonal) * inverse_temperature;
    const double probability = 0.5 * exp_fast(gain < 1.0 ? gain : 1.0);  // from ln 2 on it is certain
    out[c] = u[c] < probability ? -here[c] : here[c];
  }
}

}  // namespace

void domains(const Domains& settings, View2D<double> spins, View2D<double> inhibitor, int threads, const Progress& progress) {
  const index rows = spins.rows;
  const index cols = spins.cols;
  const double h = settings.time_step;
  const double g = h - h * h / 2.0 + h * h * h / 6.0 - h * h * h * h / 24.0;
  Framed state[2] = {Framed(rows, cols), Framed(rows, cols)};
  for (index r = 0; r < rows; ++r) {
    std::copy(spins.row(r), spins.row(r) + cols, state[0].row(r));
    state[0].close(r);
    std::fill(inhibitor.row(r), inhibitor.row(r) + cols, 0.0);
  }
  const index rows_at_once = 1 + pixels_at_once / (cols + 1);
  const index blocks = (rows + rows_at_once - 1) / rows_at_once;
  std::vector<double> work(at(blocks * 2 * (cols + 2)));
  ProgressTimer timer(progress);
  for (std::int64_t step = 0; step < 2 * settings.iterations; ++step) {
    Framed& from = state[step % 2];
    Framed& to = state[1 - step % 2];
    const std::uint64_t role = domain_flips + (static_cast<std::uint64_t>(step) << 32);
    for_each_block(blocks, threads, [&](index block) {
      double* const near = work.data() + block * 2 * (cols + 2) + 1;
      double* const u = near + cols + 1;
      for (index r = block * rows_at_once; r < std::min(rows, (block + 1) * rows_at_once); ++r) {
        draw_uniform(settings.key, role, static_cast<std::uint64_t>(r), cols, u);
        double* const v = inhibitor.row(r);
        flip(from.row(r == 0 ? rows - 1 : r - 1), from.row(r), from.row(r + 1 == rows ? 0 : r + 1), v, 2.0 * settings.strength,
             1.0 / settings.temperature, cols, near, u, to.row(r));
        to.close(r);
        const double* const spin = to.row(r);
        for (index c = 0; c < cols; ++c) v[c] += g * (settings.coupling * spin[c] - settings.bias - v[c]);
      }
    });
    if (step % 2 == 1) timer.call_if_due(static_cast<index>(step / 2 + 1), static_cast<index>(settings.iterations));
  }
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < cols; ++c) spins(r, c) = 0.5 * (state[0].row(r)[c] + state[1].row(r)[c]);
  }
}

}  // namespace afmnn::synth
