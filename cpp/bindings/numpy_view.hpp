// The only file that knows both NumPy arrays and the core's views.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>

#include "afmnn/core/view2d.hpp"

namespace afmnn_python {

namespace py = pybind11;

/// Row-major arrays of one element type. Use with `.noconvert()`: Python decides about copies.
template <typename T>
using Array = py::array_t<T, py::array::c_style>;

[[noreturn]] inline void refuse(const char* name, const std::string& rule) {
  throw py::value_error(std::string(name) + " must be " + rule);
}

/// A row-major image to read.
template <typename T>
afmnn::View2D<const T> read_view(const Array<T>& array, const char* name) {
  if (array.ndim() != 2) refuse(name, "two-dimensional");
  return {array.data(), array.shape(0), array.shape(1), array.shape(1)};
}

/// A row-major image to write.
template <typename T>
afmnn::View2D<T> write_view(Array<T>& array, const char* name = "out") {
  if (array.ndim() != 2) refuse(name, "two-dimensional");
  return {array.mutable_data(), array.shape(0), array.shape(1), array.shape(1)};  // raises if read-only
}

/// Any aligned array of rank two whose strides are whole elements, to read.
template <typename T>
afmnn::StridedView2D<const T> read_strided(const py::array_t<T>& array, const char* name) {
  constexpr py::ssize_t item = sizeof(T);
  if (array.ndim() != 2) refuse(name, "two-dimensional");
  if (array.strides(0) % item != 0 || array.strides(1) % item != 0) refuse(name, "strided by whole elements");
  if (reinterpret_cast<std::uintptr_t>(array.data()) % alignof(T) != 0) refuse(name, "aligned");
  return {array.data(), array.shape(0), array.shape(1), array.strides(0) / item, array.strides(1) / item};
}

/// The same, to write.
template <typename T>
afmnn::StridedView2D<T> write_strided(py::array_t<T>& array, const char* name = "out") {
  T* data = array.mutable_data();  // raises if read-only
  const auto view = read_strided<T>(array, name);
  return {data, view.rows, view.cols, view.row_stride, view.col_stride};
}

/// A row-major vector of a known length, to read.
template <typename T>
const T* read_vector(const Array<T>& array, py::ssize_t size, const char* name) {
  if (array.ndim() != 1 || array.shape(0) != size) refuse(name, "a vector of " + std::to_string(size) + " elements");
  return array.data();
}

inline int check_threads(int threads) {
  if (threads < 1 || threads > 4096) refuse("threads", "at least 1 and at most 4096");  // work space is taken for each
  return threads;
}

}  // namespace afmnn_python
