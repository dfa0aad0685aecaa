#include "afmnn/synth/pile_up.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/objects.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr double pi = 3.141592653589793;
constexpr double edge = 1e-12;  // thickness, in half-widths squared, that counts as none
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Interval {
  double low, high;
};

// The part of a line z -> offset + slope z between -limit and limit.
Interval between(double offset, double slope, double limit) {
  if (std::abs(slope) < 1e-14) {
    if (std::abs(offset) <= limit * (1.0 + edge)) return {-infinity, infinity};
    return {infinity, -infinity};
  }
  const double a = (-limit - offset) / slope, b = (limit - offset) / slope;
  return {std::min(a, b), std::max(a, b)};
}

Interval both(Interval a, Interval b) { return {std::max(a.low, b.low), std::min(a.high, b.high)}; }

// Where a z^2 + 2 b z + c <= 0.
Interval within_quadric(double a, double b, double c) {
  if (a < 1e-14) {  // the line runs along a cylinder
    if (c <= 0.0) return {-infinity, infinity};
    return {infinity, -infinity};
  }
  const double discriminant = b * b - a * c;
  if (!(discriminant > 0.0)) return {infinity, -infinity};
  const double root = std::sqrt(discriminant);
  return {(-b - root) / a, (-b + root) / a};
}

std::int64_t wrap(std::int64_t i, std::int64_t size) {
  const std::int64_t rest = i % size;
  return rest < 0 ? rest + size : rest;
}

// Calls visit(pixel of the surface, x, y, low, high) for all pixels of a solid.
template <typename Visit>
void for_pixels(const TiltedSolid& solid, const Solid& at_pixel, double row_step, View2D<double> surface, double least,
                const Visit& visit) {
  const index half_rows = to_index(std::floor(solid.reach_y() / row_step + 1e-9));
  const index half_cols = to_index(std::floor(solid.reach_x() + 1e-9));
  for (index r = -half_rows; r <= half_rows; ++r) {
    const double y = static_cast<double>(r) * row_step;
    index first = -half_cols, last = half_cols;
    if (std::abs(solid.strip_x()) > 1e-6) {
      const double a = (-solid.reach_across() - y * solid.strip_y()) / solid.strip_x();
      const double b = (solid.reach_across() - y * solid.strip_y()) / solid.strip_x();
      first = std::max(first, to_index(std::ceil(std::max(std::min(a, b), -1e9) - 1e-6)));
      last = std::min(last, to_index(std::floor(std::min(std::max(a, b), 1e9) + 1e-6)));
    }
    double* const row = surface.row(wrap(at_pixel.row + r, surface.rows));
    for (index c = first; c <= last; ++c) {
      double low, high;
      if (!solid.interval(static_cast<double>(c), y, &low, &high) || !(high - low > least)) continue;
      visit(row[wrap(at_pixel.col + c, surface.cols)], static_cast<double>(c), y, low, high);
    }
  }
}

// Slopes of the plane that fits best, with the thickness of the flat solid as weights.
void fit_plane(const TiltedSolid& flat, Solid& solid, double row_step, View2D<double> surface, double least) {
  double w = 0, wx = 0, wy = 0, wz = 0, wxx = 0, wxy = 0, wyy = 0, wxz = 0, wyz = 0;
  double origin = 0.0;
  bool first = true;
  for_pixels(flat, solid, row_step, surface, least, [&](double& height, double x, double y, double low, double high) {
    if (first) origin = height;
    first = false;
    const double weight = high - low, z = height - origin;
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wz += weight * z;
    wxx += weight * x * x;
    wxy += weight * x * y;
    wyy += weight * y * y;
    wxz += weight * x * z;
    wyz += weight * y * z;
  });
  if (!(w > 0.0)) return;
  const double xx = wxx - wx * wx / w, xy = wxy - wx * wy / w, yy = wyy - wy * wy / w;
  const double xz = wxz - wx * wz / w, yz = wyz - wy * wz / w;
  const double determinant = xx * yy - xy * xy;
  if (determinant > 1e-9 * xx * yy && xx > 0.0 && yy > 0.0) {
    solid.slope_x = (xz * yy - yz * xy) / determinant;
    solid.slope_y = (yz * xx - xz * xy) / determinant;
  } else if (xx > yy) {  // pixels in a line
    solid.slope_x = xz / xx;
  } else if (yy > 0.0) {
    solid.slope_y = yz / yy;
  }
}

}  // namespace

const std::vector<std::string>& solid_names() {
  static const std::vector<std::string> names{"ellipsoid", "bar", "cylinder", "nugget", "hexagonal_rod"};
  return names;
}

TiltedSolid::TiltedSolid(SolidKind kind, double width, double aspect, double angle, double slope_x, double slope_y)
    : kind_(kind), l_(0.5 * width * aspect), r_(0.5 * width), k_((r_ / l_) * (r_ / l_)) {
  const double cosine = afmnn::cos(angle), sine = -afmnn::sin(angle);  // rows grow downwards
  const double rise = slope_x * cosine + slope_y * sine;
  const double length = std::sqrt(1.0 + rise * rise), steep = std::sqrt(1.0 + slope_x * slope_x + slope_y * slope_y);
  along_[0] = cosine / length;
  along_[1] = sine / length;
  along_[2] = rise / length;
  up_[0] = -slope_x / steep;
  up_[1] = -slope_y / steep;
  up_[2] = 1.0 / steep;
  across_[0] = up_[1] * along_[2] - up_[2] * along_[1];
  across_[1] = up_[2] * along_[0] - up_[0] * along_[2];
  across_[2] = up_[0] * along_[1] - up_[1] * along_[0];
  // How far the body reaches in a direction (x, y).
  const auto reach = [&](double x, double y) {
    const double a = std::abs(along_[0] * x + along_[1] * y), b = std::abs(across_[0] * x + across_[1] * y);
    const double c = std::abs(up_[0] * x + up_[1] * y);
    switch (kind_) {
      case SolidKind::ellipsoid:
        return std::sqrt(l_ * l_ * a * a + r_ * r_ * (b * b + c * c));
      case SolidKind::cylinder:
        return l_ * a + r_ * std::sqrt(b * b + c * c);
      case SolidKind::nugget:
        return (l_ - r_) * a + r_ * std::sqrt(a * a + b * b + c * c);
      default:
        return l_ * a + r_ * (b + c);
    }
  };
  reach_x_ = reach(1.0, 0.0);
  reach_y_ = reach(0.0, 1.0);
  strip_x_ = -sine;
  strip_y_ = cosine;
  reach_across_ = reach(strip_x_, strip_y_);
}

bool TiltedSolid::interval(double x, double y, double* low, double* high) const {
  const double a = along_[0] * x + along_[1] * y, b = across_[0] * x + across_[1] * y, c = up_[0] * x + up_[1] * y;
  const double da = along_[2], db = across_[2], dc = up_[2];
  Interval found{infinity, -infinity};
  switch (kind_) {
    case SolidKind::ellipsoid:
      found =
          within_quadric(k_ * da * da + db * db + dc * dc, k_ * a * da + b * db + c * dc, k_ * a * a + b * b + c * c - r_ * r_);
      break;
    case SolidKind::bar:
      found = both(between(a, da, l_), both(between(b, db, r_), between(c, dc, r_)));
      break;
    case SolidKind::cylinder:
      found = both(between(a, da, l_), within_quadric(db * db + dc * dc, b * db + c * dc, b * b + c * c - r_ * r_));
      break;
    case SolidKind::nugget: {
      const double flat = l_ - r_;
      const Interval tube = within_quadric(db * db + dc * dc, b * db + c * dc, b * b + c * c - r_ * r_);
      Interval parts[3] = {both(between(a, da, flat), tube), {infinity, -infinity}, {infinity, -infinity}};
      for (int end = 0; end < 2; ++end) {
        const double e = end == 0 ? a - flat : a + flat;
        parts[end + 1] = within_quadric(1.0, e * da + b * db + c * dc, e * e + b * b + c * c - r_ * r_);
      }
      for (const Interval& part : parts) {  // a convex body: what the parts cover has no holes
        if (part.low > part.high) continue;
        found = {std::min(found.low, part.low), std::max(found.high, part.high)};
      }
      break;
    }
    case SolidKind::hexagonal_rod:
      found = both(both(between(a, da, l_), between(c, dc, r_)),
                   both(between(c + 2.0 * b, dc + 2.0 * db, 2.0 * r_), between(c - 2.0 * b, dc - 2.0 * db, 2.0 * r_)));
      break;
  }
  *low = found.low;
  *high = found.high;
  return found.low <= found.high;
}

double solid_count(const Piles& settings, index rows, index cols) {
  const bool round = settings.kind == SolidKind::ellipsoid, nugget = settings.kind == SolidKind::nugget;
  const double ratio = round ? pi / 4.0 : nugget ? 1.0 - (1.0 - pi / 4.0) / settings.aspect : 1.0;
  const double area = static_cast<double>(rows) * settings.row_step * static_cast<double>(cols);
  const double mean_square = afmnn::exp(2.0 * settings.width_spread * settings.width_spread);
  const double count = settings.coverage * area / (settings.width * settings.width * settings.aspect * ratio * mean_square);
  return std::max(1.0, std::ceil(count * (1.0 - 1e-12)));
}

std::vector<Solid> pile_up(const Piles& settings, std::uint64_t key, index count, View2D<double> surface, UnitTeam& team) {
  // Places, sizes and directions are drawn as those of objects, with a key of their own.
  const auto word = philox(key, role::pile_up, 0);
  const std::uint64_t own_key = static_cast<std::uint64_t>(word[0]) << 32 | word[1];
  ObjectSettings drawn;
  drawn.size.radius = 0.5 * settings.width;
  drawn.size.aspect = settings.aspect;
  drawn.size.angle = settings.angle;
  drawn.row_step = settings.row_step;
  drawn.radius_spread = settings.width_spread;
  drawn.aspect_spread = settings.aspect_spread;
  drawn.angle_spread = settings.angle_spread;
  ObjectSampler sampler(drawn, surface.rows, surface.cols, count, own_key);
  std::vector<Object> one(1);
  std::vector<std::uint8_t> taken;
  if (settings.avoid_overlap) taken.assign(at(surface.size()), 0);
  // Solids that are longer than this many times the longer side cost much and show nothing.
  const double longest =
      largest_radius * std::max(static_cast<double>(surface.cols), static_cast<double>(surface.rows) * settings.row_step);

  struct Top {
    double* z;    // of a pixel under a solid
    double high;  // of the solid there, from its centre
  };
  std::vector<Top> tops;
  std::vector<Solid> solids(at(count));
  team.tell_parts(0, UnitTeam::parts);
  team.visit(count, 0.0, [&](int, index k) {
    sampler.next(one);
    Solid& solid = solids[at(k)];
    solid.row = one[0].row;
    solid.col = one[0].col;
    solid.width = 2.0 * one[0].radius;
    solid.aspect = std::min(std::max(one[0].aspect, 1.0 / one[0].aspect), std::max(2.0 * longest / solid.width, 1.0));
    solid.angle = one[0].angle;
    const double least = 1e-6 * solid.width;  // edges are thinner
    const TiltedSolid flat(settings.kind, solid.width, solid.aspect, solid.angle, 0.0, 0.0);
    fit_plane(flat, solid, settings.row_step, surface, least);
    const TiltedSolid tilted(settings.kind, solid.width, solid.aspect, solid.angle, solid.slope_x, solid.slope_y);

    double sum = 0.0, contact = -infinity, lowest = infinity;
    bool free = true;
    tops.clear();
    for_pixels(tilted, solid, settings.row_step, surface, least, [&](double& z, double, double, double low, double high) {
      ++solid.footprint;
      tops.push_back({&z, high});
      sum += z - low;
      contact = std::max(contact, z - low);
      lowest = std::min(lowest, z);
      if (settings.avoid_overlap) free = free && taken[at(&z - surface.data)] == 0;
    });
    if (solid.footprint == 0 || !free) return;
    solid.placed = true;
    const double mean = sum / static_cast<double>(solid.footprint), share = std::abs(settings.columnarity);
    solid.height = (1.0 - share) * mean;
    if (share > 0.0) solid.height += share * (settings.columnarity > 0.0 ? contact : lowest);
    for (const Top& top : tops) {
      *top.z = std::max(*top.z, solid.height + top.high);
      if (settings.avoid_overlap) taken[at(top.z - surface.data)] = 1;
    }
  });
  return solids;
}

}  // namespace afmnn::synth
