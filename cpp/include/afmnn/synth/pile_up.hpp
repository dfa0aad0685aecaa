// Piles of solids: bodies true to scale, laid one on the other and tilted as the surface under them.
//
// Behaviour after Gwyddion's "Pile Up": D. Necas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Bodies with half-length L along X and half-width R across (Y) and up (Z).
enum class SolidKind {
  ellipsoid,      // (X / L)^2 + (Y^2 + Z^2) / R^2 <= 1
  bar,            // |X| <= L, |Y| <= R, |Z| <= R
  cylinder,       // |X| <= L, Y^2 + Z^2 <= R^2
  nugget,         // within R of the segment |X| <= L - R
  hexagonal_rod,  // |X| <= L, |Z| <= R, |Z| + 2 |Y| <= 2 R: a hexagon as wide as it is thick
};

/// Their names in the order of the enumeration.
const std::vector<std::string>& solid_names();

/// Lengths and heights are in pixel widths.
struct Piles {
  SolidKind kind = SolidKind::ellipsoid;
  double width = 20.0;
  double aspect = 1.0;  // length / width, at least 1
  double angle = 0.0;   // radians, counter-clockwise on screen
  double coverage = 1.0;
  double columnarity = 0.0;  // -1 to 1
  bool avoid_overlap = false;
  double width_spread = 0.0;   // standard deviation of the logarithm
  double aspect_spread = 0.0;  // the same
  double angle_spread = 0.0;   // half the standard deviation in radians
  double row_step = 1.0;       // height of a pixel / its width
};

struct Solid {
  std::int64_t row = 0, col = 0;  // centre pixel
  double width = 1.0;
  double aspect = 1.0;
  double angle = 0.0;
  double slope_x = 0.0, slope_y = 0.0;  // of the plane it lies on, to the right and downwards
  double height = 0.0;                  // of its centre; 0 where it was not placed
  std::int64_t footprint = 0;           // pixels
  bool placed = false;                  // false where it would have overlapped, or has no pixel
};

/// A tilted solid, for lines upwards through it.
class TiltedSolid {
 public:
  /// Its length lies in the plane with these slopes, over the direction `angle`.
  TiltedSolid(SolidKind kind, double width, double aspect, double angle, double slope_x, double slope_y);

  /// Heights, from the centre, at which the line over (x, y) enters and leaves; false if it misses the solid.
  bool interval(double x, double y, double* low, double* high) const;
  double reach_x() const { return reach_x_; }
  double reach_y() const { return reach_y_; }
  /// The solid lies where |y cosine + x sine| is no larger than this: a strip along its length.
  double reach_across() const { return reach_across_; }
  double strip_x() const { return strip_x_; }
  double strip_y() const { return strip_y_; }

 private:
  SolidKind kind_;
  double l_, r_;                         // half-length, half-width
  double k_;                             // (r / l)^2
  double along_[3], across_[3], up_[3];  // axes of the body as (x, y, z)
  double reach_x_, reach_y_, reach_across_, strip_x_, strip_y_;
};

/// Number of solids for a coverage, as a double because it may be absurd.
double solid_count(const Piles& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// Lays `count` solids on a periodic surface, one after the other. Each is tilted to the plane that fits the surface under it
/// best (squares weighted with the thickness of the flat solid). With -l and u where a line over a pixel enters and leaves it,
/// and all pixels under it, its centre is at
///
///   mean(z + l)  for columnarity 0,  max(z + l), the highest contact, for 1,  min(z) for -1,
///
/// at linear blends between, and z = max(z, centre + u).
///
/// Serial: each solid lies on those before. Costs about 50 ns for each pixel under a solid. Throws std::bad_alloc,
/// std::length_error, and what the team's interrupt throws.
std::vector<Solid> pile_up(const Piles& settings, std::uint64_t key, std::ptrdiff_t count, View2D<double> surface,
                           UnitTeam& team);

}  // namespace afmnn::synth
