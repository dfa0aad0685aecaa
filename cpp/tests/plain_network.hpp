// The network as its formula says it, in loops over one window: what the kernels are compared with.
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

#include "afmnn/nn/network.hpp"
#include "check.hpp"

namespace afmnn::test {

/// A network with weights of about 1 / sqrt(inputs), so that no node saturates.
template <typename T>
nn::Network<T> make_network(std::ptrdiff_t rows, std::ptrdiff_t cols, const std::vector<std::ptrdiff_t>& hidden,
                            nn::Activation activation, bool linear, std::uint64_t key) {
  Numbers numbers(key);
  nn::Network<T> net;
  net.window_rows = rows;
  net.window_cols = cols;
  net.linear = linear;
  net.activation = activation;
  std::ptrdiff_t inputs = rows * cols;
  for (std::size_t l = 0; l <= hidden.size(); ++l) {
    nn::Layer<T> layer;
    const std::ptrdiff_t nodes = l < hidden.size() ? hidden[l] : 1;
    layer.inputs = inputs;
    layer.nodes = nodes + (l == 0 && linear ? 1 : 0);
    const double width = 1.0 / std::sqrt(static_cast<double>(inputs));
    for (std::ptrdiff_t i = 0; i < layer.inputs * layer.nodes; ++i) {
      layer.weights.push_back(static_cast<T>(numbers(-width, width)));
    }
    for (std::ptrdiff_t n = 0; n < layer.nodes; ++n) layer.bias.push_back(static_cast<T>(numbers(-0.5, 0.5)));
    net.layers.push_back(layer);
    inputs = nodes;
  }
  return net;
}

/// The same with a fovea of small bands; where it is `later`, with some of the residual.
template <typename T>
nn::Network<T> make_fovea_network(const std::vector<std::ptrdiff_t>& hidden, std::uint64_t key, bool later = false,
                                  bool compresses = false) {
  nn::Fovea fovea{{{1, 1, 3, 3, 3, 3, 1, 1, 2.0}, {1, 3, 3, 9, 5, 3, 1, 3, 1.5}, {3, 1, 9, 1, 1, 3, 2, 2, 0.5}}, 3, 9};
  if (later)
    fovea = {{{1, 1, 3, 3, 3, 3, 1, 1, 2.0}, {1, 1, 0, 0, 3, 5, 1, 1, 1.5, true}, {3, 9, 0, 0, 3, 1, 1, 2, 0.5, true}}, 1, 1};
  fovea.compresses = compresses;
  if (compresses) fovea.base_rows = fovea.base_cols = 1;
  auto net = make_network<T>(1, fovea.taps(), hidden, nn::Activation::tanh, true, key);
  net.window_rows = 2 * fovea.reach_rows() + 1;
  net.window_cols = 2 * fovea.reach_cols() + 1;
  net.fovea = fovea;
  return net;
}

/// Mean over a box in a window of `cols` columns, `row` and `col` its middle.
inline double box_mean(const std::vector<double>& window, std::ptrdiff_t cols, std::ptrdiff_t row, std::ptrdiff_t col,
                       std::ptrdiff_t box_rows, std::ptrdiff_t box_cols) {
  double sum = 0.0;
  for (std::ptrdiff_t r = row - box_rows / 2; r <= row + box_rows / 2; ++r) {
    for (std::ptrdiff_t c = col - box_cols / 2; c <= col + box_cols / 2; ++c)
      sum += window[static_cast<std::size_t>(r * cols + c)];
  }
  return sum / static_cast<double>(box_rows * box_cols);
}

/// What a network with a fovea makes of a window, and of that of the residual where it sees one: its taps.
template <typename T>
std::vector<double> fovea_taps(const nn::Network<T>& net, const std::vector<double>& image,
                               const std::vector<double>& residual = {}) {
  std::vector<double> taps;
  for (const nn::Band& band : net.fovea.bands) {
    const std::vector<double>& window = band.residual ? residual : image;
    for (std::ptrdiff_t i = 0; i < band.taps(); ++i) {
      const std::ptrdiff_t row = net.window_rows / 2 + (i / band.grid_cols - band.grid_rows / 2) * band.step_rows;
      const std::ptrdiff_t col = net.window_cols / 2 + (i % band.grid_cols - band.grid_cols / 2) * band.step_cols;
      double tap = box_mean(window, net.window_cols, row, col, band.box_rows, band.box_cols);
      if (!band.residual) tap -= box_mean(window, net.window_cols, row, col, band.less_rows, band.less_cols);
      taps.push_back(band.gain * tap);
    }
  }
  return taps;
}

/// What its output counts from.
template <typename T>
double fovea_base(const nn::Network<T>& net, const std::vector<double>& window) {
  return box_mean(window, net.window_cols, net.window_rows / 2, net.window_cols / 2, net.fovea.base_rows, net.fovea.base_cols);
}

/// The output for one window, in the number type of the weights' copy: double, or complex for derivatives.
template <typename C, typename T>
C evaluate(const nn::Network<T>& net, const std::vector<std::vector<C>>& weights, const std::vector<std::vector<C>>& biases,
           const std::vector<double>& window) {
  const auto activate = [&](C a) {
    return net.activation == nn::Activation::tanh ? std::tanh(a) : C(1.0) / (C(1.0) + std::exp(-a));
  };
  std::vector<C> values(window.begin(), window.end());
  C path(0.0);
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    const auto nodes = static_cast<std::size_t>(net.layers[l].nodes);
    std::vector<C> sums = biases[l];
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t n = 0; n < nodes; ++n) sums[n] += weights[l][i * nodes + n] * values[i];
    }
    if (l == 0 && net.linear) {
      path = sums.back();
      sums.pop_back();
    }
    if (l + 1 < net.layers.size()) {
      for (auto& sum : sums) sum = activate(sum);
    }
    values = sums;
  }
  const C out = values[0] + path;
  return net.activation == nn::Activation::logistic ? activate(out) : out;
}

template <typename C, typename T>
void copy_weights(const nn::Network<T>& net, std::vector<std::vector<C>>& weights, std::vector<std::vector<C>>& biases) {
  weights.clear();
  biases.clear();
  for (const auto& layer : net.layers) {
    weights.emplace_back(layer.weights.begin(), layer.weights.end());
    biases.emplace_back(layer.bias.begin(), layer.bias.end());
  }
}

template <typename T>
double evaluate(const nn::Network<T>& net, const std::vector<double>& window) {
  std::vector<std::vector<double>> weights;
  std::vector<std::vector<double>> biases;
  copy_weights(net, weights, biases);
  if (!net.fovea.empty()) return fovea_base(net, window) + evaluate<double>(net, weights, biases, fovea_taps(net, window));
  return evaluate<double>(net, weights, biases, window);
}

}  // namespace afmnn::test
