// The classic method: online backpropagation with momentum, the weights updated after every pixel.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/team_choice.hpp"
#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/nn/online_planes.hpp"
#include "afmnn/nn/online_products.hpp"

namespace afmnn::nn {

struct OnlineError {
  double squares = 0.0;  // of the output, in the network's scale
  std::int64_t pixels = 0;
  bool epoch_over = false;
};

/// What to learn from. The views are read by the constructor only.
struct OnlineJob {
  View2D<const double> noisy;  // (rows, cols), in the network's scale
  View2D<const double> ideal;  // (rows, cols), likewise
  View2D<const double> valid;  // (rows, cols), or no data: pixels with 0 are passed over
  double rate = 0.3;
  double momentum = 0.3;  // at least 0 and below 1
};

/// Trains a logistic network with one hidden layer, pixel after pixel in raster order. With input x, hidden output
/// u = s(A [1, x]), output o = s(b . [1, u]) and target t:
///
///   d_o = o (1 - o) (t - o),        d_h = u (1 - u) b d_o
///   Pb <- rate d_o [1, u] + momentum Pb,        b <- b + Pb
///   Pa <- rate d_h [1, x]^T + momentum Pa,      A <- A + Pa
///
/// in double precision. Windows are used whose first row is below rows - window rows, columns likewise: one fewer per
/// axis than would fit.
///
/// It works in blocks of neighbouring pixels, which gives the same weights to rounding. With g_t = rate d_h at pixel t,
/// P_t = g_t x_t + m P_{t-1} and A_{t+1} = A_t + P_t, the weights that would be reached if no more were learnt,
/// B_t = A_t + m / (1 - m) P_{t-1}, know no momentum:
///
///   B_{t+1} = B_t + g_t x_t / (1 - m),                                          A_t = B_t - m / (1 - m) P_{t-1},
///   A_t x_t = B_s x_t - m^(t-s+1) / (1 - m) P_{s-1} x_t + sum over s <= i < t of (1 + m + ... + m^(t-i-1)) g_i (x_i . x_t)
///
/// for any s before t. With s the first pixel of the block before t's, the sum runs over at most two blocks, and the
/// velocity P_{s-1} has faded below rounding unless the block before is short, largely masked, or m is large; only then is
/// it kept (a second matrix) and multiplied. So a block takes
///
///   chain     its sums, outputs and steps pixel after pixel, from products of inputs: little work, but every pixel waits
///   products  x_i . x_t of the next block
///   taps      for the taps of a part of the window: B learns from the block before (a matrix product), then predicts its
///             share of B x of the next block (another)
///
/// which need nothing from each other: threads share the parts, and the chain of one block hides behind the products of its
/// neighbours. Sums of parts are added in their order, and blocks and parts follow from the shapes alone: the bits depend
/// neither on `threads` nor on how an epoch is divided among calls. Between two epochs comes an empty block.
/// See docs/performance-online.md.
class OnlineTrainer {
 public:
  /// `interrupt` may throw.
  OnlineTrainer(const Network<double>& initial, const OnlineJob& job, const Interrupt& interrupt = {})
      : OnlineTrainer(initial, job, InterruptTimer(interrupt)) {}

  /// Trains on `pixels` further pixels, rounded up to whole blocks, but not beyond the end of an epoch. Returns the sums since
  /// the epoch began. `threads` is the most that are used: where one alone is faster, it works alone.
  OnlineError run(std::int64_t pixels, int threads);
  /// The network as it is now.
  Network<double> network() const;
  /// |d_o| + sum |d_h| of the last pixel.
  double last_pixel_error() const { return last_error_; }

 private:
  OnlineTrainer(const Network<double>& initial, const OnlineJob& job, InterruptTimer&& timer);

  struct BlockPosition {
    std::ptrdiff_t row = -1;
    std::ptrdiff_t block = -1;  // none: the empty one
    std::ptrdiff_t pixels = 0;
    std::ptrdiff_t used = 0;
  };
  /// What belongs to a block, from the prediction of its sums to the learning from it.
  struct BlockBuffers {
    WindowProducts::Result products;
    AlignedVector<double> parts, velocity_parts;    // (parts, planes, nodes, width)
    AlignedVector<double> steps;                    // (pixels, stride)
    AlignedVector<double> spread, velocity_spread;  // (triples, planes, stride)
    AlignedVector<double> total, velocity_total;    // (stride): the steps of the bias
    BlockPosition place;
  };
  /// One block and its neighbours, and how far the work on it is.
  struct Shift {
    Shift(std::ptrdiff_t shift, const BlockPosition& block_before, const BlockPosition& block, const BlockPosition& block_after,
          BlockBuffers& own, BlockBuffers& neighbours, std::ptrdiff_t parts)
        : number(shift), before(block_before), now(block), next(block_after), slot(own), other(neighbours), taps(parts) {}
    std::ptrdiff_t number;
    BlockPosition before, now, next;
    BlockBuffers& slot;   // of this block
    BlockBuffers& other;  // of both neighbours: before its steps, then the sums of the next
    // On cache lines of their own, for they are written while others read.
    alignas(64) double squares = 0.0;
    std::ptrdiff_t from_the_end = 0;  // parts that thread 0 has taken
    Phase alone{1};                   // chain and products, which thread 0 does
    alignas(64) Phase taps;
    std::atomic<std::ptrdiff_t> from_the_start{0};  // parts that other threads have taken
  };
  struct alignas(64) PartDone {
    std::atomic<std::ptrdiff_t> shifts{0};
  };

  BlockPosition place(std::ptrdiff_t number) const;
  const double* valid_pixels(const BlockPosition& at) const;
  std::ptrdiff_t last_part() const { return static_cast<std::ptrdiff_t>(parts_done_.size()) - 1; }
  bool keeps_velocity(const BlockPosition& now) const { return momentum_.value() > 0.0 && now.used < momentum_.settled(); }
  double fading(const BlockPosition& before) const { return keeps_velocity(before) ? momentum_.power(before.used) : 0.0; }
  std::ptrdiff_t run_blocks(std::ptrdiff_t most, std::int64_t& pixels, int threads);
  void work_on(Shift& shift, const Shift* previous, int thread);
  void do_chain(Shift& shift);
  void do_products(Shift& shift);
  void do_taps(Shift& shift, std::ptrdiff_t part);
  void learn(const BlockPosition& from, std::ptrdiff_t part, const AlignedVector<double>& spread, double old,
             AlignedVector<double>& weights);
  void predict(const BlockPosition& to, std::ptrdiff_t part, const AlignedVector<double>& weights,
               AlignedVector<double>& parts) const;

  Network<double> net_;
  std::ptrdiff_t rows_, cols_, nodes_, stride_;
  std::vector<PixelBlock> blocks_;
  Momentum momentum_;
  double rate_;
  ImagePlanes planes_;
  WindowTaps taps_;
  WindowProducts products_;
  std::vector<std::ptrdiff_t> part_starts_;
  std::vector<PartDone> parts_done_;
  AlignedVector<double> ideal_, valid_;
  AlignedVector<double> weights_, velocity_;  // B and P, as WindowTaps packs them
  AlignedVector<double> bias_, bias_velocity_, output_, output_velocity_, real_;
  double output_bias_, output_bias_velocity_ = 0.0;
  AlignedVector<double> part_sums_, sums_, scratch_, factor_;
  BlockBuffers slots_[2];
  std::ptrdiff_t number_ = 0;  // of the next block in this epoch; 0 is the empty one
  std::ptrdiff_t done_ = 0;    // blocks so far
  TeamChoice team_choice_;
  double last_error_ = 0.0;
  OnlineError epoch_error_;  // of this epoch
};

}  // namespace afmnn::nn
