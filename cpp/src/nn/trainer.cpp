#include "afmnn/nn/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <deque>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

// Runs of 48 pixels fill the register block of the widest instruction set; see bench_train.
constexpr std::ptrdiff_t window_run = 48;
// A fovea has fewer taps and more nodes, which fill the block as well; because pixels of a row say much the same, short runs
// learn more from as many pixels.
constexpr std::ptrdiff_t fovea_run = 16;
static_assert(fovea_run == simd::pad, "what the taps of a fovea read is copied by pads");

// Mini-batches between two checks whether one thread or the team is faster, and of a trial.
constexpr std::int64_t updates_at_once = 16;
constexpr std::int64_t trial_updates = 3;

// Checking the clock takes a hundredth of what a run takes, so it is checked at every eighth.
constexpr std::ptrdiff_t runs_between_checks = 8;

template <typename T>
std::vector<TrainingImage<T>> read_images(const Network<T>& net, const std::vector<TrainingPair<T>>& pairs,
                                          std::ptrdiff_t run_length, InterruptTimer& timer) {
  std::vector<TrainingImage<T>> images;
  for (const auto& pair : pairs) images.emplace_back(net, pair, run_length, timer);
  return images;
}

// The weighted errors of the output, and their sums.
template <typename T>
TrainingError measure_error(const TrainingImage<T>& image, std::ptrdiff_t grid, std::ptrdiff_t pixels, const T* output,
                            T* error) {
  const T* const target = image.target.data() + grid;
  const T* const weight = image.weight.data() + grid;
  double squares = 0.0;
  double weights = 0.0;
  for (std::ptrdiff_t p = 0; p < pixels; ++p) {
    const T e = output[p] - target[p];
    error[p] = weight[p] * e;
    squares += static_cast<double>(error[p]) * static_cast<double>(e);
    weights += static_cast<double>(weight[p]);
  }
  return {squares * image.height * image.height, weights, false};
}

}  // namespace

template <typename T>
std::ptrdiff_t Trainer<T>::Region::claim(Phase& phase, std::ptrdiff_t check_every) {
  if (stop.load(std::memory_order_relaxed)) return -1;
  const std::ptrdiff_t unit = phase.claim();
  if (unit % check_every == 0 && timer.due()) stop.store(true, std::memory_order_relaxed);
  return unit;
}

template <typename T>
Trainer<T>::Trainer(const Network<T>& initial, const std::vector<TrainingPair<T>>& pairs, const TrainingSettings& settings,
                    InterruptTimer&& timer)
    : settings_(settings),
      run_length_(initial.fovea.empty() ? window_run : fovea_run),
      weights_(initial),
      images_(read_images(initial, pairs, run_length_, timer)),
      updates_per_epoch_(count_updates(timer)),
      workspace_(weights_.network(), most_runs(), run_length_, timer) {}

// So many that mini-batches have nearly equal numbers of runs.
template <typename T>
std::int64_t Trainer<T>::count_updates(InterruptTimer& timer) {
  list_runs(images_, 0, settings_.subsets, runs_, timer);
  std::ptrdiff_t pixels = 0;
  for (const auto& run : runs_) pixels += images_[run.image].pixels(run.run);
  const std::ptrdiff_t count = std::max<std::ptrdiff_t>(1, (pixels + settings_.batch / 2) / settings_.batch);
  return std::min<std::ptrdiff_t>(count, std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(runs_.size())));
}

// Of a mini-batch. Because flipped masks cut the runs otherwise, their number may vary a little from epoch to epoch.
template <typename T>
std::size_t Trainer<T>::most_runs() const {
  std::size_t most = 0;
  for (const auto& image : images_) {
    most += static_cast<std::size_t>(image.grid_rows * ((image.runs_per_row() + settings_.subsets - 1) / settings_.subsets));
  }
  return most / static_cast<std::size_t>(updates_per_epoch_) + 1;
}

// Of the mini-batch of an update of this epoch.
template <typename T>
std::size_t Trainer<T>::first_run(std::int64_t update) const {
  return runs_.size() * static_cast<std::size_t>(update) / static_cast<std::size_t>(updates_per_epoch_);
}

template <typename T>
void Trainer<T>::replace(std::size_t index, const TrainingPair<T>& pair) {
  const Interrupt never;
  InterruptTimer timer(never);
  images_[index] = TrainingImage<T>(layout(), pair, run_length_, timer);
}

template <typename T>
void Trainer<T>::fall(std::int64_t epochs) {
  settings_.adam.constant_epochs = epoch_;
  settings_.adam.epochs = epochs;
}

template <typename T>
void Trainer<T>::begin_epoch(InterruptTimer& timer) {
  Flips flips;
  if (settings_.flips) flips = flips_of(epoch_ / settings_.subsets, layout().window_rows, layout().window_cols);
  if (flips.any()) {
    flipped_.resize(images_.size());
    for (std::size_t i = 0; i < images_.size(); ++i) {
      flipped_[i].flip(images_[i], flips.upside_down, flips.left_right, flips.inverted, timer);
    }
  }
  current_ = flips.any() ? &flipped_ : &images_;
  list_runs(*current_, epoch_ % settings_.subsets, settings_.subsets, runs_, timer);
  shuffle(runs_, settings_.key, epoch_);
}

template <typename T>
void Trainer<T>::forward_and_backward(std::size_t index, const PixelRun& run, const T* centre) {
  const TrainingImage<T>& image = (*current_)[run.image];
  const std::ptrdiff_t pixels = image.pixels(run.run);
  const std::ptrdiff_t grid = image.grid(run.row, run.run);
  const T* const mean = image.mean.data() + grid;
  RunBuffers<T>& buffers = workspace_.buffers[index];
  const auto inputs = workspace_.inputs(index, image, run);
  buffers.forward.run(inputs.x, inputs.taps, pixels, centre, mean);
  buffers.error = measure_error(image, grid, pixels, buffers.forward.output(), buffers.deltas.back().data());
  back_propagate(buffers, pixels);
  workspace_.pack(index, layout(), inputs, mean, pixels);
}

// From the errors of the output, which are its deltas, to the deltas of all layers.
template <typename T>
void Trainer<T>::back_propagate(RunBuffers<T>& buffers, std::ptrdiff_t pixels) const {
  const Network<T>& net = layout();
  const std::ptrdiff_t stride = buffers.forward.stride();
  T* const error = buffers.deltas.back().data();
  std::fill(error + pixels, error + stride, T(0));
  for (std::size_t l = net.layers.size() - 1; l-- > 0;) {
    const Layer<T>& above = net.layers[l + 1];
    T* const delta = buffers.deltas[l].data();
    simd::Correlate<T> back{};
    back.x = buffers.deltas[l + 1].data();
    back.offsets = buffers.forward.node_offsets();
    back.taps = above.nodes;
    back.weights = weights_.transposed(l + 1);
    back.weight_stride = above.inputs;
    back.nodes = above.inputs;
    back.bias = weights_.zeros();
    back.out = delta;
    back.out_stride = stride;
    back.pixels = pixels;
    simd::network_kernels<T>().correlate(back);
    const T* const u = buffers.forward.values(l);
    for (std::ptrdiff_t i = 0; i < above.inputs * stride; ++i) delta[i] *= T(1) - u[i] * u[i];
    for (std::ptrdiff_t n = 0; n < above.inputs; ++n) std::fill(delta + n * stride + pixels, delta + (n + 1) * stride, T(0));
    if (l == 0 && net.linear) std::copy(error, error + stride, delta + above.inputs * stride);
  }
}

// The gradient by the sums of the first layer's weights, which means are multiplied by.
template <typename T>
void Trainer<T>::sum_shift(std::size_t runs, T* shift) const {
  const std::ptrdiff_t nodes = weights_.window_nodes();
  if (layout().fovea.empty()) {
    sum_gradient(workspace_.mean_runs, runs, 0, 1, nodes, shift);
  } else {
    std::fill(shift, shift + nodes, T(0));
  }
}

template <typename T>
bool Trainer<T>::forward_phase(MiniBatch& batch, T* centre, Region& region) {
  bool prepared = false;
  std::ptrdiff_t i;
  while ((i = region.claim(batch.forward, runs_between_checks)) >= 0) {
    if (!prepared) weights_.sum_centre(centre);
    prepared = true;
    const auto run = static_cast<std::size_t>(i);
    forward_and_backward(run, runs_[batch.first_run + run], centre);
    batch.forward.finish();
  }
  return batch.forward.wait(region.stop);
}

template <typename T>
bool Trainer<T>::gradient_phase(MiniBatch& batch, Region& region) {
  std::ptrdiff_t block;
  while ((block = region.claim(batch.gradient, 1)) >= 0) {
    weights_.sum_block(static_cast<std::size_t>(block), workspace_, batch.runs);
    batch.gradient.finish();
  }
  return batch.gradient.wait(region.stop);
}

// It is not interrupted, because weights must not be left half updated; and it is short.
template <typename T>
void Trainer<T>::update_phase(MiniBatch& batch, T* shift, bool learn) {
  bool prepared = false;
  simd::Adam<T> rates{};
  std::ptrdiff_t block;
  while ((block = batch.update.claim()) >= 0) {
    if (!prepared) {
      const TrainingError error = workspace_.error(batch.runs);
      if (block == 0) batch.error = error;
      const double scale = error.weights > 0.0 ? 1.0 / error.weights : 0.0;
      rates = adam_rates<T>(settings_.adam, updates_per_epoch_, batch.update_number, scale);
      sum_shift(batch.runs, shift);
    }
    prepared = true;
    if (learn) weights_.update_block(static_cast<std::size_t>(block), shift, rates);
    batch.update.finish();
  }
  batch.update.wait();
}

// Mini-batches [next, end) of this epoch, whose errors are added to `total`. Between parallel regions `next` is the next one:
// should an interrupt throw, all before have been learnt from, and that one not at all.
template <typename T>
void Trainer<T>::train_batches(std::int64_t& next, std::int64_t end, int threads, bool learn, TrainingError& total,
                               InterruptTimer& timer) {
  std::deque<MiniBatch> batches;
  for (std::int64_t b = next; b < end; ++b) {
    batches.emplace_back(first_run(b), first_run(b + 1) - first_run(b), weights_.blocks(), epoch_ * updates_per_epoch_ + b);
  }
  const std::vector<T> row(static_cast<std::size_t>(weights_.window_nodes()));
  std::vector<std::vector<T>> rows(static_cast<std::size_t>(threads), row);
  std::size_t done = 0;
  while (done < batches.size()) {
    Region region{timer};
    run_team(threads, [&](int thread) {
      T* const own = rows[static_cast<std::size_t>(thread)].data();
      for (std::size_t b = done; b < batches.size(); ++b) {
        if (!forward_phase(batches[b], own, region)) return;
        if (!gradient_phase(batches[b], region)) return;
        update_phase(batches[b], own, learn);
      }
    });
    for (; done < batches.size() && batches[done].update.over(); ++done, ++next) {
      total.squares += batches[done].error.squares;
      total.weights += batches[done].error.weights;
    }
    if (done < batches.size()) timer.call();
  }
}

template <typename T>
TrainingError Trainer<T>::run(std::int64_t updates, int threads, const Interrupt& interrupt) {
  InterruptTimer timer(interrupt);
  if (update_ == 0) {
    begin_epoch(timer);
    epoch_error_ = {};
  }
  const std::int64_t last = update_ + std::min(updates, updates_per_epoch_ - update_);
  // Sums go on where the last call left them: their rounding does not depend on how an epoch is cut into calls.
  while (update_ < last) {
    const TeamChoice::Plan plan = threads > 1 ? team_choice_.plan() : TeamChoice::Plan{};
    const int team = plan.together ? threads : 1;
    if (plan.trial) train_batches(update_, std::min(update_ + 1, last), team, true, epoch_error_, timer);
    const std::int64_t count = std::min(plan.trial ? trial_updates : updates_at_once, last - update_);
    if (count == 0) break;
    const auto begun = std::chrono::steady_clock::now();
    train_batches(update_, update_ + count, team, true, epoch_error_, timer);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    team_choice_.record(plan, seconds.count() / static_cast<double>(count));
  }
  TrainingError error = epoch_error_;
  error.epoch_over = update_ == updates_per_epoch_;
  if (error.epoch_over) {
    update_ = 0;
    ++epoch_;
  }
  return error;
}

template <typename T>
TrainingError Trainer<T>::gradient(Network<T>& result, int threads) {
  const Interrupt never;
  InterruptTimer timer(never);
  current_ = &images_;
  result = layout();
  for (auto& layer : result.layers) {
    std::fill(layer.weights.begin(), layer.weights.end(), T(0));
    std::fill(layer.bias.begin(), layer.bias.end(), T(0));
  }
  std::vector<T> shift(static_cast<std::size_t>(weights_.window_nodes()));
  TrainingError total;
  for (std::int64_t subset = 0; subset < settings_.subsets; ++subset) {
    list_runs(images_, subset, settings_.subsets, runs_, timer);
    for (std::int64_t next = 0; next < updates_per_epoch_;) {
      const std::size_t runs = first_run(next + 1) - first_run(next);
      train_batches(next, next + 1, threads, false, total, timer);
      sum_shift(runs, shift.data());
      weights_.add_gradient(shift.data(), result);
    }
  }
  // The linear path's node has a bias like all others. Because it is one with the output's, it would be counted twice.
  if (result.linear) result.layers[0].bias.back() = T(0);
  const auto scale = static_cast<T>(1.0 / total.weights);
  for (auto& layer : result.layers) {
    for (auto& w : layer.weights) w *= scale;
    for (auto& b : layer.bias) b *= scale;
  }
  return total;
}

template <typename T>
Network<T> Trainer<T>::network() const {
  Network<T> plain = layout();
  if (!plain.fovea.empty()) return plain;
  Layer<T>& window = plain.layers[0];
  const auto nodes = static_cast<std::size_t>(window.nodes);
  const auto taps = static_cast<double>(window.inputs);
  for (std::size_t n = 0; n < nodes; ++n) {
    double sum = 0.0;
    for (std::size_t i = n; i < window.weights.size(); i += nodes) sum += static_cast<double>(window.weights[i]);
    // w . (x - m) = (w - mean(w)) . x; the linear path also carries the mean m itself.
    const double correction = (sum - (plain.linear && n == nodes - 1 ? 1.0 : 0.0)) / taps;
    for (std::size_t i = n; i < window.weights.size(); i += nodes) {
      window.weights[i] = static_cast<T>(static_cast<double>(window.weights[i]) - correction);
    }
  }
  return plain;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace afmnn::nn
