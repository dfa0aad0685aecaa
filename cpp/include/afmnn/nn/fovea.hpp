// What a network sees that looks sharply at the middle of its window and coarsely further out.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace afmnn::nn {

/// In units of the network's scale, the spread of heights.
constexpr double residual_limit = 1.0;

/// v for values small against 1, the root of |v| for large ones: what is far above the noise stays in sight of the network
/// without outweighing all else. Only operations that IEEE 754 rounds correctly, so that all machines agree.
template <typename T>
T compressed(T v) {
  return v / std::sqrt(T(1) + std::abs(v));
}

/// The inverse of `compressed`.
template <typename T>
T expanded(T c) {
  const T size = std::abs(c);
  return std::copysign(T(0.5) * size * (size + std::sqrt(size * size + T(4))), c);
}

/// Networks whose fovea compresses take off at most so much, in units of the noise: where the last line of a tall feature looks
/// like a stroke, little of it is lost.
constexpr double most_taken_off = 64.0;

/// A part of the fovea: a grid of taps, each the mean height over a box less that over a larger box around the same pixel.
/// Offsets and, with odd boxes, planes cancel. The sides of boxes are powers of three, those of grids are odd.
///
/// Or the mean of the residual over a box: of what an earlier network took off the image, which has neither offset nor plane.
/// What is higher or lower than `residual_limit` counts as that much: a defect many times higher than all else would fill all
/// means along its row, and be spread over them.
struct Band {
  std::ptrdiff_t box_rows = 1, box_cols = 1;
  std::ptrdiff_t less_rows = 3, less_cols = 3;  // 0: nothing is taken off
  std::ptrdiff_t grid_rows = 1, grid_cols = 1;
  std::ptrdiff_t step_rows = 1, step_cols = 1;
  double gain = 1.0;  // what the difference is multiplied by
  bool residual = false;

  std::ptrdiff_t taps() const { return grid_rows * grid_cols; }
};

/// The output of a network with a fovea counts from the mean over the base, a box around the pixel; where it sees a residual,
/// from the earlier network's result.
struct Fovea {
  std::vector<Band> bands;  // none: the network sees the plain window
  std::ptrdiff_t base_rows = 1, base_cols = 1;
  /// Whether differences, and means of the residual, are compressed before their gain, and the output is expanded before it
  /// is added to what it counts from: the pixel itself, or the result before. Means of the residual are not limited then, but
  /// what is taken off the image in all is.
  bool compresses = false;

  bool empty() const { return bands.empty(); }
  std::ptrdiff_t taps() const;
  bool sees_residual() const;
  /// The furthest row and column, counted from the pixel, that any tap depends on.
  std::ptrdiff_t reach_rows() const;
  std::ptrdiff_t reach_cols() const;
};

/// Refuses what cannot be computed with: std::invalid_argument "name must rule".
void validate(const Fovea& fovea);

/// Distances of the taps from the first pixel of the window, (2 reach_rows + 1, 2 reach_cols + 1), in planes of
/// `plane` elements each with `stride` elements a row.
std::vector<std::ptrdiff_t> fovea_offsets(const Fovea& fovea, std::ptrdiff_t plane, std::ptrdiff_t stride);

/// Fills the planes that the taps read. One for each thread; allocates in the constructor only.
///
/// A box of 3^k is the mean of three boxes of 3^(k - 1): two additions a pixel, side and level, the same ones wherever the
/// pixel lies, so tiles agree to the last bit and no rounding is carried along as running sums would.
template <typename T>
class FoveaPlanes {
 public:
  /// For images of at most `elements` elements, padding included.
  FoveaPlanes(const Fovea& fovea, std::ptrdiff_t elements);

  /// x         (rows, cols), rows `stride` apart
  /// residual  laid out like x; null where the fovea does not see it
  /// planes    (bands, plane) for images laid out like x; right where the boxes lie inside the image, 0 or less elsewhere
  /// base      laid out like x: what the output counts from
  void run(const T* x, const T* residual, std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride, T* planes,
           std::ptrdiff_t plane, T* base);

 private:
  // The means that bands of the image, or of the residual, are made of.
  void means(const T* x, bool residual, std::ptrdiff_t count, std::ptrdiff_t stride, T* planes, std::ptrdiff_t plane, T* base);
  void add(std::ptrdiff_t box_rows, std::ptrdiff_t box_cols, bool residual, std::ptrdiff_t count, T* planes, std::ptrdiff_t plane,
           T* base) const;
  void compress(std::ptrdiff_t count, T* planes, std::ptrdiff_t plane) const;
  bool wanted(std::ptrdiff_t least_rows, std::ptrdiff_t most_rows, std::ptrdiff_t least_cols, bool residual) const;

  Fovea fovea_;
  std::vector<T> tall_, wide_;  // means over boxes 1 wide, and as wide as wanted
  std::vector<T> old_;
};

}  // namespace afmnn::nn
