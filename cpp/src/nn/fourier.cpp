#include "fourier.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "afmnn/core/elementary.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

constexpr std::ptrdiff_t tile_sizes[] = {32, 64, 128, 256, 512};

// Costs in multiply-adds of the direct sum of one pixel of a tile, fitted to times of both ways with AVX-512 (windows of 3 to
// 101 pixels, 1 to 64 nodes). What comes after the window layer is the same for both and left out.
constexpr double once_cost = 100.0;
constexpr double node_cost = 48.0;     // for each node
constexpr double megabyte_cost = 6.5;  // and more for all that must come through the caches: filters and sums of all nodes

// Sums of all nodes that a thread may keep.
constexpr std::ptrdiff_t most_values = std::ptrdiff_t{16} << 20;  // bytes

constexpr std::ptrdiff_t row = 2 * simd::pad;  // of a strip

// Elements of a strip.
constexpr std::ptrdiff_t strip_size(std::ptrdiff_t size) { return size / 8 * (8 * row + simd::pad); }

// Where rows [pad * block, pad * block + pad) of a strip begin.
constexpr std::ptrdiff_t block_at(std::ptrdiff_t block) { return block * strip_size(simd::pad); }

// Transforms heights (size, stride) in both directions: spectrum (size / pad, size, row) is transposed. `transposed` is as large.
void forward(const float* re, const float* im, const double* shift, std::ptrdiff_t stride, std::ptrdiff_t size,
             const FourierPlan& plan, float* strip, float* transposed, float* spectrum) {
  const auto& kernels = simd::kernels().fourier;
  simd::Fourier a{};
  a.size = size;
  a.radices = plan.radices.data();
  a.twiddles = plan.twiddles.data();
  a.to_stride = row;
  a.from_stride = stride;
  a.shift_re = static_cast<float>(shift[0]);
  a.shift_im = static_cast<float>(shift[1]);
  a.to_re = strip;
  a.to_im = strip + simd::pad;
  for (std::ptrdiff_t s = 0; s < size / simd::pad; ++s) {
    a.from_re = re + s * simd::pad;
    a.from_im = im + s * simd::pad;
    kernels.forward(a);
    kernels.transpose(strip, transposed + block_at(s), size / simd::pad, strip_size(size));
  }
  a.from_stride = row;
  a.shift_re = 0.0F;
  a.shift_im = 0.0F;
  for (std::ptrdiff_t s = 0; s < size / simd::pad; ++s) {
    a.from_re = transposed + s * strip_size(size);
    a.from_im = a.from_re + simd::pad;
    a.to_re = spectrum + s * strip_size(size);
    a.to_im = a.to_re + simd::pad;
    kernels.forward(a);
  }
}

}  // namespace

FourierPlan::FourierPlan(std::ptrdiff_t size) {
  int doublings = 0;
  while ((std::ptrdiff_t{1} << doublings) < size) ++doublings;
  for (; doublings % 3 != 0; doublings -= 2) radices.push_back(4);
  for (; doublings > 0; doublings -= 3) radices.push_back(8);
  constexpr double two_pi = 6.28318530717958647692;
  std::ptrdiff_t length = size;
  for (const int radix : radices) {
    for (std::ptrdiff_t j = 0; j < length / radix; ++j) {
      for (int k = 1; k < radix; ++k) {
        const double angle = -two_pi * static_cast<double>(j * k) / static_cast<double>(length);
        twiddles.push_back(static_cast<float>(afmnn::cos(angle)));
        twiddles.push_back(static_cast<float>(afmnn::sin(angle)));
      }
    }
    length /= radix;
  }
}

FourierFilters::FourierFilters(const Network<float>& net, std::ptrdiff_t size)
    : size_(size),
      nodes_(net.layers[0].nodes),
      rows_(size - net.window_rows + 1),
      cols_(size - net.window_cols + 1),
      plan_(size),
      bias_(net.layers[0].bias) {
  const std::ptrdiff_t tile = size_ / simd::pad * strip_size(size_);
  spectra_.resize(static_cast<std::size_t>(nodes_ * tile));
  std::vector<float> re(static_cast<std::size_t>(size_ * stride()));
  const std::vector<float> im(re.size());
  std::vector<float> strip(static_cast<std::size_t>(strip_size(size_)));
  std::vector<float> transposed(static_cast<std::size_t>(tile));
  const double scale = 1.0 / static_cast<double>(size * size);
  constexpr double no_shift[2] = {0.0, 0.0};
  for (std::ptrdiff_t n = 0; n < nodes_; ++n) {
    double sum = 0.0;
    for (std::ptrdiff_t r = 0; r < net.window_rows; ++r) {
      for (std::ptrdiff_t c = 0; c < net.window_cols; ++c) {
        const auto weight =
            static_cast<double>(net.layers[0].weights[static_cast<std::size_t>((r * net.window_cols + c) * nodes_ + n)]);
        re[static_cast<std::size_t>(r * stride() + c)] = static_cast<float>(weight * scale);
        sum += weight;
      }
    }
    sums_.push_back(sum);
    forward(re.data(), im.data(), no_shift, stride(), size_, plan_, strip.data(), transposed.data(), spectra_.data() + n * tile);
  }
}

FourierTiles::FourierTiles(const FourierFilters& filters) : filters_(&filters) {
  const std::ptrdiff_t size = filters.size_;
  for (auto& heights : heights_) heights.resize(static_cast<std::size_t>(size * filters.stride()));
  for (auto* buffer : {&transposed_, &spectrum_}) buffer->resize(static_cast<std::size_t>(size / simd::pad * strip_size(size)));
  nodes_.resize(static_cast<std::size_t>(filters.nodes_ * filters.strips() * strip_size(size)));
  strip_.resize(static_cast<std::size_t>(strip_size(size)));
}

void FourierTiles::measure(int tile) {
  // Every eighth row will do: it only has to be near.
  const float* const x = heights(tile);
  const std::ptrdiff_t size = filters_->size_;
  float* const sums = strip_.data();
  std::fill(sums, sums + size, 0.0F);
  for (std::ptrdiff_t r = 0; r < size; r += 8) {
    for (std::ptrdiff_t c = 0; c < size; ++c) sums[c] += x[r * filters_->stride() + c];
  }
  const double sum = std::accumulate(sums, sums + size, 0.0);
  level_[tile] = static_cast<double>(static_cast<float>(sum / static_cast<double>(size / 8 * size)));
}

void FourierTiles::run() {
  const auto& kernels = simd::kernels().fourier;
  const FourierFilters& f = *filters_;
  measure(0);
  measure(1);
  forward(heights(0), heights(1), level_, f.stride(), f.size_, f.plan_, strip_.data(), transposed_.data(), spectrum_.data());
  const std::ptrdiff_t length = strip_size(f.size_);
  simd::Fourier a{};
  a.size = f.size_;
  a.radices = f.plan_.radices.data();
  a.twiddles = f.plan_.twiddles.data();
  a.from_stride = row;
  a.work = strip_.data();
  a.to_re = strip_.data();
  a.to_im = strip_.data() + simd::pad;
  a.to_stride = row;
  a.to_rows = f.strips() * simd::pad;
  for (std::ptrdiff_t n = 0; n < f.nodes_; ++n) {
    for (std::ptrdiff_t s = 0; s < f.size_ / simd::pad; ++s) {
      a.from_re = spectrum_.data() + s * length;
      a.from_im = a.from_re + simd::pad;
      a.filter = f.spectra_.data() + (n * (f.size_ / simd::pad) + s) * length;
      kernels.inverse(a);
      kernels.transpose(strip_.data(), nodes_.data() + n * f.strips() * length + block_at(s), f.strips(), length);
    }
  }
}

void FourierTiles::sums(std::ptrdiff_t strip, float* out0, float* out1, std::ptrdiff_t stride) {
  const FourierFilters& f = *filters_;
  simd::Fourier a{};
  a.size = f.size_;
  a.radices = f.plan_.radices.data();
  a.twiddles = f.plan_.twiddles.data();
  a.from_stride = row;
  a.work = strip_.data();
  a.to_stride = simd::pad;
  a.to_rows = f.rows_;
  for (std::ptrdiff_t n = 0; n < f.nodes_; ++n) {
    a.from_re = nodes_.data() + (n * f.strips() + strip) * strip_size(f.size_);
    a.from_im = a.from_re + simd::pad;
    a.to_re = out0 + n * stride;
    a.to_im = out1 + n * stride;
    const auto node = static_cast<std::size_t>(n);
    const auto bias = static_cast<double>(f.bias_[node]);
    a.add_re = static_cast<float>(bias + level_[0] * f.sums_[node]);
    a.add_im = static_cast<float>(bias + level_[1] * f.sums_[node]);
    simd::kernels().fourier.inverse(a);
  }
}

std::ptrdiff_t choose_tile(const Network<float>& net, std::ptrdiff_t rows, std::ptrdiff_t cols) {
  const auto nodes = static_cast<double>(net.layers[0].nodes);
  double least = static_cast<double>(rows) * static_cast<double>(cols) * static_cast<double>(net.window()) * nodes;
  std::ptrdiff_t best = 0;
  for (const std::ptrdiff_t size : tile_sizes) {
    const std::ptrdiff_t tile_rows = size - net.window_rows + 1;
    const std::ptrdiff_t tile_cols = size - net.window_cols + 1;
    if (tile_rows < 1 || tile_cols < 1) continue;
    if (2 * net.layers[0].nodes * size * tile_cols * static_cast<std::ptrdiff_t>(sizeof(float)) > most_values) continue;
    const std::ptrdiff_t across = (cols - 1) / tile_cols + 1;
    const double pairs = static_cast<double>(across / 2 + across % 2) * static_cast<double>((rows - 1) / tile_rows + 1);
    const auto pixels = static_cast<double>(size * size);
    const double megabytes = nodes * pixels * 4 * static_cast<double>(sizeof(float)) / (1 << 20);
    const double of_nodes = nodes * (node_cost + megabyte_cost * megabytes);
    const double cost = pixels * (pairs * (of_nodes + once_cost) + of_nodes);
    if (cost < least) {
      least = cost;
      best = size;
    }
  }
  return best;
}

}  // namespace afmnn::nn
