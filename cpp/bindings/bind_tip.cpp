#include <cmath>

#include "afmnn/tip/blind.hpp"
#include "afmnn/tip/model.hpp"
#include "afmnn/tip/morphology.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace tip {
namespace {

using afmnn::tip::Border;
using afmnn::tip::Kind;
using afmnn::tip::Model;

Model read_model(const std::string& kind, double radius, double half_angle, int sides, double rotation, double anisotropy,
                 double height_range, double dy, double dx) {
  const std::pair<const char*, Kind> kinds[] = {{"pyramid", Kind::pyramid},
                                                {"contact", Kind::contact},
                                                {"noncontact", Kind::noncontact},
                                                {"delta", Kind::delta},
                                                {"cone", Kind::cone},
                                                {"paraboloid", Kind::paraboloid},
                                                {"ball", Kind::ball},
                                                {"elliptic_paraboloid", Kind::elliptic_paraboloid}};
  for (const auto& [name, value] : kinds) {
    if (kind == name) {
      if (sides < 3) refuse("sides", "at least 3");
      if (!(dy > 0) || !(dx > 0)) refuse("dy and dx", "positive");
      if (!(radius >= 0) || !(height_range >= 0) || !(anisotropy > 0)) refuse("lengths", "positive numbers");
      if (!(half_angle > 0 && half_angle < 1.6) || !(std::abs(rotation) <= 1e5))
        refuse("half_angle and rotation", "angles in radians");
      return {value, radius, half_angle, sides, rotation, anisotropy, height_range, dy, dx};
    }
  }
  refuse("kind", "a tip model");
}

Array<double> model_heights(const Model& model, py::ssize_t rows, py::ssize_t cols) {
  if (rows < 1 || cols < 1 || rows % 2 == 0 || cols % 2 == 0) refuse("rows and cols", "odd");
  Array<double> result({rows, cols});
  const auto out = write_view(result);
  {
    const py::gil_scoped_release release;
    afmnn::tip::model_heights(model, out);
  }
  return result;
}

template <typename T>
afmnn::View2D<const T> read_tip(const Array<T>& tip) {
  const auto view = read_view(tip, "tip");
  if (view.rows % 2 == 0 || view.cols % 2 == 0) refuse("tip", "odd-sized");
  return view;
}

void check_rows(py::ssize_t first, py::ssize_t last, py::ssize_t rows) {
  if (first < 0 || first >= last || last > rows) refuse("first and last", "a range of rows");
}

template <typename T, bool erosion>
void dilate_or_erode(const py::array_t<T>& image, const Array<T>& tip, bool replicate, Array<T>& out, py::ssize_t first,
                     py::ssize_t last, int threads) {
  const auto in = read_strided(image, "image");
  const auto pixels = read_tip(tip);
  const auto result = write_view(out);
  if (result.rows != in.rows || result.cols != in.cols) refuse("out", "shaped like image");
  check_rows(first, last, in.rows);
  check_threads(threads);
  const Border border = replicate ? Border::nearest : Border::nothing;
  const py::gil_scoped_release release;
  if (erosion) {
    afmnn::tip::erode<T>(in, pixels, border, result, first, last, threads);
  } else {
    afmnn::tip::dilate<T>(in, pixels, border, result, first, last, threads);
  }
}

void mark_contacts(const py::array_t<double>& image, const Array<double>& tip, double floor, double tolerance,
                   Array<std::uint8_t>& certain, py::ssize_t first, py::ssize_t last, int threads) {
  const auto in = read_strided(image, "image");
  const auto pixels = read_tip(tip);
  const auto result = write_view(certain, "certain");
  if (result.rows != in.rows || result.cols != in.cols) refuse("certain", "shaped like image");
  check_rows(first, last, in.rows);
  check_threads(threads);
  const py::gil_scoped_release release;
  afmnn::tip::mark_contacts(in, pixels, floor, tolerance, result, first, last, threads);
}

py::ssize_t refine_tip(const Array<double>& padded, const Array<std::int64_t>& points, Array<double>& estimate, double threshold,
                       int threads) {
  const auto all = read_view(padded, "padded");
  const auto tip = write_view(estimate, "estimate");
  if (tip.rows % 2 == 0 || tip.cols % 2 == 0) refuse("estimate", "odd-sized");
  const py::ssize_t above = tip.rows / 2, left = tip.cols / 2;
  const py::ssize_t rows = all.rows - 2 * above - afmnn::tip::refine_margin;
  const py::ssize_t cols = all.cols - 2 * left - afmnn::tip::refine_margin;
  if (rows < tip.rows || cols < tip.cols) refuse("padded", "an image with its margins, at least as large as the estimate");
  const std::int64_t* const list = read_vector(points, points.size(), "points");
  for (py::ssize_t i = 0; i < points.size(); ++i) {
    const py::ssize_t row = list[i] / cols, col = list[i] % cols;
    if (list[i] < 0 || row < above || row >= rows - above || col < left || col >= cols - left) {
      refuse("points", "half a tip inside the image");
    }
  }
  check_threads(threads);
  const py::gil_scoped_release release;
  return afmnn::tip::refine_tip({all.data + above * all.stride + left, rows, cols, all.stride}, list, points.size(), tip,
                                threshold, threads);
}

}  // namespace
}  // namespace tip

void bind_tip(Module& m) {
  using namespace tip;
  using namespace pybind11::literals;
  m.set("refine_margin", afmnn::tip::refine_margin);
  Class<Model>(m, "TipModel")
      .init(&read_model, "kind"_a, py::kw_only(), "radius"_a, "half_angle"_a, "sides"_a, "rotation"_a, "anisotropy"_a,
            "height_range"_a, "dy"_a, "dx"_a)
      .def("size", &afmnn::tip::model_size, "square"_a, "longest"_a)
      .def("heights", &model_heights, "rows"_a, "cols"_a);
  m.def("dilate", &dilate_or_erode<double, false>, "image"_a.noconvert(), "tip"_a.noconvert(), "replicate"_a, "out"_a.noconvert(),
        "first"_a, "last"_a, "threads"_a);
  m.def("dilate", &dilate_or_erode<float, false>, "image"_a.noconvert(), "tip"_a.noconvert(), "replicate"_a, "out"_a.noconvert(),
        "first"_a, "last"_a, "threads"_a);
  m.def("erode", &dilate_or_erode<double, true>, "image"_a.noconvert(), "tip"_a.noconvert(), "replicate"_a, "out"_a.noconvert(),
        "first"_a, "last"_a, "threads"_a);
  m.def("erode", &dilate_or_erode<float, true>, "image"_a.noconvert(), "tip"_a.noconvert(), "replicate"_a, "out"_a.noconvert(),
        "first"_a, "last"_a, "threads"_a);
  m.def("mark_contacts", &mark_contacts, "image"_a.noconvert(), "tip"_a.noconvert(), "floor"_a, "tolerance"_a,
        "certain"_a.noconvert(), "first"_a, "last"_a, "threads"_a);
  m.def("refine_tip", &refine_tip, "padded"_a.noconvert(), "points"_a.noconvert(), "estimate"_a.noconvert(), "threshold"_a,
        "threads"_a);
}

}  // namespace afmnn_python
