// The fifteen shapes that objects are made of: size, place in the pixel grid, heights.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Height functions f(X, Y) of the scaled coordinates X = x'/A, Y = y'/B; 0 outside the stated region. "Full" shapes
/// contain their lower half (a full sphere rests on its pole), so objects stacked on them need no second copy of it.
enum class ShapeKind {
  half_sphere,        // sqrt(1 - X^2 - Y^2)
  sphere,             // (1 + sqrt(1 - X^2 - Y^2)) / 2, full
  box,                // 1 where max(|X|, |Y|) <= 1, full
  cone,               // 1 - sqrt(X^2 + Y^2)
  pyramid,            // 1 - max(|X|, |Y|)
  diamond,            // 1 - |X| - |Y|
  tetrahedron,        // triangular pyramid; extent +-A sqrt(3)/2 along x', +-B along y', apex above the centroid
  hexagonal_pyramid,  // six-sided pyramid; extent +-A along x', +-B sqrt(3)/2 along y'
  half_nugget,        // cylinder lying along the longer axis, with spherical ends
  nugget,             // the same, full
  thatch,             // (1 + X) / 2 where |Y| <= (1 - X) / 2: a triangular ramp, sharp at its high end
  tent,               // 1 - |Y| where |X| <= 1: ridge along x'
  gaussian,           // exp(-4 (X^2 + Y^2)); footprint to 1 % of the height, drawn to 0.01 %
  doughnut,           // sqrt(1 - (sqrt(X^2 + Y^2) - 0.6)^2 / 0.16)
  parabolic_bump,     // 1 - X^2 - Y^2
};

/// Their names in the order of the enumeration.
const std::vector<std::string>& shape_names();

/// Area of the footprint divided by (2 radius)^2. For Gaussians the effective value pi/8.
double footprint_ratio(ShapeKind kind, double aspect);

/// What one object looks like. Lengths are in units of the pixel width; `row_step` is pixel height / pixel width.
struct ShapeSize {
  double radius = 1.0;      // half-axes are A = radius sqrt(aspect) along x', B = radius / sqrt(aspect)
  double aspect = 1.0;      // A / B
  double height = 1.0;      // of the uncut shape
  double angle = 0.0;       // radians, counter-clockwise on screen: x' = x cos - y sin, rows y growing downwards
  double truncation = 1.0;  // ordinary shapes are cut at this fraction of the height; full ones at both poles
};

/// A shape prepared for evaluation in rows of pixels.
///
/// A value is the height; 0 outside; negative heights mark the tail of a Gaussian, which is drawn but does not belong to
/// the footprint. Points within 1e-12 of an edge count as being on it, so that exact sizes do not depend on rounding.
class Shape {
 public:
  /// Throws std::length_error where a size is no number of pixels.
  Shape(ShapeKind kind, const ShapeSize& size, double row_step);

  std::ptrdiff_t half_rows() const { return half_rows_; }  ///< nothing is drawn beyond +-half_rows, +-half_cols
  std::ptrdiff_t half_cols() const { return half_cols_; }
  double full_height() const { return full_height_; }  ///< greatest height of full shapes, 0 for ordinary ones

  /// Sets [first, last] to columns that include all non-zero values of a row; false if there are none.
  bool row_interval(std::ptrdiff_t row, std::ptrdiff_t* first, std::ptrdiff_t* last) const;
  /// Heights at columns first ... first + count - 1 of a row, relative to the centre pixel, within row_interval().
  void evaluate(std::ptrdiff_t row, std::ptrdiff_t first, std::ptrdiff_t count, double* out) const;
  /// The whole shape, without signs: `out` has 2 half_rows + 1 rows and 2 half_cols + 1 columns.
  void fill(View2D<double> out) const;

  struct Coefficients {
    double xx, xy;  // X = x xx + y xy, with x in columns and y in rows
    double yx, yy;  // Y = x yx + y yy
    double flat;    // nuggets: half-length of the cylinder / B
    double height, truncation;
    double curvature;  // Gaussians: change of the ratio of neighbours
  };
  struct HalfPlane {
    double a, b, limit;  // a X + b Y <= limit
  };
  struct Outline {
    HalfPlane sides[6];
    int count;
  };

 private:
  ShapeKind kind_;
  Coefficients c_{};
  double disc_ = 0.0;  // all is within X^2 + Y^2 <= disc^2, or, where that is 0, within the outline
  Outline outline_{};
  std::ptrdiff_t half_rows_ = 0;
  std::ptrdiff_t half_cols_ = 0;
  double full_height_ = 0.0;
};

}  // namespace afmnn::synth
