#include "afmnn/nn/trainer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <deque>
#include <numeric>
#include <utility>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

constexpr std::uint64_t order_role = role::training + 1;

// Runs of 48 pixels fill the register block of the widest instruction set; see bench_train.
constexpr std::ptrdiff_t window_run = 48;
// A fovea has fewer taps and more nodes, which fill the block as well; pixels of a row say much the same, so short runs learn
// more from as many pixels.
constexpr std::ptrdiff_t fovea_run = 16;
// Taps of a task: whole register blocks, and enough tasks to share 27 x 27 taps evenly.
constexpr std::ptrdiff_t task_taps = 24;

// Mini-batches between two looks at whether one thread or the team is faster, and of a trial.
constexpr std::int64_t updates_at_once = 16;
constexpr std::int64_t trial_updates = 3;

constexpr double pi = 3.14159265358979323846;

// Of a length that the compiler knows: a few moves in place of a call.
template <typename T>
void copy_pad(const T* from, T* to) {
  std::memcpy(to, from, simd::pad * sizeof(T));
}

}  // namespace

template <typename T>
Trainer<T>::Slot::Slot(const Network<T>& net, std::ptrdiff_t longest) : forward(net, longest) {
  for (const auto& layer : net.layers) delta.emplace_back(static_cast<std::size_t>(layer.nodes * forward.stride()));
}

template <typename T>
Trainer<T>::Trainer(const Network<T>& initial, const std::vector<TrainingPair<T>>& pairs, const TrainingSettings& settings,
                    const Pause& pause)
    : net_(initial), settings_(settings), run_length_(initial.fovea.empty() ? window_run : fovea_run) {
  Breath breath(pause);
  for (const auto& pair : pairs) images_.emplace_back(net_, pair, run_length_, breath);
  current_ = &images_;

  // Mini-batches of nearly equal numbers of runs.
  list_runs(0, breath);
  std::ptrdiff_t pixels = 0;
  for (const auto& segment : segments_) pixels += images_[segment.image].pixels(segment.run);
  const std::ptrdiff_t count = std::max<std::ptrdiff_t>(1, (pixels + settings.batch / 2) / settings.batch);
  updates_per_pass_ = std::min<std::ptrdiff_t>(count, std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(segments_.size())));
  // Flipped masks cut the runs otherwise, so their number may vary a little from pass to pass.
  std::size_t most = 0;
  for (const auto& image : images_) {
    most += static_cast<std::size_t>(image.grid_rows * ((image.runs_per_row() + settings.parts - 1) / settings.parts));
  }
  batch_segments_ = most / static_cast<std::size_t>(updates_per_pass_) + 1;

  const std::size_t layers = net_.layers.size();
  packed_.resize(layers);
  slots_.reserve(batch_segments_);
  for (std::size_t i = 0; i < batch_segments_; ++i) {
    breath.take_if_due();
    slots_.emplace_back(net_, run_length_);
  }
  if (!net_.fovea.empty()) {
    static_assert(fovea_run == simd::pad);
    seen_.resize(batch_segments_ * static_cast<std::size_t>(net_.inputs() * run_length_));
    for (std::ptrdiff_t k = 0; k < net_.inputs(); ++k) seen_taps_.push_back(k * run_length_);
  }
  runs_.assign(layers, std::vector<simd::Run<T>>(batch_segments_));
  bias_runs_ = runs_;
  mean_runs_.resize(batch_segments_);

  std::ptrdiff_t most_nodes = 0;
  for (std::size_t l = 0; l < layers; ++l) {
    const Layer<T>& layer = net_.layers[l];
    const std::vector<T> weight_zeros(layer.weights.size());
    const std::vector<T> bias_zeros(layer.bias.size());
    weights_.push_back({weight_zeros, weight_zeros, weight_zeros});
    biases_.push_back({bias_zeros, bias_zeros, bias_zeros});
    transposed_.emplace_back(l == 0 ? 0 : layer.weights.size());
    packed_[l].resize(batch_segments_ * static_cast<std::size_t>(layer.nodes * slots_[0].forward.stride()));
    for (std::ptrdiff_t tap = 0; tap < layer.inputs; tap += task_taps) {
      const std::ptrdiff_t last = std::min(tap + task_taps, layer.inputs);
      tasks_.push_back({l, tap, last});
    }
    if (l == 0) window_tasks_ = tasks_.size();
    most_nodes = std::max(most_nodes, layer.nodes);
  }
  task_sums_.resize(window_tasks_ * static_cast<std::size_t>(net_.layers[0].nodes));
  ones_.assign(static_cast<std::size_t>(run_length_ + simd::pad), T(1));
  zeros_.assign(static_cast<std::size_t>(most_nodes), T(0));
  for (std::size_t task = 0; task < tasks_.size(); ++task) sum_weights(task);
}

template <typename T>
void Trainer<T>::replace(std::size_t index, const TrainingPair<T>& pair) {
  const Pause never;
  Breath breath(never);
  images_[index] = TrainingImage<T>(net_, pair, run_length_, breath);
}

template <typename T>
void Trainer<T>::list_runs(std::int64_t pass, Breath& breath) {
  const std::ptrdiff_t part = pass % settings_.parts;
  segments_.clear();
  for (std::size_t i = 0; i < current_->size(); ++i) {
    const TrainingImage<T>& image = (*current_)[i];
    for (std::ptrdiff_t r = 0; r < image.grid_rows; ++r) {
      breath.take_if_due();
      for (std::ptrdiff_t run = 0; run < image.runs_per_row(); ++run) {
        if ((r + run + part) % settings_.parts != 0) continue;
        const T* const weight = image.weight.data() + image.grid(r, run);
        if (std::all_of(weight, weight + image.pixels(run), [](T w) { return w == T(0); })) continue;
        segments_.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(run)});
      }
    }
  }
}

template <typename T>
void Trainer<T>::begin_pass(Breath& breath) {
  // The centre of a window with an even side is not mirrored onto itself: such sides are not flipped.
  const std::int64_t view = pass_ / settings_.parts;
  const bool left_right = settings_.flips && (view & 1) != 0 && net_.window_cols % 2 != 0;
  const bool upside_down = settings_.flips && (view & 2) != 0 && net_.window_rows % 2 != 0;
  const bool inverted = settings_.flips && (view & 4) != 0;
  if (left_right || upside_down || inverted) {
    flipped_.resize(images_.size());
    for (std::size_t i = 0; i < images_.size(); ++i) {
      flipped_[i].flip(images_[i], upside_down, left_right, inverted, breath);
    }
    current_ = &flipped_;
  } else {
    current_ = &images_;
  }
  list_runs(pass_, breath);
  const auto base = static_cast<std::uint64_t>(pass_) << 32;
  for (std::size_t i = segments_.size(); i > 1; --i) {
    const auto j = static_cast<std::size_t>(uniform(settings_.key, order_role, base + i) * static_cast<double>(i));
    std::swap(segments_[i - 1], segments_[j]);
  }
}

template <typename T>
void Trainer<T>::forward_and_backward(Slot& slot, std::size_t index, const Segment& segment, const T* centre) {
  const TrainingImage<T>& image = (*current_)[segment.image];
  const std::ptrdiff_t pixels = image.pixels(segment.run);
  const std::ptrdiff_t grid = image.grid(segment.row, segment.run);
  const T* x = image.row(segment.row);
  const std::ptrdiff_t* taps = image.taps(segment.run);
  if (!seen_.empty()) {
    T* const seen = seen_.data() + static_cast<std::ptrdiff_t>(index) * image.tap_count * run_length_;
    for (std::ptrdiff_t k = 0; k < image.tap_count; ++k) copy_pad(x + taps[k], seen + k * run_length_);
    x = seen;
    taps = seen_taps_.data();
  }
  const T* const mean = image.mean.data() + grid;
  const std::ptrdiff_t stride = slot.forward.stride();
  slot.forward.run(x, taps, pixels, centre, mean);

  const std::size_t last = net_.layers.size() - 1;
  const T* const y = slot.forward.output();
  const T* const target = image.target.data() + grid;
  const T* const weight = image.weight.data() + grid;
  T* const error = slot.delta[last].data();
  double squares = 0.0;
  double weights = 0.0;
  for (std::ptrdiff_t p = 0; p < pixels; ++p) {
    const T e = y[p] - target[p];
    error[p] = weight[p] * e;
    squares += static_cast<double>(error[p]) * static_cast<double>(e);
    weights += static_cast<double>(weight[p]);
  }
  std::fill(error + pixels, error + stride, T(0));
  slot.error = {squares * image.height * image.height, weights, false};

  for (std::size_t l = last; l-- > 0;) {
    const Layer<T>& above = net_.layers[l + 1];
    T* const delta = slot.delta[l].data();
    simd::Correlate<T> back{};
    back.x = slot.delta[l + 1].data();
    back.offsets = slot.forward.node_offsets();
    back.taps = above.nodes;
    back.weights = transposed_[l + 1].data();
    back.weight_stride = above.inputs;
    back.nodes = above.inputs;
    back.bias = zeros_.data();
    back.out = delta;
    back.out_stride = stride;
    back.pixels = pixels;
    simd::network_kernels<T>().correlate(back);
    const T* const u = slot.forward.values(l);
    for (std::ptrdiff_t i = 0; i < above.inputs * stride; ++i) delta[i] *= T(1) - u[i] * u[i];
    for (std::ptrdiff_t n = 0; n < above.inputs; ++n) std::fill(delta + n * stride + pixels, delta + (n + 1) * stride, T(0));
    if (l == 0 && net_.linear) std::copy(error, error + stride, delta + above.inputs * stride);
  }
  for (std::size_t l = 0; l <= last; ++l) {
    const std::ptrdiff_t nodes = net_.layers[l].nodes;
    T* const packed = packed_[l].data() + static_cast<std::ptrdiff_t>(index) * nodes * stride;
    for (std::ptrdiff_t n = 0; n < nodes; ++n) {
      for (std::ptrdiff_t p = 0; p < stride; p += simd::pad) {
        const T* const delta = slot.delta[l].data() + n * stride + p;
        copy_pad(delta, packed + p * nodes + n * simd::pad);
      }
    }
    if (l == 0) {
      runs_[l][index] = {x, taps, packed, pixels};
    } else {
      runs_[l][index] = {slot.forward.values(l - 1), slot.forward.node_offsets(), packed, pixels};
    }
    bias_runs_[l][index] = {ones_.data(), slot.forward.node_offsets(), packed, pixels};
  }
  mean_runs_[index] = {mean, slot.forward.node_offsets(),
                       packed_[0].data() + static_cast<std::ptrdiff_t>(index) * net_.layers[0].nodes * stride, pixels};
}

template <typename T>
void Trainer<T>::sum_gradient(const std::vector<simd::Run<T>>& runs, std::size_t count, std::ptrdiff_t first_tap,
                              std::ptrdiff_t last_tap, std::ptrdiff_t nodes, T* out) const {
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

template <typename T>
void Trainer<T>::sum_weights(std::size_t task) {
  const Task& block = tasks_[task];
  const Layer<T>& layer = net_.layers[block.layer];
  if (block.layer == 0) {
    T* const sums = task_sums_.data() + static_cast<std::ptrdiff_t>(task) * layer.nodes;
    std::fill(sums, sums + layer.nodes, T(0));
    for (std::ptrdiff_t k = block.first_tap; k < block.last_tap; ++k) {
      for (std::ptrdiff_t n = 0; n < layer.nodes; ++n) sums[n] += layer.weights[static_cast<std::size_t>(k * layer.nodes + n)];
    }
  } else {
    T* const turned = transposed_[block.layer].data();
    for (std::ptrdiff_t k = block.first_tap; k < block.last_tap; ++k) {
      for (std::ptrdiff_t n = 0; n < layer.nodes; ++n)
        turned[n * layer.inputs + k] = layer.weights[static_cast<std::size_t>(k * layer.nodes + n)];
    }
  }
}

template <typename T>
void Trainer<T>::total_centre(T* centre) const {
  const auto nodes = static_cast<std::size_t>(net_.layers[0].nodes);
  std::fill(centre, centre + nodes, T(0));
  if (!net_.fovea.empty()) return;  // nothing is taken off its taps
  for (std::size_t task = 0; task < window_tasks_; ++task) {
    for (std::size_t n = 0; n < nodes; ++n) centre[n] += task_sums_[task * nodes + n];
  }
}

template <typename T>
simd::Adam<T> Trainer<T>::rates(double scale, std::int64_t update) const {
  const AdamSettings& adam = settings_.adam;
  const double done = std::min(1.0, static_cast<double>(update) / static_cast<double>(adam.passes * updates_per_pass_));
  const double rate = adam.rate * (adam.last_rate + (1.0 - adam.last_rate) * 0.5 * (1.0 + afmnn::cos(pi * done)));
  const double second = std::sqrt(1.0 - afmnn::power(adam.beta2, update + 1));
  simd::Adam<T> a{};
  a.scale = static_cast<T>(scale);
  a.rate = static_cast<T>(rate * second / (1.0 - afmnn::power(adam.beta1, update + 1)));
  a.beta1 = static_cast<T>(adam.beta1);
  a.beta2 = static_cast<T>(adam.beta2);
  a.epsilon = static_cast<T>(adam.epsilon * second);
  return a;
}

template <typename T>
void Trainer<T>::update(Parameters& state, T* weights, std::ptrdiff_t first, std::ptrdiff_t last, const simd::Adam<T>& rates) {
  simd::Adam<T> a = rates;
  a.weights = weights + first;
  a.first = state.first.data() + first;
  a.second = state.second.data() + first;
  a.gradient = state.gradient.data() + first;
  a.count = last - first;
  simd::network_kernels<T>().adam(a);
}

template <typename T>
void Trainer<T>::sum_task(std::size_t task, std::size_t count) {
  const Task& block = tasks_[task];
  const std::ptrdiff_t nodes = net_.layers[block.layer].nodes;
  sum_gradient(runs_[block.layer], count, block.first_tap, block.last_tap, nodes, weights_[block.layer].gradient.data());
  if (block.first_tap == 0) sum_gradient(bias_runs_[block.layer], count, 0, 1, nodes, biases_[block.layer].gradient.data());
}

// `shift` is the gradient with respect to the sums of the first layer's weights.
template <typename T>
void Trainer<T>::update_task(std::size_t task, const T* shift, simd::Adam<T> step) {
  const Task& block = tasks_[task];
  Layer<T>& layer = net_.layers[block.layer];
  step.period = layer.nodes;
  step.shift = block.layer == 0 ? shift : zeros_.data();
  update(weights_[block.layer], layer.weights.data(), block.first_tap * layer.nodes, block.last_tap * layer.nodes, step);
  sum_weights(task);
  if (block.first_tap > 0) return;
  step.shift = zeros_.data();
  update(biases_[block.layer], layer.bias.data(), 0, layer.nodes, step);
}

// Mini-batches [first, last) of the present pass, whose errors are added to `total`. Between parallel regions `first` is the
// next one: should a pause throw, all before have been learnt from, and that one not at all.
template <typename T>
void Trainer<T>::batches(std::int64_t& first, std::int64_t last, int threads, bool update, TrainingError& total, Breath& breath) {
  struct Phases {
    Phases(std::size_t runs, std::size_t tasks, std::size_t updates)
        : forward(static_cast<std::ptrdiff_t>(runs)),
          gradient(static_cast<std::ptrdiff_t>(tasks)),
          update(static_cast<std::ptrdiff_t>(updates)) {}
    Phase forward, gradient, update;
  };
  const std::ptrdiff_t nodes = net_.layers[0].nodes;
  const std::int64_t before = pass_ * updates_per_pass_;
  const auto start = [&](std::int64_t batch) {
    return segments_.size() * static_cast<std::size_t>(batch) / static_cast<std::size_t>(updates_per_pass_);
  };
  const auto error_of = [&](std::size_t runs) {
    TrainingError error;
    for (std::size_t i = 0; i < runs; ++i) {
      error.squares += slots_[i].error.squares;
      error.weights += slots_[i].error.weights;
    }
    return error;
  };
  const std::int64_t begin = first;
  std::deque<Phases> phases;
  std::vector<TrainingError> errors(static_cast<std::size_t>(last - first));
  for (std::int64_t b = first; b < last; ++b) {
    phases.emplace_back(start(b + 1) - start(b), tasks_.size(), update ? tasks_.size() : 1);
  }
  std::vector<std::vector<T>> rows(static_cast<std::size_t>(threads), std::vector<T>(static_cast<std::size_t>(nodes)));

  while (first < last) {
    std::atomic<bool> stop{false};
    // A unit to work at, unless it is time to leave the region: what is begun is finished, the rest comes next time.
    // Looking at the clock takes a hundredth of what a run of a mini-batch does.
    const auto claim = [&](Phase& phase, std::ptrdiff_t look_every) -> std::ptrdiff_t {
      if (stop.load(std::memory_order_relaxed)) return -1;
      const std::ptrdiff_t unit = phase.claim();
      if (unit % look_every == 0 && breath.due()) stop.store(true, std::memory_order_relaxed);
      return unit;
    };
    run_team(threads, [&](int thread) {
      T* const row = rows[static_cast<std::size_t>(thread)].data();
      for (std::int64_t b = first; b < last; ++b) {
        const auto at = static_cast<std::size_t>(b - begin);
        Phases& phase = phases[at];
        const std::size_t from = start(b);
        const std::size_t count = start(b + 1) - from;
        bool prepared = false;
        for (std::ptrdiff_t i = claim(phase.forward, 8); i >= 0; i = claim(phase.forward, 8)) {
          if (!prepared) total_centre(row);
          prepared = true;
          const auto slot = static_cast<std::size_t>(i);
          forward_and_backward(slots_[slot], slot, segments_[from + slot], row);
          phase.forward.finish();
        }
        if (!phase.forward.wait(stop)) return;

        for (std::ptrdiff_t task = claim(phase.gradient, 1); task >= 0; task = claim(phase.gradient, 1)) {
          sum_task(static_cast<std::size_t>(task), count);
          phase.gradient.finish();
        }
        if (!phase.gradient.wait(stop)) return;

        // Not to be left half done, and short.
        prepared = false;
        simd::Adam<T> step{};
        for (std::ptrdiff_t task = phase.update.claim(); task >= 0; task = phase.update.claim()) {
          if (!prepared) {
            const TrainingError error = error_of(count);
            if (task == 0) errors[at] = error;
            step = rates(error.weights > 0.0 ? 1.0 / error.weights : 0.0, before + b);
            if (net_.fovea.empty()) {
              sum_gradient(mean_runs_, count, 0, 1, nodes, row);
            } else {
              std::fill(row, row + nodes, T(0));
            }
          }
          prepared = true;
          if (update) update_task(static_cast<std::size_t>(task), row, step);
          phase.update.finish();
        }
        phase.update.wait();
      }
    });
    for (; first < last && phases[static_cast<std::size_t>(first - begin)].update.over(); ++first) {
      total.squares += errors[static_cast<std::size_t>(first - begin)].squares;
      total.weights += errors[static_cast<std::size_t>(first - begin)].weights;
    }
    if (first < last) breath.take();
  }
}

template <typename T>
TrainingError Trainer<T>::run(std::int64_t updates, int threads, const Pause& pause) {
  Breath breath(pause);
  if (update_ == 0) {
    begin_pass(breath);
    so_far_ = {};
  }
  const std::int64_t last = update_ + std::min(updates, updates_per_pass_ - update_);
  // Sums go on where the last call left them: their rounding does not depend on how a pass is cut into calls.
  while (update_ < last) {
    const Pace::Plan plan = threads > 1 ? pace_.plan() : Pace::Plan{};
    const int team = plan.together ? threads : 1;
    if (plan.trial) batches(update_, std::min(update_ + 1, last), team, true, so_far_, breath);
    const std::int64_t count = std::min(plan.trial ? trial_updates : updates_at_once, last - update_);
    if (count == 0) break;
    const auto begun = std::chrono::steady_clock::now();
    batches(update_, update_ + count, team, true, so_far_, breath);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    pace_.took(plan, seconds.count() / static_cast<double>(count));
  }
  TrainingError error = so_far_;
  error.pass_over = update_ == updates_per_pass_;
  if (error.pass_over) {
    update_ = 0;
    ++pass_;
  }
  return error;
}

template <typename T>
TrainingError Trainer<T>::gradient(Network<T>& result, int threads) {
  const Pause never;
  Breath breath(never);
  current_ = &images_;
  result = net_;
  for (auto& layer : result.layers) {
    std::fill(layer.weights.begin(), layer.weights.end(), T(0));
    std::fill(layer.bias.begin(), layer.bias.end(), T(0));
  }
  std::vector<T> shift(static_cast<std::size_t>(net_.layers[0].nodes));
  TrainingError total;
  for (std::int64_t done = 0; done < settings_.parts * updates_per_pass_; ++done) {
    const std::int64_t b = done % updates_per_pass_;
    if (b == 0) list_runs(done / updates_per_pass_, breath);
    std::int64_t batch = b;
    batches(batch, b + 1, threads, false, total, breath);
    const std::size_t from = segments_.size() * static_cast<std::size_t>(b) / static_cast<std::size_t>(updates_per_pass_);
    const std::size_t to = segments_.size() * static_cast<std::size_t>(b + 1) / static_cast<std::size_t>(updates_per_pass_);
    if (net_.fovea.empty()) sum_gradient(mean_runs_, to - from, 0, 1, net_.layers[0].nodes, shift.data());
    for (std::size_t l = 0; l < result.layers.size(); ++l) {
      Layer<T>& layer = result.layers[l];
      for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        layer.weights[i] += weights_[l].gradient[i] - (l == 0 ? shift[i % shift.size()] : T(0));
      }
      for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias[i] += biases_[l].gradient[i];
    }
  }
  // The linear path's node has a bias like all others. It is one with the output's, and would be counted twice.
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
  Network<T> plain = net_;
  if (!net_.fovea.empty()) return plain;
  Layer<T>& window = plain.layers[0];
  const auto nodes = static_cast<std::size_t>(window.nodes);
  const auto taps = static_cast<double>(window.inputs);
  for (std::size_t n = 0; n < nodes; ++n) {
    double sum = 0.0;
    for (std::size_t i = n; i < window.weights.size(); i += nodes) sum += static_cast<double>(window.weights[i]);
    // w . (x - m) = (w - mean(w)) . x; the linear path also carries the mean m itself.
    const double correction = (sum - (net_.linear && n == nodes - 1 ? 1.0 : 0.0)) / taps;
    for (std::size_t i = n; i < window.weights.size(); i += nodes) {
      window.weights[i] = static_cast<T>(static_cast<double>(window.weights[i]) - correction);
    }
  }
  return plain;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace afmnn::nn
