#include "afmnn/nn/online.hpp"

#include <algorithm>
#include <chrono>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

using simd::group_taps;
using simd::plane_count;

// Triples of pixels in a block: two vectors of the widest instruction set. Longer blocks need more products of inputs,
// shorter ones turn the weights over more often; momentum 0.3 fades in 31 pixels. See docs/performance-online.md.
constexpr std::ptrdiff_t block_triples = 16;
static_assert(block_triples % group_taps == 0, "kernels write whole vectors");
// Parts of the window are claimed in order: first half of it, then half of the rest, so that threads finish together, but
// within these numbers of groups of taps times nodes. Every part costs one more sum and start of loops.
constexpr std::ptrdiff_t largest_part = 96;
constexpr std::ptrdiff_t smallest_part = 18;
// Blocks of one parallel region: some milliseconds of work, and little memory for the counters of who does what.
constexpr std::ptrdiff_t blocks_at_once = 256;
// Blocks by which TeamChoice judges: before a trial, in it, and no fewer to be timed at all.
constexpr std::ptrdiff_t warming_blocks = 16;
constexpr std::ptrdiff_t trial_blocks = 96;
constexpr std::ptrdiff_t fewest_timed = 32;

std::vector<PixelBlock> cut(std::ptrdiff_t pixels) {
  const std::ptrdiff_t triples = (pixels + 2) / 3;
  const std::ptrdiff_t count = (triples + block_triples - 1) / block_triples;
  std::vector<PixelBlock> blocks;
  for (std::ptrdiff_t b = 0; b < count; ++b) {
    const std::ptrdiff_t first = 3 * (triples * b / count);
    blocks.push_back({first, std::min(3 * (triples * (b + 1) / count), pixels) - first});
  }
  return blocks;
}

AlignedVector<double> copied(const View2D<const double>& image) {
  AlignedVector<double> result;
  result.reserve(static_cast<std::size_t>(image.size()));
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) result.insert(result.end(), image.row(r), image.row(r) + image.cols);
  return result;
}

}  // namespace

OnlineTrainer::OnlineTrainer(const Network<double>& initial, const OnlineJob& job, InterruptTimer&& timer)
    : net_(initial),
      rows_(job.noisy.rows),
      cols_(job.noisy.cols),
      nodes_(initial.layers[0].nodes),
      stride_((nodes_ + group_taps - 1) / group_taps * group_taps),
      blocks_(cut(job.noisy.cols - initial.window_cols)),
      momentum_(job.momentum, 9 * block_triples),
      rate_(job.rate),
      planes_(job.noisy, initial.window_rows, initial.window_cols, timer),
      taps_(initial.window_rows, initial.window_cols, planes_),
      products_(job.noisy, initial.window_rows, initial.window_cols, blocks_, momentum_),
      ideal_(copied(job.ideal)) {
  if (job.valid.data != nullptr) valid_ = copied(job.valid);
  const std::ptrdiff_t most = std::max<std::ptrdiff_t>(largest_part / nodes_, 1);
  const std::ptrdiff_t least = std::max<std::ptrdiff_t>(smallest_part / nodes_, 1);
  for (std::ptrdiff_t at = 0; at < taps_.size();) {
    part_starts_.push_back(at);
    const std::ptrdiff_t left = taps_.size() - at;
    at += left < 2 * least ? left : std::clamp((left + 1) / 2, least, most);
  }
  part_starts_.push_back(taps_.size());
  parts_done_ = std::vector<PartDone>(part_starts_.size() - 1);

  const Layer<double>& window = net_.layers[0];
  const auto stride = static_cast<std::size_t>(stride_);
  taps_.pack(window, weights_);
  velocity_.resize(weights_.size());
  for (auto* vector : {&bias_, &bias_velocity_, &output_, &output_velocity_, &real_}) vector->resize(stride);
  std::copy(window.bias.begin(), window.bias.end(), bias_.begin());
  std::copy(net_.layers[1].weights.begin(), net_.layers[1].weights.end(), output_.begin());
  output_bias_ = net_.layers[1].bias[0];
  std::fill_n(real_.begin(), nodes_, 1.0);

  const auto pixels = static_cast<std::size_t>(3 * block_triples);
  const auto parts = (part_starts_.size() - 1) * static_cast<std::size_t>(plane_count * nodes_ * block_triples);
  part_sums_.resize(static_cast<std::size_t>(plane_count * nodes_ * block_triples));
  sums_.resize(pixels * stride);
  scratch_.resize(4 * stride);
  factor_.resize(pixels);
  for (BlockBuffers& slot : slots_) {
    slot.products = products_.make_result();
    slot.parts.resize(parts);
    slot.velocity_parts.resize(parts);
    slot.steps.resize(pixels * stride);
    slot.spread.resize(static_cast<std::size_t>(plane_count * block_triples) * stride);
    slot.velocity_spread.resize(slot.spread.size());
    slot.total.resize(stride);
    slot.velocity_total.resize(stride);
  }
}

OnlineTrainer::BlockPosition OnlineTrainer::place(std::ptrdiff_t number) const {
  const auto count = static_cast<std::ptrdiff_t>(blocks_.size());
  BlockPosition at;
  if (number < 1 || number > (rows_ - net_.window_rows) * count) return at;
  at.row = (number - 1) / count;
  at.block = (number - 1) % count;
  at.pixels = blocks_[static_cast<std::size_t>(at.block)].pixels;
  const double* const valid = valid_pixels(at);
  at.used = valid == nullptr ? at.pixels : std::count_if(valid, valid + at.pixels, [](double u) { return u != 0.0; });
  return at;
}

const double* OnlineTrainer::valid_pixels(const BlockPosition& at) const {
  if (valid_.empty() || at.block < 0) return nullptr;
  return valid_.data() + (at.row + net_.window_rows / 2) * cols_ + net_.window_cols / 2 +
         blocks_[static_cast<std::size_t>(at.block)].first;
}

void OnlineTrainer::do_chain(Shift& shift) {
  BlockBuffers& slot = shift.slot;
  const BlockPosition& now = shift.now;
  // The sums were predicted by weights that had learnt from the block two before, whose slot this was.
  const double left = fading(slot.place);
  for (std::size_t n = 0; n < bias_.size(); ++n) {
    bias_[n] += slot.total[n];
    bias_velocity_[n] = left * bias_velocity_[n] + slot.velocity_total[n];
  }
  std::fill(slot.total.begin(), slot.total.end(), 0.0);
  std::fill(slot.velocity_total.begin(), slot.velocity_total.end(), 0.0);
  slot.place = now;
  if (now.used == 0) return;

  const PixelBlock& block = blocks_[static_cast<std::size_t>(now.block)];
  const double* const valid = valid_pixels(now);
  simd::Chain a{};
  a.parts = slot.parts.data();
  a.part_count = static_cast<std::ptrdiff_t>(part_starts_.size()) - 1;
  a.width = block_triples;
  a.bias = bias_.data();
  a.velocity_bias = bias_velocity_.data();
  if (keeps_velocity(shift.before)) {
    a.velocity_parts = slot.velocity_parts.data();
    std::ptrdiff_t steps = shift.before.used + 1;
    for (std::ptrdiff_t p = 0; p < now.pixels; ++p) {
      factor_[static_cast<std::size_t>(p)] = -momentum_.power(steps) / (1.0 - momentum_.value());
      steps += valid == nullptr || valid[p] != 0.0 ? 1 : 0;
    }
    a.factor = factor_.data();
  }
  a.pixels = now.pixels;
  a.nodes = nodes_;
  a.stride = stride_;
  a.part_sums = part_sums_.data();
  a.sums = sums_.data();
  a.scratch = scratch_.data();
  a.previous_steps = shift.other.steps.data();
  a.previous_product = slot.products.previous;
  a.previous_next = slot.products.previous_next;
  a.previous_pixels = shift.before.used > 0 ? shift.before.pixels : 0;
  a.product = slot.products.product;
  a.product_next = slot.products.product_next;
  a.steps = slot.steps.data();
  a.target = ideal_.data() + (now.row + net_.window_rows / 2) * cols_ + net_.window_cols / 2 + block.first;
  a.valid = valid;
  a.real = real_.data();
  a.output = output_.data();
  a.output_velocity = output_velocity_.data();
  a.output_bias = output_bias_;
  a.output_bias_velocity = output_bias_velocity_;
  a.rate = rate_;
  a.momentum = momentum_.value();
  a.last_error = last_error_;
  simd::kernels().online.chain(a);
  shift.squares = a.squares;
  output_bias_ = a.output_bias;
  output_bias_velocity_ = a.output_bias_velocity;
  last_error_ = a.last_error;

  simd::Spread b{};
  b.steps = slot.steps.data();
  b.weight = factor_.data();
  b.pixels = now.pixels;
  b.stride = stride_;
  b.planes = slot.spread.data();
  b.total = slot.total.data();
  std::fill(factor_.begin(), factor_.end(), 1.0 / (1.0 - momentum_.value()));
  simd::kernels().online.spread(b);
  if (!keeps_velocity(shift.next)) return;
  std::ptrdiff_t age = now.used;
  for (std::ptrdiff_t p = 0; p < now.pixels; ++p) {
    if (valid == nullptr || valid[p] != 0.0) --age;
    factor_[static_cast<std::size_t>(p)] = momentum_.power(age);
  }
  b.planes = slot.velocity_spread.data();
  b.total = slot.velocity_total.data();
  simd::kernels().online.spread(b);
}

void OnlineTrainer::do_products(Shift& shift) {
  if (shift.next.block < 0) return;
  products_.compute(shift.next.row, shift.next.block, valid_pixels(shift.next), valid_pixels(shift.now), shift.other.products);
}

void OnlineTrainer::learn(const BlockPosition& from, std::ptrdiff_t part, const AlignedVector<double>& spread, double old,
                          AlignedVector<double>& weights) {
  const std::ptrdiff_t first = part_starts_[static_cast<std::size_t>(part)];
  simd::Learn a{};
  a.groups = taps_.groups() + first;
  a.group_count = part_starts_[static_cast<std::size_t>(part) + 1] - first;
  a.keep = taps_.keep() + first * 3 * group_taps;
  a.weights = weights.data() + first * plane_count * nodes_ * group_taps;
  if (from.block >= 0) {
    const std::ptrdiff_t triple = blocks_[static_cast<std::size_t>(from.block)].first / 3;
    for (std::size_t i = 0; i < planes_.plane.size(); ++i) {
      a.plane[i] = planes_.plane[i].data() + from.row * planes_.stride + triple;
      a.transposed[i] = planes_.transposed[i].data() + triple * planes_.transposed_stride + from.row;
    }
  }
  a.transposed_next = planes_.transposed_stride;
  a.steps = spread.data();
  a.stride = stride_;
  a.triples = (from.pixels + 2) / 3;
  a.nodes = nodes_;
  a.old = old;
  simd::kernels().online.learn(a);
}

void OnlineTrainer::predict(const BlockPosition& to, std::ptrdiff_t part, const AlignedVector<double>& weights,
                            AlignedVector<double>& parts) const {
  const std::ptrdiff_t first = part_starts_[static_cast<std::size_t>(part)];
  simd::Predict a{};
  a.groups = taps_.groups() + first;
  a.group_count = part_starts_[static_cast<std::size_t>(part) + 1] - first;
  a.weights = weights.data() + first * plane_count * nodes_ * group_taps;
  const std::ptrdiff_t at = to.row * planes_.stride + blocks_[static_cast<std::size_t>(to.block)].first / 3;
  for (std::size_t i = 0; i < planes_.plane.size(); ++i) a.plane[i] = planes_.plane[i].data() + at;
  a.triples = (to.pixels + 2) / 3;
  a.nodes = nodes_;
  a.width = block_triples;
  a.sums = parts.data() + part * plane_count * nodes_ * block_triples;
  simd::kernels().online.predict(a);
}

void OnlineTrainer::do_taps(Shift& shift, std::ptrdiff_t part) {
  const bool velocity = keeps_velocity(shift.now);
  if (shift.before.used > 0) {
    learn(shift.before, part, shift.other.spread, 1.0, weights_);
    if (velocity) learn(shift.before, part, shift.other.velocity_spread, fading(shift.before), velocity_);
  }
  if (shift.next.used > 0) {
    predict(shift.next, part, weights_, shift.other.parts);
    if (velocity) predict(shift.next, part, velocity_, shift.other.velocity_parts);
  }
}

OnlineError OnlineTrainer::run(std::int64_t pixels, int threads) {
  // More would only wait: one for chain and products, and one for every part.
  threads = static_cast<int>(std::min<std::ptrdiff_t>(threads, last_part() + 2));
  if (number_ == 0) epoch_error_ = OnlineError{};
  epoch_error_.epoch_over = false;
  while (pixels > 0 && !epoch_error_.epoch_over) {
    const TeamChoice::Plan plan = threads > 1 ? team_choice_.plan() : TeamChoice::Plan{};
    const int team = plan.together ? threads : 1;
    if (plan.trial) run_blocks(warming_blocks, pixels, team);
    const auto begun = std::chrono::steady_clock::now();
    const std::ptrdiff_t blocks = run_blocks(plan.trial ? trial_blocks : blocks_at_once, pixels, team);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    if (blocks >= fewest_timed) team_choice_.record(plan, seconds.count() / static_cast<double>(blocks));
  }
  if (epoch_error_.epoch_over) number_ = 0;
  return epoch_error_;
}

// Up to `most` blocks, fewer at the end of the epoch or of `pixels`, which are counted down; returns how many.
std::ptrdiff_t OnlineTrainer::run_blocks(std::ptrdiff_t most, std::int64_t& pixels, int threads) {
  const std::ptrdiff_t last = (rows_ - net_.window_rows) * static_cast<std::ptrdiff_t>(blocks_.size());
  std::deque<Shift> shifts;
  while (pixels > 0 && number_ <= last && static_cast<std::ptrdiff_t>(shifts.size()) < most) {
    // The last block of an epoch comes before the empty one of the next.
    const BlockPosition before = number_ == 0 ? place(done_ > 0 ? last : 0) : place(number_ - 1);
    shifts.emplace_back(done_, before, place(number_), place(number_ + 1), slots_[done_ & 1], slots_[(done_ + 1) & 1],
                        last_part() + 1);
    pixels -= shifts.back().now.pixels;
    ++number_;
    ++done_;
  }
  run_team(threads, [&](int thread) {
    const Shift* previous = nullptr;
    for (Shift& shift : shifts) {
      work_on(shift, previous, thread);
      previous = &shift;
    }
  });
  for (const Shift& shift : shifts) {
    epoch_error_.squares += shift.squares;
    epoch_error_.pixels += shift.now.used;
  }
  epoch_error_.epoch_over = number_ > last;
  return static_cast<std::ptrdiff_t>(shifts.size());
}

void OnlineTrainer::work_on(Shift& shift, const Shift* previous, int thread) {
  // One thread keeps to the chain, the products and the last parts, the others to the first parts: what a thread has
  // written is then in its own core when it comes back to it. It waits for all sums of its block; the others may be one block
  // ahead.
  if (thread == 0) {
    if (previous != nullptr) previous->taps.wait();
    do_chain(shift);
    do_products(shift);
    shift.alone.finish();
  }
  while (shift.taps.claim() >= 0) {
    const std::ptrdiff_t part =
        thread == 0 ? last_part() - shift.from_the_end++ : shift.from_the_start.fetch_add(1, std::memory_order_relaxed);
    if (previous != nullptr) previous->alone.wait();
    std::atomic<std::ptrdiff_t>& done = parts_done_[static_cast<std::size_t>(part)].shifts;
    wait_for(done, shift.number);
    do_taps(shift, part);
    done.store(shift.number + 1, std::memory_order_release);
    shift.taps.finish();
  }
}

// The last block's steps are still to be learnt from, and what is to come of the velocity is to be taken off.
Network<double> OnlineTrainer::network() const {
  Network<double> net = net_;
  Layer<double>& window = net.layers[0];
  const BlockBuffers& slot = slots_[(done_ + 1) & 1];
  const BlockBuffers& before = slots_[done_ & 1];
  const BlockPosition& last = slot.place;
  const double left = keeps_velocity(last) ? -momentum_.value() * momentum_.power(last.used) / (1.0 - momentum_.value()) : 0.0;
  const auto nodes = static_cast<std::size_t>(nodes_);
  const auto stride = static_cast<std::size_t>(stride_);

  for (std::size_t n = 0; n < nodes; ++n) {
    const double velocity = fading(before.place) * bias_velocity_[n] + before.velocity_total[n];
    window.bias[n] = bias_[n] + before.total[n] + left * velocity;
    net.layers[1].weights[n] = output_[n];
  }
  net.layers[1].bias[0] = output_bias_;
  AlignedVector<double> reached = weights_;
  for (std::size_t i = 0; i < reached.size(); ++i) reached[i] += left * velocity_[i];
  taps_.unpack(reached, window);

  const double* const valid = valid_pixels(last);
  std::ptrdiff_t age = last.used;
  for (std::ptrdiff_t p = 0; p < last.pixels; ++p) {
    if (valid != nullptr && valid[p] == 0.0) continue;
    const double* const step = slot.steps.data() + static_cast<std::size_t>(p) * stride;
    const double made = momentum_.sum(age--);
    const double* const x = products_.image(last.row, blocks_[static_cast<std::size_t>(last.block)].first + p);
    for (std::size_t n = 0; n < nodes; ++n) window.bias[n] += made * step[n];
    for (std::size_t k = 0; k < static_cast<std::size_t>(net.window()); ++k) {
      const auto r = static_cast<std::ptrdiff_t>(k) / net.window_cols;
      const double input = made * x[r * products_.stride() + static_cast<std::ptrdiff_t>(k) % net.window_cols];
      for (std::size_t n = 0; n < nodes; ++n) window.weights[k * nodes + n] += step[n] * input;
    }
  }
  return net;
}

}  // namespace afmnn::nn
