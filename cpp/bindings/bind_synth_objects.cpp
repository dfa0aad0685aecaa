#include <pybind11/stl.h>

#include "afmnn/synth/objects.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace synth_objects {
namespace {

using afmnn::synth::Object;
using afmnn::synth::ObjectSettings;
using afmnn::synth::Placement;
using afmnn::synth::PlacingRules;
using afmnn::synth::Shape;
using afmnn::synth::ShapeKind;
using afmnn::synth::ShapeSize;

ShapeKind kind_of(const std::string& name) {
  const auto& names = afmnn::synth::shape_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) refuse("kind", "a known shape");
  return static_cast<ShapeKind>(found - names.begin());
}

double object_count(const std::string& kind, py::ssize_t rows, py::ssize_t cols, double radius, double aspect, double row_step,
                    double coverage, double radius_spread) {
  ObjectSettings settings;
  settings.kind = kind_of(kind);
  settings.size.radius = radius;
  settings.size.aspect = aspect;
  settings.row_step = row_step;
  settings.coverage = coverage;
  settings.radius_spread = radius_spread;
  return afmnn::synth::object_count(settings, rows, cols);
}

py::object scatter_objects(Array<double>& surface, std::int64_t count, std::uint64_t key, const std::string& kind, double radius,
                           double height, double aspect, double angle, double truncation, double row_step, double radius_spread,
                           double aspect_spread, double height_spread, double angle_spread, double truncation_spread,
                           bool height_scales_with_radius, double up_fraction, double columnarity, bool avoid_overlap, bool info,
                           int threads) {
  if (count < 1) refuse("count", "at least 1");
  ObjectSettings settings;
  settings.kind = kind_of(kind);
  settings.size = {radius, aspect, height, angle, truncation};
  settings.row_step = row_step;
  settings.radius_spread = radius_spread;
  settings.aspect_spread = aspect_spread;
  settings.height_spread = height_spread;
  settings.angle_spread = angle_spread;
  settings.truncation_spread = truncation_spread;
  settings.height_scales_with_radius = height_scales_with_radius;
  settings.up_fraction = up_fraction;
  const PlacingRules rules{settings.kind, row_step, columnarity, avoid_overlap};
  const auto view = write_view(surface, "surface");
  check_threads(threads);
  Array<Object> objects(info ? count : 0);
  Array<Placement> placements(info ? count : 0);
  Object* object_data = info ? objects.mutable_data() : nullptr;
  Placement* placement_data = info ? placements.mutable_data() : nullptr;
  {
    const py::gil_scoped_release release;
    afmnn::synth::scatter_objects(settings, rules, view, count, key, threads, object_data, placement_data);
  }
  if (!info) return py::none();
  return py::make_tuple(objects, placements);
}

Array<Placement> place_objects(Array<double>& surface, const Array<Object>& objects, const std::string& kind, double row_step,
                               double columnarity, bool avoid_overlap, int threads) {
  const auto view = write_view(surface, "surface");
  if (objects.ndim() != 1) refuse("objects", "a vector");
  const Object* data = objects.data();
  for (py::ssize_t i = 0; i < objects.size(); ++i) {
    if (data[i].row < 0 || data[i].row >= view.rows || data[i].col < 0 || data[i].col >= view.cols) {
      refuse("objects", "centred inside the surface");
    }
  }
  const PlacingRules rules{kind_of(kind), row_step, columnarity, avoid_overlap};
  check_threads(threads);
  Array<Placement> placements(objects.size());
  Placement* placement_data = placements.mutable_data();
  {
    const py::gil_scoped_release release;
    afmnn::synth::ObjectPlacer placer(rules, view, threads);
    placer.place(data, placement_data, static_cast<std::size_t>(objects.size()));
  }
  return placements;
}

Array<double> object_profile(const std::string& kind, double radius, double height, double aspect, double angle,
                             double truncation, double row_step) {
  const Shape shape(kind_of(kind), ShapeSize{radius, aspect, height, angle, truncation}, row_step);
  Array<double> result({2 * shape.half_rows() + 1, 2 * shape.half_cols() + 1});
  const auto out = write_view(result);
  const py::gil_scoped_release release;
  shape.fill(out);
  return result;
}

}  // namespace
}  // namespace synth_objects

void bind_synth_objects(Module& m) {
  using namespace synth_objects;
  using namespace pybind11::literals;
  PYBIND11_NUMPY_DTYPE(Object, row, col, radius, aspect, height, angle, truncation, up);
  PYBIND11_NUMPY_DTYPE(Placement, placed, footprint, base);
  m.def("object_kinds", &afmnn::synth::shape_names, "Names of the shapes.");
  m.def(
      "object_ratio", [](const std::string& kind, double aspect) { return afmnn::synth::footprint_ratio(kind_of(kind), aspect); },
      "Area of the footprint divided by (2 radius)^2.", "kind"_a, "aspect"_a);
  m.def("object_count", &object_count, "Number of objects for a coverage.", "kind"_a, "rows"_a, "cols"_a, "radius"_a, "aspect"_a,
        "row_step"_a, "coverage"_a, "radius_spread"_a);
  m.def("object_dtype", [] { return py::dtype::of<Object>(); }, "Type of one object for place_objects.");
  m.def("scatter_objects", &scatter_objects, "Draws objects and merges them into `surface`, in place.", "surface"_a.noconvert(),
        "count"_a, "key"_a, py::kw_only(), "kind"_a, "radius"_a, "height"_a, "aspect"_a, "angle"_a, "truncation"_a, "row_step"_a,
        "radius_spread"_a, "aspect_spread"_a, "height_spread"_a, "angle_spread"_a, "truncation_spread"_a,
        "height_scales_with_radius"_a, "up_fraction"_a, "columnarity"_a, "avoid_overlap"_a, "info"_a, "threads"_a);
  m.def("place_objects", &place_objects, "Merges given objects into `surface`, in place.", "surface"_a.noconvert(),
        "objects"_a.noconvert(), "kind"_a, "row_step"_a, "columnarity"_a, "avoid_overlap"_a, "threads"_a);
  m.def("object_profile", &object_profile, "Heights of one object on an odd-sized grid.", "kind"_a, "radius"_a, "height"_a,
        "aspect"_a, "angle"_a, "truncation"_a, "row_step"_a);
}

}  // namespace afmnn_python
