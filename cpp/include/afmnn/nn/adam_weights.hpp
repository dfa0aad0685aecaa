// The weights of a network that learns by Adam, cut in blocks that threads share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/nn/gradient.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/simd/table.hpp"

namespace afmnn::nn {

/// The rate is constant for `constant_epochs` epochs, then falls from `rate` to `rate * last_rate` along half a cosine over
/// `epochs` epochs.
struct AdamSettings {
  double rate = 1e-3;
  double last_rate = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t epochs = 1;
  std::int64_t constant_epochs = 0;
};

/// Rates of the `update`-th update, counted from 0. The gradient is multiplied by `scale`.
template <typename T>
simd::Adam<T> adam_rates(const AdamSettings& settings, std::int64_t updates_per_epoch, std::int64_t update, double scale);

/// Blocks may be summed, and then updated, by several threads, each block by one.
template <typename T>
class AdamWeights {
 public:
  explicit AdamWeights(const Network<T>& initial);

  const Network<T>& network() const { return net_; }
  std::size_t blocks() const { return blocks_.size(); }
  /// Nodes of the first layer.
  std::ptrdiff_t window_nodes() const { return net_.layers[0].nodes; }
  /// Sums of the first layer's weights over the window, (window_nodes): what is to be taken off for one unit of a window's mean.
  void sum_centre(T* centre) const;
  /// Weights of a layer above the first, (nodes, inputs), for errors to go back through.
  const T* transposed(std::size_t layer) const { return transposed_[layer].data(); }
  /// As many zeros as the widest layer has nodes.
  const T* zeros() const { return zeros_.data(); }

  /// Sums up the gradient of a block over the first `runs` runs.
  void sum_block(std::size_t block, const Workspace<T>& workspace, std::size_t runs);
  /// Updates a block by its gradient; `shift` (window_nodes) is the gradient by the sums of the first layer's weights.
  void update_block(std::size_t block, const T* shift, simd::Adam<T> rates);
  /// Adds the gradient that sum_block() has left to another network's weights.
  void add_gradient(const T* shift, Network<T>& total) const;

 private:
  struct WeightBlock {
    std::size_t layer;
    std::ptrdiff_t first_tap, last_tap;
  };
  // Adam's two moments and the gradient, in the shape of the parameters.
  struct Moments {
    std::vector<T> first, second, gradient;
  };

  void update(Moments& moments, T* parameters, std::ptrdiff_t first, std::ptrdiff_t last, const simd::Adam<T>& rates);
  void derive(std::size_t block);

  Network<T> net_;
  std::vector<WeightBlock> blocks_;
  std::size_t window_blocks_ = 0;  // those of the first layer, which come first
  std::vector<Moments> weights_;   // per layer
  std::vector<Moments> biases_;    // per layer
  std::vector<T> block_sums_;      // (window_blocks_, window_nodes): sums of the weights of each block
  std::vector<std::vector<T>> transposed_;
  std::vector<T> zeros_;
};

}  // namespace afmnn::nn
