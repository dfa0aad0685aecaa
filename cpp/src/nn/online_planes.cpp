#include "afmnn/nn/online_planes.hpp"

#include <algorithm>

namespace afmnn::nn {
namespace {

using simd::group_taps;
using simd::plane_count;

// Lagrange's polynomials for the values at 0, 1, -1 and 2, and the one of degree 4 that is zero at all four.
constexpr double factor[plane_count][5] = {
    {1.0, -1.0 / 2, -1.0, 1.0 / 2, 0.0}, {0.0, 1.0, 1.0 / 2, -1.0 / 2, 0.0}, {0.0, -1.0 / 3, 1.0 / 2, -1.0 / 6, 0.0},
    {0.0, -1.0 / 6, 0.0, 1.0 / 6, 0.0},  {0.0, 2.0, -1.0, -2.0, 1.0},
};

// What a weight of the three columns adds in each plane, as to_planes in simd/online.inl.
constexpr double weight_to_plane[plane_count][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {0, 0, 1}};

}  // namespace

ImagePlanes::ImagePlanes(View2D<const double> image, std::ptrdiff_t window_rows, std::ptrdiff_t window_cols,
                         InterruptTimer& timer) {
  const std::ptrdiff_t taps = (window_cols + 2) / 3;
  const std::ptrdiff_t triples = (image.cols - window_cols + 2) / 3;
  // Vectors reach up to group_taps - 1 beyond the pixels of a block and beyond the taps of a row.
  stride = (triples + taps + 3 * group_taps - 1) / group_taps * group_taps;
  transposed_stride = (image.rows + 2 * group_taps - 1) / group_taps * group_taps;
  const std::ptrdiff_t used = std::min(triples + taps, stride);
  // Transposed planes are for groups of taps down a column only: see WindowTaps.
  const bool turn = taps % group_taps * ((window_rows + group_taps - 1) / group_taps) < window_rows;
  for (std::size_t i = 0; i < plane.size(); ++i) {
    plane[i].resize(static_cast<std::size_t>(image.rows * stride));
    if (turn) transposed[i].resize(static_cast<std::size_t>(stride * transposed_stride));
    for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
      timer.call_if_due();
      for (std::ptrdiff_t c = 0; c < used; ++c) {
        double sum = 0.0;
        for (std::ptrdiff_t s = 0; s < 5 && 3 * c + s < image.cols; ++s) sum += factor[i][s] * image(r, 3 * c + s);
        plane[i][static_cast<std::size_t>(r * stride + c)] = sum;
        if (turn) transposed[i][static_cast<std::size_t>(c * transposed_stride + r)] = sum;
      }
    }
  }
}

WindowTaps::WindowTaps(std::ptrdiff_t window_rows, std::ptrdiff_t window_cols, const ImagePlanes& planes)
    : window_cols_(window_cols) {
  const std::ptrdiff_t taps = (window_cols + 2) / 3;
  const bool down = !planes.transposed[0].empty();
  const std::ptrdiff_t along = down ? taps / group_taps * group_taps : taps;
  for (std::ptrdiff_t r = 0; r < window_rows; ++r) {
    for (std::ptrdiff_t c = 0; c < along; c += group_taps) add(r, c, std::min(group_taps, along - c), false, planes);
  }
  for (std::ptrdiff_t c = along; c < taps; ++c) {
    for (std::ptrdiff_t r = 0; r < window_rows; r += group_taps) add(r, c, std::min(group_taps, window_rows - r), true, planes);
  }
}

// f(place in plane 0, column of the tap, weight of the layer) for every weight of the window.
template <typename F>
void WindowTaps::for_each_weight(std::ptrdiff_t nodes, const F& f) const {
  for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(weights_.size()); ++i) {
    const std::ptrdiff_t group = i / (3 * group_taps);
    const std::ptrdiff_t column = i / group_taps % 3;
    const std::ptrdiff_t tap = weights_[static_cast<std::size_t>(i)];
    for (std::ptrdiff_t n = 0; tap >= 0 && n < nodes; ++n)
      f((group * plane_count * nodes + n) * group_taps + i % group_taps, column, tap * nodes + n);
  }
}

void WindowTaps::add(std::ptrdiff_t row, std::ptrdiff_t triple, std::ptrdiff_t taps, bool down, const ImagePlanes& planes) {
  const std::ptrdiff_t at = row * planes.stride + triple;
  groups_.push_back({at, down ? planes.stride : 1, taps, down ? triple * planes.transposed_stride + row : at, down, false});
  for (std::ptrdiff_t column = 0; column < 3; ++column) {
    for (std::ptrdiff_t tap = 0; tap < group_taps; ++tap) {
      const std::ptrdiff_t r = row + (down ? tap : 0);
      const std::ptrdiff_t c = 3 * (triple + (down ? 0 : tap)) + column;
      const bool inside = tap < taps && c < window_cols_;
      keep_.push_back(inside ? 1.0 : 0.0);
      weights_.push_back(inside ? r * window_cols_ + c : -1);
    }
  }
  groups_.back().whole = std::count(keep_.end() - 3 * group_taps, keep_.end(), 1.0) == 3 * group_taps;
}

void WindowTaps::pack(const Layer<double>& window, AlignedVector<double>& planes) const {
  const std::ptrdiff_t row = window.nodes * group_taps;
  planes.assign(static_cast<std::size_t>(size() * plane_count * row), 0.0);
  for_each_weight(window.nodes, [&](std::ptrdiff_t at, std::ptrdiff_t column, std::ptrdiff_t weight) {
    for (std::ptrdiff_t p = 0; p < plane_count; ++p)
      planes[static_cast<std::size_t>(at + p * row)] +=
          weight_to_plane[p][column] * window.weights[static_cast<std::size_t>(weight)];
  });
}

void WindowTaps::unpack(const AlignedVector<double>& planes, Layer<double>& window) const {
  const std::ptrdiff_t row = window.nodes * group_taps;
  for_each_weight(window.nodes, [&](std::ptrdiff_t at, std::ptrdiff_t column, std::ptrdiff_t weight) {
    const double* const plane = planes.data() + at;
    const double weights[3] = {plane[0], (plane[row] - plane[2 * row]) / 2.0, plane[4 * row]};
    window.weights[static_cast<std::size_t>(weight)] = weights[column];
  });
}

}  // namespace afmnn::nn
