// Point noise: every pixel on its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// In the order of simd::RandomKernels::draw.
enum class Distribution { gaussian, laplace, uniform, triangular, salt_pepper };
constexpr int distributions = 5;

/// Of the draws as they are, of their absolute values, or of minus those.
enum class Sign { both, positive, negative };
constexpr int signs = 3;

/// What is drawn: `rms` is the root mean square of the draws, whatever their sign.
struct Amplitude {
  double rms;
  Distribution distribution;
  Sign sign;
};

/// Draws the pixels of one row: out[c], c in [0, count), row and count / 2 below 2^32.
///
/// Pixels 2 p and 2 p + 1 share w = philox(key, role, row << 32 | p). With U = unit_double of the pixel's two words (w[0],
/// w[1] for the first, w[2], w[3] for the second) on a grid of 2^-53, and `sign` = -1 where the last bit of the pixel's
/// second word is set, else 1, the draws of rms 1 are
///
///   laplace      -sign ln(1 - U) / sqrt(2)
///   uniform      sqrt(3) (2 U - 1)
///   triangular   sqrt(6) (sqrt(2 U) - 1) for U < 1/2, else sqrt(6) (1 - sqrt(2 - 2 U))
///   salt_pepper  sign
///   gaussian     R cos(a), R sin(a) for the two pixels (G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29 (1958) 610):
///                R = sqrt(-2 ln(1 - U_first)), at most 8.57, and a = pi/2 (U_second - 1/2), which the two last bits of
///                w[3] carry on to the whole circle: the lowest turns the cosine's sign, the next exchanges the two
///
/// Rounding errors are below 1e-15 of the value, but for values of triangular noise near zero, where they are absolute.
void draw_row(std::uint64_t key, std::uint64_t role, std::uint64_t row, std::ptrdiff_t count, const Amplitude& amplitude,
              double* out);

/// Point noise in every pixel of `out` (at most 2^32 rows) whose draw of U with the next role is below `density`; zero in
/// the others. A pixel's value depends on key, role, row and column only, so images of other sizes agree where they overlap.
///
/// threads  >= 1; blocks of rows are divided among them
///
/// Does not throw.
void noise(std::uint64_t key, const Amplitude& amplitude, double density, View2D<double> out, int threads);

}  // namespace afmnn::synth
