// The numbers between heights and a network's scale.
#pragma once

#include <cstddef>

namespace afmnn::nn {

/// Heights to network scale and back: x = (z - in_shift) * in_factor, z = y / out_factor + out_shift, in double precision.
/// A plane of the slopes (heights per pixel) is taken off before, and put back after. It goes through the image's first pixel,
/// or, where the image is a part of a larger one in which it begins at (first_row, first_col), through the first pixel of that:
/// so parts come out as the whole does, to the last bit.
struct LinearScaling {
  double in_shift = 0.0;
  double in_factor = 1.0;
  double out_shift = 0.0;
  double out_factor = 1.0;
  double row_slope = 0.0;
  double col_slope = 0.0;
  double first_row = 0.0;  // whole numbers; of a part of an image
  double first_col = 0.0;

  bool level() const { return row_slope == 0.0 && col_slope == 0.0; }
  double plane(std::ptrdiff_t row, std::ptrdiff_t col) const {
    return row_slope * (first_row + static_cast<double>(row)) + col_slope * (first_col + static_cast<double>(col));
  }
};

}  // namespace afmnn::nn
