// Patterns with one feature in every cell of a rectangular lattice.
#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/pattern.hpp"
#include "pattern_random.hpp"
#include "pattern_rows.hpp"

namespace afmnn::synth {
namespace {

constexpr double pi = 3.141592653589793;

/// The lattice cells that pixels lie in, and for each the features that reach into it.
class Cells {
 public:
  Cells(const Plane& plane, double period_x, double period_y)
      : period_x_(period_x),
        period_y_(period_y),
        first_col_(any_cell(plane.low_x(), period_x)),
        first_row_(any_cell(plane.low_y(), period_y)),
        cols_(any_cell(plane.high_x(), period_x) - first_col_ + 1),
        rows_(any_cell(plane.high_y(), period_y) - first_row_ + 1) {}

  /// Calls visit(row, col) for all cells and `more` rings of cells around them.
  template <typename Visit>
  void for_each(std::int64_t more_rows, std::int64_t more_cols, const Visit& visit) const {
    for (std::int64_t row = first_row_ - more_rows; row < first_row_ + rows_ + more_rows; ++row) {
      for (std::int64_t col = first_col_ - more_cols; col < first_col_ + cols_ + more_cols; ++col) visit(row, col);
    }
  }

  /// Sorts features into cells: reach(feature, &y, &x) says how far they extend from their centre.
  template <typename Feature, typename Reach>
  void fill(const std::vector<Feature>& features, const Reach& reach) {
    begin_.assign(static_cast<std::size_t>(rows_ * cols_) + 1, 0);
    const auto for_each_cell = [&](const Feature& feature, const auto& visit) {
      double y, x;
      reach(feature, &y, &x);
      const std::int64_t top = std::max(any_cell(feature.y - y, period_y_) - first_row_, std::int64_t{0});
      const std::int64_t bottom = std::min(any_cell(feature.y + y, period_y_) - first_row_, rows_ - 1);
      const std::int64_t left = std::max(any_cell(feature.x - x, period_x_) - first_col_, std::int64_t{0});
      const std::int64_t right = std::min(any_cell(feature.x + x, period_x_) - first_col_, cols_ - 1);
      for (std::int64_t row = top; row <= bottom; ++row) {
        for (std::int64_t col = left; col <= right; ++col) visit(static_cast<std::size_t>(row * cols_ + col));
      }
    };
    for (const Feature& feature : features) for_each_cell(feature, [&](std::size_t i) { ++begin_[i + 1]; });
    for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    members_.resize(begin_.back());
    std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
    for (std::size_t f = 0; f < features.size(); ++f) {
      for_each_cell(features[f], [&](std::size_t i) { members_[next[i]++] = static_cast<std::uint32_t>(f); });
    }
  }

  /// Calls visit(feature index) for the features that reach into the cell of a point.
  template <typename Visit>
  void at(double x, double y, const Visit& visit) const {
    const auto i = static_cast<std::size_t>((cell(y, period_y_) - first_row_) * cols_ + cell(x, period_x_) - first_col_);
    for (std::uint32_t m = begin_[i]; m < begin_[i + 1]; ++m) visit(members_[m]);
  }

 private:
  /// Of a place that may lie anywhere.
  static std::int64_t any_cell(double place, double period) {
    to_index(place / period);
    return cell(place, period);
  }
  /// Of a pixel: between those that any_cell() has taken.
  static std::int64_t cell(double place, double period) {
    const double t = place / period;
    const auto down = static_cast<std::int64_t>(t);
    return down - (static_cast<double>(down) > t ? 1 : 0);
  }

  double period_x_, period_y_;
  std::int64_t first_col_, first_row_, cols_, rows_;
  std::vector<std::uint32_t> begin_;  // per cell: where its features begin in members_
  std::vector<std::uint32_t> members_;
};

double clamp01(double x) { return x < 0.0 ? 0.0 : (x > 1.0 ? 1.0 : x); }

}  // namespace

std::vector<Hole> holes(const Plane& plane, const Holes& settings, std::uint64_t key, View2D<double> out, int threads) {
  const double smaller = std::min(settings.period_x, settings.period_y);
  std::vector<Hole> found;
  Cells cells(plane, settings.period_x, settings.period_y);
  // Shifted by half a period, and twice the nominal opening at most: a hole reaches one and a half periods.
  cells.for_each(2, 2, [&](std::int64_t row, std::int64_t col) {
    const std::uint64_t index = node_index(row, col);
    const auto times = [&](double spread, std::uint64_t role) { return multiplier(spread, key, role, index); };
    Hole hole{};
    hole.row = row;
    hole.col = col;
    hole.x = (static_cast<double>(col) + 0.5 + position_shift(settings.position_spread_x, key, position_role, index)) *
             settings.period_x;
    hole.y = (static_cast<double>(row) + 0.5 + position_shift(settings.position_spread_y, key, position_y_role, index)) *
             settings.period_y;
    hole.half_x = 0.5 * settings.period_x * (1.0 - settings.top_x) * times(settings.top_spread_x, top_role);
    hole.half_y = 0.5 * settings.period_y * (1.0 - settings.top_y) * times(settings.top_spread_y, top_y_role);
    hole.corner = std::min(
        {0.5 * smaller * settings.roundness * times(settings.roundness_spread, roundness_role), hole.half_x, hole.half_y});
    hole.slope = 0.5 * smaller * settings.slope * times(settings.slope_spread, slope_role);
    hole.depth = settings.depth * times(settings.depth_spread, height_role);
    found.push_back(hole);
  });
  cells.fill(found, [](const Hole& hole, double* y, double* x) {
    *y = hole.half_y;
    *x = hole.half_x;
  });
  const double tolerance = edge_tolerance * smaller;
  for_each_piece(plane, out, threads, [&](const double* x, const double* y, std::ptrdiff_t count, double* z) {
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      double deepest = 0.0;
      cells.at(x[i], y[i], [&](std::uint32_t f) {
        const Hole& hole = found[f];
        const double to_side = hole.half_x - std::abs(x[i] - hole.x);
        const double to_end = hole.half_y - std::abs(y[i] - hole.y);
        if (to_side <= tolerance || to_end <= tolerance) return;
        double inwards = std::min(to_side, to_end);
        if (to_side < hole.corner && to_end < hole.corner) {
          const double a = hole.corner - to_side;
          const double b = hole.corner - to_end;
          inwards = hole.corner - std::sqrt(a * a + b * b);
          if (inwards <= tolerance) return;
        }
        deepest = std::max(deepest, inwards < hole.slope ? hole.depth * (inwards / hole.slope) : hole.depth);
      });
      z[i] = -deepest;
    }
  });
  return found;
}

namespace {

template <PillarKind Kind>
double pillar_norm(double x, double y) {
  if (Kind == PillarKind::circle) return std::sqrt(x * x + y * y);
  if (Kind == PillarKind::square) return std::max(std::abs(x), std::abs(y));
  constexpr double root3 = 1.7320508075688772;
  return std::max(std::abs(x), 0.5 * std::abs(x) + 0.5 * root3 * std::abs(y));
}

struct Turned {  // what the loop over the pixels needs of a pillar
  double y, x, cosine, sine, outer, slope, height;
};

template <PillarKind Kind>
void fill_pillars(const Plane& plane, const Cells& cells, const std::vector<Turned>& pillars, double tolerance,
                  View2D<double> out, int threads) {
  for_each_piece(plane, out, threads, [&](const double* x, const double* y, std::ptrdiff_t count, double* z) {
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      double highest = 0.0;
      cells.at(x[i], y[i], [&](std::uint32_t f) {
        const Turned& p = pillars[f];
        const double right = x[i] - p.x;
        const double down = y[i] - p.y;
        const double inwards = p.outer - pillar_norm<Kind>(right * p.cosine - down * p.sine, right * p.sine + down * p.cosine);
        if (inwards < -tolerance) return;
        highest = std::max(highest, p.slope > tolerance ? p.height * clamp01(inwards / p.slope) : p.height);
      });
      z[i] = highest;
    }
  });
}

}  // namespace

std::vector<Pillar> pillars(const Plane& plane, const Pillars& settings, std::uint64_t key, View2D<double> out, int threads) {
  const double smaller = std::min(settings.period_x, settings.period_y);
  const double turn = settings.kind == PillarKind::square ? pi / 4.0 : pi / 6.0;
  std::vector<Pillar> found;
  std::vector<Turned> turned;
  Cells cells(plane, settings.period_x, settings.period_y);
  // At full spread a square of twice the size and slope, on its corner, reaches 2.83 of the smaller period, and half a
  // period of shift.
  const auto margin = [&](double period) {
    const double reach = std::sqrt(2.0) * smaller * (settings.size + settings.slope);
    return 1 + static_cast<std::int64_t>(to_index(std::ceil(reach / period)));
  };
  cells.for_each(margin(settings.period_y), margin(settings.period_x), [&](std::int64_t row, std::int64_t col) {
    const std::uint64_t index = node_index(row, col);
    const auto times = [&](double spread, std::uint64_t role) { return multiplier(spread, key, role, index); };
    Pillar pillar{};
    pillar.row = row;
    pillar.col = col;
    pillar.x = (static_cast<double>(col) + 0.5 + position_shift(settings.position_spread_x, key, position_role, index)) *
               settings.period_x;
    pillar.y = (static_cast<double>(row) + 0.5 + position_shift(settings.position_spread_y, key, position_y_role, index)) *
               settings.period_y;
    pillar.radius = 0.5 * smaller * settings.size * times(settings.size_spread, top_role);
    pillar.slope = 0.5 * smaller * settings.slope * times(settings.slope_spread, slope_role);
    pillar.orientation = settings.orientation;
    if (settings.kind != PillarKind::circle && settings.orientation_spread > 0.0) {
      pillar.orientation += settings.orientation_spread * turn * normal(key, orientation_role, index);
    }
    pillar.height = settings.height * times(settings.height_spread, height_role);
    found.push_back(pillar);
    turned.push_back({pillar.y, pillar.x, afmnn::cos(pillar.orientation), afmnn::sin(pillar.orientation),
                      pillar.radius + pillar.slope, pillar.slope, pillar.height});
  });
  const double corner =
      settings.kind == PillarKind::circle ? 1.0 : (settings.kind == PillarKind::square ? 1.4142135623730951 : 1.1547005383792515);
  cells.fill(turned,
             [&](const Turned& pillar, double* y, double* x) { *y = *x = corner * pillar.outer * (1.0 + edge_tolerance); });

  const double tolerance = edge_tolerance * smaller;
  switch (settings.kind) {
    case PillarKind::circle:
      fill_pillars<PillarKind::circle>(plane, cells, turned, tolerance, out, threads);
      break;
    case PillarKind::square:
      fill_pillars<PillarKind::square>(plane, cells, turned, tolerance, out, threads);
      break;
    case PillarKind::hexagon:
      fill_pillars<PillarKind::hexagon>(plane, cells, turned, tolerance, out, threads);
      break;
  }
  return found;
}

}  // namespace afmnn::synth
