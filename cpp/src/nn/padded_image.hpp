// Heights of an image, continued beyond its edge, missing ones filled in, brought to a network's scale.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/border.hpp"
#include "afmnn/nn/image_scaling.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {

// Where row or column `i` of the continued image lies in the image of `size`; -1 for the constant.
inline std::ptrdiff_t source_index(std::ptrdiff_t i, std::ptrdiff_t size, BorderMode border) {
  if (i >= 0 && i < size) return i;
  const auto wrapped = [&](std::ptrdiff_t period) { return ((i % period) + period) % period; };
  switch (border) {
    case BorderMode::constant:
      return -1;
    case BorderMode::nearest:
      return i < 0 ? 0 : size - 1;
    case BorderMode::reflect: {  // d c b a | a b c d | d c b a
      const std::ptrdiff_t k = wrapped(2 * size);
      return k < size ? k : 2 * size - 1 - k;
    }
    case BorderMode::mirror: {  // d c b | a b c d | c b a
      if (size == 1) return 0;
      const std::ptrdiff_t k = wrapped(2 * size - 2);
      return k < size ? k : 2 * size - 2 - k;
    }
  }
  return -1;
}

// The columns of the nearest finite heights left and right of missing ones; -1 and image.cols where there are none.
struct Gap {
  std::ptrdiff_t left, right;
};

template <typename Height>
Gap gap_at(const StridedView2D<const Height>& image, std::ptrdiff_t r, std::ptrdiff_t c) {
  const auto present = [&](std::ptrdiff_t at) { return std::isfinite(static_cast<double>(image(r, at))); };
  Gap gap{c, c};
  while (gap.left >= 0 && !present(gap.left)) --gap.left;
  while (gap.right < image.cols && !present(gap.right)) ++gap.right;
  return gap;
}

/// Reads rectangles of the continued image; one for each thread, for it keeps a table of columns.
template <typename T, typename Height>
class PaddedImage {
 public:
  /// For rectangles of at most `widest` columns.
  PaddedImage(const StridedView2D<const Height>& image, const LinearScaling& scaling, const Border& beyond, std::ptrdiff_t widest)
      : image_(image), scaling_(scaling), beyond_(beyond), source_(static_cast<std::size_t>(widest)) {}

  /// Writes rows x cols scaled heights from (row, col) of the continued image on.
  void read(std::ptrdiff_t row, std::ptrdiff_t rows, std::ptrdiff_t col, std::ptrdiff_t cols, T* out, std::ptrdiff_t stride) {
    for (std::ptrdiff_t c = 0; c < cols; ++c)
      source_[static_cast<std::size_t>(c)] = source_index(col + c, image_.cols, beyond_.mode);
    // Columns [inside, outside) lie in the image itself and are read straight on.
    const std::ptrdiff_t inside = std::clamp<std::ptrdiff_t>(-col, 0, cols);
    const std::ptrdiff_t outside = std::clamp<std::ptrdiff_t>(image_.cols - col, inside, cols);
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
      T* const to = out + r * stride;
      const std::ptrdiff_t from = source_index(row + r, image_.rows, beyond_.mode);
      if (from < 0) {
        std::fill(to, to + cols, scaled(beyond_.height));
        continue;
      }
      for (std::ptrdiff_t c = 0; c < inside; ++c) to[c] = edge(from, source_[static_cast<std::size_t>(c)]);
      const Height* const heights = image_.data + from * image_.row_stride + (col + inside) * image_.col_stride;
      bool missing = false;
      if (image_.col_stride == 1 && scaling_.level()) {
        missing = straight(heights, outside - inside, to + inside);
      } else {
        for (std::ptrdiff_t c = inside; c < outside; ++c) {
          to[c] = scaled(static_cast<double>(heights[(c - inside) * image_.col_stride]) - scaling_.plane(from, col + c));
          missing |= !(to[c] - to[c] == T(0));  // NaN for NaN and for infinity
        }
      }
      if (missing) bridge(from, col + inside, col + outside, to + inside);
      for (std::ptrdiff_t c = outside; c < cols; ++c) to[c] = edge(from, source_[static_cast<std::size_t>(c)]);
    }
  }

 private:
  T scaled(double z) const { return static_cast<T>((z - scaling_.in_shift) * scaling_.in_factor); }

  bool straight(const Height* z, std::ptrdiff_t count, T* out) const {
    const auto& read = simd::network_kernels<T>().read;
    if constexpr (std::is_same_v<Height, float>) {
      return read.f32(z, count, scaling_.in_shift, scaling_.in_factor, out);
    } else {
      return read.f64(z, count, scaling_.in_shift, scaling_.in_factor, out);
    }
  }

  T edge(std::ptrdiff_t r, std::ptrdiff_t c) const {
    if (c < 0) return scaled(beyond_.height);
    const auto value = static_cast<double>(image_(r, c));
    return scaled(std::isfinite(value) ? value - scaling_.plane(r, c) : interpolated(r, c, gap_at(image_, r, c)));
  }

  // A missing height less the plane, interpolated along the row: a function of the image, not of the tile. It is what is left of
  // the neighbours without the plane that is continued, so a tilt makes no difference.
  double interpolated(std::ptrdiff_t r, std::ptrdiff_t c, const Gap& gap) const {
    const auto height = [&](std::ptrdiff_t at) { return static_cast<double>(image_(r, at)) - scaling_.plane(r, at); };
    if (gap.left < 0 && gap.right == image_.cols) return scaling_.in_shift;
    if (gap.left < 0) return height(gap.right);
    if (gap.right == image_.cols) return height(gap.left);
    const double from = height(gap.left);
    return from + (height(gap.right) - from) * static_cast<double>(c - gap.left) / static_cast<double>(gap.right - gap.left);
  }

  // Writes columns [first, last) of a row with missing heights. Each gap is measured once: looking for its ends
  // from every pixel would take the square of its length.
  void bridge(std::ptrdiff_t r, std::ptrdiff_t first, std::ptrdiff_t last, T* out) const {
    Gap gap{-1, -1};
    for (std::ptrdiff_t c = first; c < last; ++c) {
      const auto value = static_cast<double>(image_(r, c));
      if (std::isfinite(value)) {
        out[c - first] = scaled(value - scaling_.plane(r, c));
        continue;
      }
      if (c >= gap.right) gap = gap_at(image_, r, c);
      out[c - first] = scaled(interpolated(r, c, gap));
    }
  }

  StridedView2D<const Height> image_;
  LinearScaling scaling_;
  Border beyond_;
  std::vector<std::ptrdiff_t> source_;
};

}  // namespace afmnn::nn
