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

// A gap of so many pixels in a row, or fewer, is filled from its two ends, which share the offset of the scan line. Longer ones,
// and those at the end of a row, are also filled from the rows above and below, so that lines next to a lost line see no cliff.
// These are looked for within so many rows: without a limit the time for a large hole would grow with its square.
constexpr std::ptrdiff_t narrow_gap = 16;
constexpr std::ptrdiff_t furthest_row = 256;

/// Reads rectangles of the continued image; one for each thread, for it keeps tables of rows and columns.
template <typename T, typename Height>
class PaddedImage {
 public:
  /// For rectangles of at most `widest` columns.
  PaddedImage(const StridedView2D<const Height>& image, const LinearScaling& scaling, const Border& beyond, std::ptrdiff_t widest)
      : image_(image),
        scaling_(scaling),
        beyond_(beyond),
        source_(static_cast<std::size_t>(widest)),
        holes_(static_cast<std::size_t>(widest)) {}

  /// Writes rows x cols scaled heights from (row, col) of the continued image on.
  void read(std::ptrdiff_t row, std::ptrdiff_t rows, std::ptrdiff_t col, std::ptrdiff_t cols, T* out, std::ptrdiff_t stride) {
    for (std::ptrdiff_t c = 0; c < cols; ++c)
      source_[static_cast<std::size_t>(c)] = source_index(col + c, image_.cols, beyond_.mode);
    std::fill(holes_.begin(), holes_.begin() + cols, Stretch{});
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
      gap_ = {};
      for (std::ptrdiff_t c = 0; c < inside; ++c) to[c] = edge(from, c);
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
      for (std::ptrdiff_t c = inside; missing && c < outside; ++c) to[c] = edge(from, c);
      for (std::ptrdiff_t c = outside; c < cols; ++c) to[c] = edge(from, c);
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

  // Missing pixels [first, last] of a row or a column; none yet.
  struct Stretch {
    std::ptrdiff_t first = 0, last = -1;
  };

  double value(std::ptrdiff_t r, std::ptrdiff_t c) const { return static_cast<double>(image_(r, c)); }
  bool present(std::ptrdiff_t r, std::ptrdiff_t c) const { return std::isfinite(value(r, c)); }
  double height(std::ptrdiff_t r, std::ptrdiff_t c) const { return value(r, c) - scaling_.plane(r, c); }

  // Row r of the image, column c of the rectangle.
  T edge(std::ptrdiff_t r, std::ptrdiff_t c) {
    const std::ptrdiff_t source = source_[static_cast<std::size_t>(c)];
    if (source < 0) return scaled(beyond_.height);
    return scaled(present(r, source) ? height(r, source) : filled(r, source, holes_[static_cast<std::size_t>(c)]));
  }

  // A weighted mean, counted from the first height, so that no digits are lost to an offset.
  struct Nearest {
    double origin = 0.0, sum = 0.0, weight = 0.0;

    void add(double height, std::ptrdiff_t distance) {
      if (weight == 0.0) origin = height;
      const double share = 1.0 / static_cast<double>(distance);
      sum += (height - origin) * share;
      weight += share;
    }
  };

  // Where a column ends at row `end`, it goes on in row r as at the edge of an image: c b a | a b c. The last height where what
  // is in the mirror is missing, too.
  double mirrored(std::ptrdiff_t end, std::ptrdiff_t c, std::ptrdiff_t r) const {
    const std::ptrdiff_t row = r > end ? 2 * end + 1 - r : 2 * end - 1 - r;
    return height(row >= 0 && row < image_.rows && present(row, c) ? row : end, c);
  }

  // What is put in the place of a missing height, less the plane: a mean of the nearest heights in the row and of the column in
  // the mirror, weighted by one over the distances of the gap's ends; the straight line between the ends where these are two of a
  // row. A function of the image, not of the rectangle; the plane is continued, so a tilt makes no difference.
  double filled(std::ptrdiff_t r, std::ptrdiff_t c, Stretch& hole) {
    // Each gap is measured once: looking for its ends from every pixel would take the square of its length.
    if (c < gap_.first || c > gap_.last) {
      gap_ = {c, c};
      while (gap_.first > 0 && !present(r, gap_.first - 1)) --gap_.first;
      while (gap_.last + 1 < image_.cols && !present(r, gap_.last + 1)) ++gap_.last;
    }
    const std::ptrdiff_t left = gap_.first - 1;
    const std::ptrdiff_t right = gap_.last + 1;
    Nearest found;
    if (left >= 0) found.add(height(r, left), c - left);
    if (right < image_.cols) found.add(height(r, right), right - c);
    if (left < 0 || right == image_.cols || right - left > narrow_gap + 1) {
      if (r < hole.first || r > hole.last) hole = {r, r};
      const std::ptrdiff_t first = std::max<std::ptrdiff_t>(0, r - furthest_row);
      const std::ptrdiff_t last = std::min(image_.rows - 1, r + furthest_row);
      while (hole.first > first && !present(hole.first - 1, c)) --hole.first;
      while (hole.last < last && !present(hole.last + 1, c)) ++hole.last;
      if (hole.first > first) found.add(mirrored(hole.first - 1, c, r), r - (hole.first - 1));
      if (hole.last < last) found.add(mirrored(hole.last + 1, c, r), hole.last + 1 - r);
    }
    return found.weight > 0.0 ? found.origin + found.sum / found.weight : scaling_.in_shift;
  }

  StridedView2D<const Height> image_;
  LinearScaling scaling_;
  Border beyond_;
  std::vector<std::ptrdiff_t> source_;  // column of the image for each of the rectangle
  std::vector<Stretch> holes_;          // for each of these columns, the rows that are known to miss, around the last one filled
  Stretch gap_;                         // likewise the columns of the row at hand
};

}  // namespace afmnn::nn
