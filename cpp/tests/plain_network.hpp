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
  return evaluate<double>(net, weights, biases, window);
}

}  // namespace afmnn::test
