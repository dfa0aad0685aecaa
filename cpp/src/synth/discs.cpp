#include "afmnn/synth/discs.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/torus_distances.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

enum DiscRole : std::uint64_t {
  place_role = role::discs,
  radius_role,
  height_role,
};

constexpr int most_failures = 15;
constexpr double far = 1e300;
constexpr double tolerance = 1e-9;  // relative: discs that touch a circle do not overlap it
constexpr index tile = 16;          // pixels of the blocks that share a list of discs near them

struct Near {
  double y, x, radius;  // of an image of a disc, not wrapped
  std::int32_t number;  // of the disc
};

// Discs on a torus, in cells of equal size.
class DiscGrid {
 public:
  DiscGrid(double height, double width, double cell)
      : height_(height),
        width_(width),
        rows_(std::max<index>(1, to_index(std::min(height / cell, 8192.0)))),
        cols_(std::max<index>(1, to_index(std::min(width / cell, 8192.0)))),
        cells_(at(rows_ * cols_)) {}

  void add(const Disc& disc) {
    const index row = std::min(to_index(disc.y / height_ * static_cast<double>(rows_)), rows_ - 1);
    const index col = std::min(to_index(disc.x / width_ * static_cast<double>(cols_)), cols_ - 1);
    cells_[at(row * cols_ + col)].push_back({disc.y, disc.x, disc.radius, count_++});
    largest_ = std::max(largest_, disc.radius);
  }

  /// Calls visit(image of a disc) for all images whose edge is within `reach` of the point, and for others; returns false, and
  /// stops, as soon as visit does.
  template <typename Visit>
  bool for_near(double y, double x, double reach, const Visit& visit) const {
    const double all = reach + largest_;
    const double cell_y = height_ / static_cast<double>(rows_), cell_x = width_ / static_cast<double>(cols_);
    const index top = to_index(std::floor((y - all) / cell_y)), bottom = to_index(std::floor((y + all) / cell_y));
    const index left = to_index(std::floor((x - all) / cell_x)), right = to_index(std::floor((x + all) / cell_x));
    for (index r = top; r <= bottom; ++r) {
      const index turn_r = r >= 0 ? r / rows_ : -((rows_ - 1 - r) / rows_);
      for (index c = left; c <= right; ++c) {
        const index turn_c = c >= 0 ? c / cols_ : -((cols_ - 1 - c) / cols_);
        for (const Near& disc : cells_[at((r - turn_r * rows_) * cols_ + (c - turn_c * cols_))]) {
          const Near image{disc.y + static_cast<double>(turn_r) * height_, disc.x + static_cast<double>(turn_c) * width_,
                           disc.radius, disc.number};
          if (!visit(image)) return false;
        }
      }
    }
    return true;
  }

  /// Whether a circle is free of discs.
  bool is_free(double y, double x, double radius) const {
    return for_near(y, x, radius, [&](const Near& disc) {
      const double dy = disc.y - y, dx = disc.x - x, least = radius + disc.radius;
      return dy * dy + dx * dx >= least * least;
    });
  }

  /// Distance to the nearest edge of a disc; there must be one.
  double distance(double y, double x, double step) const {
    for (double reach = step;; reach *= 2.0) {
      double nearest = far;
      for_near(y, x, reach, [&](const Near& disc) {
        nearest = std::min(nearest, afmnn::hypot(disc.y - y, disc.x - x) - disc.radius);
        return true;
      });
      if (nearest <= reach) return nearest;
    }
  }

 private:
  double height_, width_;
  index rows_, cols_;
  std::vector<std::vector<Near>> cells_;
  double largest_ = 0.0;
  std::int32_t count_ = 0;
};

struct Hole {
  double radius, y, x;
  // The largest first; of equal ones the upper left.
  bool operator<(const Hole& other) const {
    if (radius != other.radius) return radius < other.radius;
    return y != other.y ? y > other.y : x > other.x;
  }
};

// Circles that touch three discs from outside (the problem of Apollonius): up to two.
int touching_circles(const Near& a, const Near& b, const Near& c, Hole* found) {
  const double by = b.y - a.y, bx = b.x - a.x, cy = c.y - a.y, cx = c.x - a.x;
  const double determinant = by * cx - bx * cy;
  if (std::abs(determinant) < 1e-9 * (std::abs(by * cx) + std::abs(bx * cy))) return 0;  // centres in a line
  // From the squares' differences: 2 (b . p) + 2 (rb - ra) R = |b|^2 + ra^2 - rb^2, so that p = u + v R.
  const double kb = 0.5 * (by * by + bx * bx + a.radius * a.radius - b.radius * b.radius), lb = b.radius - a.radius;
  const double kc = 0.5 * (cy * cy + cx * cx + a.radius * a.radius - c.radius * c.radius), lc = c.radius - a.radius;
  const double uy = (kb * cx - bx * kc) / determinant, ux = (by * kc - kb * cy) / determinant;
  const double vy = -(lb * cx - bx * lc) / determinant, vx = -(by * lc - lb * cy) / determinant;
  // |u + v R| = R + ra.
  const double q2 = vy * vy + vx * vx - 1.0, q1 = uy * vy + ux * vx - a.radius, q0 = uy * uy + ux * ux - a.radius * a.radius;
  double roots[2];
  int count = 0;
  if (std::abs(q2) < 1e-12) {
    if (q1 != 0.0) roots[count++] = -0.5 * q0 / q1;
  } else {
    const double discriminant = q1 * q1 - q2 * q0;
    if (discriminant < 0.0) return 0;
    const double root = std::sqrt(discriminant), sum = -(q1 + (q1 < 0.0 ? -root : root));
    roots[count++] = sum / q2;
    if (sum != 0.0) roots[count++] = q0 / sum;
  }
  int good = 0;
  for (int i = 0; i < count; ++i) {
    if (roots[i] > 0.0 && roots[i] < far) found[good++] = {roots[i], a.y + uy + vy * roots[i], a.x + ux + vx * roots[i]};
  }
  return good;
}

double wrapped(double x, double size) {
  x -= size * std::floor(x / size);
  return x < size ? x : 0.0;
}

class Filler {
 public:
  Filler(const Discs& settings, double height, double width, DiscGrid& grid)
      : settings_(settings), height_(height), width_(width), grid_(grid) {}

  // Adds the holes that touch a disc and two more, and no other; none is larger than `largest`.
  void add_holes(const Disc& disc, double largest) {
    const double least = settings_.min_radius + settings_.separation;
    const Near centre{disc.y, disc.x, disc.radius, 0};
    near_.clear();
    const double reach = disc.radius + 2.0 * largest * (1.0 + tolerance);
    grid_.for_near(disc.y, disc.x, reach, [&](const Near& other) {
      const double distance = afmnn::hypot(other.y - disc.y, other.x - disc.x);
      if (distance > 1e-9 * disc.radius && distance - other.radius <= reach) near_.push_back(other);
      return true;
    });
    for (std::size_t i = 0; i < near_.size(); ++i) {
      for (std::size_t j = i + 1; j < near_.size(); ++j) {
        // Two discs that are farther apart than the largest hole is wide do not share one.
        const double apart = afmnn::hypot(near_[i].y - near_[j].y, near_[i].x - near_[j].x);
        if (apart - near_[i].radius - near_[j].radius > 2.0 * largest * (1.0 + tolerance)) continue;
        Hole holes[2];
        const int count = touching_circles(centre, near_[i], near_[j], holes);
        for (int h = 0; h < count; ++h) {
          if (holes[h].radius < least || holes[h].radius > largest * (1.0 + tolerance)) continue;
          if (is_empty(holes[h])) holes_.push({holes[h].radius, wrapped(holes[h].y, height_), wrapped(holes[h].x, width_)});
        }
      }
    }
  }

  bool next(Hole* hole) {
    while (!holes_.empty()) {
      *hole = holes_.top();
      holes_.pop();
      if (grid_.is_free(hole->y, hole->x, hole->radius * (1.0 - tolerance))) return true;
    }
    return false;
  }

 private:
  bool is_empty(const Hole& hole) const {
    for (const Near& disc : near_) {
      const double dy = disc.y - hole.y, dx = disc.x - hole.x, least = (hole.radius + disc.radius) * (1.0 - tolerance);
      if (dy * dy + dx * dx < least * least) return false;
    }
    return true;
  }

  const Discs& settings_;
  double height_, width_;
  DiscGrid& grid_;
  std::vector<Near> near_;
  std::priority_queue<Hole> holes_;
};

}  // namespace

DiscSet place_discs(const Discs& settings, std::uint64_t key, index rows, index cols, UnitTeam& team) {
  const double height = static_cast<double>(rows) * settings.row_step, width = static_cast<double>(cols);
  const double largest = 0.5 * (std::min(height, width) - settings.separation);  // which keeps clear of its own images
  DiscGrid grid(height, width, std::max(settings.radius, 2.0));
  DiscSet set;
  const auto add = [&](double y, double x, double radius) {
    const double g = settings.height_spread * normal(key, height_role, static_cast<std::uint64_t>(set.discs.size()));
    // exp(asinh g), in a way that loses no digits where g is below zero.
    const double root = std::sqrt(1.0 + g * g), factor = g < 0.0 ? 1.0 / (root - g) : root + g;
    set.discs.push_back({y, x, radius, settings.height * factor});
    grid.add(set.discs.back());
  };
  // An unknown number of steps, in as many visits as it takes: the team hears Ctrl-C between units.
  int failures = 0;
  std::uint64_t attempt = 0;
  const auto once = [&](const auto& step) { team.visit(1, 0.0, [&](int, index) { step(); }); };
  while (failures < most_failures) {
    once([&] {
      for (int i = 0; i < 256 && failures < most_failures; ++i, ++attempt) {
        const auto word = philox(key, place_role, attempt);
        const double y = height * unit_double(word[0], word[1]), x = width * unit_double(word[2], word[3]);
        double radius = settings.radius;
        if (settings.radius_spread > 0.0) radius *= afmnn::exp(settings.radius_spread * normal(key, radius_role, attempt));
        if (radius <= largest && grid.is_free(y, x, radius + settings.separation)) {
          add(y, x, radius);
          failures = 0;
        } else if (++failures == most_failures && set.discs.empty()) {
          add(y, x, std::min(settings.radius, largest));  // only discs too large for the image were drawn
        }
      }
    });
  }
  set.thrown = static_cast<index>(set.discs.size());

  // No hole is larger than the farthest of some points is from the discs, and its distance from the nearest such point.
  const double step = std::max(settings.radius / 3.0, 1.0);
  const index down = to_index(std::ceil(height / step)), across = to_index(std::ceil(width / step));
  std::vector<double> farthest(at(down), 0.0);
  team.tell_parts(0, 200);
  team.visit(down, 300.0 * static_cast<double>(down) * static_cast<double>(across), [&](int, index i) {
    for (index j = 0; j < across; ++j) {
      const double y = (static_cast<double>(i) + 0.5) * height / static_cast<double>(down);
      const double x = (static_cast<double>(j) + 0.5) * width / static_cast<double>(across);
      farthest[at(i)] = std::max(farthest[at(i)], grid.distance(y, x, 0.5 * settings.radius));
    }
  });
  double widest = 0.0;
  for (const double distance : farthest) widest = std::max(widest, distance);
  widest += 0.7072 * step;
  Filler filler(settings, height, width, grid);
  team.tell_parts(200, 400);
  team.visit(set.thrown, 0.0, [&](int, index k) { filler.add_holes(set.discs[at(k)], widest); });
  team.tell_parts(400, 401);  // nobody knows how many holes are left
  bool more = true;
  while (more) {
    once([&] {
      Hole hole{};
      more = filler.next(&hole);
      if (!more) return;
      add(hole.y, hole.x, std::min(hole.radius - settings.separation, largest));
      filler.add_holes(set.discs.back(), hole.radius);
    });
  }
  return set;
}

void draw_discs(const Discs& settings, const DiscSet& set, View2D<double> out, UnitTeam& team) {
  const index rows = out.rows, cols = out.cols;
  const double height = static_cast<double>(rows) * settings.row_step, width = static_cast<double>(cols);
  const double pixels = static_cast<double>(rows) * static_cast<double>(cols);
  const double mean = std::sqrt(height * width / static_cast<double>(set.discs.size()));
  DiscGrid grid(height, width, std::max(mean, 2.0));
  for (const Disc& disc : set.discs) grid.add(disc);

  // The disc whose edge is nearest to each pixel, and whether the pixel is on it.
  std::vector<std::int32_t> owner(at(rows * cols));
  std::vector<std::uint8_t> covered(at(rows * cols));
  const index tiles_across = (cols + tile - 1) / tile, tiles = tiles_across * ((rows + tile - 1) / tile);
  const double half = 0.5 * static_cast<double>(tile), reach = half * std::sqrt(1.0 + settings.row_step * settings.row_step);
  std::vector<std::vector<Near>> lists(at(team.workers()));
  team.tell_parts(500, 700);
  team.visit(tiles, 40.0 * pixels, [&](int worker, index unit) {
    const index top = unit / tiles_across * tile, left = unit % tiles_across * tile;
    const double y0 = (static_cast<double>(top) + half) * settings.row_step, x0 = static_cast<double>(left) + half;
    // A disc that is nearest to any pixel of the tile is not much farther from its middle than the nearest there.
    const double most = grid.distance(y0, x0, mean) + 2.0 * reach;
    std::vector<Near>& near = lists[at(worker)];
    near.clear();
    grid.for_near(y0, x0, most, [&](const Near& disc) {
      if (afmnn::hypot(disc.y - y0, disc.x - x0) - disc.radius <= most) near.push_back(disc);
      return true;
    });
    for (index r = top; r < std::min(rows, top + tile); ++r) {
      const double y = static_cast<double>(r) * settings.row_step;
      for (index c = left; c < std::min(cols, left + tile); ++c) {
        double best = far;
        std::int32_t number = 0;
        for (const Near& disc : near) {
          const double dy = disc.y - y, dx = disc.x - static_cast<double>(c);
          const double distance = std::sqrt(dy * dy + dx * dx) - disc.radius;
          if (distance < best) {
            best = distance;
            number = disc.number;
          }
        }
        owner[at(r * cols + c)] = number;
        covered[at(r * cols + c)] = best <= 0.0 ? 1 : 0;
      }
    }
  });

  team.tell_parts(700, 701);
  // Distances, squared, from pixels of a kind; and pixels by their distance.
  const auto measure = [&](std::uint8_t from) {
    for (index r = 0; r < rows; ++r) {
      for (index c = 0; c < cols; ++c) out.row(r)[c] = covered[at(r * cols + c)] == from ? 0.0 : far_away;
    }
    squared_distances(out, settings.row_step, team);
  };
  const auto cover_beyond = [&](double distance) {
    for (index r = 0; r < rows; ++r) {
      for (index c = 0; c < cols; ++c) covered[at(r * cols + c)] = out.row(r)[c] > distance * distance ? 1 : 0;
    }
  };
  const auto cover_within = [&](double distance) {
    for (index r = 0; r < rows; ++r) {
      for (index c = 0; c < cols; ++c) covered[at(r * cols + c)] = out.row(r)[c] <= distance * distance ? 1 : 0;
    }
  };
  if (settings.tiles) {
    for (index r = 0; r < rows; ++r) {
      const std::int32_t* const here = owner.data() + r * cols;
      const std::int32_t* const below = owner.data() + (r + 1) % rows * cols;
      for (index c = 0; c < cols; ++c) {
        covered[at(r * cols + c)] = here[c] == here[(c + 1) % cols] && here[c] == below[c] ? 1 : 0;
      }
    }
    if (settings.gap >= 2.0) {  // the line between tiles is a pixel wide already
      measure(0);
      cover_beyond(0.7 * (settings.gap - 1.0));
      measure(1);
      cover_within(0.2 * (settings.gap - 1.0));
    }
  }
  if (settings.opening > 0.0) {
    measure(0);
    cover_beyond(0.5 * settings.opening);
    measure(1);
    cover_within(0.5 * settings.opening);
  }
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < cols; ++c) {
      const std::size_t i = at(r * cols + c);
      out.row(r)[c] = covered[i] != 0 ? set.discs[static_cast<std::size_t>(owner[i])].height : 0.0;
    }
  }
}

}  // namespace afmnn::synth
