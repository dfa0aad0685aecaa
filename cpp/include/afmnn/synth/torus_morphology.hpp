// Binary images on a torus: skeletons, openings and closings, 64 pixels at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/unit_team.hpp"

namespace afmnn::synth {

/// Rows of bits, pixel c of a row being bit c % 64 of word c / 64; those beyond the last column are 0. What leaves on one side
/// enters on the other.
struct Bitmap {
  std::ptrdiff_t rows, cols, words;
  std::vector<std::uint64_t> bits;

  Bitmap(std::ptrdiff_t rows_, std::ptrdiff_t cols_)
      : rows(rows_), cols(cols_), words((cols_ + 63) / 64), bits(static_cast<std::size_t>(rows * words)) {}

  std::uint64_t* row(std::ptrdiff_t r) { return bits.data() + r * words; }
  const std::uint64_t* row(std::ptrdiff_t r) const { return bits.data() + r * words; }
  bool at(std::ptrdiff_t r, std::ptrdiff_t c) const { return (row(r)[c / 64] >> (c % 64) & 1) != 0; }
  void set(std::ptrdiff_t r, std::ptrdiff_t c, bool bit) { row(r)[c / 64] |= std::uint64_t{bit} << (c % 64); }
  /// All that is 1 becomes 0, and the other way round.
  void invert();
};

/// Thins what is 1 to lines (T. Y. Zhang, C. Y. Suen, Comm. ACM 27 (1984) 236).
void thin(Bitmap& image, UnitTeam& team);

/// What is 1 grows by a disc, of all pixels at most `radius` away.
void dilate(Bitmap& image, std::ptrdiff_t radius, UnitTeam& team);
void erode(Bitmap& image, std::ptrdiff_t radius, UnitTeam& team);

}  // namespace afmnn::synth
