#include <algorithm>
#include <cstdint>
#include <vector>

#include "afmnn/synth/terraces.hpp"
#include "bind.hpp"
#include "fields.hpp"

namespace afmnn_python {
namespace synth_terraces {
namespace {

using afmnn::synth::Terraces;

Terraces settings_of(double height, double period, double width_spread, double wander, double wander_length, double meander,
                     double kink, double step_width, double angle, double row_step, double island_coverage, double island_radius,
                     double pit_fraction) {
  check_finite({height, angle});
  check_above_zero(period, "period");
  check_range(width_spread, 0.0, 1.0, "width_spread");
  check_range(wander, 0.0, 1e9, "wander");
  check_range(wander_length, 1e-3, 1e12, "wander_length");
  check_range(meander, 0.0, 1.0, "meander");
  check_above_zero(kink, "kink");
  check_above_zero(step_width, "step_width");
  check_above_zero(row_step, "row_step");
  check_range(island_coverage, 0.0, 10.0, "island_coverage");
  check_above_zero(island_radius, "island_radius");
  check_range(pit_fraction, 0.0, 1.0, "pit_fraction");
  return {height,     period, width_spread, wander,          wander_length, meander,     kink,
          step_width, angle,  row_step,     island_coverage, island_radius, pit_fraction};
}

double terrace_points(py::ssize_t rows, py::ssize_t cols, double period, double width_spread, double wander, double kink,
                      double step_width, double row_step) {
  const Terraces settings =
      settings_of(1.0, period, width_spread, wander, 1.0, 0.0, kink, step_width, 0.0, row_step, 0.0, 1.0, 0.0);
  const auto counts = afmnn::synth::count_edges(settings, rows, cols);
  return static_cast<double>(counts.edges) * static_cast<double>(counts.places);
}

py::tuple terraces(py::ssize_t rows, py::ssize_t cols, double height, double period, double width_spread, double wander,
                   double wander_length, double meander, double kink, double step_width, double angle, double row_step,
                   double island_coverage, double island_radius, double pit_fraction, std::uint64_t key, int threads) {
  const Terraces settings = settings_of(height, period, width_spread, wander, wander_length, meander, kink, step_width, angle,
                                        row_step, island_coverage, island_radius, pit_fraction);
  const auto made =
      filled(rows, cols, threads, [&](const auto& out, auto& team) { return afmnn::synth::terraces(settings, key, out, team); });
  const auto& islands = made.second;
  Array<bool> pits(static_cast<py::ssize_t>(islands.pit.size()));
  std::copy(islands.pit.begin(), islands.pit.end(), pits.mutable_data());
  return py::make_tuple(made.first, to_array(islands.y), to_array(islands.x), to_array(islands.radius), pits);
}

}  // namespace
}  // namespace synth_terraces

void bind_synth_terraces(Module& m) {
  using namespace synth_terraces;
  using namespace pybind11::literals;
  m.def("terrace_points", &terrace_points, "How many places of edges are remembered.", "rows"_a, "cols"_a, "period"_a,
        "width_spread"_a, "wander"_a, "kink"_a, "step_width"_a, "row_step"_a);
  m.def("terraces", &terraces, "Heights; of the islands y, x, radius, whether it is a pit.", "rows"_a, "cols"_a, "height"_a,
        "period"_a, "width_spread"_a, "wander"_a, "wander_length"_a, "meander"_a, "kink"_a, "step_width"_a, "angle"_a,
        "row_step"_a, "island_coverage"_a, "island_radius"_a, "pit_fraction"_a, "key"_a, "threads"_a);
}

}  // namespace afmnn_python
