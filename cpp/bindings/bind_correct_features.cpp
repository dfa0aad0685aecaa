#include "afmnn/correct/features.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_features {
namespace {

template <typename T>
void mark_features(const py::array_t<T>& image, double low, double high, double weak_low, double weak_high,
                   py::array_t<std::uint8_t>& marks) {
  const auto heights = read_strided<T>(image, "image");
  const auto out = write_strided<std::uint8_t>(marks);
  if (out.rows != heights.rows || out.cols != heights.cols) refuse("out", "of the image's shape");
  if (!(low <= weak_low && weak_low <= weak_high && weak_high <= high)) refuse("limits", "low to high, the weak ones between");
  const py::gil_scoped_release release;
  afmnn::correct::mark_features<T>(heights, {low, high, weak_low, weak_high}, out, check_signals);
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("mark_features", &mark_features<T>, "Mark what stands out of the ground.", "image"_a.noconvert(), "low"_a, "high"_a,
        "weak_low"_a, "weak_high"_a, "out"_a.noconvert());
}

}  // namespace
}  // namespace correct_features

void bind_correct_features(Module& m) {
  using namespace correct_features;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
