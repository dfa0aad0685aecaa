#include "afmnn/synth/rods.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/cells.hpp"
#include "afmnn/synth/forces.hpp"
#include "afmnn/synth/render_bodies.hpp"
#include "afmnn/synth/rod.hpp"
#include "afmnn/synth/truncated_normal.hpp"

namespace afmnn::synth {
namespace {

constexpr std::uint64_t radius_role = role::rods + 0;
constexpr std::uint64_t aspect_role = role::rods + 1;
constexpr std::uint64_t place_role = role::rods + 2;
constexpr std::uint64_t azimuth_role = role::rods + 3;

constexpr double pi = 3.14159265358979323846;
constexpr double damping = 0.95;            // of the speed is left after a step
constexpr double lying = 1.2;               // radii above the ground: a site below this lies on it
constexpr double move_limit = 0.05;         // radii that a site may move at once
constexpr double settled = 1e-3;            // radii: less than this is no motion
constexpr double wander = 0.25;             // mean radii that a rod may move before pairs are listed anew
constexpr double insertion_interval = 200;  // steps from one rod to the next, at most
constexpr double most_steps_at_once = 500;
constexpr double stable = 0.4;        // of a stiff force may be undone by one move; 2 would be unstable
constexpr double fall = 0.02;         // radii that the weight may move a rod at once
constexpr double sampling = 0.5;      // radii between the points where a falling rod may first touch something
constexpr int last_corrections = 20;  // sweeps in the end, against what the last move left

// Displacement of a site per step and force, the time step being 1/2: the sum over all later steps of what is left of the
// speed. On the ground the factor of damping is smaller.
double mobility_with(double on_ground) {
  const double f = damping * on_ground;
  return 0.25 * (0.5 * on_ground + f / (1.0 - f));
}

class Deposition {
 public:
  Deposition(const Ground& ground, const RodOptions& options) : ground_(ground), options_(options) {
    const double per_unit = 1.0 / ground.unit();
    mean_radius_ = options.radius * per_unit;
    for (std::ptrdiff_t k = 0; k < options.count; ++k) draw(static_cast<std::uint64_t>(k), per_unit);
    pair_strength_ = options.particle_strength * 1e-10;
    ground_strength_ = options.surface_strength * 1e-4;
    weight_ = options.gravity * 1e-7;
    free_ = mobility_with(1.0);
    along_ = mobility_with(options.mobility);
  }

  void run() {
    const auto count = static_cast<double>(waiting_.size());
    const double all_steps = static_cast<double>(options_.steps);
    const double interval = std::min(insertion_interval, 0.75 * all_steps / std::max(count, 1.0));
    list_pairs();
    const std::ptrdiff_t total = to_index(std::ceil(all_steps / steps_at_once()));
    const double at_once = total > 0 ? all_steps / static_cast<double>(total) : 0.0;
    for (std::ptrdiff_t move = 0; move < total; ++move) {
      const double now = static_cast<double>(move) * at_once;
      while (rods_.size() < waiting_.size() && static_cast<double>(rods_.size()) * interval <= now) insert();
      const double way = advance(at_once);
      ++moves;
      const double left = static_cast<double>(total - move - 1);
      if (rods_.size() == waiting_.size() && way * left < settled * smallest_) break;
      moved_ += way;
      if (moved_ > wander * mean_radius_) list_pairs();
    }
    while (rods_.size() < waiting_.size()) insert();
    for (int sweep = 0; sweep < last_corrections; ++sweep) correct();
    for (Rod& rod : rods_) ground_.keep_inside(rod.centre.y, rod.centre.x);
  }

  const std::vector<Rod>& rods() const { return rods_; }
  std::ptrdiff_t pair_evaluations = 0;
  std::ptrdiff_t moves = 0;

 private:
  void draw(std::uint64_t k, double per_unit) {
    const RodOptions& o = options_;
    Rod rod{};
    rod.radius = truncated_normal(o.radius, o.radius_std, o.radius_low, o.radius_high, o.key, radius_role, k) * per_unit;
    const double aspect = truncated_normal(o.aspect, o.aspect_std, o.aspect_low, o.aspect_high, o.key, aspect_role, k);
    rod.half = (aspect - 1.0) * rod.radius;
    const auto pieces = std::max<std::ptrdiff_t>(1, to_index(std::ceil(0.5 * (aspect - 1.0))));
    rod.sites = 2 * pieces + 1;
    const auto word = philox(o.key, place_role, k);
    rod.centre = {ground_.height() * unit_double(word[0], word[1]), ground_.width() * unit_double(word[2], word[3]), 0.0};
    const double azimuth = pi * uniform(o.key, azimuth_role, k);
    rod.axis = {-afmnn::sin(azimuth), afmnn::cos(azimuth), 0.0};  // rows count downwards
    waiting_.push_back(rod);
    largest_ = std::max(largest_, rod.radius);
    longest_ = std::max(longest_, rod.half);
    smallest_ = k == 0 ? rod.radius : std::min(smallest_, rod.radius);
  }

  /// So many that no force undoes more than itself in one move, and nobody falls deep into another.
  double steps_at_once() const {
    constexpr double neighbours = 6.0;
    const double contact = 21.2 * neighbours * pair_strength_ / smallest_;  // stiffness at rest, 42.4 A / s
    const double grounded = 7.73 * ground_strength_ * largest_ * largest_;
    const double hurry = std::max(
        {free_ * contact / stable, free_ * grounded / stable, free_ * weight_ / (fall * smallest_), 1.0 / most_steps_at_once});
    return std::max(1.0, 1.0 / hurry);
  }

  /// What is to be added to places of `other` to see it where it is nearest to `rod`.
  Vec3 nearest_image(const Rod& rod, const Rod& other) const {
    const double dy = other.centre.y - rod.centre.y;
    const double dx = other.centre.x - rod.centre.x;
    return {Ground::nearest(dy, ground_.height()) - dy, Ground::nearest(dx, ground_.width()) - dx, 0.0};
  }

  double reach(const Rod& rod, const Rod& other) const {
    const double force = std::sqrt(forces::cutoff2 * forces::sigma2) * (rod.radius + other.radius);
    return rod.half + other.half + force + 2.0 * wander * mean_radius_;
  }

  CellGrid make_grid() const {
    const double force = std::sqrt(forces::cutoff2 * forces::sigma2) * 2.0 * largest_;
    return CellGrid(ground_.height(), ground_.width(), 2.0 * longest_ + force + 3.0 * wander * mean_radius_,
                    static_cast<std::ptrdiff_t>(waiting_.size()));
  }

  void list_pairs() {
    grid_ = make_grid();
    pairs_.clear();
    moved_ = 0.0;
    for (std::size_t i = 0; i < rods_.size(); ++i) list_with_others(rods_[i], static_cast<std::int32_t>(i));
  }

  /// Lists the pairs of a rod with those that are in the grid, and adds it to the grid.
  void list_with_others(const Rod& rod, std::int32_t number) {
    grid_.for_near(rod.centre.y, rod.centre.x, [&](std::ptrdiff_t k) {
      const Rod& other = rods_[static_cast<std::size_t>(k)];
      const Vec3 apart = other.centre + nearest_image(rod, other) - rod.centre;
      const double limit = reach(rod, other);
      if (dot(apart, apart) < limit * limit) pairs_.push_back({number, static_cast<std::int32_t>(k)});
      return true;
    });
    grid_.add(rod.centre.y, rod.centre.x);
  }

  void insert() {
    Rod rod = waiting_[rods_.size()];
    rod.centre.z = landing_height(rod);
    rod.first_site = static_cast<std::ptrdiff_t>(places_.size());
    places_.resize(places_.size() + static_cast<std::size_t>(rod.sites));
    forces_.resize(places_.size());
    rods_.push_back(rod);
    list_with_others(rod, static_cast<std::int32_t>(rods_.size() - 1));
  }

  /// Height of a horizontal rod that falls when it first touches something.
  double landing_height(const Rod& rod) const {
    double height = -1e300;
    const auto each_point = [](const Rod& of, const auto& visit) {
      const auto pieces = static_cast<std::ptrdiff_t>(std::ceil(2.0 * of.half / (sampling * of.radius)));
      for (std::ptrdiff_t k = 0; k <= pieces; ++k) {
        const double fraction = pieces > 0 ? 2.0 * static_cast<double>(k) / static_cast<double>(pieces) - 1.0 : 0.0;
        visit(of.at(fraction * of.half));
      }
    };
    each_point(rod,
               [&](Vec3 at) { height = std::max(height, ground_.at(at.y, at.x).height + forces::ground_rest * rod.radius); });
    grid_.for_near(rod.centre.y, rod.centre.x, [&](std::ptrdiff_t k) {
      const Rod& other = rods_[static_cast<std::size_t>(k)];
      const Vec3 image = nearest_image(rod, other);
      const double sum = rod.radius + other.radius;
      const Vec3 centres = other.centre + image - rod.centre;
      const double limit = sum + rod.half + other.half;
      if (centres.y * centres.y + centres.x * centres.x > limit * limit) return true;
      each_point(other, [&](Vec3 there) {
        there = there + image;
        each_point(rod, [&](Vec3 here) {
          const Vec3 apart = there - here;
          const double beside2 = apart.y * apart.y + apart.x * apart.x;
          if (beside2 < sum * sum) height = std::max(height, there.z + std::sqrt(sum * sum - beside2));
        });
      });
      return true;
    });
    return height;
  }

  /// Moves all rods by some steps; returns the longest way of a site.
  double advance(double steps) {
    before_ = rods_;
    for (const Rod& rod : rods_) {
      for (std::ptrdiff_t k = 0; k < rod.sites; ++k) places_[rod.first_site + k] = rod.at(rod.place(k));
    }
    std::fill(forces_.begin(), forces_.end(), Vec3{0.0, 0.0, 0.0});
    for (const auto& [i, j] : pairs_) pull(rods_[i], rods_[j]);
    for (Rod& rod : rods_) advance(rod, steps);
    correct();
    double longest = 0.0;
    for (std::size_t k = 0; k < rods_.size(); ++k) {
      const Vec3 way = rods_[k].centre - before_[k].centre;
      const Vec3 turn = rods_[k].axis - before_[k].axis;
      longest = std::max(longest, std::sqrt(dot(way, way)) + rods_[k].half * std::sqrt(dot(turn, turn)));
    }
    for (Rod& rod : rods_) ground_.keep_inside(rod.centre.y, rod.centre.x);
    return longest;
  }

  void pull(const Rod& rod, const Rod& other) {
    const Vec3 image = nearest_image(rod, other);
    const double sum = rod.radius + other.radius;
    for (std::ptrdiff_t a = rod.first_site; a < rod.first_site + rod.sites; ++a) {
      const Vec3 from = places_[a] - image;
      for (std::ptrdiff_t b = other.first_site; b < other.first_site + other.sites; ++b) {
        const Vec3 apart = places_[b] - from;
        const Vec3 force = forces::pair_pull(dot(apart, apart), sum, pair_strength_) * apart;
        forces_[a] = forces_[a] + force;
        forces_[b] = forces_[b] - force;
      }
    }
    pair_evaluations += rod.sites * other.sites;
  }

  void advance(Rod& rod, double steps) {
    const double limit = move_limit * rod.radius;
    Vec3 way{0.0, 0.0, 0.0};
    Vec3 turn{0.0, 0.0, 0.0};
    for (std::ptrdiff_t k = 0; k < rod.sites; ++k) {
      const Vec3 at = places_[rod.first_site + k];
      const double above = at.z - ground_.at(at.y, at.x).height;
      Vec3 force = forces_[rod.first_site + k];
      const bool lies = above <= lying * rod.radius;
      force.z += forces::ground_force(above, rod.radius, ground_strength_) - (lies ? 0.0 : weight_);
      const double beside = steps * (lies ? along_ : free_);
      Vec3 here = {beside * force.y, beside * force.x, steps * free_ * force.z};
      const double size = std::sqrt(dot(here, here));
      if (size > limit) here = (limit / size) * here;
      way = way + here;
      turn = turn + rod.place(k) * here;
    }
    const double share = 1.0 / static_cast<double>(rod.sites);
    rod.centre = rod.centre + share * way;
    rod.turn(share * rod.turnability() * turn);
  }

  /// Pushes rods apart that are closer than where they would rest, and out of the ground, each as far as it yields.
  void correct() {
    for (const auto& [i, j] : pairs_) separate(rods_[i], rods_[j]);
    for (Rod& rod : rods_) lift(rod);
  }

  void separate(Rod& rod, Rod& other) const {
    const Vec3 apart = other.centre + nearest_image(rod, other) - rod.centre;
    const double closest = touching * (rod.radius + other.radius);
    const double limit = closest + rod.half + other.half;
    if (dot(apart, apart) >= limit * limit) return;
    const Nearest places = nearest_places(rod, other, apart);
    Vec3 n = apart + places.second * other.axis - places.first * rod.axis;
    const double distance2 = dot(n, n);
    if (distance2 >= closest * closest) return;
    const double distance = std::sqrt(distance2);
    n = distance > 1e-6 * closest ? (1.0 / distance) * n : Vec3{0.0, 0.0, 1.0};  // exactly crossing: one above the other
    const double size = (closest - distance) / (rod.yielding(places.first, n) + other.yielding(places.second, n));
    rod.push(places.first, -size * n);
    other.push(places.second, size * n);
  }

  void lift(Rod& rod) const {
    constexpr Vec3 up = {0.0, 0.0, 1.0};
    for (std::ptrdiff_t k = 0; k < rod.sites; ++k) {
      const double place = rod.place(k);
      const Vec3 at = rod.at(place);
      const double deep = ground_.at(at.y, at.x).height + forces::ground_rest * rod.radius - at.z;
      if (deep > 0.0) rod.push(place, (deep / rod.yielding(place, up)) * up);
    }
  }

  const Ground& ground_;
  const RodOptions& options_;
  std::vector<Rod> waiting_;           // all rods, as they will be dropped
  std::vector<Rod> rods_;              // those dropped
  std::vector<Rod> before_;            // the same before a move
  std::vector<Vec3> places_, forces_;  // of all sites
  struct Pair {
    std::int32_t first;
    std::int32_t second;
  };
  std::vector<Pair> pairs_;
  CellGrid grid_{1.0, 1.0, 1.0, 1};
  double moved_ = 0.0;
  double mean_radius_ = 0.0, largest_ = 0.0, smallest_ = 0.0, longest_ = 0.0;
  double pair_strength_ = 0.0, ground_strength_ = 0.0, weight_ = 0.0, free_ = 0.0, along_ = 0.0;
};

}  // namespace

RodResult rods(const Canvas& canvas, const RodOptions& options, View2D<double> heights, int threads) {
  const Ground ground(canvas);
  Deposition deposition(ground, options);
  deposition.run();
  RodResult result;
  result.pair_evaluations = deposition.pair_evaluations;
  result.moves = deposition.moves;
  Rods& rods = result.rods;
  for (const Rod& rod : deposition.rods()) {
    rods.centres.add(rod.centre.y, rod.centre.x, rod.centre.z, rod.radius);
    rods.half.push_back(rod.half * ground.unit());
    rods.axis_y.push_back(rod.axis.y);
    rods.axis_x.push_back(rod.axis.x);
    rods.axis_z.push_back(rod.axis.z);
  }
  leave_simulation(ground, rods.centres);
  fill_with_base(heights, canvas.base, threads);
  const Spheres& all = rods.centres;
  draw_capsules(heights, canvas.dy, canvas.dx,
                {{all.size(), all.y.data(), all.x.data(), all.z.data(), all.radius.data()},
                 rods.half.data(),
                 rods.axis_y.data(),
                 rods.axis_x.data(),
                 rods.axis_z.data()},
                threads);
  return result;
}

}  // namespace afmnn::synth
