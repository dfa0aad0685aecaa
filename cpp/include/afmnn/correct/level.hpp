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
#include <vector>

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
  no_line,           // has more used pixels than the polynomial's degree, or two side by side where a slope is asked for
  no_surface,        // is determined by the used pixels: they are too few, or lie on too few lines or on a curve
  no_cell,           // of 2 x 2 pixels has used ones alone
  not_representable  // a number of the result, in its type
};

/// Takes off the plane z = a + b x + c y with the least squared distance. Where the used pixels lie on one straight line, the
/// slope across it is unknown and counts as zero. The image's mean over the used pixels becomes zero.
///
/// Reads the image twice. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
Levelled level_plane(const LevelJob<T>& job);

/// Sums over the used pixels of a line, about their own means: nothing is lost when lines are put together. Positions x are twice
/// those of the pixels' centres, from the middle of the image.
struct PlaneSums {
  double count = 0.0;
  double origin = 0.0;  // of the heights
  double mean_x = 0.0;
  double mean_z = 0.0;  // less the origin
  double xx = 0.0;      // sum of (x - mean)^2
  double xz = 0.0;      // sum of (x - mean) (z - origin)
};

/// z = origin + height + x * slope_x + y * slope_y, where origin is one of the image's heights.
struct Plane {
  double origin = 0.0;
  double height = 0.0;
  double slope_x = 0.0;
  double slope_y = 0.0;
};

/// Where whole lines of an image lie in it.
struct LinesOf {
  std::ptrdiff_t first, rows;  // the first one's index, and how many the image has
};

/// The steps of level_plane, for images whose lines are not there at the same time: the sums of each line (`sums` has room for
/// all lines of the job, whose result is not written), the plane of all lines of the image, and lines less this plane. Lines have
/// all their columns. sum_lines is `done` or `infinite`; fit_plane needs a line that has used pixels.
template <typename T>
Levelled sum_lines(const LevelJob<T>& job, PlaneSums* sums);
Plane fit_plane(const std::vector<PlaneSums>& lines);
template <typename T>
Levelled take_off_plane(const LevelJob<T>& job, const Plane& plane, const LinesOf& lines);

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

/// Takes off each line's mean over its used pixels but for the highest and the lowest, `trim` (0 to 0.5) of their number at each
/// end, rounded down; one or two of them are left always. Lines without used pixels: as with medians.
template <typename T>
Levelled level_rows_trimmed_mean(const LevelJob<T>& job, double trim);

/// As level_rows_difference, but with such a mean of the differences.
template <typename T>
Levelled level_rows_trimmed_difference(const LevelJob<T>& job, double trim);

/// Takes offsets off the lines, such that lines match where they are alike: least squares of
///
///   sum_p W_p ((o_i - o_j) - m_p)^2,  p the pairs of lines i, j that lie 1, 4 and 16 lines apart,
///
/// m_p the mean of the differences d between both lines under weights w, W_p the sum of the weights:
///
///   w = k(|d - m_p| / S) k(|d'| / G),  k(u) = t^2 (3 - 2 t), t = 2 - u / 2 between 0 and 1 (1 for u < 2, 0 for u > 4),
///
/// d' the change of d from the used pixel before to the one behind. For neighbours S and G are 1.4826 median |d - median d| and
/// 1.4826 median |d'|; lines further apart have the medians of these over all neighbours. Two rounds begin at the median of d,
/// further apart at what nearer pairs say: what is not alike there is no part of it, and pairs 16 lines apart whose m_p goes
/// further than 2 S from there do not count. Neighbours across lines without used pixels are pairs of the first kind. The end is
/// that of level_rows_difference.
template <typename T>
Levelled level_rows_matching(const LevelJob<T>& job);

/// Takes off each line's commonest height: where the density of its used heights z has its peak, under the kernel
/// (1 - (z - m)^2 / R^2)^2, R four lengths of the shortest interval that holds a quarter of them (more than half of more than
/// half; of more than 512 heights, of 512 of them), ten rounds of m = mean of z under these weights, from the middle of the
/// interval on. If its length is zero, m is that height. Lines without used pixels: as with medians.
template <typename T>
Levelled level_rows_mode(const LevelJob<T>& job);

/// Turns each line about its middle, such that the commonest slope along it is zero. Slopes are those between pixels 1, 2, 4, ...
/// columns apart, up to a quarter of the line; the commonest as with level_rows_mode. The distance is that with the smallest
/// R sqrt(distance) / (number of pairs); the first at which the slope in the middle of the interval is another one than at that
/// before, by more than one and a half lengths of the interval there, is none of them, nor are those beyond. Lines without two
/// used pixels side by side: as with medians. The mean over the used pixels of the image becomes zero.
template <typename T>
Levelled level_rows_facet_tilt(const LevelJob<T>& job);

/// Takes off each line's polynomial with the least squared distance over its used pixels; `degree` at least 0 and below the
/// number of columns. A line with no more used pixels than the degree: as with medians.
///
/// Lines without mask share one basis, and the image is read once; (degree + 1) * 4 operations a pixel. Each other mask of a line
/// needs a basis of its own: (degree + 1)^2 * 4 operations a pixel more.
template <typename T>
Levelled level_rows_polynomial(const LevelJob<T>& job, std::ptrdiff_t degree);

/// Powers of a polynomial surface: those of x^j y^i with i <= across and j <= along, and, if only those of low total degree are
/// kept, i + j <= the larger of both.
struct SurfaceDegrees {
  std::ptrdiff_t across = 1;  // from line to line: at least 0 and below the number of lines
  std::ptrdiff_t along = 1;   // along the lines: at least 0 and below the number of columns
  bool total = false;
};

/// Takes off the polynomial surface with the least squared distance over the used pixels.
///
/// It is fitted in products of polynomials that are orthonormal over the used pixels of all columns together and of all lines
/// together: over complete images the products are orthonormal themselves, and over others well conditioned, so that the normal
/// equations lose little. What they lose is brought back by fitting the residual once more. Where a product differs from those of
/// lower degree by less than 1e-5 of its length, the pixels do not determine it: no_surface.
///
/// Reads complete images three times; (along + 1) * 4 operations a pixel. Others four times, and for lines that are not complete
/// (along + 1)^2 operations a pixel more.
template <typename T>
Levelled level_surface(const LevelJob<T>& job, const SurfaceDegrees& degrees);

/// A plane's slopes: heights from line to line and from column to column.
struct Slopes {
  double across = 0.0;
  double along = 0.0;
};

/// Takes off the plane whose slopes are the commonest ones of the surface: most of it is flat, whatever stands on it, and at
/// whatever heights the flat parts lie. The image's mean over the used pixels becomes zero. `slopes` is told what was found.
///
/// Slopes are those of cells of 2 x 2 pixels, all used. Among 512 of them, the one whose 64 nearest neighbours lie closest is the
/// start; from there, slopes are averaged with Tukey's weights (1 - d^2)^2, d being the distance in units of three spreads of the
/// commonest slopes, and their spreads along both axes measured with the same weights, until nothing changes: a spread that is
/// zero but for what stands on the surface comes out as zero. Because noise hides the slope of cells of single pixels, the same
/// is done with means over blocks of 2 x 2, 4 x 4 and so on pixels, as long as the slope's error becomes smaller.
///
/// Reads the image three times, and needs memory for a third as many numbers (double) as it has pixels.
template <typename T>
Levelled level_facet(const LevelJob<T>& job, Slopes& slopes);

}  // namespace afmnn::correct
