// The traditional corrections: the tilt of the sample, and the offsets of the scan lines.
//
// Every line is summed in lanes and blocks that the source fixes (core/lane_sums.hpp), the lines' sums are added from the first
// to the last, and nothing but + - * / and square roots is used: the result is the same to the last bit for any number of
// threads, any strides, any compiler and any CPU.
//
// Sums are those of heights less one of the heights: where a large offset lies below a small relief, the differences are exact,
// and the relief loses nothing. Adding a number to all heights changes no bit of the result where the sums are exact.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// What is to be levelled. Scan lines are the rows of the views.
template <typename T>
struct LevelJob {
  StridedView2D<const T> image;            // NaN where a pixel is missing: it stays NaN and is not used
  StridedView2D<const std::uint8_t> mask;  // 0: determines nothing, but is corrected; without data, all pixels are used
  StridedView2D<T> result;                 // of the image's shape; must not overlap it
  int threads = 1;
  Interrupt interrupt;
};

/// What became of it: unless done, the result is worth nothing.
enum class Levelled {
  done,
  infinite,          // a height is, used or not
  no_pixel,          // is used
  no_line,           // has more used pixels than the polynomial's degree
  not_representable  // a number of the result, in its type
};

/// Takes off the plane z = a + b x + c y with the least squared distance. Where the used pixels lie on one straight line, the
/// slope across it is unknown and counts as zero. The image's mean over the used pixels becomes zero.
///
/// Reads the image twice. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
Levelled level_plane(const LevelJob<T>& job);

/// Takes off each line's median over its used pixels (of an even count: the mean of both in the middle).
///
/// A line without used pixels is corrected by what lies on a straight line between the corrections of the nearest lines that
/// have some, before and behind; beyond the first and last of them, by theirs.
template <typename T>
Levelled level_rows_median(const LevelJob<T>& job);

/// Takes an offset off each line, such that the median of its differences to the line before is zero: over pixels used in both,
/// from the last line that has used pixels at all. Where they share none, the offset stays. In the end, the mean over the used
/// pixels of the image is brought to zero. Lines without used pixels: as with medians.
template <typename T>
Levelled level_rows_difference(const LevelJob<T>& job);

/// Takes off each line's polynomial with the least squared distance over its used pixels; `degree` at least 0 and below the
/// number of columns. A line with no more used pixels than the degree: as with medians.
///
/// Lines without mask share one basis, and the image is read once; (degree + 1) * 4 operations a pixel. Each other mask of a line
/// needs a basis of its own: (degree + 1)^2 * 4 operations a pixel more.
template <typename T>
Levelled level_rows_polynomial(const LevelJob<T>& job, std::ptrdiff_t degree);

}  // namespace afmnn::correct
