#include "afmnn/synth/wetting.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/bulk_draws.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t wetting_neighbours = role::wetting + 1;
constexpr std::uint64_t wetting_chosen = role::wetting + 2;
constexpr std::uint64_t wetting_gain = role::wetting + 3;

constexpr int chosen_at_once = 3;

// Queued voxels in a list. Only those whose priority has reached a threshold are in a heap, too: it stays small, and most of what
// is raised is far below. When it is empty, the threshold is lowered.
class Queue {
 public:
  explicit Queue(std::size_t expected) { list_.reserve(expected); }
  index size() const { return static_cast<index>(list_.size()); }

  /// Adds a voxel at the end of the list, and returns its place there.
  std::int32_t add(std::int32_t voxel, double priority) {
    const auto place = static_cast<std::int32_t>(list_.size());
    list_.push_back({priority, voxel, outside});
    if (priority >= threshold_) push(place);
    return place;
  }
  void raise(std::int32_t place, double gain) {
    Listed& raised = list_[at(place)];
    raised.priority += gain;
    if (raised.node != outside) {
      rise(raised.node, {raised.priority, raised.voxel, place});
    } else if (raised.priority >= threshold_) {
      push(place);
    }
  }
  void fetch(index place) const { __builtin_prefetch(list_.data() + place); }
  /// Takes out the voxel of highest priority; there must be one. The last of the list moves into its place.
  struct Taken {
    std::int32_t voxel;  // that is taken out
    std::int32_t moved;  // that has its place in the list now, or the same voxel
    std::int32_t place;
  };
  Taken take() {
    if (heap_.empty() || heap_.size() > largest_heap + list_.size() / 4) choose();
    const Entry first = heap_.front();
    const Entry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(last);
    Taken taken{first.voxel, first.voxel, first.place};
    const Listed end = list_.back();
    list_.pop_back();
    if (at(first.place) != list_.size()) {
      list_[at(first.place)] = end;
      if (end.node != outside) heap_[at(end.node)].place = first.place;
      taken.moved = end.voxel;
    }
    return taken;
  }

 private:
  struct Listed {
    double priority;
    std::int32_t voxel;
    std::int32_t node;  // of the heap
  };
  struct Entry {
    double priority;
    std::int32_t voxel;
    std::int32_t place;
    bool before(const Entry& other) const {
      return priority > other.priority || (priority == other.priority && voxel < other.voxel);
    }
  };
  static constexpr std::int32_t outside = -1;
  static constexpr std::int32_t children = 4;  // of a node: fewer levels, and one line of the cache each
  static constexpr std::size_t largest_heap = 4096;
  static constexpr std::size_t part = 32;  // of the list is in the heap afterwards

  // Makes a heap of the highest of the list.
  void choose() {
    heap_.clear();
    sorted_.clear();
    for (const Listed& one : list_) sorted_.push_back(one.priority);
    const auto lowest = sorted_.end() - static_cast<index>(1 + sorted_.size() / part);
    std::nth_element(sorted_.begin(), lowest, sorted_.end());
    threshold_ = *lowest;
    for (std::size_t place = 0; place < list_.size(); ++place) {
      list_[place].node = outside;
      if (list_[place].priority >= threshold_) push(static_cast<std::int32_t>(place));
    }
  }

  void push(std::int32_t place) {
    const Entry entry{list_[at(place)].priority, list_[at(place)].voxel, place};
    heap_.push_back(entry);
    rise(static_cast<std::int32_t>(heap_.size()) - 1, entry);
  }
  void put(std::int32_t node, const Entry& entry) {
    heap_[at(node)] = entry;
    list_[at(entry.place)].node = node;
  }
  void rise(std::int32_t node, const Entry& entry) {
    while (node > 0) {
      const std::int32_t parent = (node - 1) / children;
      if (!entry.before(heap_[at(parent)])) break;
      put(node, heap_[at(parent)]);
      node = parent;
    }
    put(node, entry);
  }
  void sink(const Entry& entry) {
    const auto count = static_cast<std::int32_t>(heap_.size());
    std::int32_t node = 0;
    for (;;) {
      const std::int32_t first = children * node + 1;
      if (first >= count) break;
      std::int32_t best = first;
      for (std::int32_t child = first + 1; child < std::min(first + children, count); ++child) {
        if (heap_[at(child)].before(heap_[at(best)])) best = child;
      }
      if (!heap_[at(best)].before(entry)) break;
      put(node, heap_[at(best)]);
      node = best;
    }
    put(node, entry);
  }

  std::vector<Listed> list_;
  std::vector<Entry> heap_;
  std::vector<double> sorted_;
  double threshold_ = std::numeric_limits<double>::infinity();
};

// What is known of every voxel of the layers that were reached.
class Voxels {
 public:
  static constexpr std::int32_t fresh = -1, filled = -2;  // otherwise its place in the list of the queue

  explicit Voxels(index pixels) : pixels_(pixels) { add_layer(); }

  std::int32_t& operator[](std::int32_t voxel) { return state_[at(voxel)]; }
  void reach(index layer) {
    while (layer >= layers_) add_layer();
  }
  index layers() const { return layers_; }

 private:
  void add_layer() {
    if ((layers_ + 1) * pixels_ > (index{1} << 31) - 1) throw std::length_error("afmnn: more than 2^31 voxels");
    state_.resize(at((layers_ + 1) * pixels_), fresh);
    ++layers_;
  }
  index pixels_;
  index layers_ = 0;
  std::vector<std::int32_t> state_;
};

}  // namespace

WettingResult wetting(std::uint64_t key, std::int64_t count, double diffusion, View2D<double> priorities,
                      const Progress& progress) {
  const index rows = priorities.rows;
  const index cols = priorities.cols;
  const index pixels = rows * cols;
  Voxels voxels(pixels);
  Queue queue(at(2 * pixels));
  for (index p = 0; p < pixels; ++p) {
    const auto voxel = static_cast<std::int32_t>(p);
    voxels[voxel] = queue.add(voxel, priorities(p / cols, p % cols));
  }
  std::vector<std::int32_t> highest(at(pixels), -1);
  UniformStream draws(key, wetting_neighbours);
  UniformStream chosen(key, wetting_chosen);
  UniformStream gains(key, wetting_gain);
  ProgressTimer timer(progress);
  for (std::int64_t k = 0; k < count; ++k) {
    // What is raised at the end of the step lies anywhere: it is on its way while the rest of the step is done.
    for (int i = 0; i < chosen_at_once; ++i) queue.fetch(pick(chosen.ahead(i), queue.size()));
    const Queue::Taken taken = queue.take();
    voxels[taken.moved] = taken.place;
    voxels[taken.voxel] = Voxels::filled;
    const index layer = taken.voxel / pixels;
    const index pixel = taken.voxel % pixels;
    const index row = pixel / cols;
    const index col = pixel % cols;
    highest[at(pixel)] = std::max(highest[at(pixel)], static_cast<std::int32_t>(layer));
    voxels.reach(layer + 1);
    const auto visit = [&](index at_layer, index at_row, index at_col) {
      const auto voxel = static_cast<std::int32_t>(at_layer * pixels + at_row * cols + at_col);
      std::int32_t& state = voxels[voxel];
      if (state == Voxels::fresh) {
        state = queue.add(voxel, draws.next());
      } else if (state >= 0) {
        queue.raise(state, draws.next());
      }
    };
    if (layer > 0) visit(layer - 1, row, col);
    visit(layer + 1, row, col);
    visit(layer, row == 0 ? rows - 1 : row - 1, col);
    visit(layer, row + 1 == rows ? 0 : row + 1, col);
    visit(layer, row, col == 0 ? cols - 1 : col - 1);
    visit(layer, row, col + 1 == cols ? 0 : col + 1);
    for (int i = 0; i < chosen_at_once; ++i) {
      const auto place = static_cast<std::int32_t>(pick(chosen.next(), queue.size()));
      queue.raise(place, diffusion * gains.next());
    }
    if ((k & 4095) == 4095) timer.call_if_due(static_cast<index>(k + 1), static_cast<index>(count));
  }
  WettingResult result;
  index below = 0;
  for (index p = 0; p < pixels; ++p) {
    const index top = highest[at(p)];
    result.layers = std::max(result.layers, top + 1);
    below += top + 1;
    priorities(p / cols, p % cols) = static_cast<double>(std::max<index>(top, 0));
  }
  result.holes = below - static_cast<index>(count);
  return result;
}

}  // namespace afmnn::synth
