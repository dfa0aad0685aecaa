#include <algorithm>
#include <limits>

#include "afmnn/synth/instrument.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr index rows_between = 16;  // looks at the clock: some ten thousand samples

struct Loop {
  double gain;
  double keep;  // 1 - gain: with a gain of 1 and no momentum, h becomes z to the bit
  double momentum;
  double rise;
  double fall;
};

template <bool Plain>
inline void step(const Loop& loop, double z, double& h, double& v) {
  const double target = loop.gain * z + loop.keep * h;
  if (Plain) {  // an integrator without limits: one multiplication and one addition from sample to sample
    h = target;
    return;
  }
  const double next = std::min(std::max(target + loop.momentum * v, h - loop.fall), h + loop.rise);
  v = next - h;
  h = next;
}

template <bool Plain>
void run(const Loop& loop, const Directions& heights, const Interrupt& interrupt) {
  const index rows = heights.rows();
  const index cols = heights.cols();
  double h = heights.trace(0, 0);
  double v = 0.0;
  InterruptTimer timer(interrupt);
  for (index r = 0; r < rows; ++r) {
    double* const forth = heights.trace.row(r);
    double* const back = heights.retrace.row(r);
    const double last = forth[cols - 1];
    for (index c = 0; c < cols; ++c) {
      step<Plain>(loop, forth[c], h, v);
      forth[c] = h;
    }
    for (index i = 0; i < heights.turn; ++i) step<Plain>(loop, last, h, v);
    for (index c = cols - 1; c >= 0; --c) {
      step<Plain>(loop, back[c], h, v);
      back[c] = h;
    }
    if (r + 1 == rows) break;
    const double first = heights.trace(r + 1, 0);
    for (index i = 0; i < heights.turn; ++i) step<Plain>(loop, first, h, v);
    if (r % rows_between == 0) timer.call_if_due();
  }
}

}  // namespace

void instrument_feedback(double gain, double momentum, double rise, double fall, const Directions& heights,
                         const Interrupt& interrupt) {
  constexpr double none = std::numeric_limits<double>::infinity();
  const Loop loop{gain, 1.0 - gain, momentum, rise, fall};
  if (momentum == 0.0 && rise == none && fall == none) {
    run<true>(loop, heights, interrupt);
  } else {
    run<false>(loop, heights, interrupt);
  }
}

}  // namespace afmnn::synth
