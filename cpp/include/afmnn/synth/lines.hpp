// Line noise: what goes wrong between scan lines and along them. Rows are scan lines, columns the fast axis.
//
// Model: D. Necas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
//
// Pixel (i, j) is scanned at the time tau = (i + within_line (j + 1/2) / cols) / rows, in units of the whole scan: what
// happens at a time t takes effect with the first pixel whose tau is later, its place in scan order. Heights are written,
// not added. The i-th line or event takes its numbers from index i of its roles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {

/// The offset is heights[k] from pixel places[k] of the scan on, until places[k + 1]; zero before the first. `places` do
/// not decrease, and reach up to rows * cols, the end of the scan.
struct Offsets {
  std::vector<std::ptrdiff_t> places;
  std::vector<double> heights;
};

/// Writes the offsets; rows are divided among threads.
void write_offsets(const Offsets& offsets, View2D<double> out, int threads);

/// Jumps at n = max(round(rows * per_line), 1) times. The scan is cut in ceil(n / 64) parts with nearly equal numbers of
/// jumps; within its part a jump comes at any time with equal probability. The offset becomes the draw of the latest
/// jump, or grows by it where `cumulative`. Costs n log 64. Throws std::bad_alloc, or std::length_error beyond 2^40 events;
/// so do the others below.
Offsets line_steps(std::uint64_t key, const Amplitude& amplitude, double per_line, double within_line, bool cumulative,
                   std::ptrdiff_t rows, std::ptrdiff_t cols, int threads);

/// Times in units of the whole scan, in the order of the draws.
struct Ridges {
  std::vector<double> starts;
  std::vector<double> durations;
  std::vector<double> heights;
};

/// Stretches of time with an offset of their own; durations are exponential with mean m = sqrt(2) * width. Of the ridges
/// of an endless scan with density * rows starting per unit time, only those that touch this scan are drawn, so that the
/// first and last lines are like all others: density * rows * (1 + m) of them (rounded up or down at random), starts
/// uniform on (-duration, 1), durations weighted by 1 + duration.
Ridges line_ridges(std::uint64_t key, const Amplitude& amplitude, double per_line, double width, std::ptrdiff_t rows,
                   int threads);

/// The sum of the ridges, with pixels that none covers exactly zero. Costs n log n for n ridges.
Offsets ridge_offsets(const Ridges& ridges, double within_line, std::ptrdiff_t rows, std::ptrdiff_t cols);

struct ScarSize {
  double length;               // pixels
  double length_spread;        // standard deviation of its logarithm
  std::ptrdiff_t width;        // mean number of lines
  std::ptrdiff_t width_range;  // below `width`: all numbers of lines up to so many more and less are equally likely
};

/// In the order of the draws; lengths and starts in pixels. Rows are the first that a scar covers, below 0 where it begins above
/// the image.
struct Scars {
  std::vector<std::ptrdiff_t> rows;
  std::vector<std::ptrdiff_t> widths;
  std::vector<double> starts;
  std::vector<double> lengths;
  std::vector<double> heights;
};

/// Rectangles of length * exp(length_spread * g) pixels, g normal, and `width` lines. As with ridges, those of an endless plane
/// that touch the image are drawn: coverage * (cols + mean) (rows + width - 1) / (mean * width) of them, mean = length *
/// exp(length_spread^2 / 2) (rounded up or down at random), starts uniform on (-length, cols), first rows from 1 - width to
/// rows - 1, lengths weighted by cols + length, widths by rows + width - 1: `coverage` scars lie on any pixel.
Scars line_scars(std::uint64_t key, const Amplitude& amplitude, double coverage, const ScarSize& size, std::ptrdiff_t rows,
                 std::ptrdiff_t cols, int threads);

/// Adds up the scars: each covers the pixels whose centres lie in [start, start + length), as many as its length where
/// that is an integer and no edge cuts it.
void write_scars(const Scars& scars, View2D<double> out, int threads);

/// out(i, j) = v (2 (j + 1/2) / cols - 1 + p): a slope v and a pivot p, normal with rms 2 * pivot_spread, for every line;
/// both are handed back in `heights` and `pivots`. Does not throw, nor does the next.
void line_tilt(std::uint64_t key, const Amplitude& amplitude, double pivot_spread, double* heights, double* pivots,
               View2D<double> out, int threads);

/// out(i, j) = sum_k a_k sin(2 pi (j f_k + u_k)), 1 / f_k = wavelength (1 + spread (u' - u'')), the a_k of a line drawn
/// and then scaled to sum a_k^2 / 2 = rms^2. Line i draws component k as pixel (i, k) of point noise.
struct Hum {
  double rms;
  Distribution distribution;  // of the a_k
  double wavelength;          // pixels
  double spread;              // below 1
  std::ptrdiff_t components;
};
/// waves  (rows, 3 components), receives the a_k, then the f_k, then the u_k of each line
void line_hum(std::uint64_t key, const Hum& parameters, View2D<double> waves, View2D<double> out, int threads);

}  // namespace afmnn::synth
