// apply: a windowed network at every pixel of an image.
#pragma once

#include <cstddef>
#include <functional>

#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"

namespace afmnn::nn {

/// How an image goes on beyond its edge; SciPy's names and meanings.
enum class Border { reflect, nearest, mirror, constant };

/// Heights to network scale and back: x = (z - in_shift) * in_factor, z = y / out_factor + out_shift, in double precision.
/// A plane of the slopes (heights per pixel) through the image's first pixel is taken off before, and put back after.
struct LinearScaling {
  double in_shift = 0.0;
  double in_factor = 1.0;
  double out_shift = 0.0;
  double out_factor = 1.0;
  double row_slope = 0.0;
  double col_slope = 0.0;

  bool level() const { return row_slope == 0.0 && col_slope == 0.0; }
  double plane(std::ptrdiff_t row, std::ptrdiff_t col) const {
    return row_slope * static_cast<double>(row) + col_slope * static_cast<double>(col);
  }
};

struct Continuation {
  Border border = Border::reflect;
  double constant = 0.0;  // height beyond the edge with Border::constant
};

/// How an image is cut in tiles: with a Fourier transform of `fourier_size` squared, or by the direct sum where that is 0.
struct Path {
  std::ptrdiff_t fourier_size = 0;
  std::ptrdiff_t tile_rows = 0;
};

/// The way that costs least for an image of this shape: a function of its arguments only, so that results depend neither
/// on timing nor on the number of threads. Double precision always takes the direct sum. Rows and columns are at least 1.
template <typename T>
Path choose_path(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// Evaluates rows [first_row, last_row) of an image.
///
/// image      (rows, cols) heights, float or double; ones that are not finite are first replaced: in gaps of up to 16 pixels by
/// the
///            straight line along the row; in others by a mean of the nearest left and right and of the rows above and below
///            (within 256), mirrored at the ends of the gap, with weights of one over the distances of its ends; in_shift where
///            there are none
/// earlier    (rows, cols) finite heights: what the network before made of the image; null where this one does not see it
/// out        (rows, cols); only the rows asked for are written; must not overlap the others
/// first_row  a multiple of path.tile_rows, and so is last_row unless it is the last of the image: the tiles, and with
///            them the result to the last bit, do not depend on how the rows are divided among calls
/// threads    >= 1; the result does not depend on it
/// pause      called, outside of any parallel region, every twentieth of a second or so with the number of rows done so far,
///            and at the end; may throw, and then not all rows have been written
///
/// T is the type computed in. The direct sum costs nodes * window multiply-adds a pixel, the transforms about as much as
/// 100 multiply-adds a pixel and node whatever the window; see fourier.cpp. Memory: the tiles that each thread is
/// at, with all their nodes. Throws std::bad_alloc and what `pause` throws.
template <typename T, typename Height>
void apply(const Network<T>& net, StridedView2D<const Height> image, StridedView2D<const Height> earlier,
           const LinearScaling& scaling, const Continuation& beyond, StridedView2D<Height> out, std::ptrdiff_t first_row,
           std::ptrdiff_t last_row, const Path& path, int threads,
           const std::function<void(std::ptrdiff_t rows_done)>& pause = {});

}  // namespace afmnn::nn
