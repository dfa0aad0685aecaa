// Sums over images in an order of our own.
#pragma once

#include "afmnn/core/view2d.hpp"

namespace afmnn {

/// Sums of all values, and of the squares of their distances from `centre`, in double precision.
///
/// Each row is cut in pieces of 1024 columns; column c of a piece is added to sum c mod 8 of eight, these are added in pairs,
/// and pieces one after the other. The result is a function of values and shape only, to the last bit: not of strides,
/// instruction sets or versions, as those of NumPy may be.
///
/// image  (rows, cols), not empty
///
/// Serial; costs half a nanosecond a pixel. Does not throw.
template <typename T>
double sum(StridedView2D<const T> image);
template <typename T>
double sum_of_squares(StridedView2D<const T> image, double centre);

}  // namespace afmnn
