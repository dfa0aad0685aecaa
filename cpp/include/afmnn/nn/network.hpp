// A windowed network as the kernels want it: weights tap by tap, so that all nodes of a tap lie together.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/nn/fovea.hpp"

namespace afmnn::nn {

/// One layer: node n computes bias[n] + sum_k weights[k, n] * input[k].
template <typename T>
struct Layer {
  std::ptrdiff_t inputs = 0;
  std::ptrdiff_t nodes = 0;
  std::vector<T> weights;  // (inputs, nodes)
  std::vector<T> bias;     // (nodes)
};

enum class Activation { tanh, logistic };

/// out = f(c + l . x + v . u),  u the last hidden layer, x the window read row by row.
///
/// With a fovea, x are its taps and the output counts from its base.
///
/// The linear path l, where there is one, is the last node of the first layer: one pass over the window serves both.
/// f is the identity for tanh networks and the logistic function for logistic ones.
template <typename T>
struct Network {
  std::ptrdiff_t window_rows = 1;
  std::ptrdiff_t window_cols = 1;
  bool linear = false;
  Activation activation = Activation::tanh;
  Fovea fovea;
  std::vector<Layer<T>> layers;  // the output, one node, last

  std::ptrdiff_t window() const { return window_rows * window_cols; }
  std::ptrdiff_t inputs() const { return fovea.empty() ? window() : fovea.taps(); }
  /// Nodes of a layer that the next one sees: all but the linear path.
  std::ptrdiff_t hidden(std::size_t layer) const { return layers[layer].nodes - (layer == 0 && linear ? 1 : 0); }
};

/// Refuses what the kernels cannot compute with: std::invalid_argument "name must rule". The window alone comes first, because
/// layers are read by its size.
template <typename T>
void validate_window(const Network<T>& net);
template <typename T>
void validate(const Network<T>& net);

/// Distances of the window's pixels from its first one, in an image with `stride` elements a row.
std::vector<std::ptrdiff_t> window_offsets(std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride);

/// Distances of what the network sees from the window's first pixel; with a fovea, in planes of `plane` elements.
template <typename T>
std::vector<std::ptrdiff_t> input_offsets(const Network<T>& net, std::ptrdiff_t plane, std::ptrdiff_t stride) {
  return net.fovea.empty() ? window_offsets(net.window_rows, net.window_cols, stride) : fovea_offsets(net.fovea, plane, stride);
}

/// Evaluates runs of pixels that are neighbours in memory. One for each thread; allocates in the constructor only.
template <typename T>
class Forward {
 public:
  /// For runs of at most `longest` pixels.
  Forward(const Network<T>& net, std::ptrdiff_t longest);

  /// Evaluates `pixels` windows, the first of which starts at `x`, each next one an element further on. `centre` (nodes of the
  /// first layer) times `mean` (pixels) is taken from the first layer's sums; both null where windows are not centred. Reads up
  /// to the next multiple of simd::pad pixels. The result is in output().
  void run(const T* x, const std::ptrdiff_t* offsets, std::ptrdiff_t pixels, const T* centre, const T* mean);

  /// The rest of run() where the sums of the first layer, biases included, are in values(0) already.
  void finish(std::ptrdiff_t pixels);

  std::ptrdiff_t stride() const { return stride_; }
  /// (nodes, stride) values of a layer after its activation.
  T* values(std::size_t layer) { return values_[layer].data(); }
  T* output() { return values_.back().data(); }
  /// n * stride: the nodes of a layer as taps of the next.
  const std::ptrdiff_t* node_offsets() const { return node_offsets_.data(); }

 private:
  void sum_layer(std::size_t layer, const T* x, const std::ptrdiff_t* offsets, std::ptrdiff_t pixels, const T* centre,
                 const T* mean);

  const Network<T>* net_;
  std::ptrdiff_t stride_;
  std::vector<std::vector<T>> values_;
  std::vector<std::ptrdiff_t> node_offsets_;
};

}  // namespace afmnn::nn
