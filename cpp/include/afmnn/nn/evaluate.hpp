// apply: a windowed network at every pixel of an image.
#pragma once

#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"

namespace afmnn::nn {

/// How an image goes on beyond its edge; SciPy's names and meanings.
enum class Border { reflect, nearest, mirror, constant };

/// Heights to network scale and back: x = (z - in_shift) * in_factor, z = y / out_factor + out_shift, in double precision.
struct LinearScaling {
  double in_shift = 0.0;
  double in_factor = 1.0;
  double out_shift = 0.0;
  double out_factor = 1.0;
};

struct Continuation {
  Border border = Border::reflect;
  double constant = 0.0;  // height beyond the edge with Border::constant
};

/// Evaluates rows [first_row, last_row) of an image.
///
/// image    (rows, cols) heights, float or double; values that are not finite are first replaced by the straight line
///          between their nearest finite neighbours in the row (in_shift where a row has none)
/// out      (rows, cols); only the rows asked for are written; must not overlap `image`
/// threads  >= 1. Every pixel is computed alike wherever its tile begins, so the result depends neither on the number of
///          threads nor on how the rows are divided among calls.
///
/// T is the type computed in. Costs (last_row - first_row) * cols * nodes * window multiply-adds, and one tile of scaled
/// heights for each thread in memory. Throws std::bad_alloc only.
template <typename T, typename Height>
void apply(const Network<T>& net, StridedView2D<const Height> image, const LinearScaling& scaling, const Continuation& beyond,
           StridedView2D<Height> out, std::ptrdiff_t first_row, std::ptrdiff_t last_row, int threads);

}  // namespace afmnn::nn
