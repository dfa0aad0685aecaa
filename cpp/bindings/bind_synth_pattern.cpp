#include <pybind11/stl.h>

#include <cmath>

#include "afmnn/synth/displacement.hpp"
#include "afmnn/synth/pattern.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace synth_pattern {
namespace {

namespace synth = afmnn::synth;
using synth::Frame;
using synth::Plane;

void check_positive(double value, const char* name) {
  if (!(value > 0.0) || !std::isfinite(value)) refuse(name, "positive and finite");
}

void check_finite(std::initializer_list<double> values) {
  for (const double value : values) {
    if (!std::isfinite(value)) refuse("every number", "finite");
  }
}

void check_angle(double value, const char* name) {
  if (!(std::abs(value) <= 1e5)) refuse(name, "at most 100000 radians");
}

template <typename T>
Array<T> to_array(const std::vector<T>& values) {
  Array<T> result(static_cast<py::ssize_t>(values.size()));
  std::copy(values.begin(), values.end(), result.mutable_data());
  return result;
}

py::object displacement(const Plane& plane) {
  if (!plane.bent()) return py::none();
  Array<double> result({py::ssize_t{2}, plane.rows(), plane.cols()});
  double* data = result.mutable_data();
  plane.displacement({data, plane.rows(), plane.cols(), plane.cols()},
                     {data + plane.rows() * plane.cols(), plane.rows(), plane.cols(), plane.cols()});
  return result;
}

/// Makes a pattern: heights, or (heights, features, displacement) where `info` is set.
template <typename Fill, typename ToPython>
py::object make(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, int threads, bool info,
                const Fill& fill, const ToPython& to_python) {
  if (rows < 1 || cols < 1) refuse("rows and cols", "at least 1");
  check_threads(threads);
  check_positive(frame.dy, "dy");
  check_positive(frame.dx, "dx");
  check_positive(frame.deformation_scale, "deformation_scale");
  check_angle(frame.angle, "angle");
  check_finite({frame.center_y, frame.center_x, frame.deformation});
  Array<double> heights({rows, cols});
  const auto out = write_view(heights);
  auto features = [&] {
    const py::gil_scoped_release release;
    Plane plane(frame, rows, cols, key, threads);
    auto made = fill(plane, out);
    return std::make_pair(std::move(plane), std::move(made));
  }();
  if (!info) return heights;
  return py::make_tuple(heights, to_python(features.second), displacement(features.first));
}

template <typename Fill>
py::object make(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, int threads, bool info,
                const Fill& fill) {
  return make(rows, cols, frame, key, threads, info, fill, [](const auto& features) { return to_array(features); });
}

py::object staircase(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads,
                     double period, double height, double slope, double position_spread, double slope_spread,
                     double height_spread, bool height_scales_with_width) {
  check_positive(period, "period");
  check_finite({height, slope, position_spread, slope_spread, height_spread});
  const synth::Staircase settings{period, height, slope, position_spread, slope_spread, height_spread, height_scales_with_width};
  return make(rows, cols, frame, key, threads, info,
              [&](const Plane& plane, const auto& out) { return synth::staircase(plane, settings, key, out, threads); });
}

py::object double_staircase(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads,
                            double period_x, double period_y, double height, double position_spread_x, double position_spread_y,
                            double height_spread) {
  check_positive(period_x, "period_x");
  check_positive(period_y, "period_y");
  check_finite({height, position_spread_x, position_spread_y, height_spread});
  const synth::DoubleStaircase settings{period_x, period_y, height, position_spread_x, position_spread_y, height_spread};
  return make(
      rows, cols, frame, key, threads, info,
      [&](const Plane& plane, const auto& out) { return synth::double_staircase(plane, settings, key, out, threads); },
      [](const synth::DoubleStaircaseEdges& edges) {
        return py::make_tuple(to_array(edges.x), edges.first_x, to_array(edges.y), edges.first_y, to_array(edges.levels),
                              edges.first_level);
      });
}

py::object grating(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads,
                   double period, double height, double top, double slope, double asymmetry, double position_spread,
                   double top_spread, double slope_spread, double height_spread, bool scale_with_width) {
  check_positive(period, "period");
  check_finite({height, top, slope, asymmetry, position_spread, top_spread, slope_spread, height_spread});
  const synth::Grating settings{period,          height,     top,          slope,         asymmetry,
                                position_spread, top_spread, slope_spread, height_spread, scale_with_width};
  return make(rows, cols, frame, key, threads, info,
              [&](const Plane& plane, const auto& out) { return synth::grating(plane, settings, key, out, threads); });
}

py::object amphitheatre(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads,
                        double period, double height, double slope, double position_spread, double slope_spread,
                        double height_spread, double superellipse, double parabolicity) {
  check_positive(period, "period");
  check_finite({height, slope, position_spread, slope_spread, height_spread, superellipse, parabolicity});
  const synth::Staircase settings{period, height, slope, position_spread, slope_spread, height_spread, false};
  const synth::Radial radial{superellipse, parabolicity};
  return make(rows, cols, frame, key, threads, info, [&](const Plane& plane, const auto& out) {
    return synth::amphitheatre(plane, settings, radial, key, out, threads);
  });
}

py::object rings(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads, double period,
                 double height, double top, double slope, double asymmetry, double position_spread, double top_spread,
                 double slope_spread, double height_spread, bool scale_with_width, double superellipse, double parabolicity) {
  check_positive(period, "period");
  check_finite(
      {height, top, slope, asymmetry, position_spread, top_spread, slope_spread, height_spread, superellipse, parabolicity});
  const synth::Grating settings{period,          height,     top,          slope,         asymmetry,
                                position_spread, top_spread, slope_spread, height_spread, scale_with_width};
  const synth::Radial radial{superellipse, parabolicity};
  return make(rows, cols, frame, key, threads, info,
              [&](const Plane& plane, const auto& out) { return synth::rings(plane, settings, radial, key, out, threads); });
}

py::object siemens_star(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads,
                        int sectors, double height, double top, double top_spread, double edge_shift, double slope) {
  if (sectors < 2 || sectors > 10000) refuse("sectors", "2 to 10000");
  check_finite({height, top, top_spread, edge_shift, slope});
  const synth::SiemensStar settings{sectors, height, top, top_spread, edge_shift, slope};
  return make(rows, cols, frame, key, threads, info,
              [&](const Plane& plane, const auto& out) { return synth::siemens_star(plane, settings, key, out, threads); });
}

py::object holes(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads,
                 double period_x, double period_y, double depth, double top_x, double top_y, double slope, double roundness,
                 double position_spread_x, double position_spread_y, double top_spread_x, double top_spread_y,
                 double slope_spread, double roundness_spread, double depth_spread) {
  check_positive(period_x, "period_x");
  check_positive(period_y, "period_y");
  const synth::Holes settings{period_x,
                              period_y,
                              depth,
                              top_x,
                              top_y,
                              slope,
                              roundness,
                              position_spread_x,
                              position_spread_y,
                              top_spread_x,
                              top_spread_y,
                              slope_spread,
                              roundness_spread,
                              depth_spread};
  check_finite({depth, top_x, top_y, slope, roundness, position_spread_x, position_spread_y, top_spread_x, top_spread_y,
                slope_spread, roundness_spread, depth_spread});
  return make(rows, cols, frame, key, threads, info,
              [&](const Plane& plane, const auto& out) { return synth::holes(plane, settings, key, out, threads); });
}

py::object pillars(py::ssize_t rows, py::ssize_t cols, const Frame& frame, std::uint64_t key, bool info, int threads,
                   const std::string& kind, double period_x, double period_y, double height, double size, double slope,
                   double orientation, double position_spread_x, double position_spread_y, double size_spread,
                   double slope_spread, double orientation_spread, double height_spread) {
  const std::vector<std::string> kinds{"circle", "square", "hexagon"};
  const auto found = std::find(kinds.begin(), kinds.end(), kind);
  if (found == kinds.end()) refuse("kind", "circle, square or hexagon");
  check_positive(period_x, "period_x");
  check_positive(period_y, "period_y");
  check_angle(orientation, "orientation");
  check_finite(
      {height, size, slope, position_spread_x, position_spread_y, size_spread, slope_spread, orientation_spread, height_spread});
  const synth::Pillars settings{static_cast<synth::PillarKind>(found - kinds.begin()),
                                period_x,
                                period_y,
                                height,
                                size,
                                slope,
                                orientation,
                                position_spread_x,
                                position_spread_y,
                                size_spread,
                                slope_spread,
                                orientation_spread,
                                height_spread};
  return make(rows, cols, frame, key, threads, info,
              [&](const Plane& plane, const auto& out) { return synth::pillars(plane, settings, key, out, threads); });
}

Array<double> smooth_field(py::ssize_t rows, py::ssize_t cols, double scale_rows, double scale_cols, double rms,
                           std::uint64_t key, std::uint64_t role) {
  if (rows < 1 || cols < 1) refuse("rows and cols", "at least 1");
  check_positive(scale_rows, "scale_rows");
  check_positive(scale_cols, "scale_cols");
  Array<double> result({rows, cols});
  const auto out = write_view(result);
  const py::gil_scoped_release release;
  const synth::FieldAxis down(rows, scale_rows);
  const synth::FieldAxis across(cols, scale_cols);
  const synth::SmoothField field(down, across, rms, key, role, 1);
  for (py::ssize_t row = 0; row < rows; ++row) {
    std::fill_n(out.row(row), cols, 0.0);
    field.add(row, 0, cols, out.row(row));
  }
  return result;
}

}  // namespace
}  // namespace synth_pattern

void bind_synth_pattern(Module& m) {
  using namespace synth_pattern;
  using namespace pybind11::literals;
  PYBIND11_NUMPY_DTYPE(synth::Ramp, index, position, width, height);
  PYBIND11_NUMPY_DTYPE(synth::Ridge, index, position, top, left, right, height);
  PYBIND11_NUMPY_DTYPE(synth::Ray, angle, half_angle);
  PYBIND11_NUMPY_DTYPE(synth::Hole, row, col, y, x, half_y, half_x, corner, slope, depth);
  PYBIND11_NUMPY_DTYPE(synth::Pillar, row, col, y, x, radius, slope, orientation, height);

  Class<Frame>(m, "Frame", "Where a pattern lies in the image.")
      .init([](double dy, double dx, double angle, double center_y, double center_x, double deformation,
               double scale) { return Frame{dy, dx, angle, center_y, center_x, deformation, scale}; },
            py::kw_only(), "dy"_a, "dx"_a, "angle"_a, "center_y"_a, "center_x"_a, "deformation"_a, "deformation_scale"_a);

  m.def("smooth_field", &smooth_field, "Random field with Gaussian autocorrelation.", "rows"_a, "cols"_a, "scale_rows"_a,
        "scale_cols"_a, "rms"_a, "key"_a, "role"_a);
  m.def("pattern_staircase", &staircase, "Heights, or (heights, edges, displacement).", "rows"_a, "cols"_a, "frame"_a, "key"_a,
        py::kw_only(), "info"_a, "threads"_a, "period"_a, "height"_a, "slope"_a, "position_spread"_a, "slope_spread"_a,
        "height_spread"_a, "height_scales_with_width"_a);
  m.def("pattern_double_staircase", &double_staircase, "Heights, or (heights, edges and levels, displacement).", "rows"_a,
        "cols"_a, "frame"_a, "key"_a, py::kw_only(), "info"_a, "threads"_a, "period_x"_a, "period_y"_a, "height"_a,
        "position_spread_x"_a, "position_spread_y"_a, "height_spread"_a);
  m.def("pattern_grating", &grating, "Heights, or (heights, ridges, displacement).", "rows"_a, "cols"_a, "frame"_a, "key"_a,
        py::kw_only(), "info"_a, "threads"_a, "period"_a, "height"_a, "top"_a, "slope"_a, "asymmetry"_a, "position_spread"_a,
        "top_spread"_a, "slope_spread"_a, "height_spread"_a, "scale_with_width"_a);
  m.def("pattern_amphitheatre", &amphitheatre, "Heights, or (heights, edges, displacement).", "rows"_a, "cols"_a, "frame"_a,
        "key"_a, py::kw_only(), "info"_a, "threads"_a, "period"_a, "height"_a, "slope"_a, "position_spread"_a, "slope_spread"_a,
        "height_spread"_a, "superellipse"_a, "parabolicity"_a);
  m.def("pattern_rings", &rings, "Heights, or (heights, ridges, displacement).", "rows"_a, "cols"_a, "frame"_a, "key"_a,
        py::kw_only(), "info"_a, "threads"_a, "period"_a, "height"_a, "top"_a, "slope"_a, "asymmetry"_a, "position_spread"_a,
        "top_spread"_a, "slope_spread"_a, "height_spread"_a, "scale_with_width"_a, "superellipse"_a, "parabolicity"_a);
  m.def("pattern_siemens_star", &siemens_star, "Heights, or (heights, rays, displacement).", "rows"_a, "cols"_a, "frame"_a,
        "key"_a, py::kw_only(), "info"_a, "threads"_a, "sectors"_a, "height"_a, "top"_a, "top_spread"_a, "edge_shift"_a,
        "slope"_a);
  m.def("pattern_holes", &holes, "Heights, or (heights, holes, displacement).", "rows"_a, "cols"_a, "frame"_a, "key"_a,
        py::kw_only(), "info"_a, "threads"_a, "period_x"_a, "period_y"_a, "depth"_a, "top_x"_a, "top_y"_a, "slope"_a,
        "roundness"_a, "position_spread_x"_a, "position_spread_y"_a, "top_spread_x"_a, "top_spread_y"_a, "slope_spread"_a,
        "roundness_spread"_a, "depth_spread"_a);
  m.def("pattern_pillars", &pillars, "Heights, or (heights, pillars, displacement).", "rows"_a, "cols"_a, "frame"_a, "key"_a,
        py::kw_only(), "info"_a, "threads"_a, "kind"_a, "period_x"_a, "period_y"_a, "height"_a, "size"_a, "slope"_a,
        "orientation"_a, "position_spread_x"_a, "position_spread_y"_a, "size_spread"_a, "slope_spread"_a, "orientation_spread"_a,
        "height_spread"_a);
}

}  // namespace afmnn_python
