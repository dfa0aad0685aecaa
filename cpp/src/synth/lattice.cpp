#include "afmnn/synth/lattice.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

enum LatticeRole : std::uint64_t {
  place_role = role::lattice,
  value_role,
  offset_role,
  down_role,
  right_role,
};

enum Kind {
  random_points,
  square,
  hexagonal,
  triangular,
  cairo,
  snub_square,
  truncated_square,
  silicon,
  skewed_silicon,
  penrose_vertices,
  penrose_centres
};
enum Surface { flat, linear, bumpy, radial, segmented, z_segmented, border, z_border, second };

constexpr double root3 = 1.7320508075688772;
constexpr double two_pi = 6.28318530717958647692;
constexpr double largest_portion = 1.25;  // of a move to the centroid
constexpr double box = 12.0;              // sizes: no cell reaches farther
constexpr index block_rows = 16;

struct Point {
  double y, x;
};

double margin_of(const Lattice& s) {
  const double steps = std::ceil(s.lattice_relaxation / largest_portion);
  const double displaced = s.kind == random_points ? 0.0 : 5.0 * s.deformation;
  return (6.0 + 0.5 * steps) * s.size + displaced;
}

// Two vectors of a lattice, and the points of its cell in fractions of them.
struct Cell {
  double ax, ay, bx, by;
  std::vector<std::array<double, 2>> basis;
};

Cell cell_of(int kind) {
  const Cell upright{1.0, 0.0, 0.0, 1.0, {{0.0, 0.0}}}, oblique{1.0, 0.0, 0.5, 0.5 * root3, {{0.0, 0.0}}};
  Cell cell = kind == hexagonal || kind == triangular || kind == silicon ? oblique : upright;
  // A corner in each quadrant of a figure with four-fold symmetry.
  const auto four = [&](double x, double y) {
    for (int k = 0; k < 4; ++k) {
      cell.basis.push_back({x, y});
      const double old = x;
      x = -y;
      y = old;
    }
  };
  switch (kind) {
    case triangular:
      cell.basis.push_back({1.0 / 3.0, 1.0 / 3.0});
      break;
    case cairo:  // corners of the snub square tiling, whose cells are pentagons
      cell.basis.clear();
      four(0.25 * (3.0 - root3), 0.25 * (root3 - 1.0));
      break;
    case snub_square: {  // middles of its squares and triangles
      cell.basis.push_back({0.5, 0.5});
      const double far = 0.25 + root3 / 12.0;
      four(far, -(0.5 - far));
      break;
    }
    case truncated_square:  // corners of octagons and squares
      cell.basis.clear();
      four(1.0 - 0.70710678118654752, 0.0);
      break;
    case silicon:
    case skewed_silicon:  // adatoms of the dimer-adatom-stacking-fault model
      cell.basis.clear();
      for (const auto& atom : {std::array<double, 2>{1, 1}, {3, 1}, {5, 1}, {1, 3}, {3, 3}, {1, 5}}) {
        cell.basis.push_back({atom[0] / 7.0, atom[1] / 7.0});
        cell.basis.push_back({1.0 - atom[0] / 7.0, 1.0 - atom[1] / 7.0});
      }
      break;
    default:
      break;
  }
  return cell;
}

// Points of a lattice within `reach` of the origin, x to the right and y upwards.
std::vector<Point> regular_points(const Lattice& s, std::uint64_t key, double reach) {
  const Cell cell = cell_of(s.kind);
  const double area = cell.ax * cell.by - cell.ay * cell.bx;
  const double scale = s.size * std::sqrt(static_cast<double>(cell.basis.size()) / area);
  const double ax = scale * cell.ax, ay = scale * cell.ay, bx = scale * cell.bx, by = scale * cell.by;
  const double determinant = ax * by - ay * bx;
  const double u0 = uniform(key, offset_role, 0), v0 = uniform(key, offset_role, 1);
  const index most_u = to_index(reach * afmnn::hypot(bx, by) / determinant) + 2;
  const index most_v = to_index(reach * afmnn::hypot(ax, ay) / determinant) + 2;
  std::vector<Point> points;
  for (index i = -most_u; i <= most_u; ++i) {
    for (index j = -most_v; j <= most_v; ++j) {
      for (const auto& atom : cell.basis) {
        const double u = static_cast<double>(i) + u0 + atom[0], v = static_cast<double>(j) + v0 + atom[1];
        const Point point{u * ay + v * by, u * ax + v * bx};
        if (point.y * point.y + point.x * point.x <= reach * reach) points.push_back(point);
      }
    }
  }
  return points;
}

// The rhombs of Penrose's tiling, dual to five families of parallel lines:
// N. G. de Bruijn, Indagationes Math. 84 (1981) 39, doi:10.1016/1385-7258(81)90016-0.
std::vector<Point> penrose_points(const Lattice& s, std::uint64_t key, double reach) {
  constexpr double mean_rhomb = 0.81229924058226585;  // area, for edges of length 1
  const double edge = s.size / std::sqrt(mean_rhomb);
  double cosine[5], sine[5], offset[5];
  double sum = 0.0;
  for (int j = 0; j < 5; ++j) {
    cosine[j] = afmnn::cos(two_pi * j / 5.0);
    sine[j] = afmnn::sin(two_pi * j / 5.0);
    offset[j] = j < 4 ? uniform(key, offset_role, static_cast<std::uint64_t>(j)) : -sum;
    sum += offset[j];
  }
  // A place of the tiling is 5/2 times that of its lines, to some edges.
  const double around = reach / edge * 0.4 + 3.0;
  const index most = to_index(around) + 4;
  std::vector<std::array<index, 5>> corners;
  std::vector<Point> centres;
  for (int r = 0; r < 5; ++r) {
    for (int t = r + 1; t < 5; ++t) {
      const double determinant = cosine[r] * sine[t] - sine[r] * cosine[t];
      for (index m = -most; m <= most; ++m) {
        for (index n = -most; n <= most; ++n) {
          const double a = static_cast<double>(m) - offset[r], b = static_cast<double>(n) - offset[t];
          const double x = (a * sine[t] - b * sine[r]) / determinant, y = (b * cosine[r] - a * cosine[t]) / determinant;
          if (x * x + y * y > around * around) continue;
          std::array<index, 5> number{};
          for (int j = 0; j < 5; ++j) {
            number[static_cast<std::size_t>(j)] = j == r   ? m
                                                  : j == t ? n
                                                           : to_index(std::ceil(x * cosine[j] + y * sine[j] + offset[j]));
          }
          double cx = 0.0, cy = 0.0;
          for (int corner = 0; corner < 4; ++corner) {
            std::array<index, 5> here = number;
            here[static_cast<std::size_t>(r)] += corner & 1;
            here[static_cast<std::size_t>(t)] += corner >> 1;
            if (s.kind == penrose_vertices) corners.push_back(here);
            for (int j = 0; j < 5; ++j) {
              cx += 0.25 * static_cast<double>(here[static_cast<std::size_t>(j)]) * cosine[j];
              cy += 0.25 * static_cast<double>(here[static_cast<std::size_t>(j)]) * sine[j];
            }
          }
          if (s.kind == penrose_centres) centres.push_back({edge * cy, edge * cx});
        }
      }
    }
  }
  std::sort(corners.begin(), corners.end());
  corners.erase(std::unique(corners.begin(), corners.end()), corners.end());
  for (const auto& corner : corners) {
    double x = 0.0, y = 0.0;
    for (int j = 0; j < 5; ++j) {
      x += static_cast<double>(corner[static_cast<std::size_t>(j)]) * cosine[j];
      y += static_cast<double>(corner[static_cast<std::size_t>(j)]) * sine[j];
    }
    centres.push_back({edge * y, edge * x});
  }
  return centres;
}

// A smooth random displacement: uniform numbers on nodes, weighted with Gaussians.
class Displacement {
 public:
  Displacement(double scale, double rms, double half_y, double half_x, std::uint64_t key, std::uint64_t quantity)
      : scale_(scale),
        first_y_(to_index(std::floor(-half_y / scale)) - taps),
        first_x_(to_index(std::floor(-half_x / scale)) - taps) {
    const index rows = -2 * first_y_ + 1;
    cols_ = -2 * first_x_ + 1;
    nodes_.resize(at(rows * cols_));
    for (index i = 0; i < rows * cols_; ++i) {
      nodes_[at(i)] = 3.4641016151377544 * rms * (uniform(key, quantity, static_cast<std::uint64_t>(i)) - 0.5);
    }
  }
  double at_point(Point p) const {
    double wy[taps], wx[taps];
    const index y = weights(p.y, wy) - first_y_, x = weights(p.x, wx) - first_x_;
    double sum = 0.0;
    for (index i = 0; i < taps; ++i) {
      double row = 0.0;
      for (index j = 0; j < taps; ++j) row += wx[j] * nodes_[at((y + i) * cols_ + x + j)];
      sum += wy[i] * row;
    }
    return sum;
  }

 private:
  static constexpr index taps = 12;
  index weights(double place, double* w) const {
    const double at_node = place / scale_;
    const index first = to_index(std::floor(at_node)) - taps / 2 + 1;
    double squares = 0.0;
    for (index k = 0; k < taps; ++k) {
      const double distance = at_node - static_cast<double>(first + k);
      w[k] = exp_fast(-0.5 * distance * distance);
      squares += w[k] * w[k];
    }
    for (index k = 0; k < taps; ++k) w[k] /= std::sqrt(squares);
    return first;
  }

  double scale_;
  index first_y_, first_x_, cols_ = 0;
  std::vector<double> nodes_;
};

// Points in cells of equal size.
class Buckets {
 public:
  Buckets(const std::vector<Point>& points, double side) : points_(points), side_(side) {
    top_ = left_ = std::numeric_limits<double>::infinity();
    double bottom = -top_, right = -top_;
    for (const Point& p : points) {
      top_ = std::min(top_, p.y);
      left_ = std::min(left_, p.x);
      bottom = std::max(bottom, p.y);
      right = std::max(right, p.x);
    }
    rows_ = to_index((bottom - top_) / side) + 1;
    cols_ = to_index((right - left_) / side) + 1;
    start_.assign(at(rows_ * cols_ + 1), 0);
    for (const Point& p : points) ++start_[at(bucket(p) + 1)];
    for (std::size_t i = 1; i < start_.size(); ++i) start_[i] += start_[i - 1];
    std::vector<std::int32_t> end(start_.begin(), start_.end() - 1);
    order_.resize(points.size());
    for (std::size_t k = 0; k < points.size(); ++k) {
      order_[at(end[at(bucket(points[k]))]++)] = static_cast<std::int32_t>(k);
    }
  }

  /// Calls visit(number) for all points within `reach`, and others.
  template <typename Visit>
  void for_near(Point p, double reach, const Visit& visit) const {
    const index r1 = row(p.y - reach), r2 = row(p.y + reach), c1 = col(p.x - reach), c2 = col(p.x + reach);
    for (index r = r1; r <= r2; ++r) {
      for (index i = start_[at(r * cols_ + c1)]; i < start_[at(r * cols_ + c2 + 1)]; ++i) visit(order_[at(i)]);
    }
  }

  /// The nearest point, by search.
  std::int32_t nearest(Point p) const {
    for (double reach = side_;; reach *= 2.0) {
      double best = std::numeric_limits<double>::infinity();
      std::int32_t found = -1;
      for_near(p, reach, [&](std::int32_t k) {
        const double dy = points_[at(k)].y - p.y, dx = points_[at(k)].x - p.x, here = dy * dy + dx * dx;
        if (here < best) {
          best = here;
          found = k;
        }
      });
      if (found >= 0 && (best <= reach * reach || reach > 1e9)) return found;
    }
  }

 private:
  index clamped(double place, index size) const { return place < 0.0 ? 0 : std::min(to_index(std::min(place, 1e12)), size - 1); }
  index row(double y) const { return clamped((y - top_) / side_, rows_); }
  index col(double x) const { return clamped((x - left_) / side_, cols_); }
  index bucket(const Point& p) const { return row(p.y) * cols_ + col(p.x); }

  const std::vector<Point>& points_;
  double side_, top_, left_;
  index rows_, cols_;
  std::vector<std::int32_t> start_, order_;
};

// Cells of points: neighbours in order around each, and centroids.
struct Diagram {
  std::vector<index> start;
  std::vector<std::int32_t> neighbour;  // -1: the cell is open there
  std::vector<Point> centroid;
  std::vector<double> area;  // 0 for open cells
};

struct Corner {
  double y, x;        // from the point
  std::int32_t side;  // whose bisector the side from here to the next corner is on
};

// Takes off what is nearer to (y, x); returns whether there was anything.
bool clip(std::vector<Corner>& cell, double y, double x, std::int32_t number, std::vector<Corner>& work) {
  const double half = 0.5 * (y * y + x * x);
  const auto inside = [&](const Corner& a) { return a.y * y + a.x * x - half <= 0.0; };
  if (std::all_of(cell.begin(), cell.end(), inside)) return false;
  work.clear();
  const std::size_t count = cell.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Corner &a = cell[i], &b = cell[(i + 1) % count];
    const double da = a.y * y + a.x * x - half, db = b.y * y + b.x * x - half;
    if (da <= 0.0) work.push_back(a);
    if ((da <= 0.0) == (db <= 0.0)) continue;
    const double t = da / (da - db);
    work.push_back({a.y + t * (b.y - a.y), a.x + t * (b.x - a.x), da <= 0.0 ? number : a.side});
  }
  cell.swap(work);
  return true;
}

Diagram diagram_of(const std::vector<Point>& points, double size, UnitTeam& team) {
  const Buckets buckets(points, size);
  const index count = static_cast<index>(points.size());
  Diagram diagram;
  diagram.start.push_back(0);
  diagram.centroid.resize(points.size());
  diagram.area.resize(points.size());
  struct Near {
    double square;
    std::int32_t number;
  };
  std::vector<Near> near;
  std::vector<Corner> cell, work;
  constexpr index block = 256;
  team.visit((count + block - 1) / block, 0.0, [&](int, index unit) {
    for (index k = unit * block; k < std::min(count, (unit + 1) * block); ++k) {
      const Point p = points[at(k)];
      const double far = box * size;
      for (double reach = 2.5 * size;; reach *= 2.0) {
        near.clear();
        buckets.for_near(p, reach, [&](std::int32_t other) {
          const double dy = points[at(other)].y - p.y, dx = points[at(other)].x - p.x, here = dy * dy + dx * dx;
          if (other != k && here > 0.0 && here <= reach * reach) near.push_back({here, other});
        });
        std::sort(near.begin(), near.end(),
                  [](const Near& a, const Near& b) { return a.square != b.square ? a.square < b.square : a.number < b.number; });
        cell = {{-far, -far, -1}, {-far, far, -1}, {far, far, -1}, {far, -far, -1}};
        double widest = 2.0 * far * far;
        for (const Near& other : near) {
          if (other.square > 4.0 * widest) break;
          if (!clip(cell, points[at(other.number)].y - p.y, points[at(other.number)].x - p.x, other.number, work)) continue;
          widest = 0.0;
          for (const Corner& corner : cell) widest = std::max(widest, corner.y * corner.y + corner.x * corner.x);
        }
        if (4.0 * widest <= reach * reach || reach > 4.0 * far) break;
      }
      double twice = 0.0, my = 0.0, mx = 0.0;
      bool open = false;
      for (std::size_t i = 0; i < cell.size(); ++i) {
        const Corner &a = cell[i], &b = cell[(i + 1) % cell.size()];
        const double cross = a.y * b.x - a.x * b.y;
        twice += cross;
        my += cross * (a.y + b.y);
        mx += cross * (a.x + b.x);
        open = open || a.side < 0;
        diagram.neighbour.push_back(a.side);
      }
      diagram.start.push_back(static_cast<index>(diagram.neighbour.size()));
      const bool closed = !open && std::abs(twice) > 0.0;
      diagram.centroid[at(k)] = closed ? Point{p.y + my / (3.0 * twice), p.x + mx / (3.0 * twice)} : p;
      diagram.area[at(k)] = closed ? 0.5 * std::abs(twice) : 0.0;
    }
  });
  return diagram;
}

void relax_values(const Diagram& diagram, const std::vector<Point>& points, double amount, std::vector<double>& values,
                  UnitTeam& team) {
  const index steps = to_index(std::ceil(amount));
  std::vector<double> next(values.size());
  team.visit(steps, 0.0, [&](int, index step) {
    const double portion = 0.5 * std::min(1.0, amount - static_cast<double>(step));
    for (std::size_t k = 0; k < values.size(); ++k) {
      double sum = 0.0, weights = 0.0;
      for (index i = diagram.start[k]; i < diagram.start[k + 1]; ++i) {
        const std::int32_t other = diagram.neighbour[at(i)];
        if (other < 0) continue;
        const double dy = points[at(other)].y - points[k].y, dx = points[at(other)].x - points[k].x;
        const double weight = 1.0 / (dy * dy + dx * dx);
        sum += weight * values[at(other)];
        weights += weight;
      }
      next[k] = weights > 0.0 ? values[k] + portion * (sum / weights - values[k]) : values[k];
    }
    values.swap(next);
  });
}

class Painter {
 public:
  Painter(const std::vector<Point>& points, const std::vector<double>& values, const Diagram& diagram, double size)
      : points_(points), values_(values), diagram_(diagram), unit_(1.0 / size) {}

  /// The nearest point, found on the way from another one.
  std::int32_t walk(Point p, std::int32_t from) const {
    double best = square(p, from);
    for (bool moved = true; moved;) {
      moved = false;
      for (index i = diagram_.start[at(from)]; i < diagram_.start[at(from) + 1]; ++i) {
        const std::int32_t other = diagram_.neighbour[at(i)];
        if (other < 0) continue;
        const double here = square(p, other);
        if (here < best) {
          best = here;
          from = other;
          moved = true;
          break;
        }
      }
    }
    return from;
  }

  double height(int surface, Point p, std::int32_t owner) const {
    const double y = p.y - points_[at(owner)].y, x = p.x - points_[at(owner)].x, u = values_[at(owner)];
    switch (surface) {
      case flat:
        return u;
      case linear:
      case bumpy:
        return interpolated(surface, p, owner);
      case radial:
        return unit_ * std::sqrt(y * y + x * x);
      case segmented:
      case z_segmented: {
        double most = 0.0;
        for_neighbours(owner,
                       [&](double ny, double nx) { most = std::max(most, 2.0 * (y * ny + x * nx) / (ny * ny + nx * nx)); });
        return surface == segmented ? most : u * (most - 1.0);
      }
      case border:
      case z_border: {
        double least = std::numeric_limits<double>::infinity();
        for_neighbours(owner, [&](double ny, double nx) {
          const double n2 = ny * ny + nx * nx;
          least = std::min(least, std::abs(0.5 * n2 - (y * ny + x * nx)) / std::sqrt(n2));
        });
        return 1.0 - 2.0 * unit_ * least * (surface == border ? 1.0 : u);
      }
      default: {
        double least = std::numeric_limits<double>::infinity();
        for_neighbours(owner, [&](double ny, double nx) { least = std::min(least, (y - ny) * (y - ny) + (x - nx) * (x - nx)); });
        return 1.0 - unit_ * std::sqrt(least);
      }
    }
  }

 private:
  double square(Point p, std::int32_t k) const {
    const double dy = points_[at(k)].y - p.y, dx = points_[at(k)].x - p.x;
    return dy * dy + dx * dx;
  }

  template <typename Visit>
  void for_neighbours(std::int32_t owner, const Visit& visit) const {
    for (index i = diagram_.start[at(owner)]; i < diagram_.start[at(owner) + 1]; ++i) {
      const std::int32_t other = diagram_.neighbour[at(i)];
      if (other < 0) continue;
      visit(points_[at(other)].y - points_[at(owner)].y, points_[at(other)].x - points_[at(owner)].x);
    }
  }

  // The triangle of Delaunay that holds p is most often one around the nearest point, but may be one around its neighbours.
  double interpolated(int surface, Point p, std::int32_t owner) const {
    double result = 0.0;
    if (in_triangles_of(surface, p, owner, &result)) return result;
    for (index i = diagram_.start[at(owner)]; i < diagram_.start[at(owner) + 1]; ++i) {
      const std::int32_t other = diagram_.neighbour[at(i)];
      if (other >= 0 && in_triangles_of(surface, p, other, &result)) return result;
    }
    return values_[at(owner)];
  }

  bool in_triangles_of(int surface, Point p, std::int32_t owner, double* result) const {
    const index first = diagram_.start[at(owner)], count = diagram_.start[at(owner) + 1] - first;
    const Point o = points_[at(owner)];
    for (index i = 0; i < count; ++i) {
      const std::int32_t b = diagram_.neighbour[at(first + i)], c = diagram_.neighbour[at(first + (i + 1) % count)];
      if (b < 0 || c < 0) continue;
      const double by = points_[at(b)].y - o.y, bx = points_[at(b)].x - o.x, cy = points_[at(c)].y - o.y,
                   cx = points_[at(c)].x - o.x, y = p.y - o.y, x = p.x - o.x;
      const double determinant = by * cx - bx * cy;
      if (determinant == 0.0) continue;
      double w[3];
      w[1] = (y * cx - x * cy) / determinant;
      w[2] = (by * x - bx * y) / determinant;
      w[0] = 1.0 - w[1] - w[2];
      if (w[0] < -1e-9 || w[1] < -1e-9 || w[2] < -1e-9) continue;
      double sum = 0.0;
      for (double& weight : w) {
        weight = std::max(weight, 0.0);
        if (surface == bumpy) weight = weight * weight * weight;
        sum += weight;
      }
      *result = (w[0] * values_[at(owner)] + w[1] * values_[at(b)] + w[2] * values_[at(c)]) / sum;
      return true;
    }
    return false;
  }

  const std::vector<Point>& points_;
  const std::vector<double>& values_;
  const Diagram& diagram_;
  double unit_;
};

}  // namespace

const std::vector<std::string>& lattice_kinds() {
  static const std::vector<std::string> names{"random",         "square",           "hexagonal",        "triangular",
                                              "cairo",          "snub_square",      "truncated_square", "silicon",
                                              "skewed_silicon", "penrose_vertices", "penrose_centres"};
  return names;
}

const std::vector<std::string>& lattice_surfaces() {
  static const std::vector<std::string> names{"flat",        "linear", "bumpy",    "radial", "segmented",
                                              "z_segmented", "border", "z_border", "second"};
  return names;
}

double lattice_point_count(const Lattice& settings, index rows, index cols) {
  const double margin = 2.0 * margin_of(settings);
  return (static_cast<double>(rows) * settings.row_step + margin) * (static_cast<double>(cols) + margin) /
         (settings.size * settings.size);
}

LatticePoints lattice(const Lattice& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  const index rows = out.rows, cols = out.cols;
  const double margin = margin_of(settings);
  const double half_y = 0.5 * static_cast<double>(rows) * settings.row_step + margin;
  const double half_x = 0.5 * static_cast<double>(cols) + margin;
  std::vector<Point> points;
  if (settings.kind == random_points) {
    const index count = to_index(4.0 * half_y * half_x / (settings.size * settings.size) + 0.5);
    for (index k = 0; k < count; ++k) {
      const auto word = philox(key, place_role, static_cast<std::uint64_t>(k));
      points.push_back(
          {half_y * (2.0 * unit_double(word[0], word[1]) - 1.0), half_x * (2.0 * unit_double(word[2], word[3]) - 1.0)});
    }
  } else {
    const double reach = afmnn::hypot(half_y, half_x);
    const bool is_penrose = settings.kind == penrose_vertices || settings.kind == penrose_centres;
    const double cosine = afmnn::cos(settings.angle), sine = afmnn::sin(settings.angle);
    for (const Point& p : is_penrose ? penrose_points(settings, key, reach) : regular_points(settings, key, reach)) {
      const Point turned{-(p.x * sine + p.y * cosine), p.x * cosine - p.y * sine};
      if (std::abs(turned.y) <= half_y && std::abs(turned.x) <= half_x) points.push_back(turned);
    }
    if (settings.deformation > 0.0) {
      // Where it changes within a quarter of the distance of points, each is displaced by itself.
      const double scale = std::max(settings.deformation_scale, 0.25 * settings.size);
      const Displacement down(scale, settings.deformation, half_y, half_x, key, down_role);
      const Displacement right(scale, settings.deformation, half_y, half_x, key, right_role);
      for (Point& p : points) p = {p.y + down.at_point(p), p.x + right.at_point(p)};
    }
  }
  LatticePoints result;
  result.value.resize(points.size());
  for (std::size_t k = 0; k < points.size(); ++k) result.value[k] = uniform(key, value_role, k);

  // Of progress: diagrams, of which there is one more than steps, take most.
  constexpr index diagrams_end = 7 * UnitTeam::parts / 10, values_end = 3 * UnitTeam::parts / 4;
  const index diagrams = 1 + to_index(std::ceil(settings.lattice_relaxation / largest_portion));
  team.tell_parts(0, diagrams_end / diagrams);
  Diagram diagram = diagram_of(points, settings.size, team);
  index made = 1;
  for (double rest = settings.lattice_relaxation; rest > 0.0; rest -= largest_portion) {
    team.tell_parts(diagrams_end * made / diagrams, diagrams_end * (made + 1) / diagrams);
    ++made;
    const double portion = std::min(rest, largest_portion);
    for (std::size_t k = 0; k < points.size(); ++k) {
      points[k].y += portion * (diagram.centroid[k].y - points[k].y);
      points[k].x += portion * (diagram.centroid[k].x - points[k].x);
    }
    diagram = diagram_of(points, settings.size, team);
  }
  team.tell_parts(diagrams_end, values_end);
  relax_values(diagram, points, settings.height_relaxation, result.value, team);

  const Painter painter(points, result.value, diagram, settings.size);
  const Buckets buckets(points, settings.size);
  const double middle_y = 0.5 * static_cast<double>(rows - 1), middle_x = 0.5 * static_cast<double>(cols - 1);
  const double pixels = static_cast<double>(rows) * static_cast<double>(cols);
  const index blocks = (rows + block_rows - 1) / block_rows;
  const auto place = [&](index r, index c) {
    return Point{(static_cast<double>(r) - middle_y) * settings.row_step, static_cast<double>(c) - middle_x};
  };
  const auto for_rows = [&](double cost, const auto& visit) {
    team.visit(blocks, cost * pixels, [&](int, index block) {
      for (index r = block * block_rows; r < std::min(rows, (block + 1) * block_rows); ++r) visit(block, r);
    });
  };
  const index passes = 1 + static_cast<index>(settings.layers.size());
  const auto tell_pass = [&](index pass) {
    constexpr index left = UnitTeam::parts - values_end;
    team.tell_parts(values_end + left * pass / passes, values_end + left * (pass + 1) / passes);
  };
  tell_pass(0);
  std::vector<std::int32_t> owner(at(rows * cols));
  for_rows(25.0, [&](index, index r) {
    std::int32_t here = buckets.nearest(place(r, 0));
    for (index c = 0; c < cols; ++c) owner[at(r * cols + c)] = here = painter.walk(place(r, c), here);
  });

  std::vector<double> layer(at(rows * cols)), low(at(blocks)), high(at(blocks));
  const auto reset = [&] {
    std::fill(low.begin(), low.end(), std::numeric_limits<double>::infinity());
    std::fill(high.begin(), high.end(), -std::numeric_limits<double>::infinity());
  };
  for (index r = 0; r < rows; ++r) std::fill_n(out.row(r), cols, 0.0);
  for (std::size_t k = 0; k < settings.layers.size(); ++k) {
    const LatticeLayer& one = settings.layers[k];
    tell_pass(1 + static_cast<index>(k));
    reset();
    for_rows(50.0, [&](index block, index r) {
      for (index c = 0; c < cols; ++c) {
        const double height = painter.height(one.surface, place(r, c), owner[at(r * cols + c)]);
        layer[at(r * cols + c)] = height;
        low[at(block)] = std::min(low[at(block)], height);
        high[at(block)] = std::max(high[at(block)], height);
      }
    });
    team.tell_parts(0, 0);
    const double least = *std::min_element(low.begin(), low.end()), most = *std::max_element(high.begin(), high.end());
    if (!(most > least)) continue;
    for_rows(2.0, [&](index, index r) {
      for (index c = 0; c < cols; ++c) {
        const double scaled = (layer[at(r * cols + c)] - least) / (most - least);
        out.row(r)[c] += one.weight * std::max(std::min(scaled, one.upper), one.lower);
      }
    });
  }
  reset();
  for_rows(1.0, [&](index block, index r) {
    for (index c = 0; c < cols; ++c) {
      low[at(block)] = std::min(low[at(block)], out.row(r)[c]);
      high[at(block)] = std::max(high[at(block)], out.row(r)[c]);
    }
  });
  const double least = *std::min_element(low.begin(), low.end()), most = *std::max_element(high.begin(), high.end());
  for_rows(1.0, [&](index, index r) {
    for (index c = 0; c < cols; ++c) {
      out.row(r)[c] = most > least ? settings.height * ((out.row(r)[c] - least) / (most - least)) : 0.0;
    }
  });
  for (const Point& p : points) {
    result.y.push_back(p.y);
    result.x.push_back(p.x);
  }
  result.area = std::move(diagram.area);
  return result;
}

}  // namespace afmnn::synth
