// Mini-batch training of windowed networks with Adam, the windows read from the images in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/pace.hpp"
#include "afmnn/core/pages.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/nn/training_image.hpp"
#include "afmnn/simd/table.hpp"

namespace afmnn::nn {

/// The rate falls from `rate` to `rate * last_rate` along half a cosine over `passes` passes.
struct AdamSettings {
  double rate = 1e-3;
  double last_rate = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t passes = 1;
};

struct TrainingSettings {
  AdamSettings adam;
  std::ptrdiff_t batch = 1024;  // pixels of a mini-batch, about
  bool flips = true;            // the last bits of pass / parts say how it sees them: left-right, upside down, hills as valleys
  std::uint64_t key = 0;        // of the random order
  std::int64_t parts = 1;       // a pass visits one run of so many; as many passes, which see the images alike, visit them all
};

/// Sums over the pixels seen: of the squared error in heights, and of the pixels' weights.
struct TrainingError {
  double squares = 0.0;
  double weights = 0.0;
  bool pass_over = false;
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
/// A pass visits the windows that lie inside the images in runs of pixels spread over a row, in random order; a mini-batch is
/// a few of them. Its parts, forward and backward for each run, then the gradient and the update of each block of weights,
/// are divided among the threads; each number is computed whole by one of them, so the result does not depend on how many.
///
/// A `pause` may throw: in the constructor that is the end; run() leaves the network as the last whole mini-batch left it.
///
/// A mini-batch costs 2 * pixels * nodes * window multiply-adds. Memory: the images twice with `flips`, and a few
/// values per node, with a fovea also per tap, and pixel of a batch. Throws std::bad_alloc only.
template <typename T>
class Trainer {
 public:
  Trainer(const Network<T>& initial, const std::vector<TrainingPair<T>>& pairs, const TrainingSettings& settings,
          const Pause& pause = {});
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Updates of one pass, over all pixels or a part of them.
  std::int64_t updates_per_pass() const { return updates_per_pass_; }
  /// Puts another pair, of the same shape and without pixels of weight 0, in the place of one; between two passes. May be called
  /// for several places at once.
  void replace(std::size_t index, const TrainingPair<T>& pair);
  /// Rows and columns of a pair.
  std::pair<std::ptrdiff_t, std::ptrdiff_t> shape(std::size_t index) const { return {images_[index].rows, images_[index].cols}; }
  std::size_t pairs() const { return images_.size(); }
  bool between_passes() const { return update_ == 0; }
  const Network<T>& layout() const { return net_; }
  /// Runs up to `updates` further updates, but not beyond the end of a pass. Returns the sums since the pass began.
  TrainingError run(std::int64_t updates, int threads, const Pause& pause = {});
  /// The gradient of 1/2 sum(weight e^2) / sum(weight) over all pixels, unflipped, in the shape of network(); for tests.
  TrainingError gradient(Network<T>& gradient, int threads);
  /// The network as it is now, without centring.
  Network<T> network() const;

 private:
  // A run of pixels: the windows of one comb of a row.
  struct Segment {
    std::uint32_t image, row, run;
  };
  // What a run of a mini-batch leaves for the gradient.
  struct Slot {
    Slot(const Network<T>& net, std::ptrdiff_t longest);
    Forward<T> forward;
    std::vector<std::vector<T>> delta;  // per layer (nodes, stride)
    TrainingError error;
  };
  struct Parameters {
    std::vector<T> first, second, gradient;
  };
  // A block of weights of one layer: its gradient is one piece of work, its update another.
  struct Task {
    std::size_t layer;
    std::ptrdiff_t first_tap, last_tap;
  };

  void begin_pass(Breath& breath);
  void list_runs(std::int64_t pass, Breath& breath);
  void forward_and_backward(Slot& slot, std::size_t index, const Segment& segment, const T* centre);
  void sum_gradient(const std::vector<simd::Run<T>>& runs, std::size_t count, std::ptrdiff_t first_tap, std::ptrdiff_t last_tap,
                    std::ptrdiff_t nodes, T* out) const;
  void sum_weights(std::size_t task);
  void update(Parameters& state, T* weights, std::ptrdiff_t first, std::ptrdiff_t last, const simd::Adam<T>& rates);
  simd::Adam<T> rates(double scale, std::int64_t update) const;
  void sum_task(std::size_t task, std::size_t count);
  void update_task(std::size_t task, const T* shift, simd::Adam<T> step);
  void total_centre(T* centre) const;
  void batches(std::int64_t& first, std::int64_t last, int threads, bool update, TrainingError& total, Breath& breath);

  Network<T> net_;
  TrainingSettings settings_;
  std::ptrdiff_t run_length_;  // pixels, at most
  std::vector<TrainingImage<T>> images_;
  std::vector<TrainingImage<T>> flipped_;
  const std::vector<TrainingImage<T>>* current_ = nullptr;
  std::vector<Segment> segments_;
  std::size_t batch_segments_ = 1;
  std::int64_t updates_per_pass_ = 1;
  std::int64_t pass_ = 0;
  std::int64_t update_ = 0;  // of this pass
  TrainingError so_far_;     // of this pass
  Pace pace_;

  std::vector<Slot> slots_;
  // With a fovea: what the runs of a mini-batch see, (runs, taps, pixels). Their taps lie far apart in the images, and nodes are
  // many that come back for them.
  Pages<T> seen_;
  std::vector<std::ptrdiff_t> seen_taps_;
  std::vector<AlignedVector<T>> packed_;              // per layer: the deltas of every slot, block after block
  std::vector<std::vector<simd::Run<T>>> runs_;       // per layer: inputs and deltas of every slot
  std::vector<std::vector<simd::Run<T>>> bias_runs_;  // per layer: ones and deltas
  std::vector<simd::Run<T>> mean_runs_;               // window means and deltas of the first layer
  std::vector<Parameters> weights_;
  std::vector<Parameters> biases_;
  std::vector<std::vector<T>> transposed_;  // weights of layers above the first, (nodes, inputs)
  std::vector<Task> tasks_;
  std::vector<T> task_sums_;  // (tasks of the first layer, nodes): sums of the weights
  std::size_t window_tasks_ = 0;
  std::vector<T> ones_;
  std::vector<T> zeros_;
};

}  // namespace afmnn::nn
