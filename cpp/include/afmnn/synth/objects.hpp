// Many copies of one shape, placed at random and merged into a surface.
//
// Behaviour after Gwyddion's "Objects": D. Necas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/shape.hpp"

namespace afmnn::synth {

/// One object: where, how big, which way up. Lengths in units of the pixel width.
struct Object {
  std::int64_t row = 0;  // centre pixel
  std::int64_t col = 0;
  double radius = 1.0;
  double aspect = 1.0;
  double height = 1.0;
  double angle = 0.0;
  double truncation = 1.0;
  bool up = true;
};

/// What became of it.
struct Placement {
  bool placed = false;         // false if it would have overlapped, or has no pixel
  std::int64_t footprint = 0;  // pixels
  double base = 0.0;           // height its base was put at
};

/// How objects are drawn. Spreads are those of the table in `draw_objects`.
struct ObjectSettings {
  ShapeKind kind = ShapeKind::half_sphere;
  ShapeSize size;                  // nominal
  double row_step = 1.0;           // pixel height / pixel width
  double coverage = 1.0;           // mean number of objects that cover a point
  double radius_spread = 0.0;      // radius times exp(normal(spread))
  double aspect_spread = 0.0;      // aspect ratio times exp(normal(spread))
  double height_spread = 0.0;      // height times exp(normal(spread))
  double angle_spread = 0.0;       // angle plus normal(2 spread) radians
  double truncation_spread = 0.0;  // log-odds of the truncation plus normal(spread)
  bool height_scales_with_radius = true;
  double up_fraction = 1.0;
};

/// Number of objects for the wanted coverage, as a double because it may be absurd:
/// ceil(coverage * area / (4 radius^2 ratio exp(2 radius_spread^2))). Overlap is not taken into account.
double object_count(const ObjectSettings& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// No radius is drawn above this many times the longer side of the image.
constexpr double largest_radius = 10.0;

/// Draws the objects [first, first + objects.size()) of `count`.
///
/// Positions are stratified on the torus: the image is cut in nearly equal cells of about the fourth root of its pixels
/// aside. Every full pass visits each cell once, in random order; the last, incomplete pass visits distinct random cells.
/// A centre is uniform in its cell, which pass p = 1, 2, ... shifts by (p, p), the last one by (0, 0).
/// Every quantity has its own role, so that a spread turned on changes no other draw.
class ObjectSampler {
 public:
  ObjectSampler(const ObjectSettings& settings, std::ptrdiff_t rows, std::ptrdiff_t cols, std::int64_t count, std::uint64_t key);
  /// Fills `objects` with the next ones; returns how many there were, 0 at the end.
  std::size_t next(std::vector<Object>& objects);

 private:
  void shuffle_pass();

  ObjectSettings settings_;
  std::int64_t rows_, cols_, count_;
  std::uint64_t key_;
  std::int64_t cells_down_, cells_across_;
  std::int64_t done_ = 0;
  std::vector<std::int64_t> order_;  // cells in the order of this pass
};

struct PlacingRules {
  ShapeKind kind = ShapeKind::half_sphere;
  double row_step = 1.0;
  double columnarity = 0.0;
  bool avoid_overlap = false;
};

/// Merges objects into a periodic surface, one after the other.
///
/// With o the heights of the shape, z the surface, both over the footprint, and zeta the height of full shapes (else 0):
///
///   up:    base = columnarity * max(z + o - zeta) + (1 - columnarity) * min(z);    z = max(z, base + o)
///   down:  base = columnarity * min(z - o + zeta) + (1 - columnarity) * max(z);    z = min(z, base - o)
///
/// Where `avoid_overlap` is set, an object whose footprint touches that of an earlier one is left out. The tails of
/// Gaussians are merged in the same way, but never where the surface lies beyond the base.
///
/// Objects whose boxes do not touch are placed at the same time by several threads; the result is that of one thread.
/// Costs about the area of the footprints. Throws std::bad_alloc, or std::length_error for a size that is no number of pixels.
class ObjectPlacer {
 public:
  ObjectPlacer(const PlacingRules& rules, View2D<double> surface, int threads);
  void place(const Object* objects, Placement* placements, std::size_t count);

 private:
  Placement place_one(const Object& object, const Shape& shape, std::vector<double>& kernel);
  void order_by_level(const Object* objects, const std::vector<Shape>& shapes, std::size_t count);

  PlacingRules rules_;
  View2D<double> surface_;
  int threads_;
  std::vector<std::uint8_t> taken_;           // pixels of footprints, if overlap is avoided
  std::vector<std::vector<double>> scratch_;  // heights of one object, per thread
  std::vector<std::int32_t> tiles_, levels_;
  std::vector<std::size_t> sequence_, level_begin_;
};

/// Draws and places all objects of a surface. If not null, `objects` and `placements` have room for `count` of each.
void scatter_objects(const ObjectSettings& settings, const PlacingRules& rules, View2D<double> surface, std::int64_t count,
                     std::uint64_t key, int threads, Object* objects, Placement* placements);

}  // namespace afmnn::synth
