// Smooth random fields that bend patterns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// How the pixels of one axis of an image see the nodes of a field: with Gaussian weights.
class FieldAxis {
 public:
  static constexpr int taps = 12;  // nodes that a pixel sees; beyond six scales the weights are below 1e-7

  /// `scale` in pixels, above 0. Nodes are as far apart as the scale, but at least a pixel, and counted from the centre.
  FieldAxis(std::ptrdiff_t pixels, double scale);

  std::ptrdiff_t pixels() const { return static_cast<std::ptrdiff_t>(first_.size()); }
  std::ptrdiff_t nodes() const { return static_cast<std::ptrdiff_t>(mean_.size()); }
  std::int64_t first_node() const { return first_.front(); }
  /// The first node that a pixel sees, counted from first_node(), and its weights; their sum of squares is 1.
  std::ptrdiff_t first(std::ptrdiff_t pixel) const { return first_[static_cast<std::size_t>(pixel)] - first_.front(); }
  const double* weights(std::ptrdiff_t pixel) const { return weights_.data() + pixel * taps; }
  const std::vector<double>& mean() const { return mean_; }  ///< mean weight of every node
  double largest_sum() const { return largest_sum_; }        ///< of a pixel's weights

 private:
  std::vector<std::int64_t> first_;
  std::vector<double> weights_;
  std::vector<double> mean_;
  double largest_sum_ = 0.0;
};

/// A stationary random field with mean square rms^2 and autocorrelation
///
///   exp(-(r / scale_rows)^2 / 4 - (c / scale_cols)^2 / 4)
///
/// at r rows and c columns of distance, less the mean over the image: a shift common to all pixels is none. Where the
/// scale is near the size of the image or above, the field is therefore weaker than `rms`.
///
/// Uniform numbers on the nodes are weighted with Gaussians (sparse convolution), separably: along the rows at once, along
/// the columns when a row is asked for. The middle of a larger image is the same but for the mean.
class SmoothField {
 public:
  SmoothField() = default;
  /// The axes must outlive the field. `role` is the stream of the random numbers.
  SmoothField(const FieldAxis& down, const FieldAxis& across, double rms, std::uint64_t key, std::uint64_t role, int threads);

  /// Adds the field at `count` pixels of a row to `out`; 12 multiply-adds each.
  void add(std::ptrdiff_t row, std::ptrdiff_t first, std::ptrdiff_t count, double* out) const;
  double bound() const { return bound_; }  ///< no value is larger

 private:
  const FieldAxis* down_ = nullptr;
  std::ptrdiff_t cols_ = 0;
  std::vector<double> widened_;  // nodes down, pixels across
  double mean_ = 0.0;
  double bound_ = 0.0;
};

}  // namespace afmnn::synth
