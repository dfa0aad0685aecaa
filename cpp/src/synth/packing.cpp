#include "afmnn/synth/packing.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "afmnn/core/rng.hpp"
#include "afmnn/synth/cells.hpp"

namespace afmnn::synth {
namespace {

constexpr std::uint64_t tries = 50;    // places tried for one sphere
constexpr int rounds = 8;              // of making room
constexpr int sweeps = 60;             // over all pairs in one round
constexpr double close_enough = 0.98;  // of the distance aimed at: room has been made
constexpr double dense = 0.94;         // of the sum of radii, aimed at when the first round was in vain
constexpr double wander = 0.15;        // mean radii that a sphere may move before pairs are listed anew

struct Pair {
  std::ptrdiff_t first;
  std::ptrdiff_t second;
};

/// Pushes overlapping spheres aside, each pair sharing the way equally.
class Shover {
 public:
  Shover(const Ground& ground, Spheres& spheres) : ground_(ground), spheres_(spheres) {}

  /// Whether everybody has room in the end.
  bool shove(double distance) {
    distance_ = distance;
    list_pairs();
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      if (sweep_once() >= std::max(close_enough * distance, touching)) return true;
    }
    return violating(touching).empty();
  }

  /// Pairs closer than `fraction` of the sum of radii, the closest first.
  std::vector<Pair> violating(double fraction) {
    std::vector<std::pair<double, std::size_t>> found;
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      const auto [i, j] = pairs_[k];
      const double ratio = std::sqrt(distance2(i, j)) / (spheres_.radius[i] + spheres_.radius[j]);
      if (ratio < fraction) found.emplace_back(ratio, k);
    }
    std::sort(found.begin(), found.end());
    std::vector<Pair> result;
    for (const auto& entry : found) result.push_back(pairs_[entry.second]);
    return result;
  }

 private:
  double across(std::ptrdiff_t i, std::ptrdiff_t j) const {
    return Ground::nearest(spheres_.x[j] - spheres_.x[i], ground_.width());
  }
  double along(std::ptrdiff_t i, std::ptrdiff_t j) const {
    return Ground::nearest(spheres_.y[j] - spheres_.y[i], ground_.height());
  }

  double distance2(std::ptrdiff_t i, std::ptrdiff_t j) const {
    const double dy = along(i, j);
    const double dx = across(i, j);
    const double dz = spheres_.z[j] - spheres_.z[i];
    return dy * dy + dx * dx + dz * dz;
  }

  void list_pairs() {
    const std::vector<double>& radius = spheres_.radius;
    allowed_ = wander * std::accumulate(radius.begin(), radius.end(), 0.0) / static_cast<double>(radius.size());
    const double largest = *std::max_element(radius.begin(), radius.end());
    CellGrid grid(ground_.height(), ground_.width(), 2.0 * (largest + allowed_), spheres_.size());
    pairs_.clear();
    for (std::ptrdiff_t i = 0; i < spheres_.size(); ++i) {
      grid.for_near(spheres_.y[i], spheres_.x[i], [&](std::ptrdiff_t j) {
        const double reach = radius[i] + radius[j] + 2.0 * allowed_;
        if (distance2(j, i) < reach * reach) pairs_.push_back({j, i});
        return true;
      });
      grid.add(spheres_.y[i], spheres_.x[i]);
    }
    listed_y_ = spheres_.y;
    listed_x_ = spheres_.x;
  }

  /// Returns the smallest closeness met on the way.
  double sweep_once() {
    double worst = distance_;
    for (const Pair& pair : pairs_) {
      const auto [i, j] = pair;
      double dy = along(i, j);
      double dx = across(i, j);
      const double dz = spheres_.z[j] - spheres_.z[i];
      const double sum = distance_ * (spheres_.radius[i] + spheres_.radius[j]);
      const double apart = dy * dy + dx * dx;
      const double wanted = sum * sum - dz * dz;  // squared, along the ground
      if (apart >= wanted) continue;
      worst = std::min(worst, distance_ * std::sqrt(apart + dz * dz) / sum);
      const double distance = std::sqrt(apart);
      if (distance <= 1e-6 * sum) {  // one on top of the other: any direction will do, but always the same
        dy = 0.0;
        dx = 1.0;
      } else {
        dy /= distance;
        dx /= distance;
      }
      const double way = 0.5 * (std::sqrt(wanted) - distance);
      spheres_.y[i] -= way * dy;
      spheres_.x[i] -= way * dx;
      spheres_.y[j] += way * dy;
      spheres_.x[j] += way * dx;
    }
    if (worst < distance_) settle_on_ground();
    return worst;
  }

  void settle_on_ground() {
    double farthest = 0.0;
    for (std::ptrdiff_t i = 0; i < spheres_.size(); ++i) {
      const double dy = spheres_.y[i] - listed_y_[i];
      const double dx = spheres_.x[i] - listed_x_[i];
      farthest = std::max(farthest, dy * dy + dx * dx);
      ground_.keep_inside(spheres_.y[i], spheres_.x[i]);
      if (!ground_.flat()) spheres_.z[i] = ground_.at(spheres_.y[i], spheres_.x[i]).height + spheres_.radius[i];
    }
    if (farthest > allowed_ * allowed_) list_pairs();
  }

  const Ground& ground_;
  Spheres& spheres_;
  std::vector<Pair> pairs_;
  std::vector<double> listed_y_, listed_x_;
  double allowed_ = 0.0;
  double distance_ = 1.0;  // aimed at, of the sum of radii
};

/// Takes out one sphere of each of the worst overlaps, at most `most`; unless `most` covers all of them, neighbours of a
/// removed sphere stay for now, since they may have room already.
void remove_worst(const std::vector<Pair>& overlaps, Spheres& spheres, std::size_t most) {
  const bool all = most >= overlaps.size();  // in the last round
  std::size_t taken = 0;
  std::vector<char> removed(spheres.radius.size(), 0);
  std::vector<char> relieved(spheres.radius.size(), 0);
  for (const auto& [i, j] : overlaps) {
    if (taken == most) break;
    if (removed[i] || removed[j]) continue;
    if (!all && (relieved[i] || relieved[j])) continue;
    removed[j] = 1;
    ++taken;
    relieved[i] = relieved[j] = 1;
  }
  std::vector<std::ptrdiff_t> rest;
  for (std::ptrdiff_t i = 0; i < spheres.size(); ++i) {
    if (!removed[i]) rest.push_back(i);
  }
  spheres.select(rest);
}

}  // namespace

void Spheres::add(double y_, double x_, double z_, double radius_) {
  y.push_back(y_);
  x.push_back(x_);
  z.push_back(z_);
  radius.push_back(radius_);
}

void Spheres::select(const std::vector<std::ptrdiff_t>& order) {
  for (std::vector<double>* values : {&y, &x, &z, &radius}) {
    std::vector<double> kept;
    kept.reserve(order.size());
    for (const std::ptrdiff_t i : order) kept.push_back((*values)[i]);
    values->swap(kept);
  }
}

void enter_simulation(const Ground& ground, Spheres& spheres) {
  for (std::ptrdiff_t k = 0; k < spheres.size(); ++k) {
    spheres.y[k] = spheres.y[k] / ground.unit() + ground.margin();
    spheres.x[k] = spheres.x[k] / ground.unit() + ground.margin();
    spheres.z[k] = (spheres.z[k] - ground.level()) / ground.unit();
    spheres.radius[k] /= ground.unit();
  }
}

void leave_simulation(const Ground& ground, Spheres& spheres) {
  for (std::ptrdiff_t k = 0; k < spheres.size(); ++k) {
    spheres.y[k] = (spheres.y[k] - ground.margin()) * ground.unit();
    spheres.x[k] = (spheres.x[k] - ground.margin()) * ground.unit();
    spheres.z[k] = spheres.z[k] * ground.unit() + ground.level();
    spheres.radius[k] *= ground.unit();
  }
}

Spheres pack_spheres(const Ground& ground, std::vector<double> radii, std::uint64_t key, std::uint64_t place_role) {
  std::sort(radii.begin(), radii.end(), std::greater<>());
  Spheres spheres;
  if (radii.empty()) return spheres;
  CellGrid grid(ground.height(), ground.width(), 2.0 * radii.front(), static_cast<std::ptrdiff_t>(radii.size()));
  bool crowded = false;
  for (std::size_t k = 0; k < radii.size(); ++k) {
    const double radius = radii[k];
    double best[3] = {0.0, 0.0, 0.0};
    double best_ratio = -1.0;
    for (std::uint64_t attempt = 0; attempt < tries && best_ratio < 1.0; ++attempt) {
      const auto word = philox(key, place_role, k * tries + attempt);
      const double y = ground.height() * unit_double(word[0], word[1]);
      const double x = ground.width() * unit_double(word[2], word[3]);
      const double z = ground.at(y, x).height + radius;
      double ratio = 1.0;  // smallest squared distance over squared sum of radii
      grid.for_near(y, x, [&](std::ptrdiff_t other) {
        const double dy = Ground::nearest(spheres.y[other] - y, ground.height());
        const double dx = Ground::nearest(spheres.x[other] - x, ground.width());
        const double dz = spheres.z[other] - z;
        const double sum = spheres.radius[other] + radius;
        ratio = std::min(ratio, (dy * dy + dx * dx + dz * dz) / (sum * sum));
        return ratio > best_ratio;
      });
      if (ratio > best_ratio) {
        best_ratio = ratio;
        best[0] = y;
        best[1] = x;
        best[2] = z;
      }
    }
    crowded = crowded || best_ratio < 1.0;
    spheres.add(best[0], best[1], best[2], radius);
    grid.add(best[0], best[1]);
  }
  if (!crowded) return spheres;

  for (int round = 0; round < rounds; ++round) {
    Shover shover(ground, spheres);
    if (shover.shove(round == 0 ? 1.0 : dense)) break;
    if (round == 0) continue;  // first try to keep everybody, closer together
    const std::vector<Pair> overlaps = shover.violating(touching);
    const std::size_t some = radii.size() / 50 + 1;
    remove_worst(overlaps, spheres, round == rounds - 1 ? overlaps.size() : some);
  }
  return spheres;
}

}  // namespace afmnn::synth
