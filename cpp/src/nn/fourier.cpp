#include "fourier.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

constexpr std::ptrdiff_t smallest_tile = 32;
constexpr std::ptrdiff_t largest_tile = 256;
// Sums of all nodes that a thread may keep.
constexpr std::ptrdiff_t most_values = std::ptrdiff_t{16} << 20;  // bytes

// Costs in multiply-adds of the direct sum, fitted to times of both ways with AVX-512 (27 x 27, 9 x 9 and 61 x 61 windows,
// 1 to 6 nodes, tiles of 64 to 256); what comes after the window layer is the same for both and left out.
constexpr double transform_cost = 12.0;  // of one pixel and one doubling of a tile's side, there or back
constexpr double product_cost = 20.0;    // of one pixel of a tile and one node
constexpr double tile_cost = 60.0;       // of one pixel of a tile: clearing, reading, mean

// Rows a power of two apart would share a few sets of the cache.
std::ptrdiff_t padded(std::ptrdiff_t size) { return size + 16; }

std::vector<float> turns(std::ptrdiff_t size) {
  constexpr double two_pi = 6.28318530717958647692;
  std::vector<float> result;
  for (std::ptrdiff_t length = size; length >= 4; length /= 4) {
    for (std::ptrdiff_t j = 0; j < length / 4; ++j) {
      for (int k = 1; k <= 3; ++k) {
        const double angle = -two_pi * static_cast<double>(j * k) / static_cast<double>(length);
        result.push_back(static_cast<float>(std::cos(angle)));
        result.push_back(static_cast<float>(std::sin(angle)));
      }
    }
  }
  return result;
}

simd::Fourier columns(float* re, float* im, std::ptrdiff_t size, std::ptrdiff_t count, const std::vector<float>& turns) {
  simd::Fourier a{};
  a.re = re;
  a.im = im;
  a.size = size;
  a.stride = padded(size);
  a.columns = count;
  a.turns = turns.data();
  return a;
}

// Transforms (re, im) in both directions; the result is in (to_re, to_im), transposed.
void forward(float* re, float* im, float* to_re, float* to_im, std::ptrdiff_t size, const std::vector<float>& turns) {
  const auto& kernels = simd::kernels().fourier;
  kernels.forward(columns(re, im, size, size, turns));
  kernels.transpose(re, to_re, size, padded(size));
  kernels.transpose(im, to_im, size, padded(size));
  kernels.forward(columns(to_re, to_im, size, size, turns));
}

}  // namespace

FourierFilters::FourierFilters(const Network<float>& net, std::ptrdiff_t size)
    : size_(size),
      stride_(padded(size)),
      nodes_(net.layers[0].nodes),
      rows_(size - net.window_rows + 1),
      cols_(size - net.window_cols + 1),
      turns_(turns(size)),
      bias_(net.layers[0].bias) {
  const auto plane = static_cast<std::size_t>(size_ * stride_);
  re_.resize(static_cast<std::size_t>(nodes_) * plane);
  im_.resize(re_.size());
  std::vector<float> re(plane);
  std::vector<float> im(plane);
  const double scale = 1.0 / static_cast<double>(size * size);
  for (std::ptrdiff_t n = 0; n < nodes_; ++n) {
    std::fill(re.begin(), re.end(), 0.0F);
    std::fill(im.begin(), im.end(), 0.0F);
    double sum = 0.0;
    for (std::ptrdiff_t r = 0; r < net.window_rows; ++r) {
      for (std::ptrdiff_t c = 0; c < net.window_cols; ++c) {
        const auto weight =
            static_cast<double>(net.layers[0].weights[static_cast<std::size_t>((r * net.window_cols + c) * nodes_ + n)]);
        re[static_cast<std::size_t>(r * stride_ + c)] = static_cast<float>(weight * scale);
        sum += weight;
      }
    }
    sums_.push_back(sum);
    const std::ptrdiff_t at = n * size_ * stride_;
    forward(re.data(), im.data(), re_.data() + at, im_.data() + at, size_, turns_);
  }
}

FourierTiles::FourierTiles(const FourierFilters& filters) : filters_(&filters) {
  const auto plane = static_cast<std::size_t>(filters.size_ * filters.stride_);
  for (auto* buffer : {&x_re_, &x_im_, &re_, &im_}) buffer->resize(plane);
  node_re_.resize(static_cast<std::size_t>(filters.nodes_) * plane);
  node_im_.resize(node_re_.size());
}

void FourierTiles::remove_mean(int tile) {
  float* const x = heights(tile);
  const std::ptrdiff_t size = filters_->size_;
  // Column sums first: many additions at once.
  std::fill(re_.begin(), re_.begin() + size, 0.0F);
  for (std::ptrdiff_t r = 0; r < size; ++r) {
    for (std::ptrdiff_t c = 0; c < size; ++c) re_[static_cast<std::size_t>(c)] += x[r * filters_->stride_ + c];
  }
  const double sum = std::accumulate(re_.begin(), re_.begin() + size, 0.0);
  const auto mean = static_cast<float>(sum / static_cast<double>(size * size));
  for (std::ptrdiff_t r = 0; r < size; ++r) {
    for (std::ptrdiff_t c = 0; c < size; ++c) x[r * filters_->stride_ + c] -= mean;
  }
  mean_[tile] = static_cast<double>(mean);
}

void FourierTiles::run() {
  const auto& kernels = simd::kernels().fourier;
  const FourierFilters& f = *filters_;
  remove_mean(0);
  remove_mean(1);
  forward(x_re_.data(), x_im_.data(), re_.data(), im_.data(), f.size_, f.turns_);
  const std::ptrdiff_t plane = f.size_ * f.stride_;
  for (std::ptrdiff_t n = 0; n < f.nodes_; ++n) {
    // The heights are not needed any more: their place serves the products.
    simd::Spectra product{re_.data(),   im_.data(), f.re_.data() + n * plane, f.im_.data() + n * plane, x_re_.data(),
                          x_im_.data(), plane};
    kernels.correlate(product);
    kernels.inverse(columns(x_re_.data(), x_im_.data(), f.size_, f.size_, f.turns_));
    float* const re = node_re_.data() + n * plane;
    float* const im = node_im_.data() + n * plane;
    kernels.transpose(x_re_.data(), re, f.size_, f.stride_);
    kernels.transpose(x_im_.data(), im, f.size_, f.stride_);
    kernels.inverse(columns(re, im, f.size_, f.cols_, f.turns_));
  }
}

void FourierTiles::sums(int tile, std::ptrdiff_t row, std::ptrdiff_t cols, float* out, std::ptrdiff_t out_stride) const {
  const FourierFilters& f = *filters_;
  const std::vector<float>& values = tile == 0 ? node_re_ : node_im_;
  for (std::ptrdiff_t n = 0; n < f.nodes_; ++n) {
    const auto node = static_cast<std::size_t>(n);
    const auto add = static_cast<float>(static_cast<double>(f.bias_[node]) + mean_[tile] * f.sums_[node]);
    const float* const from = values.data() + (n * f.size_ + row) * f.stride_;
    float* const to = out + n * out_stride;
    for (std::ptrdiff_t c = 0; c < cols; ++c) to[c] = from[c] + add;
  }
}

std::ptrdiff_t choose_tile(const Network<float>& net, std::ptrdiff_t rows, std::ptrdiff_t cols) {
  const auto nodes = static_cast<double>(net.layers[0].nodes);
  double least = static_cast<double>(rows * cols * net.window()) * nodes;
  std::ptrdiff_t best = 0;
  for (std::ptrdiff_t size = smallest_tile; size <= largest_tile; size *= 2) {
    const std::ptrdiff_t tile_rows = size - net.window_rows + 1;
    const std::ptrdiff_t tile_cols = size - net.window_cols + 1;
    if (tile_rows < 1 || tile_cols < 1) continue;
    if (2 * net.layers[0].nodes * size * padded(size) * static_cast<std::ptrdiff_t>(sizeof(float)) > most_values) continue;
    const std::ptrdiff_t across = (cols + tile_cols - 1) / tile_cols;
    const auto pairs = static_cast<double>((across + 1) / 2 * ((rows + tile_rows - 1) / tile_rows));
    const auto pixels = static_cast<double>(size * size);
    const double transform = transform_cost * pixels * std::log2(static_cast<double>(size));
    const double cost = (pairs * (nodes + 1.0) + nodes) * transform + pairs * (nodes * product_cost + 2.0 * tile_cost) * pixels;
    if (cost < least) {
      least = cost;
      best = size;
    }
  }
  return best;
}

}  // namespace afmnn::nn
