#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "afmnn/synth/lattice.hpp"
#include "bind.hpp"
#include "fields.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_lattice {
namespace {

using afmnn::synth::Lattice;

int number_of(const std::vector<std::string>& names, const std::string& name, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) refuse(what, "a known name");
  return static_cast<int>(found - names.begin());
}

Lattice settings_of(const std::string& kind, double size, double lattice_relaxation, double deformation, double row_step) {
  check_above_zero(size, "size");
  check_range(lattice_relaxation, 0.0, 16.0, "lattice_relaxation");
  check_range(deformation, 0.0, 1e9, "deformation");
  check_above_zero(row_step, "row_step");
  Lattice settings;
  settings.kind = number_of(afmnn::synth::lattice_kinds(), kind, "kind");
  settings.size = size;
  settings.lattice_relaxation = lattice_relaxation;
  settings.deformation = deformation;
  settings.row_step = row_step;
  return settings;
}

py::tuple lattice(py::ssize_t rows, py::ssize_t cols, const std::string& kind, double size, double height,
                  const std::vector<std::tuple<std::string, double, double, double>>& layers, double lattice_relaxation,
                  double height_relaxation, double angle, double deformation, double deformation_scale, double row_step,
                  std::uint64_t key, int threads, const py::object& progress) {
  Lattice settings = settings_of(kind, size, lattice_relaxation, deformation, row_step);
  check_above_zero(height, "height");
  check_range(height_relaxation, 0.0, 200.0, "height_relaxation");
  check_finite({angle});
  check_above_zero(deformation_scale, "deformation_scale");
  settings.height = height;
  settings.height_relaxation = height_relaxation;
  settings.angle = angle;
  settings.deformation_scale = deformation_scale;
  for (const auto& [name, weight, lower, upper] : layers) {
    check_finite({weight, lower, upper});
    settings.layers.push_back({number_of(afmnn::synth::lattice_surfaces(), name, "layers"), weight, lower, upper});
  }
  auto made = filled(
      rows, cols, threads, [&](const auto& out, auto& team) { return afmnn::synth::lattice(settings, key, out, team); },
      report_to(progress));
  const auto& points = made.second;
  return py::make_tuple(made.first, to_array(points.y), to_array(points.x), to_array(points.value), to_array(points.area));
}

}  // namespace
}  // namespace synth_lattice

void bind_synth_lattice(Module& m) {
  using namespace synth_lattice;
  using namespace pybind11::literals;
  m.def("lattice_kinds", &afmnn::synth::lattice_kinds, "Names of the arrangements of points.");
  m.def("lattice_surfaces", &afmnn::synth::lattice_surfaces, "Names of the surfaces.");
  m.def(
      "lattice_point_count",
      [](py::ssize_t rows, py::ssize_t cols, const std::string& kind, double size, double lattice_relaxation, double deformation,
         double row_step) {
        return afmnn::synth::lattice_point_count(settings_of(kind, size, lattice_relaxation, deformation, row_step), rows, cols);
      },
      "Number of points with those of the margin.", "rows"_a, "cols"_a, "kind"_a, "size"_a, "lattice_relaxation"_a,
      "deformation"_a, "row_step"_a);
  m.def("lattice", &lattice, "Heights; places, values and areas of the points.", "rows"_a, "cols"_a, "kind"_a, "size"_a,
        "height"_a, "layers"_a, "lattice_relaxation"_a, "height_relaxation"_a, "angle"_a, "deformation"_a, "deformation_scale"_a,
        "row_step"_a, "key"_a, "threads"_a, "progress"_a);
}

}  // namespace afmnn_python
