#include "afmnn/synth/diffusion.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/bulk_draws.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t diffusion_place = role::diffusion;
constexpr std::uint64_t diffusion_direction = role::diffusion + 1;
constexpr std::uint64_t diffusion_chance = role::diffusion + 2;

// Directions: 64 from the bits of one Philox.
class Directions {
 public:
  explicit Directions(std::uint64_t key) : key_(key) {}
  unsigned next() {
    if (left_ == 0) {
      if (word_ == 4) {
        words_ = philox(key_, diffusion_direction, number_++);
        word_ = 0;
      }
      bits_ = words_[word_++];
      left_ = 16;
    }
    const unsigned direction = bits_ & 3u;
    bits_ >>= 2;
    --left_;
    return direction;
  }

 private:
  std::uint64_t key_;
  std::uint64_t number_ = 0;
  std::array<std::uint32_t, 4> words_{};
  unsigned word_ = 4;
  unsigned left_ = 0;
  std::uint32_t bits_ = 0;
};

class Lattice {
 public:
  Lattice(const Wandering& wandering, View2D<double> heights)
      : wandering_(wandering),
        rows_(static_cast<std::int32_t>(heights.rows)),
        cols_(static_cast<std::int32_t>(heights.cols)),
        height_(at(heights.size())),
        slot_(at(heights.size()), nobody),
        directions_(wandering.key),
        chance_(wandering.key, diffusion_chance),
        place_(wandering.key, diffusion_place) {
    for (index i = 0; i < heights.size(); ++i)
      height_[at(i)] = static_cast<std::int32_t>(heights(i / heights.cols, i % heights.cols));
    flat_ = std::all_of(height_.begin(), height_.end(), [&](std::int32_t h) { return h == height_.front(); });
  }

  index free() const { return static_cast<index>(free_.size()); }
  // Whether nothing distinguishes one pixel from another for the only particle.
  bool alone() const { return flat_ && free_.size() == 1 && result.stuck == 0; }

  void arrive() {
    index r = 0;
    index c = 0;
    pick_pixel(place_.next(), rows_, cols_, r, c);
    const Site site{static_cast<std::int32_t>(r), static_cast<std::int32_t>(c)};
    land(site);
    slot_[pixel(site)] = static_cast<std::int32_t>(free_.size());
    free_.push_back(site);
  }

  void step() {
    for (std::size_t i = 0; i < free_.size();) {
      if (move(i)) ++i;  // else another particle has its place in the list
    }
  }

  void end() {
    for (const Site site : free_) {
      const int k = neighbours(site);
      if (k > 0 && chance_.next() < wandering_.sticks[at(k)]) {
        ++result.stuck;
      } else {
        ++result.removed;
        --height_[pixel(site)];
      }
    }
    free_.clear();
  }

  void leave(View2D<double> heights) {
    for (index i = 0; i < heights.size(); ++i) heights(i / heights.cols, i % heights.cols) = height_[at(i)];
    count_islands();
  }

  WanderingResult result;

 private:
  struct Site {
    std::int32_t row, col;
  };
  static constexpr std::int32_t nobody = -1;

  std::size_t pixel(Site s) const { return at(static_cast<index>(s.row) * cols_ + s.col); }
  Site beside(Site s, unsigned direction) const {
    switch (direction) {
      case 0:
        return {s.row == 0 ? rows_ - 1 : s.row - 1, s.col};
      case 1:
        return {s.row + 1 == rows_ ? 0 : s.row + 1, s.col};
      case 2:
        return {s.row, s.col == 0 ? cols_ - 1 : s.col - 1};
      default:
        return {s.row, s.col + 1 == cols_ ? 0 : s.col + 1};
    }
  }
  int neighbours(Site s) const {
    const std::int32_t top = height_[pixel(s)];
    int count = 0;
    for (unsigned direction = 0; direction < 4; ++direction) count += height_[pixel(beside(s, direction))] >= top;
    return count;
  }

  // A particle sticks: the last of the list moves into its place.
  void take_out(std::int32_t slot) {
    ++result.stuck;
    const Site last = free_.back();
    free_.pop_back();
    if (at(slot) == free_.size()) return;
    free_[at(slot)] = last;
    slot_[pixel(last)] = slot;
  }
  void fix(std::int32_t slot) {
    slot_[pixel(free_[at(slot)])] = nobody;
    take_out(slot);
  }
  void land(Site site) {
    if (slot_[pixel(site)] != nobody) fix(slot_[pixel(site)]);
    ++height_[pixel(site)];
  }

  // Returns whether the particle still has its place in the list.
  bool move(std::size_t i) {
    ++result.moves;
    const Site from = free_[i];
    const int k = neighbours(from);
    if (k > 0 && chance_.next() < wandering_.sticks[at(k)]) {
      fix(static_cast<std::int32_t>(i));
      return false;
    }
    const Site to = beside(from, directions_.next());
    const std::int32_t top = height_[pixel(from)];
    const std::int32_t there = height_[pixel(to)];
    if (there >= top) return true;
    if (wandering_.descends < 1.0 && there + 2 <= top && !(chance_.next() < wandering_.descends)) return true;
    if (k > 0 && !(chance_.next() < wandering_.breaks[at(k)])) return true;
    --height_[pixel(from)];
    slot_[pixel(from)] = nobody;
    const std::int32_t covered = slot_[pixel(to)];
    ++height_[pixel(to)];
    slot_[pixel(to)] = static_cast<std::int32_t>(i);
    free_[i] = to;
    if (covered != nobody) take_out(covered);
    return slot_[pixel(to)] == static_cast<std::int32_t>(i);  // or the mover was the last of the list, and moved there
  }

  void count_islands() {
    std::vector<Site> open;
    for (std::int32_t r = 0; r < rows_; ++r) {
      for (std::int32_t c = 0; c < cols_; ++c) {
        if (height_[pixel({r, c})] <= 0) continue;
        ++result.islands;
        height_[pixel({r, c})] = 0;
        open.push_back({r, c});
        while (!open.empty()) {
          const Site site = open.back();
          open.pop_back();
          for (unsigned direction = 0; direction < 4; ++direction) {
            const Site next = beside(site, direction);
            if (height_[pixel(next)] <= 0) continue;
            height_[pixel(next)] = 0;
            open.push_back(next);
          }
        }
      }
    }
  }

  const Wandering& wandering_;
  std::int32_t rows_, cols_;
  std::vector<std::int32_t> height_;  // of columns with the free particles on them
  std::vector<std::int32_t> slot_;    // where in `free_` the particle on top is, if it is free
  std::vector<Site> free_;
  Directions directions_;
  UniformStream chance_, place_;
  bool flat_ = false;
};

}  // namespace

WanderingResult diffusion(const Wandering& wandering, std::int64_t count, View2D<double> heights, const Progress& progress) {
  Lattice lattice(wandering, heights);
  ProgressTimer timer(progress);
  const double rate = wandering.flux * static_cast<double>(heights.size());
  const auto arrival = [rate](std::int64_t i) { return static_cast<std::int64_t>(to_index(static_cast<double>(i) / rate)); };
  const auto steps = static_cast<std::int64_t>(to_index(std::ceil(static_cast<double>(count) / rate)));
  std::int64_t arrived = 0;
  std::int64_t next = arrival(0);
  std::int64_t looked = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    if (lattice.free() == 0 || lattice.alone()) {
      if (arrived == count) break;
      step = std::max(step, next);
    } else {
      lattice.step();
    }
    while (arrived < count && next <= step) {
      lattice.arrive();
      next = arrival(++arrived);
    }
    if (lattice.result.moves - looked > 4096) {
      looked = lattice.result.moves;
      timer.call_if_due(static_cast<index>(arrived), static_cast<index>(count));
    }
  }
  for (; arrived < count; ++arrived) lattice.arrive();
  lattice.end();
  lattice.leave(heights);
  return lattice.result;
}

}  // namespace afmnn::synth
