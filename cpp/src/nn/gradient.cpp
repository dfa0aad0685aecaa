#include "afmnn/nn/gradient.hpp"

#include <cstring>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

// Because the compiler knows this length, it makes a few moves of it, and no call.
template <typename T>
void copy_pad(const T* from, T* to) {
  std::memcpy(to, from, simd::pad * sizeof(T));
}

}  // namespace

template <typename T>
RunBuffers<T>::RunBuffers(const Network<T>& net, std::ptrdiff_t longest) : forward(net, longest) {
  for (const auto& layer : net.layers) deltas.emplace_back(static_cast<std::size_t>(layer.nodes * forward.stride()));
}

template <typename T>
Workspace<T>::Workspace(const Network<T>& net, std::size_t runs, std::ptrdiff_t run_length, InterruptTimer& timer)
    : weight_runs(net.layers.size(), std::vector<simd::Run<T>>(runs)),
      bias_runs(weight_runs),
      mean_runs(runs),
      run_length_(run_length),
      ones_(static_cast<std::size_t>(run_length + simd::pad), T(1)) {
  buffers.reserve(runs);
  for (std::size_t i = 0; i < runs; ++i) {
    timer.call_if_due();
    buffers.emplace_back(net, run_length);
  }
  for (const auto& layer : net.layers) {
    packed_.emplace_back(runs * static_cast<std::size_t>(layer.nodes * buffers[0].forward.stride()));
  }
  if (net.fovea.empty()) return;
  gathered_.resize(runs * static_cast<std::size_t>(net.inputs() * run_length));
  for (std::ptrdiff_t k = 0; k < net.inputs(); ++k) gathered_offsets_.push_back(k * run_length);
}

template <typename T>
typename Workspace<T>::Inputs Workspace<T>::inputs(std::size_t index, const TrainingImage<T>& image, const PixelRun& run) {
  const T* const x = image.row(run.row);
  const std::ptrdiff_t* const taps = image.taps(run.run);
  if (gathered_.empty()) return {x, taps};
  T* const gathered = gathered_.data() + static_cast<std::ptrdiff_t>(index) * image.tap_count * run_length_;
  for (std::ptrdiff_t k = 0; k < image.tap_count; ++k) copy_pad(x + taps[k], gathered + k * run_length_);
  return {gathered, gathered_offsets_.data()};
}

template <typename T>
void Workspace<T>::pack(std::size_t index, const Network<T>& net, const Inputs& inputs, const T* mean, std::ptrdiff_t pixels) {
  RunBuffers<T>& run = buffers[index];
  const std::ptrdiff_t stride = run.forward.stride();
  const std::ptrdiff_t* const node_offsets = run.forward.node_offsets();
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    const std::ptrdiff_t nodes = net.layers[l].nodes;
    T* const packed = packed_[l].data() + static_cast<std::ptrdiff_t>(index) * nodes * stride;
    for (std::ptrdiff_t n = 0; n < nodes; ++n) {
      for (std::ptrdiff_t p = 0; p < stride; p += simd::pad) {
        copy_pad(run.deltas[l].data() + n * stride + p, packed + p * nodes + n * simd::pad);
      }
    }
    if (l == 0) {
      weight_runs[l][index] = {inputs.x, inputs.taps, packed, pixels};
      mean_runs[index] = {mean, node_offsets, packed, pixels};
    } else {
      weight_runs[l][index] = {run.forward.values(l - 1), node_offsets, packed, pixels};
    }
    bias_runs[l][index] = {ones_.data(), node_offsets, packed, pixels};
  }
}

template <typename T>
TrainingError Workspace<T>::error(std::size_t runs) const {
  TrainingError error;
  for (std::size_t i = 0; i < runs; ++i) {
    error.squares += buffers[i].error.squares;
    error.weights += buffers[i].error.weights;
  }
  return error;
}

template <typename T>
void sum_gradient(const std::vector<simd::Run<T>>& runs, std::size_t count, std::ptrdiff_t first_tap, std::ptrdiff_t last_tap,
                  std::ptrdiff_t nodes, T* out) {
  simd::Gradient<T> sums{};
  sums.runs = runs.data();
  sums.run_count = static_cast<std::ptrdiff_t>(count);
  sums.first_tap = first_tap;
  sums.last_tap = last_tap;
  sums.nodes = nodes;
  sums.out = out;
  sums.out_stride = nodes;
  simd::network_kernels<T>().gradient(sums);
}

template struct RunBuffers<float>;
template struct RunBuffers<double>;
template struct Workspace<float>;
template struct Workspace<double>;
template void sum_gradient(const std::vector<simd::Run<float>>&, std::size_t, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t,
                           float*);
template void sum_gradient(const std::vector<simd::Run<double>>&, std::size_t, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t,
                           double*);

}  // namespace afmnn::nn
