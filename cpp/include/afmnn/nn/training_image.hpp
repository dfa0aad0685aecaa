// A training pair as the trainer reads it: what the network sees, what it should give, laid out for runs of pixels.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/pages.hpp"
#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"

namespace afmnn::nn {

/// A training pair in the network's scale. `weight`, where it has data, says how much a pixel's error counts.
template <typename T>
struct TrainingPair {
  View2D<const T> noisy;
  View2D<const T> ideal;
  View2D<const T> weight;
  double height = 1.0;       // height of one unit of the network's scale
  View2D<const T> previous;  // what the network before made of `noisy`, where this one sees it
};

/// The order of a row in memory: elements 0, count, 2 count, ..., then 1, count + 1, 2 count + 1, ... Because neighbours of an
/// image are nearly alike, and a mini-batch of them would teach little, those of a run of pixels lie `count` apart in the image;
/// stored in this order they are neighbours in memory, so a run is read straight on.
struct Interleaving {
  std::ptrdiff_t count = 1;
  std::ptrdiff_t length = 1;  // elements of the longest

  std::ptrdiff_t stride() const { return count * length; }
  std::ptrdiff_t at(std::ptrdiff_t element) const { return element % count * length + element / count; }
};

/// Grids have one element for each window inside the image, rows interleaved. A run of pixels is what lies together in an
/// interleaved row of a grid; each tap of its windows lies together likewise in a row of the image.
template <typename T>
struct TrainingImage {
  TrainingImage() = default;
  /// Cuts every row in as few runs as have at most `longest` pixels.
  TrainingImage(const Network<T>& net, const TrainingPair<T>& pair, std::ptrdiff_t longest, InterruptTimer& timer);

  /// Becomes `other` left-right, upside down, hills as valleys.
  void flip(const TrainingImage& other, bool upside_down, bool left_right, bool inverted, InterruptTimer& timer);
  std::ptrdiff_t runs_per_row() const { return grid_interleaving.count; }
  std::ptrdiff_t pixels(std::ptrdiff_t run) const {
    return (grid_cols - run + grid_interleaving.count - 1) / grid_interleaving.count;
  }
  /// Where the taps of a run's first window lie, counted from the window's row.
  const std::ptrdiff_t* taps(std::ptrdiff_t run) const { return offsets.data() + run * tap_count; }
  const T* row(std::ptrdiff_t row) const { return noisy.data() + row * interleaving.stride(); }
  /// Element of a grid.
  std::ptrdiff_t grid(std::ptrdiff_t row, std::ptrdiff_t run) const {
    return row * grid_interleaving.stride() + run * grid_interleaving.length;
  }

  std::ptrdiff_t rows = 0, cols = 0;
  std::ptrdiff_t grid_rows = 0, grid_cols = 0;
  Interleaving interleaving, grid_interleaving;
  std::ptrdiff_t images = 1, image_size = 0;  // one image, or those of the fovea's bands; elements of each
  std::ptrdiff_t tap_count = 0;
  std::vector<std::ptrdiff_t> offsets;  // (runs of a row, tap_count)
  double height = 1.0;
  Pages<T> noisy;         // (images, image_size)
  std::vector<T> mean;    // grid: what the output counts from
  std::vector<T> target;  // grid: ideal height less the mean; compressed, where the fovea does so
  std::vector<T> weight;  // grid
};

}  // namespace afmnn::nn
