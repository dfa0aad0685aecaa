// Shapes of tips as they are sold and etched.
#pragma once

#include <cstddef>
#include <utility>

#include "afmnn/core/view2d.hpp"

namespace afmnn::tip {

enum class Kind { pyramid, contact, noncontact, delta, paraboloid, cone, elliptic_paraboloid, ball };

/// Lengths in one unit, angles in radians, counter-clockwise positive as seen on screen.
struct Model {
  Kind kind;
  double radius;        // of the apex
  double half_angle;    // between axis and face or side: pyramid, cone
  int sides;            // pyramid
  double rotation;      // pyramids, elliptic paraboloid
  double anisotropy;    // elliptic paraboloid: the apex radii are radius * sqrt(a) and radius / sqrt(a)
  double height_range;  // of the surfaces it is to image
  double dy, dx;        // pixel size
};

/// Rows and columns (odd) that make every border pixel lie deeper below the apex than the height range; {0, 0} if a side
/// would exceed `longest`. A square has both sides equal.
std::pair<std::ptrdiff_t, std::ptrdiff_t> model_size(const Model& model, bool square, std::ptrdiff_t longest);

/// Fills `out` (odd sides) with heights relative to the apex, which is the centre pixel: zero there, negative elsewhere.
void model_heights(const Model& model, View2D<double> out);

}  // namespace afmnn::tip
