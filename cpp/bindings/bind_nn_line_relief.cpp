#include <pybind11/stl.h>

#include <array>

#include "afmnn/nn/line_relief.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace nn_line_relief {
namespace {

template <typename T>
double line_relief(const py::array_t<T>& image, const std::array<double, 2>& slopes, const std::array<double, 2>& ends) {
  const auto view = read_strided<T>(image, "image");
  if (view.rows < 1 || view.cols < 1) refuse("image", "not empty");
  if (!(ends[0] >= 0.0 && ends[0] <= ends[1] && ends[1] <= 1.0)) refuse("ends", "rising from 0 to 1");
  const py::gil_scoped_release release;
  return afmnn::nn::line_relief(view, afmnn::Plane{slopes[0], slopes[1]}, {ends[0], ends[1]});
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("line_relief", &line_relief<T>, "Distance between two quantiles of heights less plane, row offsets and bow.",
        "image"_a.noconvert(), "slopes"_a, "ends"_a);
}

}  // namespace
}  // namespace nn_line_relief

void bind_nn_line_relief(Module& m) {
  using namespace nn_line_relief;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
