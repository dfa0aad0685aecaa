// Regular patterns with defects: staircases, gratings, rings, stars, holes, pillars.
//
// Behaviour after Gwyddion's "Pattern": D. Necas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
//
// Every function adjusts `out` to the heights of the pattern on a zero base. Lengths are in the unit of `Frame`, angles in
// radians, counter-clockwise on screen. "Spread" of a position is in periods (see position_shift), that of other
// quantities makes a triangular multiplier on [1 - spread, 1 + spread]. Rows are divided among `threads`, and the heights
// do not depend on how many. Costs 4 to 20 ns per pixel, and some 5 more where the pattern is deformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/displacement.hpp"
#include "afmnn/synth/profile.hpp"

namespace afmnn::synth {

/// Where the pattern lies in the image: x' = x cos - y sin, y' = x sin + y cos, with x to the right and y downwards from
/// the image centre plus `center`, after the displacement.
struct Frame {
  double dy = 1.0;  // pixel height
  double dx = 1.0;  // pixel width
  double angle = 0.0;
  double center_y = 0.0;
  double center_x = 0.0;
  double deformation = 0.0;        // displacement from peak to peak, about; its rms is this / sqrt(12 pi)
  double deformation_scale = 1.0;  // its autocorrelation is exp(-r^2 / (4 scale^2))
};

/// The image as a pattern sees it: coordinates of its pixels, displaced at random.
class Plane {
 public:
  Plane(const Frame& frame, std::ptrdiff_t rows, std::ptrdiff_t cols, std::uint64_t key, int threads);

  /// x' and y' of `count` pixels of a row.
  void coordinates(std::ptrdiff_t row, std::ptrdiff_t first, std::ptrdiff_t count, double* x, double* y) const;

  std::ptrdiff_t rows() const { return rows_; }
  std::ptrdiff_t cols() const { return cols_; }
  double pixel() const;                    ///< shorter side of a pixel
  double half_diagonal() const;            ///< of the image
  double low_x() const { return low_x_; }  ///< no pixel lies outside low ... high
  double high_x() const { return high_x_; }
  double low_y() const { return low_y_; }
  double high_y() const { return high_y_; }
  bool bent() const { return bend_ != nullptr; }
  void displacement(View2D<double> y, View2D<double> x) const;  ///< of every pixel

 private:
  Frame frame_;
  std::ptrdiff_t rows_, cols_;
  double cosine_, sine_;
  double low_x_, high_x_, low_y_, high_y_;
  struct Bend {
    FieldAxis down, across;
    SmoothField y, x;
  };
  std::unique_ptr<Bend> bend_;  // the fields keep pointers to the axes
};

/// Edges at t_k = k + shift_k along x' / period, steps of height_k, rising over width_k: the sum of ramps, so that the
/// middle of edge 0 is at height 0.
struct Staircase {
  double period, height, slope;
  double position_spread, slope_spread, height_spread;
  bool height_scales_with_width;  // multiply height_k by (t_{k+1} - t_{k-1}) / 2
};
std::vector<Ramp> staircase(const Plane& plane, const Staircase& settings, std::uint64_t key, View2D<double> out, int threads);

/// Sharp edges along x' and along y'; the level is H(K + L), with K and L the numbers of edges passed (0 just after the
/// centre edge), H a staircase of its own and H(-1) = 0.
struct DoubleStaircase {
  double period_x, period_y, height;
  double position_spread_x, position_spread_y, height_spread;
};
struct DoubleStaircaseEdges {
  std::vector<double> x, y;  // positions in periods of the edges first_x, first_x + 1, ...
  std::int64_t first_x, first_y;
  std::vector<double> levels;  // heights of the levels first_level, first_level + 1, ...
  std::int64_t first_level;
};
DoubleStaircaseEdges double_staircase(const Plane& plane, const DoubleStaircase& settings, std::uint64_t key, View2D<double> out,
                                      int threads);

/// Ridges at t_k = k + shift_k along x' / period. The height is that of the highest ridge at a place.
struct Grating {
  double period, height, top, slope, asymmetry;
  double position_spread, top_spread, slope_spread, height_spread;
  bool scale_with_width;  // widths and place from the distance of the neighbours
};
std::vector<Ridge> grating(const Plane& plane, const Grating& settings, std::uint64_t key, View2D<double> out, int threads);

/// The radial coordinate t of a pattern around a centre: superellipse norm of (x', y') / period.
struct Radial {
  double superellipse;  // 0 squares, 1 circles, 2 diamonds: (|x|^n + |y|^n)^(1/n) with n = 2 / superellipse
  double parabolicity;  // edges k = 1, 2 ... at s g(k / s): evenly for 0; crowding outwards towards 1, inwards towards -1
};
/// Terraces that rise outwards, 0 at the centre.
std::vector<Ramp> amphitheatre(const Plane& plane, const Staircase& settings, const Radial& radial, std::uint64_t key,
                               View2D<double> out, int threads);
/// Ridges around the centre, none at it.
std::vector<Ridge> rings(const Plane& plane, const Grating& settings, const Radial& radial, std::uint64_t key, View2D<double> out,
                         int threads);

/// Wedges around the centre: height * clamp(1 - d / slope, 0, 1), with d the distance to their union.
struct SiemensStar {
  int sectors;
  double height, top, top_spread;
  double edge_shift;  // wider (round at the apex) or, where negative, narrower wedges: all edges move by it
  double slope;       // length
};
struct Ray {
  double angle;  // of the bisector, counter-clockwise, in the pattern's frame
  double half_angle;
};
std::vector<Ray> siemens_star(const Plane& plane, const SiemensStar& settings, std::uint64_t key, View2D<double> out,
                              int threads);

/// Rectangular holes with round corners in the cells of a lattice; the slope is inside. Lengths in `out` are the frame's.
struct Holes {
  double period_x, period_y, depth, top_x, top_y, slope, roundness;
  double position_spread_x, position_spread_y, top_spread_x, top_spread_y, slope_spread, roundness_spread, depth_spread;
};
struct Hole {
  std::int64_t row, col;  // cell of the lattice
  double y, x;            // centre
  double half_y, half_x;  // of the opening
  double corner;          // radius
  double slope;           // width
  double depth;
};
std::vector<Hole> holes(const Plane& plane, const Holes& settings, std::uint64_t key, View2D<double> out, int threads);

/// Pillars on a lattice; the slope is outside the top.
enum class PillarKind { circle, square, hexagon };
struct Pillars {
  PillarKind kind;
  double period_x, period_y, height, size, slope, orientation;
  double position_spread_x, position_spread_y, size_spread, slope_spread, orientation_spread, height_spread;
};
struct Pillar {
  std::int64_t row, col;
  double y, x;
  double radius;  // of the circle in the top
  double slope;   // width
  double orientation;
  double height;
};
std::vector<Pillar> pillars(const Plane& plane, const Pillars& settings, std::uint64_t key, View2D<double> out, int threads);

}  // namespace afmnn::synth
