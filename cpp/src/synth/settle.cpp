#include "afmnn/synth/settle.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "afmnn/synth/cells.hpp"
#include "afmnn/synth/forces.hpp"

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

  /// Makes room for so many pairs and one more.
  Pair* room(std::ptrdiff_t size) {
    const auto wanted = static_cast<std::size_t>(size + 1);
    if (pairs.size() < wanted) pairs.resize(std::max(wanted, 2 * pairs.size()));
    return pairs.data();
  }

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
      pull[k] = forces::pair_pull(d2, s, strength);
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
    const CellOrder sorted(Cells(ground_.height(), ground_.width(), 2.0 * largest_, count_), count_,
                           [&](std::ptrdiff_t k, const Cells& cells) { return cells.cell(spheres_.y[k], spheres_.x[k]); });
    spheres_.select(std::vector<std::ptrdiff_t>(sorted.order().begin(), sorted.order().end()));
  }

  void list_pairs() {
    ++counts.lists;
    const double margin = 2.0 * wander * mean_radius_;
    const double far_reach = std::sqrt(forces::cutoff2 * forces::sigma2);
    const double near_reach = near_range * std::sqrt(forces::sigma2);
    const Cells cells(ground_.height(), ground_.width(), far_reach * 2.0 * largest_ + margin, count_);
    const CellOrder sorted(cells, count_,
                           [&](std::ptrdiff_t k, const Cells& all) { return all.cell(place_[k].yx[0], place_[k].yx[1]); });
    const std::vector<std::int32_t>& order = sorted.order();
    sorted_place_.resize(order.size());
    sorted_radius_.resize(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
      sorted_place_[k] = place_[order[k]];
      sorted_radius_[k] = radius_[order[k]];
    }
    std::ptrdiff_t near_count = 0;
    std::ptrdiff_t far_count = 0;
    sorted.for_pairs([&](std::int32_t k, std::int32_t first, std::int32_t last) {
      Pair* const near_pairs = near_.room(near_count + last - first) + near_count;
      Pair* const far_pairs = far_.room(far_count + last - first) + far_count;
      std::ptrdiff_t near_here = 0;
      std::ptrdiff_t far_here = 0;
      const Vec here = sorted_place_[k];
      const std::int32_t number = order[k];
      for (std::int32_t other = first; other < last; ++other) {
        const Vec& there = sorted_place_[other];
        const double d2 = squared({torus_.shortest(there.yx - here.yx), there.z - here.z});
        const double sum = sorted_radius_[k] + sorted_radius_[other];
        // Those that may touch before the next list are near, whatever their size.
        const double near = std::max(near_reach * sum, touching * sum + margin);
        const double far = far_reach * sum + margin;
        // Written in any case and counted if wanted: nobody could predict the branch.
        const bool is_near = d2 < near * near;
        const bool is_far = !is_near && d2 < far * far;
        for (Pair* const pair : {near_pairs + near_here, far_pairs + far_here}) {
          pair->first = number;
          pair->second = order[other];
          pair->sum = sum;
        }
        near_here += is_near;
        far_here += is_far;
      }
      near_count += near_here;
      far_count += far_here;
    });
    near_.pairs.resize(static_cast<std::size_t>(near_count));
    far_.pairs.resize(static_cast<std::size_t>(far_count));
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
      const double up = forces::ground_force(place_[i].z[0] - below.height, radius_[i], ground_strength);
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
      if (Flat) force.z[0] += forces::ground_force(place_[i].z[0], r, ground_strength);
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
  std::vector<Vec> sorted_place_;
  std::vector<double> sorted_radius_;
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
    const double up = forces::ground_force(spheres.z[i] - below.height, r, ground_strength);
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
