// The window layer by Fourier transforms: tiles overlap by a window, all nodes share the transform of a tile.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/nn/network.hpp"

namespace afmnn::nn {

/// Filters of a network's first layer for tiles of size x size pixels.
class FourierFilters {
 public:
  FourierFilters(const Network<float>& net, std::ptrdiff_t size);

  std::ptrdiff_t size() const { return size_; }
  std::ptrdiff_t stride() const { return stride_; }
  std::ptrdiff_t nodes() const { return nodes_; }
  /// Pixels whose window lies inside a tile.
  std::ptrdiff_t rows() const { return rows_; }
  std::ptrdiff_t cols() const { return cols_; }

 private:
  friend class FourierTiles;
  std::ptrdiff_t size_, stride_, nodes_, rows_, cols_;
  std::vector<float> turns_;
  std::vector<float> re_, im_;  // (nodes, size, stride), divided by size^2
  std::vector<double> sums_;    // of each node's weights
  std::vector<float> bias_;
};

/// Two tiles at once, one the real and one the imaginary part: filters are real, so the two stay apart.
class FourierTiles {
 public:
  explicit FourierTiles(const FourierFilters& filters);

  /// (size, stride) heights of tile 0 or 1, to be filled before run().
  float* heights(int tile) { return tile == 0 ? x_re_.data() : x_im_.data(); }
  /// Computes the sums of all nodes. The mean of a tile is taken off before the transform and its share added back in
  /// double precision, so that rounding is relative to the relief in the tile, not to its height.
  void run();
  /// Copies the sums of `cols` pixels of a row, biases included, to out (nodes, out_stride).
  void sums(int tile, std::ptrdiff_t row, std::ptrdiff_t cols, float* out, std::ptrdiff_t out_stride) const;

 private:
  void remove_mean(int tile);

  const FourierFilters* filters_;
  std::vector<float> x_re_, x_im_;
  std::vector<float> re_, im_;            // (size, stride)
  std::vector<float> node_re_, node_im_;  // (nodes, size, stride)
  double mean_[2] = {0.0, 0.0};
};

/// The tile size that costs least for an image, or 0 where the direct sum costs less. A function of its arguments only,
/// from measured costs, so that results depend neither on timing nor on the number of threads.
std::ptrdiff_t choose_tile(const Network<float>& net, std::ptrdiff_t rows, std::ptrdiff_t cols);

}  // namespace afmnn::nn
