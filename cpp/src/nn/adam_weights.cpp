#include "afmnn/nn/adam_weights.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

// Taps of a block: whole register blocks of the kernel, and enough blocks to share 27 x 27 taps evenly.
constexpr std::ptrdiff_t block_taps = 24;

constexpr double pi = 3.14159265358979323846;

}  // namespace

template <typename T>
simd::Adam<T> adam_rates(const AdamSettings& settings, std::int64_t updates_per_epoch, std::int64_t update, double scale) {
  const double falling =
      static_cast<double>(update) - static_cast<double>(settings.constant_epochs) * static_cast<double>(updates_per_epoch);
  const double done = std::max(0.0, std::min(1.0, falling / static_cast<double>(settings.epochs * updates_per_epoch)));
  const double rate = settings.rate * (settings.last_rate + (1.0 - settings.last_rate) * 0.5 * (1.0 + afmnn::cos(pi * done)));
  const double second = std::sqrt(1.0 - afmnn::power(settings.beta2, update + 1));
  simd::Adam<T> rates{};
  rates.scale = static_cast<T>(scale);
  rates.rate = static_cast<T>(rate * second / (1.0 - afmnn::power(settings.beta1, update + 1)));
  rates.beta1 = static_cast<T>(settings.beta1);
  rates.beta2 = static_cast<T>(settings.beta2);
  rates.epsilon = static_cast<T>(settings.epsilon * second);
  return rates;
}

template <typename T>
AdamWeights<T>::AdamWeights(const Network<T>& initial) : net_(initial) {
  std::ptrdiff_t most_nodes = 0;
  for (std::size_t l = 0; l < net_.layers.size(); ++l) {
    const Layer<T>& layer = net_.layers[l];
    const std::vector<T> weight_zeros(layer.weights.size());
    const std::vector<T> bias_zeros(layer.bias.size());
    weights_.push_back({weight_zeros, weight_zeros, weight_zeros});
    biases_.push_back({bias_zeros, bias_zeros, bias_zeros});
    transposed_.emplace_back(l == 0 ? 0 : layer.weights.size());
    for (std::ptrdiff_t tap = 0; tap < layer.inputs; tap += block_taps) {
      blocks_.push_back({l, tap, std::min(tap + block_taps, layer.inputs)});
    }
    if (l == 0) window_blocks_ = blocks_.size();
    most_nodes = std::max(most_nodes, layer.nodes);
  }
  block_sums_.resize(window_blocks_ * static_cast<std::size_t>(window_nodes()));
  zeros_.assign(static_cast<std::size_t>(most_nodes), T(0));
  for (std::size_t block = 0; block < blocks_.size(); ++block) derive(block);
}

// What is kept of a block besides its weights: their sums in the first layer, their transpose in the others.
template <typename T>
void AdamWeights<T>::derive(std::size_t block) {
  const WeightBlock& at = blocks_[block];
  const Layer<T>& layer = net_.layers[at.layer];
  if (at.layer == 0) {
    T* const sums = block_sums_.data() + static_cast<std::ptrdiff_t>(block) * layer.nodes;
    std::fill(sums, sums + layer.nodes, T(0));
    for (std::ptrdiff_t k = at.first_tap; k < at.last_tap; ++k) {
      for (std::ptrdiff_t n = 0; n < layer.nodes; ++n) sums[n] += layer.weights[static_cast<std::size_t>(k * layer.nodes + n)];
    }
  } else {
    T* const transposed = transposed_[at.layer].data();
    for (std::ptrdiff_t k = at.first_tap; k < at.last_tap; ++k) {
      for (std::ptrdiff_t n = 0; n < layer.nodes; ++n) {
        transposed[n * layer.inputs + k] = layer.weights[static_cast<std::size_t>(k * layer.nodes + n)];
      }
    }
  }
}

template <typename T>
void AdamWeights<T>::sum_centre(T* centre) const {
  const auto nodes = static_cast<std::size_t>(window_nodes());
  std::fill(centre, centre + nodes, T(0));
  if (!net_.fovea.empty()) return;  // because nothing is taken off its taps
  for (std::size_t block = 0; block < window_blocks_; ++block) {
    for (std::size_t n = 0; n < nodes; ++n) centre[n] += block_sums_[block * nodes + n];
  }
}

template <typename T>
void AdamWeights<T>::sum_block(std::size_t block, const Workspace<T>& workspace, std::size_t runs) {
  const auto& [layer, first, last] = blocks_[block];
  const std::ptrdiff_t nodes = net_.layers[layer].nodes;
  sum_gradient(workspace.weight_runs[layer], runs, first, last, nodes, weights_[layer].gradient.data());
  if (first == 0) sum_gradient(workspace.bias_runs[layer], runs, 0, 1, nodes, biases_[layer].gradient.data());
}

template <typename T>
void AdamWeights<T>::update(Moments& moments, T* parameters, std::ptrdiff_t first, std::ptrdiff_t last,
                            const simd::Adam<T>& rates) {
  simd::Adam<T> a = rates;
  a.weights = parameters + first;
  a.first = moments.first.data() + first;
  a.second = moments.second.data() + first;
  a.gradient = moments.gradient.data() + first;
  a.count = last - first;
  simd::network_kernels<T>().adam(a);
}

template <typename T>
void AdamWeights<T>::update_block(std::size_t block, const T* shift, simd::Adam<T> rates) {
  const WeightBlock& at = blocks_[block];
  Layer<T>& layer = net_.layers[at.layer];
  rates.period = layer.nodes;
  rates.shift = at.layer == 0 ? shift : zeros_.data();
  update(weights_[at.layer], layer.weights.data(), at.first_tap * layer.nodes, at.last_tap * layer.nodes, rates);
  derive(block);
  if (at.first_tap > 0) return;
  rates.shift = zeros_.data();
  update(biases_[at.layer], layer.bias.data(), 0, layer.nodes, rates);
}

template <typename T>
void AdamWeights<T>::add_gradient(const T* shift, Network<T>& total) const {
  const auto nodes = static_cast<std::size_t>(window_nodes());
  for (std::size_t l = 0; l < total.layers.size(); ++l) {
    Layer<T>& layer = total.layers[l];
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      layer.weights[i] += weights_[l].gradient[i] - (l == 0 ? shift[i % nodes] : T(0));
    }
    for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias[i] += biases_[l].gradient[i];
  }
}

template simd::Adam<float> adam_rates(const AdamSettings&, std::int64_t, std::int64_t, double);
template simd::Adam<double> adam_rates(const AdamSettings&, std::int64_t, std::int64_t, double);
template class AdamWeights<float>;
template class AdamWeights<double>;

}  // namespace afmnn::nn
