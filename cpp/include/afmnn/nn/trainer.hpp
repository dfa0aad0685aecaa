// Mini-batch training of windowed networks with Adam, the windows read from the images in place.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/team_choice.hpp"
#include "afmnn/nn/adam_weights.hpp"
#include "afmnn/nn/gradient.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/nn/run_order.hpp"
#include "afmnn/nn/training_image.hpp"

namespace afmnn::nn {

struct TrainingSettings {
  AdamSettings adam;
  std::ptrdiff_t batch = 1024;  // pixels of a mini-batch, about
  bool flips = true;            // images are seen as they are by the first `subsets` epochs, then in seven flips, each as long
  std::uint64_t key = 0;        // of the random order
  std::int64_t subsets = 1;     // an epoch visits one of so many subsets of the runs; as many epochs visit them all
};

/// Trains the network
///
///   y = m + c + l . (x - m) + v . u,   u = tanh(b + W (x - m)),   m the mean of the window x
///
/// (deeper layers likewise) to least squares. W (x - m) is computed as W x - s m, s the row sums of W: windows are never
/// copied. network() folds m into the weights, so that the result is a plain network. c is the sum of the output's bias
/// and of the linear path's, which learn side by side.
///
/// With a fovea, x are its taps, which have no mean to be taken off, and m is the mean over its base, or the result of the
/// network before.
///
/// An epoch visits the windows that lie inside the images in runs of pixels spread over a row, in random order; a mini-batch is
/// a few of them. Its phases, forward and backward for each run, then the gradient and the update of each block of weights,
/// are divided among the threads; each number is computed whole by one of them, so the result does not depend on how many.
///
/// `interrupt` may throw: in the constructor that is the end; run() leaves the network as the last whole mini-batch left it.
///
/// A mini-batch costs 2 * pixels * nodes * window multiply-adds. Memory: the images twice with `flips`, and a few
/// values per node, with a fovea also per tap, and pixel of a batch. Throws std::bad_alloc only.
template <typename T>
class Trainer {
 public:
  Trainer(const Network<T>& initial, const std::vector<TrainingPair<T>>& pairs, const TrainingSettings& settings,
          const Interrupt& interrupt = {})
      : Trainer(initial, pairs, settings, InterruptTimer(interrupt)) {}
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Updates of one epoch, over all pixels or a subset of them.
  std::int64_t updates_per_epoch() const { return updates_per_epoch_; }
  /// Puts another pair, of the same shape and without pixels of weight 0, in the place of one; between two epochs. May be called
  /// for several places at once.
  void replace(std::size_t index, const TrainingPair<T>& pair);
  /// Lets the rate fall over the next `epochs` epochs, whatever the settings say; between two epochs.
  void fall(std::int64_t epochs);
  /// Rows and columns of a pair.
  std::pair<std::ptrdiff_t, std::ptrdiff_t> shape(std::size_t index) const { return {images_[index].rows, images_[index].cols}; }
  std::size_t pairs() const { return images_.size(); }
  bool between_epochs() const { return update_ == 0; }
  const Network<T>& layout() const { return weights_.network(); }
  /// Runs up to `updates` further updates, but not beyond the end of an epoch. Returns the sums since the epoch began.
  TrainingError run(std::int64_t updates, int threads, const Interrupt& interrupt = {});
  /// The gradient of 1/2 sum(weight e^2) / sum(weight) over all pixels, unflipped, in the shape of network(); for tests.
  TrainingError gradient(Network<T>& gradient, int threads);
  /// The network as it is now, without centring.
  Network<T> network() const;

 private:
  // The runs of a mini-batch, and how far the work on it is.
  struct MiniBatch {
    MiniBatch(std::size_t first, std::size_t run_count, std::size_t blocks, std::int64_t number)
        : first_run(first),
          runs(run_count),
          update_number(number),
          forward(static_cast<std::ptrdiff_t>(run_count)),
          gradient(static_cast<std::ptrdiff_t>(blocks)),
          update(static_cast<std::ptrdiff_t>(blocks)) {}
    std::size_t first_run, runs;
    std::int64_t update_number;  // since training began
    TrainingError error;
    Phase forward, gradient, update;
  };
  // A parallel region that is left in the middle of a mini-batch when an interrupt is due: what is begun is finished, the rest
  // is done in the next region.
  struct Region {
    std::ptrdiff_t claim(Phase& phase, std::ptrdiff_t check_every);
    const InterruptTimer& timer;
    std::atomic<bool> stop{false};
  };

  Trainer(const Network<T>& initial, const std::vector<TrainingPair<T>>& pairs, const TrainingSettings& settings,
          InterruptTimer&& timer);
  std::int64_t count_updates(InterruptTimer& timer);
  std::size_t most_runs() const;
  std::size_t first_run(std::int64_t update) const;
  void begin_epoch(InterruptTimer& timer);
  void train_batches(std::int64_t& next, std::int64_t end, int threads, bool learn, TrainingError& total, InterruptTimer& timer);
  bool forward_phase(MiniBatch& batch, T* centre, Region& region);
  bool gradient_phase(MiniBatch& batch, Region& region);
  void update_phase(MiniBatch& batch, T* shift, bool learn);
  void forward_and_backward(std::size_t index, const PixelRun& run, const T* centre);
  void back_propagate(RunBuffers<T>& buffers, std::ptrdiff_t pixels) const;
  void sum_shift(std::size_t runs, T* shift) const;

  TrainingSettings settings_;
  std::ptrdiff_t run_length_;  // pixels, at most
  AdamWeights<T> weights_;
  std::vector<TrainingImage<T>> images_;
  std::vector<TrainingImage<T>> flipped_;
  const std::vector<TrainingImage<T>>* current_ = &images_;
  std::vector<PixelRun> runs_;  // of this epoch
  std::int64_t updates_per_epoch_;
  Workspace<T> workspace_;
  std::int64_t epoch_ = 0;
  std::int64_t update_ = 0;    // of this epoch
  TrainingError epoch_error_;  // of this epoch
  TeamChoice team_choice_;
};

}  // namespace afmnn::nn
