// Columnar growth: particles that fly in at an angle, and columns that stand in each other's shadow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/progress.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// How particles fly and settle. Cosines of the inclination (0: straight down) are at least `least_cosine`.
struct Columns {
  std::uint64_t key = 0;
  double size_spread = 0.0;       // standard deviation of the logarithm of a particle's height
  double cosine = 1.0;            // of the mean inclination
  double cosine_spread = 0.0;     // standard deviation of the cosine, which is normal within [least_cosine, 1]
  double direction = 0.0;         // in the image's plane, counter-clockwise from the columns' direction
  double direction_spread = 0.0;  // standard deviation, normal
  bool strong = false;            // whether particles also look for lower places around where they hit
  double melting = 0.0;           // the surface diffuses by melting / 0.3 for each unit of thickness
};
constexpr double least_cosine = 0.01;

/// Lets the particles `first` ... `last` - 1 settle, one after the other: one thread.
///
/// The surface is a torus of cells of side 1. A particle starts at a random place, 5 above the highest point, and flies straight
/// on: while it moves by 1 along (cos, -sin) of its direction (columns, rows), it sinks by cos / sin of its inclination. It hits
/// the first cell that it leaves at the cell's height or below, but never the first of all: where that or the second is as high
/// as the particle on leaving the first, it hits the second. The lower of the cell hit and the one before on its path, if they
/// are alike the one before, grows by the particle's height, exp(size_spread N), N standard normal. With `strong`, the cell hit
/// is first exchanged for those of its eight neighbours, taken row by row, that are lower than what it is by then: each with
/// probability 1/2, at the corners 1/4.
///
/// Melting: every 0.01 of thickness the surface is smoothed along rows and along columns with the weights k, 1 - 2 k, k, where
/// k = 0.01 melting / 0.3, in several steps where k would exceed 0.05 (in images of less than 100 pixels).
///
/// heights  (rows, cols) in units of a particle, changed in place; at least 2 x 2
///
/// A path passes over blocks of 4 x 4, 16 x 16 ... cells at once that lie below all of it, by their maxima. Memory: as much as
/// the image, twice with melting. Throws std::bad_alloc, and what `progress` throws.
void columnar(const Columns& columns, std::int64_t first, std::int64_t last, View2D<double> heights, const Progress& progress);

}  // namespace afmnn::synth
