#include "afmnn/synth/diffusion.hpp"

#include <algorithm>
#include <array>
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
        columns_(at(heights.size())),
        directions_(wandering.key),
        chance_(wandering.key, diffusion_chance),
        place_(wandering.key, diffusion_place) {
    for (index i = 0; i < heights.size(); ++i)
      columns_[at(i)].height = static_cast<std::int32_t>(heights(i / heights.cols, i % heights.cols));
    flat_ = std::all_of(columns_.begin(), columns_.end(), [&](const Column& c) { return c.height == columns_.front().height; });
  }

  index free() const { return static_cast<index>(free_.size()); }
  // Whether nothing distinguishes one pixel from another for the only particle.
  bool alone() const { return flat_ && free_.size() == 1 && result.stuck == 0; }

  void arrive() {
    index r = 0;
    index c = 0;
    pick_pixel(place_.next(), rows_, cols_, r, c);
    const Site site{static_cast<std::int32_t>(r), static_cast<std::int32_t>(c)};
    land(columns_[pixel(site)]);
    columns_[pixel(site)].slot = static_cast<std::int32_t>(free_.size());
    free_.push_back(packed(site));
  }

  void step() {
    for (std::size_t i = 0; i < free_.size();) {
      if (move(i)) ++i;  // else another particle has its place in the list
    }
  }

  void end() {
    for (const std::uint64_t particle : free_) {
      const Site site = unpacked(particle);
      const int k = neighbours(around(site), columns_[pixel(site)].height);
      if (k > 0 && chance_.next() < wandering_.sticks[at(k)]) {
        ++result.stuck;
      } else {
        ++result.removed;
        --columns_[pixel(site)].height;
      }
    }
    free_.clear();
  }

  void leave(View2D<double> heights) {
    for (index i = 0; i < heights.size(); ++i) heights(i / heights.cols, i % heights.cols) = columns_[at(i)].height;
    count_islands();
  }

  WanderingResult result;

 private:
  struct Site {
    std::int32_t row, col;
  };
  // In the list as one number: the processor waits where halves are written and the whole is read at once.
  static std::uint64_t packed(Site s) { return static_cast<std::uint64_t>(s.row) << 32 | static_cast<std::uint32_t>(s.col); }
  static Site unpacked(std::uint64_t s) { return {static_cast<std::int32_t>(s >> 32), static_cast<std::int32_t>(s)}; }
  struct Column {
    std::int32_t height = 0;     // with the free particle on it
    std::int32_t slot = nobody;  // where in `free_` the particle on top is, if it is free
  };
  static constexpr std::int32_t nobody = -1;

  std::size_t pixel(Site s) const { return at(static_cast<index>(s.row) * cols_ + s.col); }
  // Nobody can predict the direction of a hop, so that there is no branch for it: pixels above, below, left and right.
  std::array<std::size_t, 4> around(Site s) const {
    const index here = static_cast<index>(s.row) * cols_ + s.col;
    const index last_row = static_cast<index>(rows_ - 1) * cols_;
    return {at(here + (s.row == 0 ? last_row : -index{cols_})), at(here + (s.row + 1 == rows_ ? -last_row : index{cols_})),
            at(here + (s.col == 0 ? cols_ - 1 : -1)), at(here + (s.col + 1 == cols_ ? 1 - cols_ : 1))};
  }
  Site beside(Site s, unsigned direction) const {
    constexpr std::int32_t down[4] = {-1, 1, 0, 0}, right[4] = {0, 0, -1, 1};
    const std::int32_t row = s.row + down[direction], col = s.col + right[direction];
    return {row < 0 ? rows_ - 1 : row == rows_ ? 0 : row, col < 0 ? cols_ - 1 : col == cols_ ? 0 : col};
  }
  int neighbours(const std::array<std::size_t, 4>& near, std::int32_t top) const {
    int count = 0;
    for (const std::size_t p : near) count += columns_[p].height >= top;
    return count;
  }

  // A particle sticks: the last of the list moves into its place.
  void take_out(std::int32_t slot) {
    ++result.stuck;
    const std::uint64_t last = free_.back();
    free_.pop_back();
    if (at(slot) == free_.size()) return;
    free_[at(slot)] = last;
    columns_[pixel(unpacked(last))].slot = slot;
  }
  void fix(Column& column) {
    const std::int32_t slot = column.slot;
    column.slot = nobody;
    take_out(slot);
  }
  void land(Column& column) {
    if (column.slot != nobody) fix(column);
    ++column.height;
  }

  // Returns whether the particle still has its place in the list.
  bool move(std::size_t i) {
    ++result.moves;
    const Site from = unpacked(free_[i]);
    Column& here = columns_[pixel(from)];
    const std::array<std::size_t, 4> near = around(from);
    const std::int32_t top = here.height;
    const int k = neighbours(near, top);
    if (k > 0 && chance_.next() < wandering_.sticks[at(k)]) {
      fix(here);
      return false;
    }
    const unsigned direction = directions_.next();
    Column& there = columns_[near[direction]];
    if (there.height >= top) return true;
    if (wandering_.descends < 1.0 && there.height + 2 <= top && !(chance_.next() < wandering_.descends)) return true;
    if (k > 0 && !(chance_.next() < wandering_.breaks[at(k)])) return true;
    --here.height;
    here.slot = nobody;
    const std::int32_t covered = there.slot;
    ++there.height;
    there.slot = static_cast<std::int32_t>(i);
    free_[i] = packed(beside(from, direction));
    if (covered != nobody) take_out(covered);
    return there.slot == static_cast<std::int32_t>(i);  // or the mover was the last of the list, and moved there
  }

  void count_islands() {
    std::vector<Site> open;
    for (std::int32_t r = 0; r < rows_; ++r) {
      for (std::int32_t c = 0; c < cols_; ++c) {
        if (columns_[pixel({r, c})].height <= 0) continue;
        ++result.islands;
        columns_[pixel({r, c})].height = 0;
        open.push_back({r, c});
        while (!open.empty()) {
          const Site site = open.back();
          open.pop_back();
          for (unsigned direction = 0; direction < 4; ++direction) {
            const Site next = beside(site, direction);
            if (columns_[pixel(next)].height <= 0) continue;
            columns_[pixel(next)].height = 0;
            open.push_back(next);
          }
        }
      }
    }
  }

  const Wandering& wandering_;
  std::int32_t rows_, cols_;
  std::vector<Column> columns_;
  std::vector<std::uint64_t> free_;
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
