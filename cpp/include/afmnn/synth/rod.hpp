// One rod: a rigid capsule, and how it yields when it is pushed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace afmnn::synth {

struct Vec3 {
  double y, x, z;
};
inline Vec3 operator+(Vec3 a, Vec3 b) { return {a.y + b.y, a.x + b.x, a.z + b.z}; }
inline Vec3 operator-(Vec3 a, Vec3 b) { return {a.y - b.y, a.x - b.x, a.z - b.z}; }
inline Vec3 operator*(double s, Vec3 a) { return {s * a.y, s * a.x, s * a.z}; }
inline double dot(Vec3 a, Vec3 b) { return a.y * b.y + a.x * b.x + a.z * b.z; }

/// All points within `radius` of the segment from centre - half * axis to centre + half * axis. Its mass, 1, is shared
/// equally by `sites` = 2 m + 1 equidistant points of the segment, the ends included.
struct Rod {
  Vec3 centre;
  Vec3 axis;  // a unit vector
  double radius;
  double half;
  std::ptrdiff_t sites;
  std::ptrdiff_t first_site;  // in the arrays of the simulation

  /// Where a site lies, from -half to half.
  double place(std::ptrdiff_t site) const {
    return half * (2.0 * static_cast<double>(site) / static_cast<double>(sites - 1) - 1.0);
  }
  Vec3 at(double place_on_axis) const { return centre + place_on_axis * axis; }

  /// 1 / moment of inertia about the centre; 0 for a sphere, which has no direction to turn.
  double turnability() const {
    const double m = 0.5 * static_cast<double>(sites - 1);
    return half > 1e-6 * radius ? 3.0 * m / ((m + 1.0) * half * half) : 0.0;
  }

  /// 1 / mass that a push in the direction n (a unit vector) meets at a place on the axis.
  double yielding(double place_on_axis, Vec3 n) const {
    const double along = dot(n, axis);
    return 1.0 + place_on_axis * place_on_axis * turnability() * (1.0 - along * along);
  }

  /// Adds the part of `way` across the axis to the axis, at most a tenth of a radian; returns how much was added.
  double turn(Vec3 way) {
    constexpr double limit = 0.1;
    way = way - dot(way, axis) * axis;
    double size = std::sqrt(dot(way, way));
    if (size > limit) {
      way = (limit / size) * way;
      size = limit;
    }
    axis = axis + way;
    axis = (1.0 / std::sqrt(dot(axis, axis))) * axis;
    return size;
  }

  void push(double place_on_axis, Vec3 impulse) {
    centre = centre + impulse;
    turn(place_on_axis * turnability() * impulse);
  }
};

/// Places on the axes of two rods where they are nearest to each other; `apart` leads from the centre of the first to that
/// of the second. For parallel rods side by side, the middle of the part where they are.
struct Nearest {
  double first;
  double second;
};
inline Nearest nearest_places(const Rod& a, const Rod& b, Vec3 apart) {
  const auto limited = [](double value, double half) { return std::min(std::max(value, -half), half); };
  const double cosine = dot(a.axis, b.axis);
  const double sine2 = 1.0 - cosine * cosine;
  const double on_a = dot(apart, a.axis);   // of the other's centre
  const double on_b = -dot(apart, b.axis);  // of this one's centre
  double s;
  if (sine2 > 1e-6) {
    s = limited((on_a + cosine * on_b) / sine2, a.half);
  } else {
    const double low = std::max(-a.half, on_a - b.half);
    const double high = std::min(a.half, on_a + b.half);
    s = limited(0.5 * (low + high), a.half);
  }
  const double t = limited(on_b + cosine * s, b.half);
  return {limited(on_a + cosine * t, a.half), t};
}

}  // namespace afmnn::synth
