#include "afmnn/synth/spikes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

// Of the block of synth/noise.
constexpr std::uint64_t spikes_count = role::noise + 0x10;
constexpr std::uint64_t spikes_place = role::noise + 0x11;
constexpr std::uint64_t spikes_size = role::noise + 0x12;
constexpr std::uint64_t spikes_growth = role::noise + 0x13;
constexpr std::uint64_t spikes_height = role::noise + 0x14;

constexpr index spikes_at_once = 1 << 10;
constexpr index pixels_at_once = 1 << 17;

std::size_t to_size(index n) { return static_cast<std::size_t>(n); }

// The numbers of the pixels of spike k, the first one being given, in an image of (rows, cols).
void grow(std::uint64_t key, std::uint64_t k, index rows, index cols, index size, index* pixels) {
  std::array<index, 4 * largest_spike> open;
  for (index present = 1; present < size; ++present) {
    std::size_t count = 0;
    const auto offer = [&](bool inside, index pixel) {
      if (inside && std::find(pixels, pixels + present, pixel) == pixels + present) open[count++] = pixel;
    };
    for (index i = 0; i < present; ++i) {
      const index pixel = pixels[i];
      const index row = pixel / cols;
      const index col = pixel % cols;
      offer(row > 0, pixel - cols);
      offer(col > 0, pixel - 1);
      offer(col + 1 < cols, pixel + 1);
      offer(row + 1 < rows, pixel + cols);
    }
    const double u = uniform(key, spikes_growth, 16 * k + static_cast<std::uint64_t>(present));
    pixels[present] = open[static_cast<std::size_t>(u * static_cast<double>(count))];
  }
}

}  // namespace

Spikes spikes(std::uint64_t key, const Amplitude& amplitude, double density, int size, index rows, index cols, int threads) {
  const double expected = density * static_cast<double>(rows) * static_cast<double>(cols) + uniform(key, spikes_count, 0);
  if (!(expected <= 0x1p40)) throw std::length_error("afmnn: too many spikes for one image");
  const auto n = static_cast<index>(std::floor(expected));
  const index largest = std::min<index>(size, rows * cols);

  std::vector<index> ends(to_size(n) + 1);
  const index blocks = (n + spikes_at_once - 1) / spikes_at_once;
  for_each_block(blocks, threads, [&](index block) {
    for (index k = block * spikes_at_once; k < std::min(n, (block + 1) * spikes_at_once); ++k) {
      const double u = uniform(key, spikes_size, static_cast<std::uint64_t>(k));
      ends[to_size(k) + 1] = 1 + static_cast<index>(u * static_cast<double>(largest));
    }
  });
  for (index k = 0; k < n; ++k) ends[to_size(k) + 1] += ends[to_size(k)];

  const std::size_t pixels = to_size(ends.back());
  Spikes result{std::vector<index>(pixels), std::vector<index>(pixels), std::vector<index>(pixels),
                std::vector<double>(to_size(n))};
  draw_row(key, spikes_height, 0, n, amplitude, result.heights.data());
  for_each_block(blocks, threads, [&](index block) {
    for (index k = block * spikes_at_once; k < std::min(n, (block + 1) * spikes_at_once); ++k) {
      const auto spike = static_cast<std::uint64_t>(k);
      const index first = ends[to_size(k)];
      const index own = ends[to_size(k) + 1] - first;
      std::array<index, largest_spike> grown;
      grown[0] = static_cast<index>(uniform(key, spikes_place, spike) * static_cast<double>(rows * cols));
      grow(key, spike, rows, cols, own, grown.data());
      for (index i = 0; i < own; ++i) {
        const auto at = to_size(first + i);
        result.rows[at] = grown[to_size(i)] / cols;
        result.columns[at] = grown[to_size(i)] % cols;
        result.spikes[at] = k;
      }
    }
  });
  return result;
}

void write_spikes(const Spikes& spikes, View2D<double> out, int threads) {
  const index rows_at_once = 1 + pixels_at_once / (out.cols + 1);
  for_each_block((out.rows + rows_at_once - 1) / rows_at_once, threads, [&](index block) {
    const index last = std::min(out.rows, (block + 1) * rows_at_once);
    for (index r = block * rows_at_once; r < last; ++r) std::fill(out.row(r), out.row(r) + out.cols, 0.0);
  });
  for (std::size_t i = 0; i < spikes.rows.size(); ++i) {
    out.row(spikes.rows[i])[spikes.columns[i]] += spikes.heights[to_size(spikes.spikes[i])];
  }
}

}  // namespace afmnn::synth
