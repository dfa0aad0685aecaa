// Wetting: a front that goes where it is drawn most.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/core/progress.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

struct WettingResult {
  std::ptrdiff_t layers = 0;  // that have a filled voxel
  std::ptrdiff_t holes = 0;   // voxels that are not filled, below one that is
};

/// Fills voxels, one after the other: one thread.
///
/// Voxels are pixels in layers that go on upwards without end, on a torus. Those of the lowest layer are queued with the priority
/// `priorities`. `count` times the voxel of highest priority (of equal ones that of the lower layer, row, column) is filled. Of
/// its six neighbours, in the order below, above, row before, row behind, column before, column behind, those that are new
/// are queued with a uniform draw on [0, 1), and those that are queued gain one. Then three random queued voxels gain `diffusion`
/// times a draw, which of them depending on the order of the queue: its last voxel takes the place of one that is filled.
///
/// priorities  (rows, cols), at least 2 x 2; changed to the highest filled layer of each pixel, counted from 0, also where none
/// is
///
/// Costs some tenths of a microsecond a voxel, in proportion to the logarithm of the image's size. Memory: four bytes a voxel of
/// every layer reached, and some 30 bytes a queued voxel. Throws std::bad_alloc, std::length_error for more than 2^31 voxels, and
/// what `progress` throws.
WettingResult wetting(std::uint64_t key, std::int64_t count, double diffusion, View2D<double> priorities,
                      const Progress& progress);

}  // namespace afmnn::synth
