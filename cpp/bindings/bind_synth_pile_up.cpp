#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "afmnn/synth/pile_up.hpp"
#include "bind.hpp"
#include "fields.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_pile_up {
namespace {

using afmnn::synth::Piles;
using afmnn::synth::Solid;
using afmnn::synth::SolidKind;

SolidKind solid_kind(const std::string& name) {
  const auto& names = afmnn::synth::solid_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) refuse("kind", "a known solid");
  return static_cast<SolidKind>(found - names.begin());
}

double solid_count(const std::string& kind, py::ssize_t rows, py::ssize_t cols, double width, double aspect, double coverage,
                   double width_spread, double row_step) {
  Piles settings;
  settings.kind = solid_kind(kind);
  settings.width = width;
  settings.aspect = aspect;
  settings.coverage = coverage;
  settings.width_spread = width_spread;
  settings.row_step = row_step;
  return afmnn::synth::solid_count(settings, rows, cols);
}

Array<Solid> pile_up(Array<double>& surface, std::int64_t count, std::uint64_t key, const std::string& kind, double width,
                     double aspect, double angle, double columnarity, bool avoid_overlap, double width_spread,
                     double aspect_spread, double angle_spread, double row_step, int threads, const py::object& progress) {
  if (count < 1) refuse("count", "at least 1");
  check_above_zero(width, "width");
  check_range(aspect, 1.0, 1000.0, "aspect");
  check_finite({angle});
  check_range(columnarity, -1.0, 1.0, "columnarity");
  for (const double spread : {width_spread, aspect_spread, angle_spread}) check_range(spread, 0.0, 1.0, "spreads");
  check_above_zero(row_step, "row_step");
  const Piles settings{solid_kind(kind), width,        aspect,        angle,        1.0,     columnarity,
                       avoid_overlap,    width_spread, aspect_spread, angle_spread, row_step};
  const auto view = write_view(surface, "surface");
  check_threads(threads);
  std::vector<Solid> solids;
  {
    const py::gil_scoped_release release;
    afmnn::UnitTeam team(threads, check_signals, report_to(progress));
    solids = afmnn::synth::pile_up(settings, key, static_cast<std::ptrdiff_t>(count), view, team);
  }
  return to_array(solids);
}

}  // namespace
}  // namespace synth_pile_up

void bind_synth_pile_up(Module& m) {
  using namespace synth_pile_up;
  using namespace pybind11::literals;
  PYBIND11_NUMPY_DTYPE(Solid, row, col, width, aspect, angle, slope_x, slope_y, height, footprint, placed);
  m.def("solid_kinds", &afmnn::synth::solid_names, "Names of the solids.");
  m.def("solid_count", &solid_count, "Number of solids for a coverage.", "kind"_a, "rows"_a, "cols"_a, "width"_a, "aspect"_a,
        "coverage"_a, "width_spread"_a, "row_step"_a);
  m.def("pile_up", &pile_up, "Lays solids on `surface`, in place.", "surface"_a.noconvert(), "count"_a, "key"_a, py::kw_only(),
        "kind"_a, "width"_a, "aspect"_a, "angle"_a, "columnarity"_a, "avoid_overlap"_a, "width_spread"_a, "aspect_spread"_a,
        "angle_spread"_a, "row_step"_a, "threads"_a, "progress"_a);
}

}  // namespace afmnn_python
