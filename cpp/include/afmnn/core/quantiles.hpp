// Order statistics of images too large to be sorted.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/view2d.hpp"

namespace afmnn {

struct FiniteRange {
  std::ptrdiff_t count = 0;  // of finite values
  double low = 0.0;
  double high = 0.0;
};

/// A plane through the first pixel: its height at each.
struct Plane {
  double row_slope = 0.0;
  double col_slope = 0.0;

  bool level() const { return row_slope == 0.0 && col_slope == 0.0; }
  double operator()(std::ptrdiff_t row, std::ptrdiff_t col) const {
    return row_slope * static_cast<double>(row) + col_slope * static_cast<double>(col);
  }
};

/// Smallest and largest of the finite values.
template <typename T>
FiniteRange finite_range(StridedView2D<const T> image, int threads);

/// Quantiles of the finite values less a plane, in rising order of `fractions` (each in [0, 1]): exact, interpolated linearly
/// between neighbours in order (NumPy's default rule), whatever the size of the image. NaN where there is no finite value.
///
/// Small images are sorted. In larger ones, values are counted into bins, and those of
/// the few bins that matter are gathered and sorted: two passes over the image. Outliers and values that crowd together
/// cost two more for each time that a bin must be divided again. Needs 128 kB for each thread and some megabytes.
/// Throws std::bad_alloc only.
template <typename T>
std::vector<double> quantiles(StridedView2D<const T> image, const Plane& plane, const std::vector<double>& fractions,
                              int threads);

}  // namespace afmnn
