// What the kernels of online backpropagation take; the method is explained in nn/online.hpp. Plain structs only, like
// simd/table.hpp.
#pragma once

#include <cstddef>

namespace afmnn::simd {

/// Three neighbouring pixels by three neighbouring weights take five products instead of nine, one in each "plane".
constexpr std::ptrdiff_t plane_count = 5;
/// Taps, and everything else that is contiguous, come in groups of this many, whatever the instruction set.
constexpr std::ptrdiff_t group_taps = 8;

/// Eight taps of the window, side by side or one below the other. A tap is three columns of one row.
struct TapGroup {
  std::ptrdiff_t at;     // first tap, from the window's first, in a plane
  std::ptrdiff_t next;   // from tap to tap, in a plane
  std::ptrdiff_t taps;   // how many there are, at most 8
  std::ptrdiff_t along;  // first tap where the taps are contiguous: in a plane or a transposed plane
  bool transposed;
  bool whole;  // eight taps, all columns of which lie in the window
};

/// weights <- old * weights + sum over triples of pixels of steps times windows, for some groups of taps. The weights are
/// kept as what they make in the planes: that is what is used, and rounding once a block is rarer than once a pixel.
struct Learn {
  const TapGroup* groups;
  const double* keep;  // (groups, 3, 8): 1, or 0 beyond the window
  double* weights;     // (groups, plane_count, nodes, 8)
  std::ptrdiff_t group_count;
  const double* plane[plane_count];       // at the block's first triple
  const double* transposed[plane_count];  // the same with rows and triples exchanged
  std::ptrdiff_t transposed_next;         // from triple to triple
  const double* steps;                    // (triples, plane_count, stride)
  std::ptrdiff_t stride;
  std::ptrdiff_t triples;
  std::ptrdiff_t nodes;
  double old;
};

/// sums <- sums over some groups of taps of weights times windows, plane by plane.
struct Predict {
  const TapGroup* groups;
  const double* weights;
  std::ptrdiff_t group_count;
  const double* plane[plane_count];
  std::ptrdiff_t triples;
  std::ptrdiff_t nodes;
  double* sums;  // (plane_count, nodes, width)
  std::ptrdiff_t width;
};

/// products[p, e] = weight[e] (1 + x_p . y_{p + e}) for the windows x_p and y_p that start p columns right of `first` and
/// `second`, where first_pixel <= p + e <= last_pixel; the others are left alone or get any number. Column products are
/// carried on from the row above, and sums of them from pixel to pixel of the block.
struct Gram {
  const double* first;
  const double* second;
  std::ptrdiff_t image_stride;
  std::ptrdiff_t window_rows;
  std::ptrdiff_t window_cols;
  std::ptrdiff_t pixels;
  std::ptrdiff_t lags;  // values of e, a multiple of 16
  double* columns;      // (lags / 8, column_count, 8): sums of products over the rows of the window, at `first`
  std::ptrdiff_t column_count;
  std::ptrdiff_t known;  // columns, from `first` on, that are of this row already; -1: others do not use these columns
  std::ptrdiff_t first_pixel;
  std::ptrdiff_t last_pixel;
  bool fresh;            // not carried on from the row above, but summed
  const double* weight;  // (lags)
  double* products;      // (pixels, lags)
};

/// The part of a block that goes pixel after pixel: sums, outputs, steps of the nodes and the output's weights.
///
/// Node n of pixel p starts from bias[n] + parts + factor[p] * (velocity_bias[n] + velocity_parts), which leaves out
/// what was learnt from the pixels of the block before and of this one: that comes in by the products of inputs. Steps have
/// rows, and products numbers, up to the next multiple of 8 pixels; at least one pixel must be valid.
struct Chain {
  const double* parts;           // (part_count, planes, nodes, width)
  const double* velocity_parts;  // the same, or null
  std::ptrdiff_t part_count;
  std::ptrdiff_t width;
  const double* bias;           // (nodes)
  const double* velocity_bias;  // (nodes)
  const double* factor;         // (3 * width)
  std::ptrdiff_t pixels;
  std::ptrdiff_t nodes;
  std::ptrdiff_t stride;
  double* part_sums;               // (plane_count, nodes, width), scratch
  double* sums;                    // (3 * width, stride), scratch
  double* scratch;                 // (3, stride)
  const double* previous_steps;    // (previous_pixels, stride)
  const double* previous_product;  // of pixel 0 with pixel 0 of the block before
  std::ptrdiff_t previous_next;    // from pixel to pixel of this block
  std::ptrdiff_t previous_pixels;
  const double* product;  // of pixel 0 with pixel 0
  std::ptrdiff_t product_next;
  double* steps;         // (pixels, stride), zero where a pixel is passed over and beyond the last one
  const double* target;  // (pixels)
  const double* valid;   // (pixels) or null
  const double* real;    // (stride): 1 for a node, 0 for padding
  double* output;        // (stride), zeros in the padding
  double* output_velocity;
  double output_bias;
  double output_bias_velocity;
  double rate;
  double momentum;
  double squares;     // added to
  double last_error;  // of the last pixel
};

/// The steps of a block, weighted pixel by pixel, as Learn takes them.
struct Spread {
  const double* steps;   // (pixels, stride)
  const double* weight;  // (pixels)
  std::ptrdiff_t pixels;
  std::ptrdiff_t stride;
  double* planes;  // (triples, plane_count, stride)
  double* total;   // (stride): sum over pixels
};

struct OnlineKernels {
  void (*learn)(const Learn&);
  void (*predict)(const Predict&);
  void (*gram)(const Gram&);
  void (*chain)(Chain&);
  void (*spread)(const Spread&);
};

}  // namespace afmnn::simd
