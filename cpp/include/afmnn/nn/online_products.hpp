// Products of the windows of neighbouring pixels, for nn/online.hpp.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::nn {

/// Neighbouring pixels of a row, by their windows' first column.
struct PixelBlock {
  std::ptrdiff_t first;
  std::ptrdiff_t pixels;
};

/// Powers of the momentum and their sums, by number of steps.
class Momentum {
 public:
  Momentum(double momentum, std::ptrdiff_t longest);
  double value() const { return power_[1]; }
  double power(std::ptrdiff_t n) const { return power_[static_cast<std::size_t>(n)]; }
  /// 1 + m + ... + m^(n-1): how much of a step has been made n steps after it was begun; 0 for n <= 0.
  double sum(std::ptrdiff_t n) const { return n <= 0 ? 0.0 : sum_[static_cast<std::size_t>(n)]; }
  /// Steps after which nothing of the velocity is left, to double precision.
  std::ptrdiff_t settled() const { return settled_; }

 private:
  std::vector<double> power_, sum_;
  std::ptrdiff_t settled_;
};

/// sum(steps from i to p) * (1 + x_i . x_p) for the pixels p of a block and i of the same and of the block before, which for
/// the first block of a row is the last one of the row above.
///
/// The products of two columns of pixels are carried on from row to row (and summed afresh every 256 rows, so that
/// rounding does not pile up), their sums over the columns of the window from pixel to pixel: some five operations per number.
class WindowProducts {
 public:
  WindowProducts(View2D<const double> noisy, std::ptrdiff_t window_rows, std::ptrdiff_t window_cols,
                 const std::vector<PixelBlock>& blocks, const Momentum& momentum);

  /// What simd::Chain takes.
  struct Result {
    AlignedVector<double> row, edge;
    double* previous = nullptr;
    std::ptrdiff_t previous_next = 0;
    double* product = nullptr;
    std::ptrdiff_t product_next = 0;
  };
  Result make_result() const;

  /// Blocks must come in raster order, row 0 after the last; nothing comes before the first block of row 0. `valid` and
  /// `valid_before` say which pixels count (not 0), or are null.
  void compute(std::ptrdiff_t row, std::ptrdiff_t block, const double* valid, const double* valid_before, Result& result);
  /// Pixel (row, column) of the image.
  const double* image(std::ptrdiff_t row, std::ptrdiff_t column) const {
    return image_.data() + row * stride_ + margin_ + column;
  }
  std::ptrdiff_t stride() const { return stride_; }

 private:
  void weigh(std::ptrdiff_t pixels, std::ptrdiff_t before, const double* valid, const double* valid_before, Result& result);

  const std::vector<PixelBlock>& blocks_;
  const Momentum& momentum_;
  std::ptrdiff_t window_rows_, window_cols_;
  std::ptrdiff_t longest_ = 0;    // pixels of a block
  std::ptrdiff_t row_lags_ = 0;   // from a pixel of the row to those left of it
  std::ptrdiff_t edge_lags_ = 0;  // from a pixel of the first block to those of the last one above
  std::ptrdiff_t margin_ = 0;     // zeros left of the image
  std::ptrdiff_t stride_ = 0;
  AlignedVector<double> image_, row_columns_, edge_columns_, row_weights_, edge_weights_, ones_;
};

}  // namespace afmnn::nn
