// Binary images on a torus: skeletons, distances, openings and closings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Rows of bytes, 0 or 1; what leaves on one side enters on the other.
struct Bitmap {
  std::ptrdiff_t rows, cols;
  std::vector<std::uint8_t> bits;

  Bitmap(std::ptrdiff_t rows_, std::ptrdiff_t cols_) : rows(rows_), cols(cols_), bits(static_cast<std::size_t>(rows_ * cols_)) {}
  std::uint8_t* row(std::ptrdiff_t r) { return bits.data() + r * cols; }
  const std::uint8_t* row(std::ptrdiff_t r) const { return bits.data() + r * cols; }
};

/// Thins what is 1 to lines (T. Y. Zhang, C. Y. Suen, Comm. ACM 27 (1984) 236).
void thin(Bitmap& image, UnitTeam& team);

/// More than any squared distance.
constexpr double far_away = 1e300;

/// Squared distances: `square` holds 0 where they are counted from and `far_away` elsewhere, and becomes the squared distance to
/// the nearest such pixel, in pixel widths; `row_step` is the height of a pixel. Exact, linear in the pixels.
/// P. Felzenszwalb, D. Huttenlocher, Theory of Computing 8 (2012) 415, doi:10.4086/toc.2012.v008a019.
void squared_distances(View2D<double> square, double row_step, UnitTeam& team);

/// The same to the nearest pixel that is 1, in pixels.
std::vector<double> squared_distances(const Bitmap& image, UnitTeam& team);

/// What is 1 grows by a disc, of all pixels at most `radius` away.
void dilate(Bitmap& image, std::ptrdiff_t radius, UnitTeam& team);
void erode(Bitmap& image, std::ptrdiff_t radius, UnitTeam& team);

}  // namespace afmnn::synth
