// Turing patterns: two coupled fields that react and diffuse at different speeds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/progress.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Two fields on a torus, both `field` at first. With F(x) = x / (1 + x^2 / 100) - x / 100, their rates are
///
///   q0 F(c0) + q c1 + m0 L(c0)  and  p0 F(c1) + p c0 + m1 L(c1),
///
/// p = 1.12, q = -1.4, p0 = -1.10 - 0.9 chaos, q0 = 0.75 + 0.5 chaos, m0 = 1e-5 / H^2, m1 = 1e-4 / H^2, H = pi / ((138 - 18
/// chaos) size), L the sum of the four nearest pixels and of a quarter of the diagonal ones less 5 times the pixel. The rates R
/// are smoothed with the weights 1, 1/8, 1/32 of pixel, nearest and diagonal pixels, divided by 1.625. Then both fields move on
/// by R times half the smaller of |c0| / |R0| and |c1| / |R1| (roots of the sums of squares), in single precision but for sums.
///
/// field    (rows, cols), at least 2 x 2; changed to c0
/// threads  >= 1; rows are divided among them, sums are added row by row
///
/// Costs some ten nanoseconds a pixel and iteration. Memory: six images of single precision.
/// Throws std::bad_alloc, and what `progress` throws.
void turing_pattern(std::int64_t iterations, double size, double chaos, View2D<double> field, int threads,
                    const Progress& progress);

}  // namespace afmnn::synth
