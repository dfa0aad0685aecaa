// Binary images on a torus: skeletons, distances, openings and closings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/unit_team.hpp"

namespace afmnn::synth {

/// Rows of bytes, 0 or 1; what leaves on one side enters on the other.
struct Bitmap {
  std::ptrdiff_t rows, cols;
  std::vector<std::uint8_t> bits;

  Bitmap(std::ptrdiff_t rows_, std::ptrdiff_t cols_) : rows(rows_), cols(cols_), bits(static_cast<std::size_t>(rows_ * cols_)) {}
  std::uint8_t* row(std::ptrdiff_t r) { return bits.data() + r * cols; }
  const std::uint8_t* row(std::ptrdiff_t r) const { return bits.data() + r * cols; }
};

/// Thins what is 1 to lines (T. Y. Zhang, C. Y. Suen, Comm. ACM 27 (1984) 236).
void thin(Bitmap& image, UnitTeam& team);

/// Square of the distance of every pixel to the nearest one that is 1, in pixels; more than any distance where there is none.
std::vector<double> squared_distances(const Bitmap& image, UnitTeam& team);

/// What is 1 grows by a disc, of all pixels at most `radius` away.
void dilate(Bitmap& image, std::ptrdiff_t radius, UnitTeam& team);
void erode(Bitmap& image, std::ptrdiff_t radius, UnitTeam& team);

}  // namespace afmnn::synth
