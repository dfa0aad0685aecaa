// The window layer by Fourier transforms: tiles overlap by a window, all nodes share the transform of a tile.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/pages.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/simd/table.hpp"

namespace afmnn::nn {

/// How transforms of `size` rows are done: see simd::Fourier.
struct FourierPlan {
  explicit FourierPlan(std::ptrdiff_t size);

  std::vector<int> radices;
  std::vector<float> twiddles;
};

/// Filters of a network's first layer for tiles of size x size pixels.
class FourierFilters {
 public:
  FourierFilters(const Network<float>& net, std::ptrdiff_t size);

  std::ptrdiff_t size() const { return size_; }
  /// From row to row of a tile's heights: rows a power of two apart would share a few sets of the cache.
  std::ptrdiff_t stride() const { return size_ + simd::pad; }
  std::ptrdiff_t nodes() const { return nodes_; }
  /// Pixels whose window lies inside a tile.
  std::ptrdiff_t rows() const { return rows_; }
  std::ptrdiff_t cols() const { return cols_; }
  /// Strips of simd::pad columns that hold these.
  std::ptrdiff_t strips() const { return (cols_ + simd::pad - 1) / simd::pad; }

 private:
  friend class FourierTiles;
  std::ptrdiff_t size_, nodes_, rows_, cols_;
  FourierPlan plan_;
  Pages<float> spectra_;      // (nodes, size / pad, size, 2 * pad), divided by size^2
  std::vector<double> sums_;  // of each node's weights
  std::vector<float> bias_;
};

/// Two tiles at once, one the real and one the imaginary part: filters are real, so the two stay apart.
class FourierTiles {
 public:
  explicit FourierTiles(const FourierFilters& filters);

  /// (size, stride) heights of tile 0 or 1, to be filled before run().
  float* heights(int tile) { return heights_[tile].data(); }
  /// Computes the sums of all nodes but for the last transform, which sums() does where it is needed.
  void run();
  /// The sums of the pixels in columns [pad * strip, pad * strip + pad) of both tiles, biases included, to (nodes, stride)
  /// each: row after row of `pad` pixels. About the mean of a tile was taken off before the transforms; its share is added
  /// back from double precision, so that rounding is relative to the relief in the tile, not to its height.
  void sums(std::ptrdiff_t strip, float* out0, float* out1, std::ptrdiff_t stride);

 private:
  void measure(int tile);

  const FourierFilters* filters_;
  Pages<float> heights_[2];
  Pages<float> transposed_;       // (size / pad, size, 2 * pad): transformed down the columns, transposed
  Pages<float> spectrum_;         // likewise: in both directions
  Pages<float> nodes_;            // (nodes, strips, size, 2 * pad): sums, still to be transformed down the columns
  std::vector<float> strip_;      // (size, 2 * pad)
  double level_[2] = {0.0, 0.0};  // about the mean of each tile
};

/// The tile size that costs least for an image, or 0 where the direct sum costs less. A function of its arguments only,
/// from measured costs, so that results depend neither on timing nor on the number of threads.
std::ptrdiff_t choose_tile(const Network<float>& net, std::ptrdiff_t rows, std::ptrdiff_t cols);

}  // namespace afmnn::nn
