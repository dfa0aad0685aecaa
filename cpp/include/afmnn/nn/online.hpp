// The classic method: online backpropagation with momentum, the weights updated after every pixel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"

namespace afmnn::nn {

struct OnlineError {
  double squares = 0.0;  // of the output, in the network's scale
  std::int64_t pixels = 0;
  bool pass_over = false;
};

/// Trains a logistic network with one hidden layer, pixel after pixel in raster order. With input x, hidden output
/// u = s(A [1, x]), output o = s(b . [1, u]) and target t:
///
///   d_o = o (1 - o) (t - o),        d_h = u (1 - u) b d_o
///   Pb <- rate d_o [1, u] + momentum Pb,        b <- b + Pb
///   Pa <- rate d_h [1, x]^T + momentum Pa,      A <- A + Pa
///
/// in double precision. Windows are used whose first row is below rows - window rows, columns likewise: one fewer per
/// axis than would fit. The sums over a window are split in four parts that are added at the end; nothing else differs
/// from the formulas in order or precision.
class OnlineTrainer {
 public:
  /// noisy, ideal  (rows, cols) in the network's scale; copied
  /// usable        (rows, cols), or no data: pixels with 0 are passed over
  OnlineTrainer(const Network<double>& initial, View2D<const double> noisy, View2D<const double> ideal,
                View2D<const double> usable, double rate, double momentum);

  /// Trains on up to `pixels` further pixels (in whole rows), but not beyond the end of a pass. Returns the sums since the
  /// pass began.
  OnlineError run(std::int64_t pixels);
  /// The network as it is now.
  Network<double> network() const;
  /// |d_o| + sum |d_h| of the last pixel.
  double last_pixel_error() const { return last_error_; }

 private:
  Network<double> net_;
  std::ptrdiff_t rows_, cols_, nodes_, stride_;
  std::ptrdiff_t row_ = 0;
  std::vector<double> noisy_, ideal_, usable_;
  std::vector<std::ptrdiff_t> offsets_;
  std::vector<double> weights_, velocity_, bias_, bias_velocity_, step_, values_, output_, output_velocity_;
  const double* previous_;
  double rate_, momentum_;
  double last_error_ = 0.0;
  OnlineError so_far_;  // of this pass
};

}  // namespace afmnn::nn
