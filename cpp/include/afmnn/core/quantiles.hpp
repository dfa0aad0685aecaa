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

/// Smallest and largest of the finite values.
template <typename T>
FiniteRange finite_range(StridedView2D<const T> image, int threads);

/// Quantiles of the finite values, in rising order of `fractions` (each in [0, 1]).
///
/// Exact for small images (linear interpolation between neighbours). Larger ones are counted into a histogram over the
/// range, and again over the part between the outermost quantiles as long as outliers have left that part fewer than
/// 4096 bins; so the error stays below 1/4096 of the distance between the first and the last quantile.
/// `range` is that of the same image. Needs a few bins per thread in memory, and two passes where there are no outliers.
template <typename T>
std::vector<double> quantiles(StridedView2D<const T> image, const FiniteRange& range, const std::vector<double>& fractions,
                              int threads);

}  // namespace afmnn
