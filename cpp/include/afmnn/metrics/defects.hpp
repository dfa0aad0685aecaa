// Line defects of a scan, measured without an ideal image.
#pragma once

#include "afmnn/core/view2d.hpp"

namespace afmnn::metrics {

/// Typical jump from one row to the next: 1.4826 times the median distance of all jumps from their median, where a jump is the
/// median of the differences of two neighbouring rows. NaN is a missing pixel; infinite heights must not occur. The result is NaN
/// where there are fewer than two jumps.
///
/// Costs some five passes over the image on one thread. Throws std::bad_alloc only.
double row_steps(StridedView2D<const double> heights);

/// Noise from pixel to pixel along the rows: 1.4826 / sqrt(6) times the median of the absolute second differences. NaN is a
/// missing pixel, and the result where no three neighbours are there.
///
/// Costs some six passes, and the memory of two images. Throws std::bad_alloc only.
double x_noise(StridedView2D<const double> heights);

}  // namespace afmnn::metrics
