#include "afmnn/synth/shape.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

constexpr double edge = 1e-12;  // distance from an edge, in half-axes, that counts as being on it
constexpr double pi = 3.141592653589793;
constexpr double half_root3 = 0.8660254037844386;
constexpr double root3 = 1.7320508075688772;

constexpr double gaussian_footprint = 0.01;
constexpr double gaussian_tail = 1e-4;
constexpr std::ptrdiff_t gaussian_lanes = 4;
constexpr double gaussian_reach = 1.5174271293851465;  // sqrt(ln(1e4) / 4)

using Coefficients = Shape::Coefficients;
using HalfPlane = Shape::HalfPlane;

inline double positive(double x) { return x > edge ? x : 0.0; }
inline double root(double q) { return q > edge ? std::sqrt(q) : 0.0; }
inline double full_root(double q) { return q > edge ? 0.5 + 0.5 * std::sqrt(q) : 0.0; }

// Every shape has the height function of one point. The truncation is applied to it afterwards.
struct HalfSphere {
  static double at(double x, double y, const Coefficients&) { return root(1.0 - x * x - y * y); }
};
struct Sphere {
  static double at(double x, double y, const Coefficients&) { return full_root(1.0 - x * x - y * y); }
};
struct Box {
  static double at(double x, double y, const Coefficients&) {
    return std::max(std::abs(x), std::abs(y)) <= 1.0 + edge ? 1.0 : 0.0;
  }
};
struct Cone {
  static double at(double x, double y, const Coefficients&) { return positive(1.0 - std::sqrt(x * x + y * y)); }
};
struct Pyramid {
  static double at(double x, double y, const Coefficients&) { return positive(1.0 - std::max(std::abs(x), std::abs(y))); }
};
struct Diamond {
  static double at(double x, double y, const Coefficients&) { return positive(1.0 - std::abs(x) - std::abs(y)); }
};
struct Tetrahedron {
  static double at(double x, double y, const Coefficients&) {
    const double u = x * half_root3 + root3 / 6.0;
    return positive(1.0 - root3 * std::max(-u, 0.5 * u + half_root3 * std::abs(y)));
  }
};
struct HexagonalPyramid {
  static double at(double x, double y, const Coefficients&) {
    return positive(1.0 - std::max(std::abs(y), 0.5 * std::abs(y) + std::abs(x)));
  }
};
inline double nugget_q(double x, double y, const Coefficients& c) {
  const double u = std::max(std::abs(x) - c.flat, 0.0);
  return 1.0 - u * u - y * y;
}
struct HalfNugget {
  static double at(double x, double y, const Coefficients& c) { return root(nugget_q(x, y, c)); }
};
struct Nugget {
  static double at(double x, double y, const Coefficients& c) { return full_root(nugget_q(x, y, c)); }
};
struct Thatch {
  static double at(double x, double y, const Coefficients&) {
    const double r = 0.5 - 0.5 * x;
    return r >= -edge && std::abs(y) <= r + edge ? positive(1.0 - r) : 0.0;
  }
};
struct Tent {
  static double at(double x, double y, const Coefficients&) {
    return std::abs(x) <= 1.0 + edge ? positive(1.0 - std::abs(y)) : 0.0;
  }
};
struct Doughnut {
  static double at(double x, double y, const Coefficients&) {
    const double distance = std::sqrt(x * x + y * y) - 0.6;
    return root(1.0 - distance * distance / 0.16);
  }
};
struct ParabolicBump {
  static double at(double x, double y, const Coefficients&) { return positive(1.0 - x * x - y * y); }
};

// Straight sides of the region where a shape is not zero.
Shape::Outline outline_of(ShapeKind kind, double aspect) {
  switch (kind) {
    case ShapeKind::diamond:
      return {{{1, 1, 1}, {-1, 1, 1}, {1, -1, 1}, {-1, -1, 1}}, 4};
    case ShapeKind::tetrahedron:
      return {{{-1, 0, 1}, {0.5, 1, 0.5}, {0.5, -1, 0.5}}, 3};
    case ShapeKind::thatch:
      return {{{-1, 0, 1}, {0.5, 1, 0.5}, {0.5, -1, 0.5}}, 3};
    case ShapeKind::hexagonal_pyramid:
      return {{{0, 1, 1}, {0, -1, 1}, {1, 0.5, 1}, {-1, 0.5, 1}, {1, -0.5, 1}, {-1, -0.5, 1}}, 6};
    case ShapeKind::half_nugget:
    case ShapeKind::nugget:
      return {{{1, 0, aspect}, {-1, 0, aspect}, {0, 1, 1}, {0, -1, 1}}, 4};
    default:
      return {{{1, 0, 1}, {-1, 0, 1}, {0, 1, 1}, {0, -1, 1}}, 4};
  }
}

struct Cut {
  static double of(double f, const Coefficients& c) { return c.height * std::min(f, c.truncation); }
};
struct CutBothPoles {
  static double of(double f, const Coefficients& c) {
    return f > 0.0 ? c.height * std::min(f + (0.5 * c.truncation - 0.5), c.truncation) : 0.0;
  }
};
// One loop per shape without calls in it, so that the compiler makes vector code of it.
template <typename F, typename Truncation = Cut>
void evaluate_row(const Coefficients& coefficients, double y, double x0, std::ptrdiff_t count, double* out) {
  const Coefficients c = coefficients;
  const double offset_x = y * c.xy;
  const double offset_y = y * c.yy;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const double x = x0 + static_cast<double>(static_cast<int>(i));
    out[i] = Truncation::of(F::at(x * c.xx + offset_x, x * c.yx + offset_y, c), c);
  }
}

// The logarithm of a Gaussian is quadratic along the row: its ratio from one pixel to the `lanes`-th next one changes by
// a constant factor, so that two products give the next value. Starting anew every 64 steps keeps the error below 1e-12.
void evaluate_gaussian_row(const Coefficients& c, double y, double x0, std::ptrdiff_t count, double* out) {
  constexpr std::ptrdiff_t lanes = gaussian_lanes;
  constexpr std::ptrdiff_t steps = 64;
  constexpr double step = lanes;
  for (std::ptrdiff_t begin = 0; begin < count; begin += lanes * steps) {
    double value[lanes];
    double ratio[lanes];
    for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) {
      const double column = x0 + static_cast<double>(begin + lane);
      const double x = column * c.xx + y * c.xy;
      const double y_scaled = column * c.yx + y * c.yy;
      value[lane] = exp_fast(-4.0 * (x * x + y_scaled * y_scaled));
      ratio[lane] = exp_fast(-4.0 * step * (c.xx * (2.0 * x + step * c.xx) + c.yx * (2.0 * y_scaled + step * c.yx)));
    }
    const std::ptrdiff_t end = std::min(count, begin + lanes * steps);
    std::ptrdiff_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) {
        out[i + lane] = value[lane];
        value[lane] *= ratio[lane];
        ratio[lane] *= c.curvature;
      }
    }
    for (std::ptrdiff_t lane = 0; i < end; ++i, ++lane) out[i] = value[lane];
  }
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const double f = out[i];
    const double height = c.height * std::min(f, c.truncation);
    const double drawn = f >= gaussian_footprint ? height : -height;
    out[i] = f >= gaussian_tail ? drawn : 0.0;
  }
}

}  // namespace

const std::vector<std::string>& shape_names() {
  static const std::vector<std::string> names{
      "half_sphere", "sphere", "box",    "cone", "pyramid",  "diamond",  "tetrahedron",   "hexagonal_pyramid",
      "half_nugget", "nugget", "thatch", "tent", "gaussian", "doughnut", "parabolic_bump"};
  return names;
}

double footprint_ratio(ShapeKind kind, double aspect) {
  switch (kind) {
    case ShapeKind::half_sphere:
    case ShapeKind::sphere:
    case ShapeKind::cone:
    case ShapeKind::parabolic_bump:
      return pi / 4.0;
    case ShapeKind::box:
    case ShapeKind::pyramid:
    case ShapeKind::tent:
      return 1.0;
    case ShapeKind::diamond:
    case ShapeKind::thatch:
      return 0.5;
    case ShapeKind::tetrahedron:
      return root3 / 4.0;
    case ShapeKind::hexagonal_pyramid:
      return 3.0 * root3 / 8.0;
    case ShapeKind::half_nugget:
    case ShapeKind::nugget:
      return 1.0 - (1.0 - pi / 4.0) / std::max(aspect, 1.0 / aspect);
    case ShapeKind::gaussian:
      return pi / 8.0;
    case ShapeKind::doughnut:
      return pi / 4.0 * (24.0 / 25.0);
  }
  return 1.0;
}

Shape::Shape(ShapeKind kind, const ShapeSize& size, double row_step) : kind_(kind) {
  double aspect = size.aspect;
  double cosine = afmnn::cos(size.angle);
  double sine = afmnn::sin(size.angle);
  const bool lying = kind == ShapeKind::half_nugget || kind == ShapeKind::nugget;
  if (lying && aspect < 1.0) {  // the cylinder lies along the longer axis
    aspect = 1.0 / aspect;
    const double old = cosine;
    cosine = -sine;
    sine = old;
  }
  double a = size.radius * std::sqrt(aspect);
  double b = size.radius / std::sqrt(aspect);
  if (kind == ShapeKind::tetrahedron) a *= half_root3;
  if (kind == ShapeKind::hexagonal_pyramid) b *= half_root3;

  const double unit_x = lying ? b : a;  // nuggets measure both directions in B
  c_ = {cosine / unit_x, -sine * row_step / unit_x, sine / b, cosine * row_step / b, aspect - 1.0,
        size.height,     size.truncation,           0.0};
  if (kind == ShapeKind::gaussian) {
    constexpr double step = gaussian_lanes;
    c_.curvature = exp_fast(-8.0 * step * step * (c_.xx * c_.xx + c_.yx * c_.yx));
  }
  outline_ = outline_of(kind, aspect);

  double reach_x;
  double reach_y;
  switch (kind) {
    case ShapeKind::half_sphere:
    case ShapeKind::sphere:
    case ShapeKind::cone:
    case ShapeKind::gaussian:
    case ShapeKind::doughnut:
    case ShapeKind::parabolic_bump:
      disc_ = kind == ShapeKind::gaussian ? gaussian_reach : 1.0;
      reach_x = disc_ * afmnn::hypot(a * cosine, b * sine);
      reach_y = disc_ * afmnn::hypot(a * sine, b * cosine);
      break;
    case ShapeKind::diamond:
      reach_x = std::max(std::abs(a * cosine), std::abs(b * sine));
      reach_y = std::max(std::abs(a * sine), std::abs(b * cosine));
      break;
    case ShapeKind::half_nugget:
    case ShapeKind::nugget:
      reach_x = (a - b) * std::abs(cosine) + b;
      reach_y = (a - b) * std::abs(sine) + b;
      break;
    default:
      reach_x = std::abs(a * cosine) + std::abs(b * sine);
      reach_y = std::abs(a * sine) + std::abs(b * cosine);
  }
  half_cols_ = to_index(std::ceil(reach_x * (1.0 - edge)));
  half_rows_ = to_index(std::ceil(reach_y / row_step * (1.0 - edge)));

  const bool full = kind == ShapeKind::sphere || kind == ShapeKind::nugget || kind == ShapeKind::box;
  if (full) full_height_ = size.height * std::min(1.0, size.truncation);
}

bool Shape::row_interval(std::ptrdiff_t row, std::ptrdiff_t* first, std::ptrdiff_t* last) const {
  const double y = static_cast<double>(row);
  double low = -static_cast<double>(half_cols_);
  double high = static_cast<double>(half_cols_);
  if (disc_ > 0.0) {  // q x^2 + 2 h x + g <= disc^2
    const double q = c_.xx * c_.xx + c_.yx * c_.yx;
    const double h = y * (c_.xx * c_.xy + c_.yx * c_.yy);
    const double g = y * y * (c_.xy * c_.xy + c_.yy * c_.yy);
    const double discriminant = h * h - q * (g - disc_ * disc_);
    if (discriminant < 0.0) return false;  // at most a tangent point, whose height is zero
    const double width = std::sqrt(discriminant);
    low = std::max(low, (-h - width) / q);
    high = std::min(high, (-h + width) / q);
  } else {
    for (int i = 0; i < outline_.count; ++i) {
      const HalfPlane& side = outline_.sides[i];  // slope x + offset <= limit
      const double slope = side.a * c_.xx + side.b * c_.yx;
      const double room = side.limit * (1.0 + 2.0 * edge) - y * (side.a * c_.xy + side.b * c_.yy);
      if (slope > 0.0) {
        high = std::min(high, room / slope);
      } else if (slope < 0.0) {
        low = std::max(low, room / slope);
      } else if (room < 0.0) {
        return false;
      }
    }
  }
  if (low > high + 1e-6) return false;
  // A margin for rounding; what is outside after all evaluates to zero.
  *first = std::max(-half_cols_, static_cast<std::ptrdiff_t>(std::ceil(low - 1e-6)));
  *last = std::min(half_cols_, static_cast<std::ptrdiff_t>(std::floor(high + 1e-6)));
  return *first <= *last;
}

void Shape::evaluate(std::ptrdiff_t row, std::ptrdiff_t first, std::ptrdiff_t count, double* out) const {
  const double y = static_cast<double>(row);
  const double x = static_cast<double>(first);
  switch (kind_) {
    case ShapeKind::half_sphere:
      return evaluate_row<HalfSphere>(c_, y, x, count, out);
    case ShapeKind::sphere:
      return evaluate_row<Sphere, CutBothPoles>(c_, y, x, count, out);
    case ShapeKind::box:
      return evaluate_row<Box>(c_, y, x, count, out);
    case ShapeKind::cone:
      return evaluate_row<Cone>(c_, y, x, count, out);
    case ShapeKind::pyramid:
      return evaluate_row<Pyramid>(c_, y, x, count, out);
    case ShapeKind::diamond:
      return evaluate_row<Diamond>(c_, y, x, count, out);
    case ShapeKind::tetrahedron:
      return evaluate_row<Tetrahedron>(c_, y, x, count, out);
    case ShapeKind::hexagonal_pyramid:
      return evaluate_row<HexagonalPyramid>(c_, y, x, count, out);
    case ShapeKind::half_nugget:
      return evaluate_row<HalfNugget>(c_, y, x, count, out);
    case ShapeKind::nugget:
      return evaluate_row<Nugget, CutBothPoles>(c_, y, x, count, out);
    case ShapeKind::thatch:
      return evaluate_row<Thatch>(c_, y, x, count, out);
    case ShapeKind::tent:
      return evaluate_row<Tent>(c_, y, x, count, out);
    case ShapeKind::gaussian:
      return evaluate_gaussian_row(c_, y, x, count, out);
    case ShapeKind::doughnut:
      return evaluate_row<Doughnut>(c_, y, x, count, out);
    case ShapeKind::parabolic_bump:
      return evaluate_row<ParabolicBump>(c_, y, x, count, out);
  }
}

void Shape::fill(View2D<double> out) const {
  for (std::ptrdiff_t r = 0; r < out.rows; ++r) {
    double* row = out.row(r);
    std::fill_n(row, out.cols, 0.0);
    std::ptrdiff_t first, last;
    if (!row_interval(r - half_rows_, &first, &last)) continue;
    evaluate(r - half_rows_, first, last - first + 1, row + first + half_cols_);
    for (std::ptrdiff_t c = 0; c < out.cols; ++c) row[c] = std::abs(row[c]);
  }
}

}  // namespace afmnn::synth
