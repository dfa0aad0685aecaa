#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "afmnn/synth/fibres.hpp"
#include "bind.hpp"
#include "fields.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_fibres {
namespace {

using afmnn::synth::Fibre;
using afmnn::synth::Fibres;

Fibres settings_of(const std::string& profile, double width, double height, double coverage, double angle, double angle_spread,
                   double width_spread, double width_variation, double height_spread, double height_variation,
                   bool height_scales_with_width, double truncation, double truncation_spread, double bend_density,
                   double lateral_bend, double lateral_bend_spread, double axial_bend, double axial_bend_spread,
                   double row_step) {
  const auto& names = afmnn::synth::fibre_profiles();
  const auto found = std::find(names.begin(), names.end(), profile);
  if (found == names.end()) refuse("profile", "a known cross-section");
  check_above_zero(width, "width");
  check_above_zero(height, "height");
  check_above_zero(coverage, "coverage");
  check_finite({angle});
  for (const double spread : {angle_spread, width_spread, width_variation, height_spread, height_variation, truncation_spread,
                              lateral_bend, lateral_bend_spread, axial_bend, axial_bend_spread}) {
    check_range(spread, 0.0, 1.0, "spreads");
  }
  check_above_zero(truncation, "truncation");
  check_range(truncation, 0.0, 1.0, "truncation");
  check_range(bend_density, 0.01, 1000.0, "bend_density");
  check_above_zero(row_step, "row_step");
  return {static_cast<afmnn::synth::FibreProfile>(found - names.begin()),
          width,
          height,
          coverage,
          angle,
          angle_spread,
          width_spread,
          width_variation,
          height_spread,
          height_variation,
          height_scales_with_width,
          truncation,
          truncation_spread,
          bend_density,
          lateral_bend,
          lateral_bend_spread,
          axial_bend,
          axial_bend_spread,
          row_step};
}

double fibre_count(py::ssize_t rows, py::ssize_t cols, double width, double coverage, double width_spread, double width_variation,
                   double row_step) {
  Fibres settings;
  settings.width = width;
  settings.coverage = coverage;
  settings.width_spread = width_spread;
  settings.width_variation = width_variation;
  settings.row_step = row_step;
  return afmnn::synth::fibre_count(settings, rows, cols);
}

Array<Fibre> lay_fibres(Array<double>& surface, std::int64_t count, std::uint64_t key, const std::string& profile, double width,
                        double height, double coverage, double angle, double angle_spread, double width_spread,
                        double width_variation, double height_spread, double height_variation, bool height_scales_with_width,
                        double truncation, double truncation_spread, double bend_density, double lateral_bend,
                        double lateral_bend_spread, double axial_bend, double axial_bend_spread, double row_step, int threads,
                        const py::object& progress) {
  if (count < 1) refuse("count", "at least 1");
  const Fibres settings = settings_of(profile, width, height, coverage, angle, angle_spread, width_spread, width_variation,
                                      height_spread, height_variation, height_scales_with_width, truncation, truncation_spread,
                                      bend_density, lateral_bend, lateral_bend_spread, axial_bend, axial_bend_spread, row_step);
  const auto view = write_view(surface, "surface");
  check_threads(threads);
  std::vector<Fibre> fibres;
  {
    const py::gil_scoped_release release;
    afmnn::UnitTeam team(threads, check_signals, report_to(progress));
    fibres = afmnn::synth::lay_fibres(settings, key, static_cast<std::ptrdiff_t>(count), view, team);
  }
  return to_array(fibres);
}

}  // namespace
}  // namespace synth_fibres

void bind_synth_fibres(Module& m) {
  using namespace synth_fibres;
  using namespace pybind11::literals;
  PYBIND11_NUMPY_DTYPE(Fibre, y, x, angle, width, height, truncation, base, footprint);
  m.def("fibre_profiles", &afmnn::synth::fibre_profiles, "Names of the cross-sections.");
  m.def("fibre_count", &fibre_count, "Number of fibres for a coverage.", "rows"_a, "cols"_a, "width"_a, "coverage"_a,
        "width_spread"_a, "width_variation"_a, "row_step"_a);
  m.def("lay_fibres", &lay_fibres, "Lays fibres on `surface`, in place.", "surface"_a.noconvert(), "count"_a, "key"_a,
        py::kw_only(), "profile"_a, "width"_a, "height"_a, "coverage"_a, "angle"_a, "angle_spread"_a, "width_spread"_a,
        "width_variation"_a, "height_spread"_a, "height_variation"_a, "height_scales_with_width"_a, "truncation"_a,
        "truncation_spread"_a, "bend_density"_a, "lateral_bend"_a, "lateral_bend_spread"_a, "axial_bend"_a, "axial_bend_spread"_a,
        "row_step"_a, "threads"_a, "progress"_a);
}

}  // namespace afmnn_python
