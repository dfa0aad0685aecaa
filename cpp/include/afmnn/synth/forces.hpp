// The forces between bodies, and between a body and the ground, in units where the image has area 1.
#pragma once

namespace afmnn::synth::forces {

constexpr double sigma2 = 0.82 * 0.82;  // squared length of the pair law over the squared sum of radii
constexpr double cutoff2 = 9.0;         // squared, in sigma: no force beyond
constexpr double core2 = 0.5;           // squared, in sigma: below, the force is proportional to the distance

constexpr double pow6(double v) { return v * v * v * v * v * v; }
constexpr double ground_repulsion = pow6(1.2) * pow6(1.2) / 5.0;
constexpr double ground_attraction = pow6(1.2) / 2.0;
constexpr double ground_rest =
    1.030049062719068;  // (2 / 5)^(1/6) * 1.2: radii from the centre to the ground where there is no force

/// Pulls two bodies together with this force per distance; `s` the sum of their radii, `d2` the squared distance:
///
///   6 A (s / 2) (sigma^6 / d^8 - 2 sigma^12 / d^14)
///
/// for scalars, or for vectors of them (`wanted ? a : b` chooses by element).
template <typename T>
inline T pair_pull(T d2, T s, double strength) {
  const T range2 = sigma2 * (s * s);
  const T bounded = d2 > core2 * range2 ? d2 : core2 * range2;
  const T inverse = 1.0 / bounded;
  const T q = range2 * inverse;
  const T q3 = q * q * q;
  const T pull = (3.0 * strength * s) * inverse * (q3 * (1.0 - 2.0 * q3));
  return d2 < cutoff2 * range2 ? pull : T{};
}

/// Upward force of the ground on a sphere whose centre is `height` above it; constant below half a radius.
inline double ground_force(double height, double radius, double strength) {
  const double lowest = 0.5 * radius;
  const double ratio = radius / (height > lowest ? height : lowest);
  const double ratio2 = ratio * ratio;
  const double ratio4 = ratio2 * ratio2;
  return strength * (radius * radius * radius) * (ratio4 * (ground_repulsion * (ratio4 * ratio2) - ground_attraction));
}

}  // namespace afmnn::synth::forces
