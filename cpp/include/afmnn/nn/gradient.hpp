// What the runs of a mini-batch leave for the gradient.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/pages.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/nn/run_order.hpp"
#include "afmnn/nn/training_image.hpp"
#include "afmnn/simd/table.hpp"

namespace afmnn::nn {

/// Sums over the pixels visited: of the squared error in heights, and of the pixels' weights.
struct TrainingError {
  double squares = 0.0;
  double weights = 0.0;
  bool epoch_over = false;
};

/// Of one run: the values of its nodes, and their deltas, the derivatives of half the squared error by what nodes sum up.
template <typename T>
struct RunBuffers {
  RunBuffers(const Network<T>& net, std::ptrdiff_t longest);

  Forward<T> forward;
  std::vector<std::vector<T>> deltas;  // per layer (nodes, stride)
  TrainingError error;
};

/// Of all runs of a mini-batch. Each run is written by one thread only.
template <typename T>
struct Workspace {
  /// Where the windows of a run are read: taps of the first window, counted from x.
  struct Inputs {
    const T* x;
    const std::ptrdiff_t* taps;
  };

  /// For up to `runs` runs of at most `run_length` pixels.
  Workspace(const Network<T>& net, std::size_t runs, std::ptrdiff_t run_length, InterruptTimer& timer);

  /// The inputs of a run. With a fovea they are copied, because their taps lie far apart in the images, and are read again for
  /// every few nodes; windows are read in place.
  Inputs inputs(std::size_t index, const TrainingImage<T>& image, const PixelRun& run);
  /// Lays out the deltas of a run as the kernel of the gradient reads them, and notes where its inputs are.
  void pack(std::size_t index, const Network<T>& net, const Inputs& inputs, const T* mean, std::ptrdiff_t pixels);
  /// The sum over the first `runs` runs, in their order.
  TrainingError error(std::size_t runs) const;

  std::vector<RunBuffers<T>> buffers;
  std::vector<std::vector<simd::Run<T>>> weight_runs;  // per layer: inputs and deltas of every run
  std::vector<std::vector<simd::Run<T>>> bias_runs;    // per layer: ones and deltas
  std::vector<simd::Run<T>> mean_runs;                 // window means and deltas of the first layer

 private:
  std::ptrdiff_t run_length_;
  Pages<T> gathered_;                             // with a fovea: the inputs, (runs, taps, pixels)
  std::vector<std::ptrdiff_t> gathered_offsets_;  // of the taps in them
  std::vector<AlignedVector<T>> packed_;          // per layer: the deltas of every run, block after block
  std::vector<T> ones_;
};

/// The gradient by some taps of a layer, or by its biases: out(tap, node) = sum over runs and pixels of input * delta.
template <typename T>
void sum_gradient(const std::vector<simd::Run<T>>& runs, std::size_t count, std::ptrdiff_t first_tap, std::ptrdiff_t last_tap,
                  std::ptrdiff_t nodes, T* out);

}  // namespace afmnn::nn
