// Images as the core sees them: a pointer, a shape and strides. Nothing is owned.
#pragma once

#include <cstddef>

namespace afmnn {

/// Rows of `cols` adjacent elements, `stride` elements from one row to the next.
template <typename T>
struct View2D {
  T* data = nullptr;
  std::ptrdiff_t rows = 0;
  std::ptrdiff_t cols = 0;
  std::ptrdiff_t stride = 0;

  T* row(std::ptrdiff_t r) const { return data + r * stride; }
  T& operator()(std::ptrdiff_t r, std::ptrdiff_t c) const { return data[r * stride + c]; }
  std::ptrdiff_t size() const { return rows * cols; }
};

/// Like View2D, but the columns may be apart too: any NumPy array of rank two.
template <typename T>
struct StridedView2D {
  T* data = nullptr;
  std::ptrdiff_t rows = 0;
  std::ptrdiff_t cols = 0;
  std::ptrdiff_t row_stride = 0;
  std::ptrdiff_t col_stride = 0;

  T& operator()(std::ptrdiff_t r, std::ptrdiff_t c) const { return data[r * row_stride + c * col_stride]; }
};

}  // namespace afmnn
