#include "afmnn/nn/online_products.hpp"

#include <algorithm>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

constexpr std::ptrdiff_t fresh_rows = 256;
constexpr std::ptrdiff_t lag_step = 16;  // simd::Gram

std::ptrdiff_t padded(std::ptrdiff_t lags) { return (lags + lag_step - 1) / lag_step * lag_step; }

bool all_valid(const double* valid, std::ptrdiff_t count) {
  return valid == nullptr || std::all_of(valid, valid + count, [](double pixel) { return pixel != 0.0; });
}

}  // namespace

Momentum::Momentum(double momentum, std::ptrdiff_t longest) : settled_(longest + 1) {
  double power = 1.0;
  double sum = 0.0;
  for (std::ptrdiff_t n = 0; n <= std::max<std::ptrdiff_t>(longest, 1); ++n) {
    if (power < 0x1p-53 && n < settled_) settled_ = n;
    power_.push_back(power);
    sum_.push_back(sum);
    sum += power;
    power *= momentum;
  }
}

WindowProducts::WindowProducts(View2D<const double> noisy, std::ptrdiff_t window_rows, std::ptrdiff_t window_cols,
                               const std::vector<PixelBlock>& blocks, const Momentum& momentum)
    : blocks_(blocks), momentum_(momentum), window_rows_(window_rows), window_cols_(window_cols) {
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    longest_ = std::max(longest_, blocks[b].pixels);
    row_lags_ = std::max(row_lags_, blocks[b].pixels - 1 + (b > 0 ? blocks[b - 1].pixels : 0));
  }
  row_lags_ = padded(std::max<std::ptrdiff_t>(row_lags_, 1));
  const std::ptrdiff_t edge = blocks.front().pixels + blocks.back().pixels - 1;
  edge_lags_ = padded(edge);
  margin_ = row_lags_;
  stride_ = margin_ + noisy.cols + longest_ + 2 * lag_step;
  image_.resize(static_cast<std::size_t>(noisy.rows * stride_));
  for (std::ptrdiff_t r = 0; r < noisy.rows; ++r) {
    std::copy_n(noisy.row(r), noisy.cols, image_.data() + r * stride_ + margin_);
  }
  row_columns_.resize(static_cast<std::size_t>(row_lags_ * noisy.cols));
  edge_columns_.resize(static_cast<std::size_t>(edge_lags_ * (blocks.front().pixels + window_cols)));
  for (std::ptrdiff_t e = 0; e < row_lags_; ++e) row_weights_.push_back(momentum.sum(row_lags_ - e));
  for (std::ptrdiff_t e = 0; e < edge_lags_; ++e) edge_weights_.push_back(momentum.sum(edge - e));
  ones_.assign(static_cast<std::size_t>(std::max(row_lags_, edge_lags_)), 1.0);
}

WindowProducts::Result WindowProducts::make_result() const {
  Result result;
  // simd::Chain reads on to a multiple of 8 pixels.
  result.row.resize(static_cast<std::size_t>(longest_ * row_lags_ + lag_step));
  result.edge.resize(static_cast<std::size_t>(longest_ * edge_lags_ + lag_step));
  return result;
}

void WindowProducts::compute(std::ptrdiff_t row, std::ptrdiff_t block, const double* valid, const double* valid_before,
                             Result& result) {
  const PixelBlock& now = blocks_[static_cast<std::size_t>(block)];
  PixelBlock before{0, 0};
  if (block > 0) before = blocks_[static_cast<std::size_t>(block - 1)];
  if (block == 0 && row > 0) before = blocks_.back();
  const bool plain = all_valid(valid, now.pixels) && all_valid(valid_before, before.pixels);

  // Lag e is the pixel row_lags - e to the left.
  simd::Gram a{};
  a.first = image(row, now.first);
  a.second = a.first - row_lags_;
  a.image_stride = stride_;
  a.window_rows = window_rows_;
  a.window_cols = window_cols_;
  a.pixels = now.pixels;
  a.lags = row_lags_;
  a.column_count = static_cast<std::ptrdiff_t>(row_columns_.size()) / row_lags_;
  a.columns = row_columns_.data() + now.first * simd::group_taps;
  a.known = block > 0 ? window_cols_ - 1 : 0;
  a.first_pixel = row_lags_ - before.pixels * (block > 0 ? 1 : 0);
  a.last_pixel = row_lags_ + now.pixels;
  a.fresh = row % fresh_rows == 0;
  a.weight = plain ? row_weights_.data() : ones_.data();
  a.products = result.row.data();
  simd::kernels().online.gram(a);
  result.product = result.row.data() + row_lags_;
  result.product_next = row_lags_ - 1;

  if (block > 0) {
    result.previous = result.product - before.pixels;
    result.previous_next = result.product_next;
  } else if (row > 0) {
    // Lag e is the pixel of the row above that lies so many columns to the right of pixel p - (pixels - 1).
    a.second = image(row - 1, before.first - (now.pixels - 1));
    a.lags = edge_lags_;
    a.column_count = static_cast<std::ptrdiff_t>(edge_columns_.size()) / edge_lags_;
    a.columns = edge_columns_.data();
    a.known = -1;
    a.first_pixel = now.pixels - 1;
    a.last_pixel = now.pixels + before.pixels - 2;
    a.fresh = row == 1 || row % fresh_rows == 0;
    a.weight = plain ? edge_weights_.data() : ones_.data();
    a.products = result.edge.data();
    simd::kernels().online.gram(a);
    result.previous = result.edge.data() + now.pixels - 1;
    result.previous_next = edge_lags_ - 1;
  }
  if (!plain) weigh(now.pixels, before.pixels, valid, valid_before, result);
}

// Steps are counted in valid pixels.
void WindowProducts::weigh(std::ptrdiff_t pixels, std::ptrdiff_t before, const double* valid, const double* valid_before,
                           Result& result) {
  const auto used = [](const double* mask, std::ptrdiff_t p) { return mask == nullptr || mask[p] != 0.0 ? 1 : 0; };
  std::ptrdiff_t steps = 0;  // from the first pixel of the block before
  for (std::ptrdiff_t i = 0; i < before; ++i) steps += used(valid_before, i);
  const std::ptrdiff_t first = steps;
  for (std::ptrdiff_t p = 0; p < pixels; ++p) {
    if (used(valid, p) == 0) continue;
    std::ptrdiff_t begun = 0;
    for (std::ptrdiff_t i = 0; i < before; ++i) {
      result.previous[p * result.previous_next + i] *= momentum_.sum(steps - begun);
      begun += used(valid_before, i);
    }
    begun = first;
    for (std::ptrdiff_t i = 0; i < p; ++i) {
      result.product[p * result.product_next + i] *= momentum_.sum(steps - begun);
      begun += used(valid, i);
    }
    ++steps;
  }
}

}  // namespace afmnn::nn
