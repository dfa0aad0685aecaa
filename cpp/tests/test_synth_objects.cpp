// Objects of every kind with parameters from everywhere in their ranges, in images of awkward sizes.
#include <algorithm>
#include <cmath>

#include "afmnn/synth/objects.hpp"
#include "check.hpp"

namespace {

using namespace afmnn::synth;
using afmnn::View2D;

AFMNN_TEST(objects_anywhere_in_their_ranges) {
  afmnn::test::Numbers u(7);
  const auto spread = [&] { return u(0.0, 1.0) < 0.5 ? 0.0 : u(0.0, 1.0); };
  for (int round = 0; round < 150; ++round) {
    const auto rows = static_cast<std::ptrdiff_t>(u(1.0, 60.0));
    const auto cols = static_cast<std::ptrdiff_t>(u(1.0, 200.0));
    ObjectSettings settings;
    settings.kind = static_cast<ShapeKind>(round % 15);
    settings.size = {std::exp(u(-2.0, 3.5)), std::exp(u(-2.9, 2.9)), 1.0, u(-6.0, 6.0), u(0.01, 1.0)};
    settings.row_step = std::exp(u(-1.0, 1.0));
    settings.coverage = u(0.01, 3.0);
    settings.radius_spread = spread();
    settings.aspect_spread = spread();
    settings.angle_spread = spread();
    settings.truncation_spread = spread();
    settings.height_scales_with_radius = false;
    const PlacingRules rules{settings.kind, settings.row_step, spread(), round % 2 == 0};
    const auto count = static_cast<std::int64_t>(std::min(200.0, object_count(settings, rows, cols)));
    std::vector<double> surface(static_cast<std::size_t>(rows * cols), -1.0);
    std::vector<double> again = surface;
    std::vector<Object> objects(static_cast<std::size_t>(count));
    std::vector<Placement> placements(objects.size());
    scatter_objects(settings, rules, {surface.data(), rows, cols, cols}, count, 5, 1, objects.data(), placements.data());
    scatter_objects(settings, rules, {again.data(), rows, cols, cols}, count, 5, 3, nullptr, nullptr);
    AFMNN_CHECK(surface == again);
    double highest = -1.0;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      AFMNN_CHECK(objects[i].row >= 0 && objects[i].row < rows && objects[i].col >= 0 && objects[i].col < cols);
      AFMNN_CHECK(placements[i].placed == (placements[i].footprint > 0));
      if (placements[i].placed) highest = std::max(highest, placements[i].base + objects[i].height);
    }
    AFMNN_CHECK(*std::min_element(surface.begin(), surface.end()) >= -1.0);
    AFMNN_CHECK(*std::max_element(surface.begin(), surface.end()) <= highest + 1e-9);
  }
}

AFMNN_TEST(nothing_of_a_shape_is_outside_its_row_interval) {
  afmnn::test::Numbers u(8);
  for (int round = 0; round < 300; ++round) {
    // Gaussians go on for ever and may only be evaluated where they are drawn; the Python tests compare them there.
    if (static_cast<ShapeKind>(round % 15) == ShapeKind::gaussian) continue;
    const Shape shape(static_cast<ShapeKind>(round % 15), {u(0.3, 25.0), std::exp(u(-2.0, 2.0)), 1.0, u(-6.0, 6.0), 1.0},
                      std::exp(u(-1.0, 1.0)));
    const std::ptrdiff_t reach = shape.half_cols() + 5;
    std::vector<double> row(static_cast<std::size_t>(2 * reach + 1));
    for (std::ptrdiff_t r = -shape.half_rows() - 5; r <= shape.half_rows() + 5; ++r) {
      std::ptrdiff_t first = 1;
      std::ptrdiff_t last = 0;
      const bool some = std::abs(r) <= shape.half_rows() && shape.row_interval(r, &first, &last);
      shape.evaluate(r, -reach, 2 * reach + 1, row.data());
      for (std::ptrdiff_t c = -reach; c <= reach; ++c) {
        const bool drawn = row[static_cast<std::size_t>(c + reach)] != 0.0;
        AFMNN_CHECK(!drawn || (some && c >= first && c <= last));
      }
    }
  }
}

}  // namespace
