// apply: a windowed network at every pixel of an image.
#pragma once

#include <cstddef>
#include <functional>

#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/border.hpp"
#include "afmnn/nn/image_scaling.hpp"
#include "afmnn/nn/network.hpp"

namespace afmnn::nn {

/// How an image is cut in tiles: with a Fourier transform of `fourier_size` squared, or by the direct sum where that is 0.
struct TilePlan {
  std::ptrdiff_t fourier_size = 0;
  std::ptrdiff_t tile_rows = 0;
};

/// The way that costs least for an image of this shape: a function of its arguments only, so that results depend neither
/// on timing nor on the number of threads. Double precision always takes the direct sum. Rows and columns are at least 1.
template <typename T>
TilePlan plan_tiles(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// The plan with transforms of this size, or of the direct sum (0).
template <typename T>
TilePlan plan_of_size(const Network<T>& net, std::ptrdiff_t fourier_size);

/// Whether there is such a plan.
template <typename T>
bool can_transform(const Network<T>& net, std::ptrdiff_t fourier_size);

/// image     (rows, cols) heights, float or double; ones that are not finite are first replaced: in gaps of up to 16 pixels by
/// the
///           straight line along the row; in others by a mean of the nearest left and right and of the rows above and below
///           (within 256), mirrored at the ends of the gap, with weights of one over the distances of its ends; in_shift where
///           there are none
/// previous  (rows, cols) finite heights: what the network before made of the image; null where this one does not see it
/// out       (rows, cols); only the rows asked for are written; must not overlap the others
template <typename Height>
struct ImageJob {
  StridedView2D<const Height> image;
  StridedView2D<const Height> previous;
  LinearScaling scaling;
  Border border;
  StridedView2D<Height> out;
};

/// Rows [first, end) of an image.
struct RowRange {
  std::ptrdiff_t first, end;
};

/// Evaluates rows of an image.
///
/// rows       begin at a multiple of plan.tile_rows, and end at one or with the image: the tiles, and with them the result to
///            the last bit, do not depend on how the rows are divided among calls (of which tests alone make several)
/// threads    >= 1; the result does not depend on it
/// rows_done  called, outside of any parallel region, every twentieth of a second or so with the number of rows done so far,
///            and at the end; may throw, and then not all rows have been written
///
/// T is the type computed in. The direct sum costs nodes * window multiply-adds a pixel, the transforms about as much as
/// 100 multiply-adds a pixel and node whatever the window; see fourier.cpp. Memory: the tiles that each thread is
/// at, with all their nodes. Throws std::bad_alloc and what `rows_done` throws.
template <typename T, typename Height>
void apply(const Network<T>& net, const ImageJob<Height>& image, const RowRange& rows, const TilePlan& plan, int threads,
           const std::function<void(std::ptrdiff_t rows_done)>& rows_done = {});

}  // namespace afmnn::nn
