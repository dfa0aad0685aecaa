#include "afmnn/tip/model.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::tip {
namespace {

using index = std::ptrdiff_t;
constexpr double pi = 3.14159265358979323846;
constexpr double etched = 0.9553166181245093;  // atan(sqrt(2)), between the (111) faces of a pit in silicon and the wafer
constexpr double ball_half_angle = 1e-5;       // of the stick that carries the ball

constexpr index smallest_half = 2, largest_half = 600;     // of the first guess, beside the centre pixel
constexpr double wanted_depth = 1.1, needed_depth = 1.01;  // in height ranges

// Height of a tip as a function of the place; the centre may have any height.
class Shape {
 public:
  explicit Shape(const Model& m) : m_(m), half_angle_(m.half_angle) {
    if (m.kind == Kind::ball) half_angle_ = ball_half_angle;
    if (m.kind == Kind::contact || m.kind == Kind::noncontact) half_angle_ = pi / 2 - etched;
    tan_ = afmnn::tan(half_angle_);
    sin_half_ = afmnn::sin(half_angle_);
    cos_half_ = afmnn::cos(half_angle_);
    if (m.kind == Kind::pyramid || m.kind == Kind::contact || m.kind == Kind::noncontact) prepare_pyramid();
    apex_ = height(0, 0);
  }

  double below_apex(double y, double x) const { return height(y, x) - apex_; }

 private:
  void prepare_pyramid() {
    const int sides = m_.kind == Kind::contact ? 4 : m_.kind == Kind::noncontact ? 3 : m_.sides;
    const double offset = sides == 3 ? pi / 6 : pi / 4;
    for (int k = 0; k < sides; ++k) {
      const double angle = -m_.rotation - pi / sides - offset - 2 * pi * k / sides;
      normals_.push_back({afmnn::sin(angle), afmnn::cos(angle)});
    }
    // The ball that rounds the apex touches the edges, which are less steep than the faces.
    const double edge_angle = afmnn::atan(tan_ / afmnn::cos(pi / sides));
    ball_centre_ = -m_.radius / afmnn::sin(edge_angle);
    ball_from_ = ball_centre_ + m_.radius * afmnn::sin(edge_angle);
  }

  double height(double y, double x) const {
    const double square = x * x + y * y;
    switch (m_.kind) {
      case Kind::pyramid:
      case Kind::contact:
      case Kind::noncontact:
        return pyramid(y, x, square);
      case Kind::delta:
        return square > 0 ? -m_.height_range : 0;
      case Kind::paraboloid:
        return -square / (2 * m_.radius);
      case Kind::elliptic_paraboloid: {
        const double along = x * cos_ - y * sin_, across = x * sin_ + y * cos_;
        return -(along * along / (2 * m_.radius * root_) + across * across * root_ / (2 * m_.radius));
      }
      case Kind::cone:
      case Kind::ball: {
        const double distance = std::sqrt(square);
        if (distance < m_.radius * cos_half_) return std::sqrt(m_.radius * m_.radius - square);
        return m_.radius / sin_half_ - distance / tan_;
      }
    }
    return 0;
  }

  double pyramid(double y, double x, double square) const {
    double farthest = normals_[0].x * x + normals_[0].y * y;
    for (const Normal& normal : normals_) farthest = std::max(farthest, normal.x * x + normal.y * y);
    const double sharp = -farthest / tan_;
    if (!(sharp > ball_from_)) return sharp;
    return std::min(sharp, ball_centre_ + std::sqrt(std::max(0.0, m_.radius * m_.radius - square)));
  }

  struct Normal {
    double y, x;
  };

  const Model& m_;
  double half_angle_, tan_ = 0, sin_half_ = 0, cos_half_ = 0;
  double cos_ = afmnn::cos(m_.rotation), sin_ = afmnn::sin(m_.rotation), root_ = std::sqrt(m_.anisotropy);
  std::vector<Normal> normals_;
  double ball_centre_ = 0, ball_from_ = 0;
  double apex_ = 0;
};

// Half a side beside the centre pixel, before it is known how deep the tip gets.
index guess(const Model& m, double pixel) {
  double extent = 0, more = 0;
  const double range = m.height_range;
  const auto flank = [&](double angle) { return range * afmnn::tan(angle) + m.radius * afmnn::cos(angle); };
  switch (m.kind) {
    case Kind::pyramid:
    case Kind::cone:
      extent = flank(m.half_angle);
      break;
    case Kind::contact:
      extent = flank(etched);
      break;
    case Kind::noncontact:
      extent = flank(70 * pi / 180);
      break;
    case Kind::delta:
      return 1;
    case Kind::paraboloid:
      extent = std::sqrt(2 * range * m.radius);
      break;
    case Kind::elliptic_paraboloid:
      extent = std::sqrt(2 * range * m.radius * std::max(std::sqrt(m.anisotropy), 1 / std::sqrt(m.anisotropy)));
      break;
    case Kind::ball:
      extent = flank(ball_half_angle);
      more = std::clamp(std::trunc(1.05 * m.radius / pixel) + 1, 1.0, 600.0);
      break;
  }
  const double half = std::trunc(extent / pixel) + more;  // may be beyond any integer
  return to_index(std::clamp(half, static_cast<double>(smallest_half), static_cast<double>(largest_half)));
}

// Depth of the highest pixel of the row at `y`, and of its mirror image.
double row_depth(const Shape& shape, const Model& m, index row, index half_cols) {
  double depth = HUGE_VAL;
  for (index c = -half_cols; c <= half_cols; ++c) {
    const double x = static_cast<double>(c) * m.dx, y = static_cast<double>(row) * m.dy;
    depth = std::min({depth, -shape.below_apex(y, x), -shape.below_apex(-y, x)});
  }
  return depth;
}

double col_depth(const Shape& shape, const Model& m, index col, index half_rows) {
  double depth = HUGE_VAL;
  for (index r = -half_rows; r <= half_rows; ++r) {
    const double x = static_cast<double>(col) * m.dx, y = static_cast<double>(r) * m.dy;
    depth = std::min({depth, -shape.below_apex(y, x), -shape.below_apex(y, -x)});
  }
  return depth;
}

}  // namespace

std::pair<index, index> model_size(const Model& m, bool square, index longest) {
  if (m.kind == Kind::delta) return {3, 3};
  const Shape shape(m);
  index half_rows = guess(m, m.dy), half_cols = guess(m, m.dx);
  if (square) half_rows = half_cols = std::max(half_rows, half_cols);

  // Enlarge until the borders are deep enough: with some reserve in one direction, at least without in the other.
  for (;;) {
    if (2 * std::max(half_rows, half_cols) + 1 > longest) return {0, 0};
    const double rows = row_depth(shape, m, half_rows, half_cols), cols = col_depth(shape, m, half_cols, half_rows);
    if (std::max(rows, cols) >= wanted_depth * m.height_range && std::min(rows, cols) >= needed_depth * m.height_range) break;
    half_rows = (4 * (2 * half_rows + 1) / 3 + 1) / 2;
    half_cols = (4 * (2 * half_cols + 1) / 3 + 1) / 2;
  }

  // Cut what no height of the range can touch, but for one pixel.
  const double depth = wanted_depth * m.height_range;
  index rows = half_rows, cols = half_cols;
  while (rows > 1 && row_depth(shape, m, rows - 1, half_cols) >= depth) --rows;
  while (cols > 1 && col_depth(shape, m, cols - 1, half_rows) >= depth) --cols;
  if (square) rows = cols = std::max(rows, cols);
  return {2 * rows + 1, 2 * cols + 1};
}

void model_heights(const Model& m, View2D<double> out) {
  const Shape shape(m);
  for (index r = 0; r < out.rows; ++r) {
    const double y = static_cast<double>(r - out.rows / 2) * m.dy;
    for (index c = 0; c < out.cols; ++c) out(r, c) = shape.below_apex(y, static_cast<double>(c - out.cols / 2) * m.dx);
  }
}

}  // namespace afmnn::tip
