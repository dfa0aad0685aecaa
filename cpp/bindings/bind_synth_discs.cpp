#include <cstdint>

#include "afmnn/synth/discs.hpp"
#include "afmnn/synth/torus_distances.hpp"
#include "bind.hpp"
#include "fields.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_discs {
namespace {

using afmnn::synth::Disc;
using afmnn::synth::Discs;

py::tuple discs(py::ssize_t rows, py::ssize_t cols, double radius, double radius_spread, double min_radius, double separation,
                double height, double height_spread, bool tiles, double gap, double opening, double row_step, std::uint64_t key,
                int threads, const py::object& progress) {
  check_above_zero(radius, "radius");
  check_range(radius_spread, 0.0, 1.0, "radius_spread");
  check_above_zero(min_radius, "min_radius");
  check_range(separation, 0.0, 1e9, "separation");
  check_above_zero(height, "height");
  check_range(height_spread, 0.0, 1.0, "height_spread");
  check_above_zero(gap, "gap");
  check_range(opening, 0.0, 1e9, "opening");
  check_above_zero(row_step, "row_step");
  const Discs settings{radius, radius_spread, min_radius, separation, height, height_spread, tiles, gap, opening, row_step};
  auto made = filled(
      rows, cols, threads,
      [&](const auto& out, auto& team) {
        auto set = afmnn::synth::place_discs(settings, key, out.rows, out.cols, team);
        afmnn::synth::draw_discs(settings, set, out, team);
        return set;
      },
      report_to(progress));
  return py::make_tuple(made.first, to_array(made.second.discs), made.second.thrown);
}

void squared_distances(Array<double>& square, double row_step, int threads) {
  check_above_zero(row_step, "row_step");
  const auto view = write_view(square, "square");
  check_threads(threads);
  const py::gil_scoped_release release;
  afmnn::UnitTeam team(threads, check_signals);
  afmnn::synth::squared_distances(view, row_step, team);
}

}  // namespace
}  // namespace synth_discs

void bind_synth_discs(Module& m) {
  using namespace synth_discs;
  using namespace pybind11::literals;
  PYBIND11_NUMPY_DTYPE(Disc, y, x, radius, height);
  m.def("discs", &discs, "Heights, the discs, and how many of them came before holes were filled.", "rows"_a, "cols"_a,
        "radius"_a, "radius_spread"_a, "min_radius"_a, "separation"_a, "height"_a, "height_spread"_a, "tiles"_a, "gap"_a,
        "opening"_a, "row_step"_a, "key"_a, "threads"_a, "progress"_a);
  m.def("squared_distances", &squared_distances, "Squared distances on a torus, in place.", "square"_a.noconvert(), "row_step"_a,
        "threads"_a);
}

}  // namespace afmnn_python
