#include "afmnn/synth/settle.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "afmnn/synth/cells.hpp"
#include "afmnn/synth/laws.hpp"

namespace afmnn::synth {
namespace {

constexpr double strength = 2e-5;         // A, of pairs
constexpr double ground_strength = 2e-3;  // B
constexpr double near_range = 1.5;        // sigma: closer pairs are computed in every step
constexpr double friction = 0.9;          // of the speed is left after a step
constexpr double kick = 0.95 * 0.25;      // (1 + friction) / 2 * time step^2
constexpr double speed_limit = 0.005;     // per step
constexpr double radius_limit = 0.05;     // of the radius, per step
constexpr double light_radius = 1e-3;     // smaller particles are heavier than 1
constexpr double wander = 0.25;           // mean radii that a particle may move before pairs are listed anew
constexpr double stale_rms = 0.02;        // mean radii that particles may move (root mean square), and
constexpr double stale_most = 0.1;        // that any of them may move, and
constexpr int stale_steps = 16;           // steps that may pass, before the forces of far pairs are computed anew
constexpr int block = 4;                  // pairs at once

// Two doubles are a register of every 64-bit machine, and a place, a speed or a force is two of them: one cache line
// holds two particles, whereas separate arrays would touch three lines for each.
typedef double Two __attribute__((vector_size(16)));
struct Vec {
  Two yx;
  Two z;  // and 0
};

inline double squared(const Vec& v) {
  const Two squares = v.yx * v.yx;
  return squares[0] + squares[1] + v.z[0] * v.z[0];
}
inline Two both(double value) { return Two{value, value}; }
inline Two limited(Two value, Two limit) {
  value = value > limit ? limit : value;
  return value < -limit ? -limit : value;
}

/// The shortest way between two places on a torus.
class Torus {
 public:
  Torus(double height, double width) : extent_{height, width}, per_extent_{1.0 / height, 1.0 / width} {}
  Two shortest(Two yx) const {
    constexpr double shift = 0x1.8p52;  // adding it and taking it away rounds to an integer
    return yx - extent_ * ((yx * per_extent_ + shift) - shift);
  }

 private:
  Two extent_;
  Two per_extent_;
};

struct Pair {
  std::int32_t first;
  std::int32_t second;
  double sum;  // of the radii
};

struct PairList {
  std::vector<Pair> pairs;
  std::ptrdiff_t count = 0;

  /// Fills the last block with pairs of `nobody` with itself, which exert no force.
  void close(std::ptrdiff_t nobody) {
    count = static_cast<std::ptrdiff_t>(pairs.size());
    const auto index = static_cast<std::int32_t>(nobody);
    while (pairs.size() % block != 0) pairs.push_back({index, index, 1.0});
  }
};

/// Adds the forces of all pairs of the list.
void add_pair_forces(const PairList& list, const Vec* places, const Torus& torus, Vec* forces) {
  const Pair* const end = list.pairs.data() + list.pairs.size();
  for (const Pair* pair = list.pairs.data(); pair != end; pair += block) {
    Vec apart[block];
    Two pull[block / 2];
    for (int k = 0; k < block; ++k) {
      const Vec& from = places[pair[k].first];
      const Vec& to = places[pair[k].second];
      apart[k].yx = torus.shortest(to.yx - from.yx);
      apart[k].z = to.z - from.z;
    }
    for (int k = 0; k < block / 2; ++k) {
      const Two d2 = {squared(apart[2 * k]), squared(apart[2 * k + 1])};
      const Two s = {pair[2 * k].sum, pair[2 * k + 1].sum};
      pull[k] = laws::pair_pull(d2, s, strength);
    }
    for (int k = 0; k < block; ++k) {
      const Two size = both(pull[k / 2][k % 2]);
      const Two yx = apart[k].yx * size;
      const Two z = apart[k].z * size;
      Vec& on_first = forces[pair[k].first];
      on_first.yx += yx;
      on_first.z += z;
      Vec& on_second = forces[pair[k].second];
      on_second.yx -= yx;
      on_second.z -= z;
    }
  }
}

Vec vec(double y, double x, double z) { return {Two{y, x}, Two{z, 0.0}}; }

class Dynamics {
 public:
  Dynamics(const Ground& ground, Spheres& spheres)
      : ground_(ground),
        torus_(ground.height(), ground.width()),
        spheres_(spheres),
        count_(spheres.size()),
        radius_(spheres.radius) {
    mean_radius_ = std::accumulate(radius_.begin(), radius_.end(), 0.0) / static_cast<double>(count_);
    largest_ = *std::max_element(radius_.begin(), radius_.end());
    sort_by_place();
    // One more sphere, that nobody meets, fills the last block of the pair lists.
    const auto size = static_cast<std::size_t>(count_ + 1);
    place_.assign(size, Vec{});
    speed_.assign(size, Vec{});
    force_.assign(size, Vec{});
    far_force_.assign(size, Vec{});
    for (std::ptrdiff_t i = 0; i < count_; ++i) place_[i] = vec(spheres.y[i], spheres.x[i], spheres.z[i]);
  }

  void run(std::ptrdiff_t steps, bool exact) {
    list_pairs();
    double moved = 0.0;
    double most_moved = 0.0;
    int age = stale_steps;
    for (std::ptrdiff_t step = 0; step < steps; ++step) {
      if (exact || age >= stale_steps || moved > stale_rms * mean_radius_ || most_moved > stale_most * mean_radius_) {
        if (farthest_moved() > 0.8 * wander * mean_radius_) list_pairs();
        std::fill(far_force_.begin(), far_force_.end(), Vec{});
        add(far_, far_force_);
        force_ = far_force_;
        moved = most_moved = 0.0;
        age = 0;
      }
      add(near_, force_);
      if (!ground_.flat()) push_off_slopes();
      const auto [rms, most] = ground_.flat() ? advance<true>() : advance<false>();
      moved += rms;
      most_moved += most;
      ++age;
    }
    for (std::ptrdiff_t i = 0; i < count_; ++i) {
      double y = place_[i].yx[0];
      double x = place_[i].yx[1];
      ground_.keep_inside(y, x);
      spheres_.y[i] = y;
      spheres_.x[i] = x;
      spheres_.z[i] = place_[i].z[0];
    }
  }

  SettleCounts counts;

 private:
  void add(const PairList& list, std::vector<Vec>& forces) {
    add_pair_forces(list, place_.data(), torus_, forces.data());
    counts.pair_evaluations += list.count;
  }

  /// Neighbours in space become neighbours in memory.
  void sort_by_place() {
    const CellGrid grid(ground_.height(), ground_.width(), 2.0 * largest_, count_);
    std::vector<std::ptrdiff_t> cell(count_);
    for (std::ptrdiff_t i = 0; i < count_; ++i) cell[i] = grid.cell(spheres_.y[i], spheres_.x[i]);
    std::vector<std::ptrdiff_t> order(count_);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::ptrdiff_t a, std::ptrdiff_t b) { return cell[a] < cell[b]; });
    spheres_.select(order);
  }

  void list_pairs() {
    ++counts.lists;
    const double margin = 2.0 * wander * mean_radius_;
    const double far_reach = std::sqrt(laws::cutoff2 * laws::sigma2);
    const double near_reach = near_range * std::sqrt(laws::sigma2);
    CellGrid grid(ground_.height(), ground_.width(), far_reach * 2.0 * largest_ + margin, count_);
    near_.pairs.clear();
    far_.pairs.clear();
    for (std::ptrdiff_t i = 0; i < count_; ++i) {
      const Vec here = place_[i];
      grid.for_near(here.yx[0], here.yx[1], [&](std::ptrdiff_t j) {
        const Vec& there = place_[j];
        const double d2 = squared({torus_.shortest(there.yx - here.yx), there.z - here.z});
        const double sum = radius_[i] + radius_[j];
        const double far = far_reach * sum + margin;
        if (d2 >= far * far) return true;
        // Those that may touch before the next list are near, whatever their size.
        const double near = std::max(near_reach * sum, touching * sum + margin);
        (d2 < near * near ? near_ : far_).pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), sum});
        return true;
      });
      grid.add(here.yx[0], here.yx[1]);
    }
    near_.close(count_);
    far_.close(count_);
    listed_ = place_;
  }

  double farthest_moved() const {
    double farthest = 0.0;
    for (std::ptrdiff_t i = 0; i < count_; ++i) {
      farthest = std::max(farthest, squared({place_[i].yx - listed_[i].yx, place_[i].z - listed_[i].z}));
    }
    return std::sqrt(farthest);
  }

  void push_off_slopes() {
    for (std::ptrdiff_t i = 0; i < count_; ++i) {
      const Ground::Point below = ground_.at(place_[i].yx[0], place_[i].yx[1]);
      const double up = laws::ground_force(place_[i].z[0] - below.height, radius_[i], ground_strength);
      force_[i].yx -= up * Two{below.slope_y, below.slope_x};
      force_[i].z[0] += up;
    }
  }

  struct Moved {
    double rms;
    double most;
  };

  /// One step; afterwards `force_` holds the forces of far pairs alone.
  template <bool Flat>
  Moved advance() {
    Two sum{};
    Two most{};
    for (std::ptrdiff_t i = 0; i < count_; ++i) {
      const double r = radius_[i];
      const double gain = kick * (r < light_radius ? r / light_radius : 1.0);
      const Two limit = both(std::min(speed_limit, radius_limit * r));
      Vec force = force_[i];
      if (Flat) force.z[0] += laws::ground_force(place_[i].z[0], r, ground_strength);
      const Two yx = limited(friction * speed_[i].yx + gain * force.yx, limit);
      const Two z = limited(friction * speed_[i].z + gain * force.z, limit);
      speed_[i] = {yx, z};
      place_[i].yx += yx;
      place_[i].z += z;
      if (!Flat) {
        double y = place_[i].yx[0];
        double x = place_[i].yx[1];
        ground_.keep_inside(y, x);
        place_[i].yx = Two{y, x};
      }
      const Two size2 = yx * yx + z * z;
      sum += size2;
      most = size2 > most ? size2 : most;
      force_[i] = far_force_[i];
    }
    return {std::sqrt((sum[0] + sum[1]) / static_cast<double>(count_)), std::sqrt(most[0] + most[1])};
  }

  const Ground& ground_;
  Torus torus_;
  Spheres& spheres_;
  std::ptrdiff_t count_;
  const std::vector<double>& radius_;
  double mean_radius_ = 0.0;
  double largest_ = 0.0;
  std::vector<Vec> place_, speed_, force_, far_force_, listed_;
  PairList near_, far_;
};

}  // namespace

void particle_forces(const Ground& ground, const Spheres& spheres, Spheres& pairs, Spheres& substrate) {
  const std::ptrdiff_t count = spheres.size();
  std::vector<Vec> places, forces(static_cast<std::size_t>(count + 1), Vec{});
  PairList all;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    places.push_back(vec(spheres.y[i], spheres.x[i], spheres.z[i]));
    for (std::ptrdiff_t j = 0; j < i; ++j) {
      all.pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), spheres.radius[i] + spheres.radius[j]});
    }
  }
  places.push_back(Vec{});
  all.close(count);
  add_pair_forces(all, places.data(), Torus(ground.height(), ground.width()), forces.data());
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const double r = spheres.radius[i];
    const Ground::Point below = ground.at(spheres.y[i], spheres.x[i]);
    const double up = laws::ground_force(spheres.z[i] - below.height, r, ground_strength);
    pairs.add(forces[i].yx[0], forces[i].yx[1], forces[i].z[0], r);
    substrate.add(-up * below.slope_y, -up * below.slope_x, up, r);
  }
}

SettleCounts settle(const Ground& ground, Spheres& spheres, std::ptrdiff_t steps, bool exact) {
  if (spheres.size() == 0 || steps <= 0) return {};
  Dynamics dynamics(ground, spheres);
  dynamics.run(steps, exact);
  return dynamics.counts;
}

}  // namespace afmnn::synth
