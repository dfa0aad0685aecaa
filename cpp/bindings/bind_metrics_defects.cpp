#include "afmnn/metrics/defects.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace metrics_defects {
namespace {

using Heights = py::array_t<double>;

double row_steps(const Heights& heights) {
  const auto view = read_strided<double>(heights, "heights");
  const py::gil_scoped_release release;
  return afmnn::metrics::row_steps(view);
}

double x_noise(const Heights& heights) {
  const auto view = read_strided<double>(heights, "heights");
  const py::gil_scoped_release release;
  return afmnn::metrics::x_noise(view);
}

}  // namespace
}  // namespace metrics_defects

void bind_metrics_defects(Module& m) {
  using namespace metrics_defects;
  using namespace pybind11::literals;
  m.def("row_steps", &row_steps, "Typical jump from one row to the next; NaN where it cannot be told.", "heights"_a.noconvert());
  m.def("x_noise", &x_noise, "Noise from pixel to pixel along the rows; NaN where it cannot be told.", "heights"_a.noconvert());
}

}  // namespace afmnn_python
