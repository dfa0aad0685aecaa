// Scars: stretches of a scan line, up to a few lines high, above or below both the lines before and those behind.
//
// Heights are brought to one level line by line (the median of most differences to the line before is taken off), and averaged
// over windows of L pixels along the line, L = min(min_length, 4) 2^k up to 8 max_width. With these means X, a block of w lines
// from line r on stands out by
//
//   S = min(X[r] ... X[r + w - 1]) - max(X[r - 1], X[r + w])      (upwards; downwards the same of -X)
//
// w is 1, or up to L / 8. Its unit U(L) is measured on the image: the distance of X from the mean of the lines before and behind,
// times sqrt(4 / 3) (white noise then gives the spread of a difference of two lines): the larger one of 1.4826 times the typical
// (median) line's median, and what 90 % of the lines do not exceed with their quantile of 75 % / 1.1503; on windows beside each
// other. Where that is 0: the mean.
//
// A stretch is a run of windows with S > soft U, one of them with S > hard U, H the largest S, where
// - S is above `down` and half the heights' range within the block: down is what a side descends away from the block, which the
//   slope of a particle does;
// - its ends are cut where single pixels stand out by less than H / 3; of those left, at least min_length (of blocks of more
// lines
//   L / 2), 80 % stand out by that much;
// - H is at least 2.5 times the spread of the jumps between lines, 5 times at the image's edges: an offset that comes and goes
//   within lines looks the same;
// - in one window with S > hard U, S is above 2 down and 1.5 times the range; or at least half as many pixels as the stretch is
//   long are marked by others that are so (the stretch is then part of a wider smear).
// Stretches of one sign that end at one edge, and begin on the next line at the other, are offsets, and none of them is marked.
//
// The same to the last bit for any number of threads, strides, compiler and CPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// Scan lines are the rows of the views.
template <typename T>
struct ScarJob {
  StridedView2D<const T> image;        // NaN: missing, windows with such a pixel are not looked at; not infinite
  StridedView2D<std::uint8_t> result;  // of the image's shape: 1 where a scar is, else 0
  bool upwards = true, downwards = true;
  double hard = 0.0, soft = 0.0;  // 0 < soft <= hard
  std::ptrdiff_t min_length = 1;  // at least 1
  std::ptrdiff_t max_width = 1;   // at least 1
  int threads = 1;
  Interrupt interrupt;
};

/// Costs some 75 ns a pixel for four lines, measured on a busy machine at 4096 x 4096, and memory for the stretches found beside
/// some lines for each thread. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
void mark_scars(const ScarJob<T>& job);

}  // namespace afmnn::correct
