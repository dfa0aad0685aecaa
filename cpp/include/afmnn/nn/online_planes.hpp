// An image and a window as the products of nn/online.hpp want them: columns by threes, in five planes.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/simd/online.hpp"

namespace afmnn::nn {

/// Three neighbouring pixels by three neighbouring weights, y_i = sum_j a_j x_{i+j} for i, j < 3, are nine products, or five
/// of combinations of the a and of the x (A. L. Toom 1963, S. A. Cook 1966, S. Winograd 1980: polynomials multiplied by
/// way of their values at 0, 1, -1, 2 and infinity). The combinations of the x are these planes, made once for an image:
///
///   plane(r, c) = sum_s factor[s] x(r, 3 c + s), s < 5
///
/// so that a sum over the window in each plane, over every third column, is all that is left to do for three pixels.
/// The small integers on the other sides (simd/online.inl) cost some ten additions per three weights and block.
struct ImagePlanes {
  /// `triples` of pixels in a row have a window inside the image; those that vectors reach beyond find zeros.
  ImagePlanes(View2D<const double> image, std::ptrdiff_t window_rows, std::ptrdiff_t window_cols, InterruptTimer& timer);

  std::ptrdiff_t stride;             // from row to row of a plane
  std::ptrdiff_t transposed_stride;  // from triple to triple of a transposed plane
  std::array<AlignedVector<double>, simd::plane_count> plane;
  std::array<AlignedVector<double>, simd::plane_count> transposed;  // rows and triples exchanged
};

/// The taps of the window in groups of eight: along the rows as far as they fill groups, the rest down the columns where
/// that takes fewer groups. (27 x 27: nine taps a row are 27 groups along the rows and 4 down the last column, not 54.)
class WindowTaps {
 public:
  WindowTaps(std::ptrdiff_t window_rows, std::ptrdiff_t window_cols, const ImagePlanes& planes);

  std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(groups_.size()); }
  const simd::TapGroup* groups() const { return groups_.data(); }
  /// (groups, 3, 8): 1, or 0 for weights beyond the window.
  const double* keep() const { return keep_.data(); }
  /// Weights of the window's taps as what they make in the planes, (groups, planes, nodes, 8), and back.
  void pack(const Layer<double>& window, AlignedVector<double>& planes) const;
  void unpack(const AlignedVector<double>& planes, Layer<double>& window) const;

 private:
  template <typename F>
  void for_each_weight(std::ptrdiff_t nodes, const F& f) const;
  void add(std::ptrdiff_t row, std::ptrdiff_t triple, std::ptrdiff_t taps, bool down, const ImagePlanes& planes);

  std::ptrdiff_t window_cols_;
  std::vector<simd::TapGroup> groups_;
  AlignedVector<double> keep_;
  std::vector<std::ptrdiff_t> weights_;  // (groups, 3, 8): which weight of the window, or -1
};

}  // namespace afmnn::nn
