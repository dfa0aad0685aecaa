#include "afmnn/synth/render_bodies.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "afmnn/core/parallel.hpp"

namespace afmnn::synth {
namespace {

constexpr std::ptrdiff_t block_rows = 64;

/// Indices first ... last of the pixels whose centres may lie in (centre - half, centre + half), and up to one more on
/// each side: whoever draws looks closely.
struct Span {
  std::ptrdiff_t first;
  std::ptrdiff_t last;
};
Span span(double centre, double half, double per_pixel, std::ptrdiff_t count) {
  const double limit = static_cast<double>(count);
  const double low = (centre - half) * per_pixel - 0.5;
  const double high = (centre + half) * per_pixel + 0.5;  // the first index beyond, before rounding down
  return {static_cast<std::ptrdiff_t>(std::min(std::max(low, 0.0), limit)),
          static_cast<std::ptrdiff_t>(std::min(std::max(high, 0.0), limit)) - (high < limit ? 0 : 1)};
}

/// Which bodies reach into which block of rows, bodies in order.
class Blocks {
 public:
  template <typename RowsOf>
  Blocks(std::ptrdiff_t rows, std::ptrdiff_t bodies, const RowsOf& rows_of)
      : start_(static_cast<std::size_t>((rows + block_rows - 1) / block_rows + 1), 0) {
    const auto each = [&](const auto& visit) {
      for (std::ptrdiff_t k = 0; k < bodies; ++k) {
        const Span reach = rows_of(k);
        if (reach.first > reach.last) continue;
        for (std::ptrdiff_t b = reach.first / block_rows; b <= reach.last / block_rows; ++b) visit(b, k);
      }
    };
    each([&](std::ptrdiff_t b, std::ptrdiff_t) { ++start_[b + 1]; });
    for (std::size_t b = 1; b < start_.size(); ++b) start_[b] += start_[b - 1];
    members_.resize(static_cast<std::size_t>(start_.back()));
    std::vector<std::ptrdiff_t> end(start_.begin(), start_.end() - 1);
    each([&](std::ptrdiff_t b, std::ptrdiff_t k) { members_[end[b]++] = static_cast<std::int32_t>(k); });
  }

  std::ptrdiff_t count() const { return static_cast<std::ptrdiff_t>(start_.size()) - 1; }
  const std::int32_t* begin(std::ptrdiff_t b) const { return members_.data() + start_[b]; }
  const std::int32_t* end(std::ptrdiff_t b) const { return members_.data() + start_[b + 1]; }

 private:
  std::vector<std::ptrdiff_t> start_;
  std::vector<std::int32_t> members_;
};

/// Calls draw(row, body) for every body and row it reaches.
template <typename RowsOf, typename Draw>
void for_rows(std::ptrdiff_t rows, std::ptrdiff_t bodies, int threads, const RowsOf& rows_of, const Draw& draw) {
  const Blocks blocks(rows, bodies, rows_of);
  for_each_block(blocks.count(), threads, [&](std::ptrdiff_t b) {
    for (const std::int32_t* body = blocks.begin(b); body != blocks.end(b); ++body) {
      const Span reach = rows_of(*body);
      const std::ptrdiff_t last = std::min(reach.last, (b + 1) * block_rows - 1);
      for (std::ptrdiff_t r = std::max(reach.first, b * block_rows); r <= last; ++r) draw(r, *body);
    }
  });
}

}  // namespace

void fill_with_base(View2D<double> heights, View2D<const double> base, int threads) {
  for_each_block((heights.rows + block_rows - 1) / block_rows, threads, [&](std::ptrdiff_t b) {
    const std::ptrdiff_t last = std::min((b + 1) * block_rows, heights.rows);
    for (std::ptrdiff_t r = b * block_rows; r < last; ++r) {
      if (base.data == nullptr) {
        std::fill(heights.row(r), heights.row(r) + heights.cols, 0.0);
      } else {
        std::copy(base.row(r), base.row(r) + heights.cols, heights.row(r));
      }
    }
  });
}

void draw_spheres(View2D<double> heights, double dy, double dx, const Balls& balls, int threads) {
  const double per_dx = 1.0 / dx;
  for_rows(
      heights.rows, balls.count, threads,
      [&](std::ptrdiff_t k) { return span(balls.y[k], balls.radius[k], 1.0 / dy, heights.rows); },
      [&](std::ptrdiff_t r, std::ptrdiff_t k) {
        const double from_y = (static_cast<double>(r) + 0.5) * dy - balls.y[k];
        const double chord2 = balls.radius[k] * balls.radius[k] - from_y * from_y;
        if (!(chord2 > 0.0)) return;
        const Span reach = span(balls.x[k], std::sqrt(chord2), per_dx, heights.cols);
        double* const row = heights.row(r);
        const double x = balls.x[k];
        const double z = balls.z[k];
        const auto last = static_cast<std::int32_t>(reach.last);
        for (auto c = static_cast<std::int32_t>(reach.first); c <= last; ++c) {
          const double from_x = (static_cast<double>(c) + 0.5) * dx - x;
          const double rest = chord2 - from_x * from_x;
          const double top = z + std::sqrt(rest > 0.0 ? rest : 0.0);
          const double old = row[c];
          row[c] = rest > 0.0 && top > old ? top : old;
        }
      });
}

// A point at distance b from the vertical plane through the axis, and a along it, is below the sphere about
// centre + t axis whose top there is highest. With h = sqrt(r^2 - b^2) and l the length of the horizontal part of the
// axis, t = (a + h axis_z) / l, limited to the segment (the height is a concave function of t).
void draw_capsules(View2D<double> heights, double dy, double dx, const Capsules& capsules, int threads) {
  const Balls& balls = capsules.centres;
  for_rows(
      heights.rows, balls.count, threads,
      [&](std::ptrdiff_t k) {
        return span(balls.y[k], balls.radius[k] + capsules.half[k] * std::fabs(capsules.axis_y[k]), 1.0 / dy, heights.rows);
      },
      [&](std::ptrdiff_t r, std::ptrdiff_t k) {
        const double level = std::sqrt(capsules.axis_y[k] * capsules.axis_y[k] + capsules.axis_x[k] * capsules.axis_x[k]);
        const bool upright = level < 1e-9;  // a sphere on a sphere: the direction of the horizontal part does not matter
        const double ey = upright ? 0.0 : capsules.axis_y[k] / level;
        const double ex = upright ? 1.0 : capsules.axis_x[k] / level;
        const double uz = capsules.axis_z[k];
        const double half = capsules.half[k];
        const double radius2 = balls.radius[k] * balls.radius[k];
        const double per_level = 1.0 / std::max(level, 1e-9);
        const double from_y = (static_cast<double>(r) + 0.5) * dy - balls.y[k];
        const Span reach = span(balls.x[k], balls.radius[k] + half * std::fabs(capsules.axis_x[k]), 1.0 / dx, heights.cols);
        double* const row = heights.row(r);
        for (std::ptrdiff_t c = reach.first; c <= reach.last; ++c) {
          const double from_x = (static_cast<double>(c) + 0.5) * dx - balls.x[k];
          const double a = from_y * ey + from_x * ex;
          const double b = from_y * ex - from_x * ey;
          const double h2 = radius2 - b * b;
          if (!(h2 > 0.0)) continue;
          const double t = std::min(std::max((a + std::sqrt(h2) * uz) * per_level, -half), half);
          const double w = a - t * level;
          const double rest = h2 - w * w;
          if (!(rest > 0.0)) continue;
          row[c] = std::max(row[c], balls.z[k] + t * uz + std::sqrt(rest));
        }
      });
}

}  // namespace afmnn::synth
