#include "afmnn/synth/fibres.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

enum FibreRole : std::uint64_t {
  place_role = role::fibres,
  angle_role,
  width_role,
  height_role,
  truncation_role,
  lateral_size_role,
  axial_size_role,
  lateral_role,
  axial_role,
  width_variation_role,
  height_variation_role,
};

constexpr std::uint64_t most_knots = 1 << 20;  // of one fibre: its share of the numbers of a role
constexpr double chord = 4.0;                  // pixels: axes are polygons with sides up to this
constexpr double fewest_chords = 8.0;          // between knots
constexpr double edge = 1e-12;                 // distance from an edge, in half-widths, that counts as being on it

struct Point {
  double y, x;
};

// The polygon that stands for an axis, and what varies along it.
struct Axis {
  std::vector<Point> points;
  std::vector<double> radius, height;
};

double cross_section(FibreProfile profile, double t2) {
  switch (profile) {
    case FibreProfile::semicircle:
      return 1.0 - t2 > edge ? std::sqrt(1.0 - t2) : 0.0;
    case FibreProfile::triangle:
      return std::max(1.0 - std::sqrt(t2), 0.0);
    case FibreProfile::rectangle:
      return 1.0;
    case FibreProfile::parabola:
      return std::max(1.0 - t2, 0.0);
    case FibreProfile::spline: {
      if (t2 <= 1.0 / 9.0) return 0.75 * (1.0 - 3.0 * t2);
      const double rest = std::max(1.0 - std::sqrt(t2), 0.0);
      return 1.125 * rest * rest;
    }
  }
  return 0.0;
}

// Second derivatives of the natural cubic spline through values at 0, 1, 2 ...
std::vector<double> spline_curvatures(const std::vector<double>& value) {
  const std::size_t n = value.size();
  std::vector<double> second(n, 0.0), upper(n, 0.0);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double pivot = 4.0 - upper[i - 1];
    upper[i] = 1.0 / pivot;
    second[i] = (6.0 * (value[i + 1] - 2.0 * value[i] + value[i - 1]) - second[i - 1]) / pivot;
  }
  for (std::size_t i = n - 1; i-- > 1;) second[i] -= upper[i] * second[i + 1];
  return second;
}

double spline_at(const std::vector<double>& value, const std::vector<double>& second, std::size_t i, double u) {
  const double v = 1.0 - u;
  return v * value[i] + u * value[i + 1] + ((v * v * v - v) * second[i] + (u * u * u - u) * second[i + 1]) / 6.0;
}

// A smooth process with variance 1 everywhere: independent normal numbers at the knots, weighted with a cubic B-spline whose
// squares add up to one.
double smooth_at(const double* numbers, double u) {
  const double v = 1.0 - u;
  const double w[4] = {v * v * v, 3.0 * u * u * u - 6.0 * u * u + 4.0, 3.0 * v * v * v - 6.0 * v * v + 4.0, u * u * u};
  double sum = 0.0, squares = 0.0;
  for (int k = 0; k < 4; ++k) {
    sum += w[k] * numbers[k];
    squares += w[k] * w[k];
  }
  return sum / std::sqrt(squares);
}

class Draw {
 public:
  Draw(std::uint64_t key, index fibre) : key_(key), fibre_(static_cast<std::uint64_t>(fibre)) {}
  double log_normal(double spread, std::uint64_t quantity) const {
    return spread > 0.0 ? afmnn::exp(spread * afmnn::normal(key_, quantity, fibre_)) : 1.0;
  }
  double normal(std::uint64_t quantity) const { return afmnn::normal(key_, quantity, fibre_); }
  // Knots are counted from the one at the fibre's point, on both sides.
  double knot(std::uint64_t quantity, index k) const {
    return afmnn::normal(key_, quantity, fibre_ * most_knots + static_cast<std::uint64_t>(k + index{most_knots / 2}));
  }

 private:
  std::uint64_t key_, fibre_;
};

Axis axis_of(const Fibres& s, const Draw& draw, const Fibre& fibre, double along, double across, double diagonal) {
  const double spacing = diagonal / s.bend_density;
  const double lateral = s.lateral_bend * draw.log_normal(s.lateral_bend_spread, lateral_size_role);
  const double axial = s.axial_bend * draw.log_normal(s.axial_bend_spread, axial_size_role);
  // Knots on both sides of the frame, enough for those that are drawn back into it.
  const double reach = 0.5 * diagonal / spacing + 2.0 + std::min(4.0 * axial, 100.0);
  const index first = to_index(std::floor(-reach - along / spacing)), last = to_index(std::ceil(reach - along / spacing));
  std::vector<double> a, b;
  for (index k = first; k <= last; ++k) {
    a.push_back(along + spacing * (static_cast<double>(k) + (axial > 0.0 ? axial * draw.knot(axial_role, k) : 0.0)));
    b.push_back(across + (lateral > 0.0 ? spacing * lateral * draw.knot(lateral_role, k) : 0.0));
  }
  const auto variation = [&](double size, std::uint64_t quantity) {
    std::vector<double> numbers;
    for (index k = first - 1; size > 0.0 && k <= last + 2; ++k) numbers.push_back(size * draw.knot(quantity, k));
    return numbers;
  };
  const std::vector<double> widths = variation(s.width_variation, width_variation_role);
  const std::vector<double> heights = variation(s.height_variation, height_variation_role);
  const std::vector<double> a2 = spline_curvatures(a), b2 = spline_curvatures(b);

  const double cosine = afmnn::cos(fibre.angle), sine = afmnn::sin(fibre.angle);
  Axis axis;
  const auto add = [&](std::size_t i, double u) {
    const double p = spline_at(a, a2, i, u), q = spline_at(b, b2, i, u);
    axis.points.push_back({q * cosine - p * sine, p * cosine + q * sine});
    const double wider = widths.empty() ? 1.0 : afmnn::exp(2.0 * smooth_at(widths.data() + i, u));
    const double higher = heights.empty() ? 1.0 : afmnn::exp(2.0 * smooth_at(heights.data() + i, u));
    axis.radius.push_back(0.5 * fibre.width * wider);
    axis.height.push_back(fibre.height * higher * (s.height_scales_with_width ? wider : 1.0));
  };
  for (std::size_t i = 0; i + 1 < a.size(); ++i) {
    const double length = 1.3 * afmnn::hypot(a[i + 1] - a[i], b[i + 1] - b[i]);
    const index parts = to_index(std::ceil(std::max(length / chord, fewest_chords)));
    for (index part = 0; part < parts; ++part) add(i, static_cast<double>(part) / static_cast<double>(parts));
  }
  add(a.size() - 2, 1.0);
  return axis;
}

// Collects the pixels under one fibre: how far each is from the axis, and how high the fibre is there.
class Footprint {
 public:
  Footprint(index rows, index cols, double row_step)
      : rows_(rows), cols_(cols), row_step_(row_step), slot_(at(rows * cols), none) {}

  void clear() {
    for (const index pixel : pixels) slot_[at(pixel)] = none;
    pixels.clear();
    t2.clear();
    height.clear();
  }

  void add(const Axis& axis) {
    const std::size_t sides = axis.points.size() - 1;
    for (std::size_t i = 0; i < sides; ++i) {
      // Beyond its ends a side also covers what lies in the wedge at a bend.
      const double wedge = std::max(i > 0 ? turn(axis, i) : 0.0, i + 1 < sides ? turn(axis, i + 1) : 0.0);
      add_side(axis, i, wedge);
    }
  }

  std::vector<index> pixels;
  std::vector<double> t2, height;  // squared distance from the axis in half-widths; height of the cross-section

 private:
  static constexpr std::int32_t none = -1;

  static double turn(const Axis& axis, std::size_t joint) {
    const Point &p = axis.points[joint - 1], &q = axis.points[joint], &r = axis.points[joint + 1];
    const double y1 = q.y - p.y, x1 = q.x - p.x, y2 = r.y - q.y, x2 = r.x - q.x;
    const double dot = y1 * y2 + x1 * x2, cross = std::abs(y1 * x2 - x1 * y2);
    return dot > 0.0 ? std::min(cross / dot, 1.0) : 1.0;
  }

  void add_side(const Axis& axis, std::size_t i, double wedge) {
    const Point &p = axis.points[i], &q = axis.points[i + 1];
    const double dy = q.y - p.y, dx = q.x - p.x, length = std::sqrt(dy * dy + dx * dx);
    if (!(length > 0.0)) return;
    const double uy = dy / length, ux = dx / length;
    const double r1 = axis.radius[i], r2 = axis.radius[i + 1], h1 = axis.height[i], h2 = axis.height[i + 1];
    const double reach = std::max(r1, r2), beyond = reach * wedge + 0.5;
    const double far_y = reach * std::abs(ux) + beyond * std::abs(uy);
    const double middle_y = 0.5 * static_cast<double>(rows_ - 1), middle_x = 0.5 * static_cast<double>(cols_ - 1);
    const double top = (std::min(p.y, q.y) - far_y) / row_step_ + middle_y;
    const double bottom = (std::max(p.y, q.y) + far_y) / row_step_ + middle_y;
    if (!(bottom >= 0.0) || !(top <= static_cast<double>(rows_ - 1))) return;
    const index first_row = to_index(std::ceil(std::max(top, 0.0)));
    const index last_row = to_index(std::floor(std::min(bottom, static_cast<double>(rows_ - 1))));
    for (index row = first_row; row <= last_row; ++row) {
      const double y = (static_cast<double>(row) - middle_y) * row_step_ - p.y;
      double low = -middle_x - p.x, high = middle_x - p.x;
      // across = y ux - x uy within reach, along = y uy + x ux within the side and what lies beyond.
      if (!limit(-uy, -reach - y * ux, reach - y * ux, low, high)) continue;
      if (!limit(ux, -beyond - y * uy, length + beyond - y * uy, low, high)) continue;
      const index first = to_index(std::ceil(low + p.x + middle_x - 1e-9));
      const index last = to_index(std::floor(high + p.x + middle_x + 1e-9));
      for (index col = std::max(first, index{0}); col <= std::min(last, cols_ - 1); ++col) {
        const double x = static_cast<double>(col) - middle_x - p.x;
        const double across = y * ux - x * uy, along = y * uy + x * ux;
        const double nearest = std::clamp(along, 0.0, length), s = nearest / length, radius = r1 + s * (r2 - r1);
        const double rest = along - nearest;
        const double here = (across * across + rest * rest) / (radius * radius);
        if (!(here <= 1.0 + edge)) continue;
        std::int32_t& slot = slot_[at(row * cols_ + col)];
        if (slot == none) {
          slot = static_cast<std::int32_t>(pixels.size());
          pixels.push_back(row * cols_ + col);
          t2.push_back(here);
          height.push_back(h1 + s * (h2 - h1));
        } else if (here < t2[static_cast<std::size_t>(slot)]) {
          t2[static_cast<std::size_t>(slot)] = here;
          height[static_cast<std::size_t>(slot)] = h1 + s * (h2 - h1);
        }
      }
    }
  }

  // Narrows [low, high] to where least <= slope x <= most; false if nothing is left.
  static bool limit(double slope, double least, double most, double& low, double& high) {
    if (std::abs(slope) < 1e-12) return least <= 1e-9 && most >= -1e-9;
    const double a = least / slope, b = most / slope;
    low = std::max(low, std::min(a, b));
    high = std::min(high, std::max(a, b));
    return low <= high + 2e-9;
  }

  index rows_, cols_;
  double row_step_;
  std::vector<std::int32_t> slot_;  // of each pixel in the lists
};

}  // namespace

const std::vector<std::string>& fibre_profiles() {
  static const std::vector<std::string> names{"semicircle", "triangle", "rectangle", "parabola", "spline"};
  return names;
}

FibreFrame fibre_frame(const Fibres& settings, index rows, index cols) {
  const double height = static_cast<double>(rows) * settings.row_step, width = static_cast<double>(cols);
  const double margin = std::min(height, width) / 8.0 + 2.0 * settings.width + 16.0;
  FibreFrame frame{to_index(std::ceil(margin / settings.row_step)), to_index(std::ceil(margin)), 0.0};
  frame.diagonal = afmnn::hypot(static_cast<double>(rows + 2 * frame.margin_rows) * settings.row_step,
                                static_cast<double>(cols + 2 * frame.margin_cols));
  return frame;
}

double fibre_count(const Fibres& settings, index rows, index cols) {
  const double mean_width = settings.width * afmnn::exp(0.5 * settings.width_spread * settings.width_spread) *
                            afmnn::exp(2.0 * settings.width_variation * settings.width_variation);
  const double count = settings.coverage * fibre_frame(settings, rows, cols).diagonal / mean_width;
  return std::max(1.0, std::ceil(count * (1.0 - 1e-12)));
}

std::vector<Fibre> lay_fibres(const Fibres& settings, std::uint64_t key, index count, View2D<double> surface, UnitTeam& team) {
  const FibreFrame frame = fibre_frame(settings, surface.rows, surface.cols);
  const index rows = surface.rows + 2 * frame.margin_rows, cols = surface.cols + 2 * frame.margin_cols;
  if (static_cast<double>(rows) * static_cast<double>(cols) > 2147483647.0) throw std::length_error("afmnn: too many pixels");
  std::vector<double> heights(at(rows * cols));
  const auto inside = [](index i, index margin, index size) { return std::clamp(i - margin, index{0}, size - 1); };
  for (index r = 0; r < rows; ++r) {
    const double* const from = surface.row(inside(r, frame.margin_rows, surface.rows));
    double* const row = heights.data() + r * cols;
    for (index c = 0; c < cols; ++c) row[c] = from[inside(c, frame.margin_cols, surface.cols)];
  }

  std::vector<Fibre> fibres(at(count));
  Footprint footprint(rows, cols, settings.row_step);
  std::vector<double> profile;
  team.tell_parts(0, UnitTeam::parts);
  team.visit(count, 0.0, [&](int, index k) {
    const Draw draw(key, k);
    Fibre& fibre = fibres[at(k)];
    fibre.angle = settings.angle;
    if (settings.angle_spread > 0.0) fibre.angle += 2.0 * settings.angle_spread * draw.normal(angle_role);
    const double wider = draw.log_normal(settings.width_spread, width_role);
    fibre.width = settings.width * wider;
    fibre.height = settings.height * draw.log_normal(settings.height_spread, height_role);
    if (settings.height_scales_with_width) fibre.height *= wider;
    const double odds = draw.log_normal(settings.truncation_spread, truncation_role);
    fibre.truncation = odds / (odds + 1.0 / settings.truncation - 1.0);
    const auto word = philox(key, place_role, static_cast<std::uint64_t>(k));
    const double along = frame.diagonal * (unit_double(word[0], word[1]) - 0.5);
    const double across = frame.diagonal * (unit_double(word[2], word[3]) - 0.5);
    const double cosine = afmnn::cos(fibre.angle), sine = afmnn::sin(fibre.angle);
    fibre.y = across * cosine - along * sine;
    fibre.x = along * cosine + across * sine;

    footprint.clear();
    footprint.add(axis_of(settings, draw, fibre, along, across, frame.diagonal));
    const std::size_t pixels = footprint.pixels.size();
    profile.resize(pixels);
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < pixels; ++i) {
      profile[i] = footprint.height[i] * std::min(cross_section(settings.profile, footprint.t2[i]), fibre.truncation);
      if (!(profile[i] > 0.0)) continue;
      ++fibre.footprint;
      least = std::min(least, heights[at(footprint.pixels[i])]);
    }
    if (fibre.footprint == 0) return;
    fibre.base = least;
    for (std::size_t i = 0; i < pixels; ++i) {
      double& z = heights[at(footprint.pixels[i])];
      if (profile[i] > 0.0) z = std::max(z, least + profile[i]);
    }
  });
  for (index r = 0; r < surface.rows; ++r) {
    std::copy_n(heights.data() + (r + frame.margin_rows) * cols + frame.margin_cols, surface.cols, surface.row(r));
  }
  return fibres;
}

}  // namespace afmnn::synth
