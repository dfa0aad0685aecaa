// What the kernels of mathematical morphology take. Plain structs only, for the same reason as in table.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace afmnn::simd {

/// Results are made in small tiles; buffers are padded to whole multiples of these, whatever the instruction set.
constexpr std::ptrdiff_t tile_rows = 8;
constexpr std::ptrdiff_t tile_cols = 16;
/// Taps are judged in groups of so many rows and columns; those of the last row and column may be smaller.
constexpr std::ptrdiff_t group_side = 4;

/// The part of the work that dilation and the search for contacts share.
template <typename T>
struct Taps {
  const T* x;  // (x_rows, x_stride): the heights, with all that the taps of whole tiles reach; both divisible by 16
  std::ptrdiff_t x_rows;
  std::ptrdiff_t x_stride;
  const T* tip;  // (tip_cols, tip_rows): the rows are adjacent
  std::ptrdiff_t tip_rows;
  std::ptrdiff_t tip_cols;
  const T* highest;  // (group_rows, group_stride): the largest value in each group, minus infinity beyond the last
  std::ptrdiff_t group_rows;
  std::ptrdiff_t group_cols;
  std::ptrdiff_t group_stride;  // divisible by 16
  // Scratch.
  T* maxima;   // like x
  T* ceiling;  // (x_rows / group_side, ceiling_stride >= x_stride / group_side + 16)
  std::ptrdiff_t ceiling_stride;
  T* bounds;                // (group_rows, group_stride)
  std::ptrdiff_t* waiting;  // (group_rows * group_stride)
  std::ptrdiff_t* sorted;   // (group_rows * group_stride)
};

/// A dilation with fewer groups takes them all.
constexpr std::ptrdiff_t groups_to_judge = 6;

/// out(r, c) = max over taps (i, j) of x(r + i, c + j) + tip(i, j)
///
/// Groups of taps that cannot reach what pixels already have are left out, which changes no bit of the maximum.
template <typename T>
struct Dilate {
  Taps<T> taps;
  T* out;  // (rows, out_stride), written up to whole tiles and to multiples of 32 columns
  std::ptrdiff_t out_stride;
  std::ptrdiff_t rows;
  std::ptrdiff_t cols;
};

/// contact(r, c) = the only tap (i, j) with image(r, c) - tip(i, j) <= x(r + i, c + j), as i + j * tip_rows; or -1
/// where there is none or more than one.
template <typename T>
struct Contacts {
  Taps<T> taps;
  const T* image;  // (rows, image_stride), read up to whole tiles
  std::ptrdiff_t image_stride;
  std::int32_t* contact;  // (rows, contact_stride), written up to whole tiles
  std::ptrdiff_t contact_stride;
  std::ptrdiff_t rows;
  std::ptrdiff_t cols;
};

/// estimate(r, c) <- min(estimate(r, c), threshold + max_k x(r, c + offsets[k]) + values[k])
template <typename T>
struct Refine {
  const T* x;
  std::ptrdiff_t x_stride;
  const std::ptrdiff_t* offsets;
  const T* values;
  std::ptrdiff_t count;
  T* estimate;  // (rows, stride), rows padded to tile_rows and columns to 32 with minus infinity
  std::ptrdiff_t stride;
  std::ptrdiff_t rows;
  std::ptrdiff_t cols;
  T threshold;
};

template <typename T>
struct MorphologyKernels {
  void (*dilate)(const Dilate<T>&);
  void (*contacts)(const Contacts<T>&);
  bool (*refine)(const Refine<T>&);  // whether anything changed
};

}  // namespace afmnn::simd
