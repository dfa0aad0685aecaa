#include <cmath>

#include "afmnn/correct/hum.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_hum {
namespace {

template <typename T>
afmnn::StridedView2D<const T> image_view(const py::array_t<T>& image) {
  const auto view = read_strided<T>(image, "image");
  if (view.rows < 1 || view.cols < 1) refuse("image", "not empty");
  return view;
}

// The frequencies; their waves have the shape (rows, frequencies, 2).
py::ssize_t count_of(const Array<double>& frequencies) {
  if (frequencies.ndim() != 1) refuse("frequencies", "a vector");
  for (py::ssize_t k = 0; k < frequencies.shape(0); ++k) {
    if (!(frequencies.at(k) > 0.0 && frequencies.at(k) < 0.5)) refuse("frequencies", "above 0 and below 1 / 2");
  }
  return frequencies.shape(0);
}

template <typename T>
py::array_t<float> hum_power(const py::array_t<T>& image, double scale, int threads) {
  const auto view = image_view(image);
  check_threads(threads);
  py::array_t<float> power({afmnn::correct::transform_length(view.cols) / 2 + 1, afmnn::correct::transform_length(view.rows)});
  float* const out = power.mutable_data();
  {
    const py::gil_scoped_release release;
    afmnn::correct::hum_power(view, scale, out, threads, check_signals);
  }
  return power;
}

template <typename T>
py::tuple hum_waves(const py::array_t<T>& image, double scale, const Array<double>& frequencies, int threads) {
  const auto view = image_view(image);
  const py::ssize_t count = count_of(frequencies);
  check_threads(threads);
  py::array_t<double> waves({view.rows, count, py::ssize_t{2}}), weights(view.rows);
  double* const to_waves = waves.mutable_data();
  double* const to_weights = weights.mutable_data();
  {
    const py::gil_scoped_release release;
    afmnn::correct::hum_waves(view, scale, frequencies.data(), count, to_waves, to_weights, threads, check_signals);
  }
  return py::make_tuple(waves, weights);
}

template <typename T>
void hum_subtract(const py::array_t<T>& image, const Array<double>& frequencies, const Array<double>& waves, py::array_t<T>& out,
                  int threads) {
  const auto view = image_view(image);
  const auto result = write_strided<T>(out);
  if (result.rows != view.rows || result.cols != view.cols) refuse("out", "of the image's shape");
  const py::ssize_t count = count_of(frequencies);
  if (waves.ndim() != 3 || waves.shape(0) != view.rows || waves.shape(1) != count || waves.shape(2) != 2) {
    refuse("waves", "of the shape (rows, frequencies, 2)");
  }
  check_threads(threads);
  const py::gil_scoped_release release;
  afmnn::correct::hum_subtract(view, frequencies.data(), count, waves.data(), result, threads, check_signals);
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("hum_power", &hum_power<T>, "Squared amplitudes of the waves in an image.", "image"_a.noconvert(), "scale"_a,
        "threads"_a);
  m.def("hum_waves", &hum_waves<T>, "The waves of some frequencies in every line, and the weights of the lines.",
        "image"_a.noconvert(), "scale"_a, "frequencies"_a.noconvert(), "threads"_a);
  m.def("hum_subtract", &hum_subtract<T>, "Take waves off every line.", "image"_a.noconvert(), "frequencies"_a.noconvert(),
        "waves"_a.noconvert(), "out"_a.noconvert(), "threads"_a);
}

}  // namespace
}  // namespace correct_hum

void bind_correct_hum(Module& m) {
  using namespace correct_hum;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
