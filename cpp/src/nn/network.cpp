#include "afmnn/nn/network.hpp"

#include <algorithm>
#include <stdexcept>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {

std::vector<std::ptrdiff_t> window_offsets(std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride) {
  std::vector<std::ptrdiff_t> offsets;
  offsets.reserve(static_cast<std::size_t>(rows * cols));
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) offsets.push_back(r * stride + c);
  }
  return offsets;
}

template <typename T>
void validate_window(const Network<T>& net) {
  constexpr std::ptrdiff_t longest = 1 << 20;  // rows * cols stays far from overflow
  const std::ptrdiff_t rows = net.window_rows;
  const std::ptrdiff_t cols = net.window_cols;
  if (rows < 1 || cols < 1 || rows > longest || cols > longest) {
    throw std::invalid_argument("window must be 1 x 1 to 2^20 x 2^20");
  }
  if (net.fovea.empty()) return;
  if (rows != 2 * net.fovea.reach_rows() + 1 || cols != 2 * net.fovea.reach_cols() + 1) {
    throw std::invalid_argument("window must be the fovea's");
  }
  if (net.activation != Activation::tanh) throw std::invalid_argument("activation must be 'tanh' with a fovea");
}

template <typename T>
void validate(const Network<T>& net) {
  validate_window(net);
  if (net.layers.size() < 2) throw std::invalid_argument("layers must be at least two matrices");
  std::ptrdiff_t inputs = net.inputs();
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    if (net.hidden(l) < 1 || net.layers[l].inputs != inputs) {
      throw std::invalid_argument("layers must be matrices of shape (nodes, 1 + inputs)");
    }
    inputs = net.hidden(l);
  }
  if (inputs != 1) throw std::invalid_argument("layers[-1] must be a matrix of one row");
}

template <typename T>
Forward<T>::Forward(const Network<T>& net, std::ptrdiff_t longest)
    : net_(&net), stride_((longest + simd::pad - 1) / simd::pad * simd::pad) {
  std::ptrdiff_t most = 0;
  for (const auto& layer : net.layers) {
    values_.emplace_back(static_cast<std::size_t>(layer.nodes * stride_));
    most = std::max(most, layer.nodes);
  }
  for (std::ptrdiff_t n = 0; n < most; ++n) node_offsets_.push_back(n * stride_);
}

template <typename T>
void Forward<T>::sum_layer(std::size_t layer, const T* x, const std::ptrdiff_t* offsets, std::ptrdiff_t pixels, const T* centre,
                           const T* mean) {
  const Layer<T>& weights = net_->layers[layer];
  simd::Correlate<T> sums{};
  sums.x = x;
  sums.offsets = offsets;
  sums.taps = weights.inputs;
  sums.weights = weights.weights.data();
  sums.weight_stride = weights.nodes;
  sums.nodes = weights.nodes;
  sums.bias = weights.bias.data();
  sums.centre = centre;
  sums.mean = mean;
  sums.out = values_[layer].data();
  sums.out_stride = stride_;
  sums.pixels = pixels;
  simd::network_kernels<T>().correlate(sums);
}

template <typename T>
void Forward<T>::run(const T* x, const std::ptrdiff_t* offsets, std::ptrdiff_t pixels, const T* centre, const T* mean) {
  sum_layer(0, x, offsets, pixels, centre, mean);
  finish(pixels);
}

template <typename T>
void Forward<T>::finish(std::ptrdiff_t pixels) {
  const auto& kernels = simd::network_kernels<T>();
  const auto activate = net_->activation == Activation::tanh ? kernels.tanh : kernels.logistic;
  const std::size_t last = net_->layers.size() - 1;
  for (std::size_t l = 1; l <= last; ++l) {
    activate(values_[l - 1].data(), net_->hidden(l - 1) * stride_);
    sum_layer(l, values_[l - 1].data(), node_offsets_.data(), pixels, nullptr, nullptr);
  }
  T* const out = values_[last].data();
  if (net_->linear) {
    const T* const path = values_[0].data() + net_->hidden(0) * stride_;
    for (std::ptrdiff_t p = 0; p < pixels; ++p) out[p] += path[p];
  }
  if (net_->activation == Activation::logistic) activate(out, stride_);
}

template void validate_window(const Network<float>&);
template void validate_window(const Network<double>&);
template void validate(const Network<float>&);
template void validate(const Network<double>&);
template class Forward<float>;
template class Forward<double>;

}  // namespace afmnn::nn
