#include "afmnn/synth/anneal.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t anneal_order = role::anneal + 1;
constexpr std::uint64_t anneal_tried = role::anneal + 2;
constexpr std::uint64_t anneal_accepted = role::anneal + 3;

constexpr int lattices = 8;
constexpr index pixels_at_once = 1 << 16;  // below, a thread more costs more than it brings
constexpr index bits = 64;                 // bonds whose trials are drawn at once

std::array<int, lattices> order_of(std::uint64_t key, std::uint64_t sweep) {
  std::array<int, lattices> order{0, 1, 2, 3, 4, 5, 6, 7};
  const auto word = philox(key, anneal_order, sweep);
  for (unsigned i = lattices - 1; i > 0; --i) {
    const std::uint32_t half = (word[i / 2] >> (16 * (i % 2))) & 0xFFFFu;
    std::swap(order[i], order[(half * (i + 1)) >> 16]);
  }
  return order;
}

class Mixture {
 public:
  Mixture(const Anneal& settings, View2D<double> cells)
      : settings_(settings), rows_(cells.rows), cols_(cells.cols), cells_(at(cells.size())) {
    for (index i = 0; i < cells.size(); ++i) cells_[at(i)] = static_cast<std::uint8_t>(cells(i / cols_, i % cols_));
  }

  // All bonds of a sub-lattice that begin in a row.
  void sweep_row(std::uint64_t phase, int lattice, index row, double inverse_temperature) {
    const bool along = lattice < 4;
    const index number = lattice % 4;
    if (!along && (number + row) % 2 != 0) return;
    // Of columns: (number - 2 row) mod 4, or half of (number - row) mod 4.
    const index first = along ? (number + 2 * row) % 4 : ((number - row % 4 + 4) % 4) / 2;
    const index apart = along ? 4 : 2;
    const index bonds = first < cols_ ? (cols_ - 1 - first) / apart + 1 : 0;
    const std::uint64_t line = phase * static_cast<std::uint64_t>(rows_) + static_cast<std::uint64_t>(row);
    const auto chunks = static_cast<std::uint64_t>(cols_ / (2 * bits) + 1);
    for (index chunk = 0; chunk * bits < bonds; ++chunk) {
      const auto word = philox(settings_.key, anneal_tried, line * chunks + static_cast<std::uint64_t>(chunk));
      std::uint64_t tried = (static_cast<std::uint64_t>(word[0] & word[1]) << 32) | (word[2] & word[3]);
      const index here = bonds - chunk * bits;
      if (here < bits) tried &= (std::uint64_t{1} << here) - 1;
      for (; tried != 0; tried &= tried - 1) {
        const index col = first + apart * (chunk * bits + __builtin_ctzll(tried));
        attempt(along, row, col, line, inverse_temperature);
      }
    }
  }

  void add_to(std::vector<std::uint32_t>& sums) const {
    for (std::size_t i = 0; i < cells_.size(); ++i) sums[i] += cells_[i];
  }

 private:
  index up(index row) const { return row == 0 ? rows_ - 1 : row - 1; }
  index down(index row) const { return row + 1 == rows_ ? 0 : row + 1; }
  index left(index col) const { return col == 0 ? cols_ - 1 : col - 1; }
  index right(index col) const { return col + 1 == cols_ ? 0 : col + 1; }

  void attempt(bool along, index row, index col, std::uint64_t line, double inverse_temperature) {
    const index other_row = along ? row : down(row);
    const index other_col = along ? right(col) : col;
    std::uint8_t& one = cells_[at(row * cols_ + col)];
    std::uint8_t& other = cells_[at(other_row * cols_ + other_col)];
    if (one == other) return;
    const auto& before = settings_.energy[one];
    const auto& after = settings_.energy[other];
    const double rise =
        change(row, col, other_row, other_col, before, after) + change(other_row, other_col, row, col, after, before);
    if (rise > 0.0) {
      const auto bond = line * static_cast<std::uint64_t>(cols_) + static_cast<std::uint64_t>(col);
      if (!(uniform(settings_.key, anneal_accepted, bond) < exp_fast(-rise * inverse_temperature))) return;
    }
    std::swap(one, other);
  }
  // Energy with the neighbours of a cell but the other of its bond (twice beside it where the torus is two cells around).
  double change(index row, index col, index other_row, index other_col, const std::array<double, 3>& before,
                const std::array<double, 3>& after) const {
    double sum = 0.0;
    const auto add = [&](index r, index c) {
      if (r == other_row && c == other_col) return;
      const std::uint8_t kind = cells_[at(r * cols_ + c)];
      sum += after[kind] - before[kind];
    };
    add(up(row), col);
    add(down(row), col);
    add(row, left(col));
    add(row, right(col));
    return sum;
  }

  const Anneal& settings_;
  index rows_, cols_;
  std::vector<std::uint8_t> cells_;
};

}  // namespace

void anneal(const Anneal& settings, View2D<double> cells, int threads, const Progress& progress) {
  const index rows = cells.rows;
  const index cols = cells.cols;
  Mixture mixture(settings, cells);
  std::vector<std::uint32_t> sums(at(cells.size()));
  ProgressTimer timer(progress);
  const bool independent = rows % 4 == 0 && cols % 4 == 0;
  const index rows_at_once = independent ? 1 + pixels_at_once / (cols + 1) : rows;
  const index blocks = (rows + rows_at_once - 1) / rows_at_once;
  const double cooling = (settings.first_temperature / settings.last_temperature - 1.0) / static_cast<double>(settings.sweeps);
  for (std::int64_t sweep = 0; sweep < settings.sweeps; ++sweep) {
    const double inverse = (1.0 + static_cast<double>(sweep) * cooling) / settings.first_temperature;
    const auto order = order_of(settings.key, static_cast<std::uint64_t>(sweep));
    for (std::size_t i = 0; i < lattices; ++i) {
      const std::uint64_t phase = static_cast<std::uint64_t>(sweep) * lattices + i;
      for_each_block(blocks, threads, [&](index block) {
        for (index r = block * rows_at_once; r < std::min(rows, (block + 1) * rows_at_once); ++r) {
          mixture.sweep_row(phase, order[i], r, inverse);
        }
      });
    }
    if (sweep >= settings.sweeps - settings.averaged) mixture.add_to(sums);
    timer.call_if_due(static_cast<index>(sweep + 1), static_cast<index>(settings.sweeps));
  }
  for (index i = 0; i < cells.size(); ++i) cells(i / cols, i % cols) = sums[at(i)];
}

}  // namespace afmnn::synth
