// Which runs of pixels an epoch of training visits, in which order, and how it sees the images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/nn/training_image.hpp"

namespace afmnn::nn {

/// A run of pixels: windows that lie together in an interleaved row of an image.
struct PixelRun {
  std::uint32_t image, row, run;
};

/// Flips of all images of an epoch; `inverted` makes hills of valleys.
struct Flips {
  bool upside_down = false;
  bool left_right = false;
  bool inverted = false;

  bool any() const { return upside_down || left_right || inverted; }
};

/// The flips by the lowest bits of a number: 1 left-right, 2 upside down, 4 inverted. A side with an even number of pixels is
/// not flipped, because its middle is not mirrored onto itself.
Flips flips_of(std::int64_t number, std::ptrdiff_t window_rows, std::ptrdiff_t window_cols);

/// Lists the runs of a subset, one of `subsets`, that have a pixel whose weight is not 0.
template <typename T>
void list_runs(const std::vector<TrainingImage<T>>& images, std::int64_t subset, std::int64_t subsets,
               std::vector<PixelRun>& runs, InterruptTimer& timer);

/// Puts the runs in the random order of an epoch.
void shuffle(std::vector<PixelRun>& runs, std::uint64_t key, std::int64_t epoch);

}  // namespace afmnn::nn
