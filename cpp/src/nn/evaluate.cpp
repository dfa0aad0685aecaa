#include "afmnn/nn/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/parallel.hpp"
#include "afmnn/simd/table.hpp"

namespace afmnn::nn {
namespace {

// 240 = 5 x 48 pixels: whole register blocks. 64 rows and a window's height of them stay in the second-level cache, and
// heights shared with the tiles above and below are converted at most twice.
constexpr std::ptrdiff_t tile_rows = 64;
constexpr std::ptrdiff_t tile_cols = 240;

// Where row or column `i` of the continued image lies in the image of `size`; -1 for the constant.
std::ptrdiff_t source_index(std::ptrdiff_t i, std::ptrdiff_t size, Border border) {
  if (i >= 0 && i < size) return i;
  const auto wrapped = [&](std::ptrdiff_t period) { return ((i % period) + period) % period; };
  switch (border) {
    case Border::constant:
      return -1;
    case Border::nearest:
      return i < 0 ? 0 : size - 1;
    case Border::reflect: {  // d c b a | a b c d | d c b a
      const std::ptrdiff_t k = wrapped(2 * size);
      return k < size ? k : 2 * size - 1 - k;
    }
    case Border::mirror: {  // d c b | a b c d | c b a
      if (size == 1) return 0;
      const std::ptrdiff_t k = wrapped(2 * size - 2);
      return k < size ? k : 2 * size - 2 - k;
    }
  }
  return -1;
}

// A missing height, interpolated along the row: a function of the image, not of the tile.
template <typename Height>
double interpolated(const StridedView2D<const Height>& image, std::ptrdiff_t r, std::ptrdiff_t c, double fallback) {
  const auto present = [&](std::ptrdiff_t at) { return std::isfinite(static_cast<double>(image(r, at))); };
  std::ptrdiff_t left = c;
  while (left >= 0 && !present(left)) --left;
  std::ptrdiff_t right = c;
  while (right < image.cols && !present(right)) ++right;
  if (left < 0 && right == image.cols) return fallback;
  const auto from = static_cast<double>(image(r, left < 0 ? right : left));
  const auto to = static_cast<double>(image(r, right == image.cols ? left : right));
  return left < 0 ? to : from + (to - from) * static_cast<double>(c - left) / static_cast<double>(right - left);
}

template <typename T, typename Height>
class Tile {
 public:
  Tile(const Network<T>& net, const StridedView2D<const Height>& image, const LinearScaling& scaling, const Continuation& beyond)
      : net_(net), image_(image), scaling_(scaling), beyond_(beyond), forward_(net, std::min(tile_cols, image.cols)) {
    stride_ = forward_.stride() + net.window_cols - 1;
    const std::ptrdiff_t rows = std::min(tile_rows, image.rows) + net.window_rows - 1;
    heights_.resize(static_cast<std::size_t>(rows * stride_ + simd::pad));
    source_.resize(static_cast<std::size_t>(stride_));
    offsets_ = window_offsets(net.window_rows, net.window_cols, stride_);
  }

  void run(const StridedView2D<Height>& out, std::ptrdiff_t row, std::ptrdiff_t rows, std::ptrdiff_t col, std::ptrdiff_t cols) {
    load(row, rows, col, cols);
    const double back = 1.0 / scaling_.out_factor;
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
      forward_.run(heights_.data() + r * stride_, offsets_.data(), cols, nullptr, nullptr);
      const T* const y = forward_.output();
      for (std::ptrdiff_t c = 0; c < cols; ++c) {
        out(row + r, col + c) = static_cast<Height>(static_cast<double>(y[c]) * back + scaling_.out_shift);
      }
    }
  }

 private:
  // Scaled heights of the tile and of what its windows reach beyond it.
  void load(std::ptrdiff_t row, std::ptrdiff_t rows, std::ptrdiff_t col, std::ptrdiff_t cols) {
    const std::ptrdiff_t width = cols + net_.window_cols - 1;
    const std::ptrdiff_t first = col - net_.window_cols / 2;
    for (std::ptrdiff_t c = 0; c < width; ++c) {
      source_[static_cast<std::size_t>(c)] = source_index(first + c, image_.cols, beyond_.border);
    }
    // Columns [inside, outside) lie in the image itself and are read straight on.
    const std::ptrdiff_t inside = std::clamp<std::ptrdiff_t>(-first, 0, width);
    const std::ptrdiff_t outside = std::clamp<std::ptrdiff_t>(image_.cols - first, inside, width);
    for (std::ptrdiff_t r = 0; r < rows + net_.window_rows - 1; ++r) {
      T* const to = heights_.data() + r * stride_;
      const std::ptrdiff_t from = source_index(row + r - net_.window_rows / 2, image_.rows, beyond_.border);
      if (from < 0) {
        std::fill(to, to + width, scaled(beyond_.constant));
        continue;
      }
      for (std::ptrdiff_t c = 0; c < inside; ++c) to[c] = edge(from, source_[static_cast<std::size_t>(c)]);
      const Height* const heights = image_.data + from * image_.row_stride + (first + inside) * image_.col_stride;
      bool missing = false;
      for (std::ptrdiff_t c = inside; c < outside; ++c) {
        to[c] = scaled(static_cast<double>(heights[(c - inside) * image_.col_stride]));
        missing |= !(to[c] - to[c] == T(0));  // NaN for NaN and for infinity
      }
      if (missing) {
        for (std::ptrdiff_t c = inside; c < outside; ++c) to[c] = edge(from, first + c);
      }
      for (std::ptrdiff_t c = outside; c < width; ++c) to[c] = edge(from, source_[static_cast<std::size_t>(c)]);
    }
  }

  T scaled(double z) const { return static_cast<T>((z - scaling_.in_shift) * scaling_.in_factor); }

  T edge(std::ptrdiff_t r, std::ptrdiff_t c) const {
    if (c < 0) return scaled(beyond_.constant);
    const auto value = static_cast<double>(image_(r, c));
    return scaled(std::isfinite(value) ? value : interpolated(image_, r, c, scaling_.in_shift));
  }

  const Network<T>& net_;
  const StridedView2D<const Height>& image_;
  const LinearScaling& scaling_;
  const Continuation& beyond_;
  Forward<T> forward_;
  std::ptrdiff_t stride_ = 0;
  std::vector<T> heights_;
  std::vector<std::ptrdiff_t> source_;
  std::vector<std::ptrdiff_t> offsets_;
};

}  // namespace

template <typename T, typename Height>
void apply(const Network<T>& net, StridedView2D<const Height> image, const LinearScaling& scaling, const Continuation& beyond,
           StridedView2D<Height> out, std::ptrdiff_t first_row, std::ptrdiff_t last_row, int threads) {
  const std::ptrdiff_t down = (last_row - first_row + tile_rows - 1) / tile_rows;
  const std::ptrdiff_t across = (image.cols + tile_cols - 1) / tile_cols;
  const std::ptrdiff_t tiles = down * across;
  const auto workers = static_cast<int>(std::clamp<std::ptrdiff_t>(tiles, 1, threads));
  // Memory is taken here, not inside the parallel region, where running out of it could not be reported.
  std::vector<Tile<T, Height>> tile;
  tile.reserve(static_cast<std::size_t>(workers));
  for (int i = 0; i < workers; ++i) tile.emplace_back(net, image, scaling, beyond);
  Phase phase(tiles);
  run_team(workers, [&](int thread) {
    for (std::ptrdiff_t i = phase.claim(); i >= 0; i = phase.claim()) {
      const std::ptrdiff_t row = first_row + i / across * tile_rows;
      const std::ptrdiff_t col = i % across * tile_cols;
      tile[static_cast<std::size_t>(thread)].run(out, row, std::min(tile_rows, last_row - row), col,
                                                 std::min(tile_cols, image.cols - col));
    }
  });
}

template void apply(const Network<float>&, StridedView2D<const float>, const LinearScaling&, const Continuation&,
                    StridedView2D<float>, std::ptrdiff_t, std::ptrdiff_t, int);
template void apply(const Network<float>&, StridedView2D<const double>, const LinearScaling&, const Continuation&,
                    StridedView2D<double>, std::ptrdiff_t, std::ptrdiff_t, int);
template void apply(const Network<double>&, StridedView2D<const float>, const LinearScaling&, const Continuation&,
                    StridedView2D<float>, std::ptrdiff_t, std::ptrdiff_t, int);
template void apply(const Network<double>&, StridedView2D<const double>, const LinearScaling&, const Continuation&,
                    StridedView2D<double>, std::ptrdiff_t, std::ptrdiff_t, int);

}  // namespace afmnn::nn
