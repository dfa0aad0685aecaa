// What the bindings of noise, spikes and lines have in common.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "afmnn/synth/noise.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {

inline afmnn::synth::Amplitude amplitude_of(double rms, int distribution, int sign) {
  if (!std::isfinite(rms)) refuse("rms", "finite");
  if (distribution < 0 || distribution >= afmnn::synth::distributions) refuse("distribution", "a number from 0 to 4");
  if (sign < 0 || sign >= afmnn::synth::signs) refuse("sign", "a number from 0 to 2");
  return {rms, static_cast<afmnn::synth::Distribution>(distribution), static_cast<afmnn::synth::Sign>(sign)};
}

inline Array<double> new_image(py::ssize_t rows, py::ssize_t cols) {
  if (rows < 1 || rows >= py::ssize_t{1} << 32) refuse("rows", "from 1 to 2^32 - 1");
  if (cols < 1 || cols >= py::ssize_t{1} << 32) refuse("cols", "from 1 to 2^32 - 1");
  return Array<double>({rows, cols});
}

inline void check_range(double value, double low, double high, const char* name) {
  if (!(value >= low && value <= high)) refuse(name, "between " + std::to_string(low) + " and " + std::to_string(high));
}

template <typename T>
Array<T> to_array(const std::vector<T>& values) {
  return Array<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

}  // namespace afmnn_python
