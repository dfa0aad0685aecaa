// A training pair as the trainer reads it: what the network sees, what it should give, laid out for runs of pixels.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/pages.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/view2d.hpp"
#include "afmnn/nn/network.hpp"

namespace afmnn::nn {

/// A training pair in the network's scale. `weight`, where it has data, says how much a pixel's error counts.
template <typename T>
struct TrainingPair {
  View2D<const T> noisy;
  View2D<const T> ideal;
  View2D<const T> weight;
  double height = 1.0;      // height of one unit of the network's scale
  View2D<const T> earlier;  // what the network before made of `noisy`, where this one sees it
};

/// A row stored comb by comb: elements 0, combs, 2 combs, ..., then 1, combs + 1, ..., so that elements `combs` apart are
/// neighbours in memory. They differ more than neighbours in the image, and a mini-batch of them teaches more.
struct Combs {
  std::ptrdiff_t count = 1;
  std::ptrdiff_t length = 1;  // elements of the longest

  std::ptrdiff_t stride() const { return count * length; }
  std::ptrdiff_t at(std::ptrdiff_t element) const { return element % count * length + element / count; }
};

/// Grids have one element for each window inside the image, rows in combs. A run of pixels, the windows of one comb of a row,
/// is read straight on: each tap of its windows is a part of a comb of the image.
template <typename T>
struct TrainingImage {
  TrainingImage() = default;
  /// Cuts every row in as few runs as have at most `longest` pixels.
  TrainingImage(const Network<T>& net, const TrainingPair<T>& pair, std::ptrdiff_t longest, Breath& breath);

  /// Becomes `other` left-right, upside down, hills as valleys.
  void flip(const TrainingImage& other, bool upside_down, bool left_right, bool inverted, Breath& breath);
  std::ptrdiff_t runs_per_row() const { return grid_combs.count; }
  std::ptrdiff_t pixels(std::ptrdiff_t run) const { return (grid_cols - run + grid_combs.count - 1) / grid_combs.count; }
  /// Where the taps of a run's first window lie, counted from the window's row.
  const std::ptrdiff_t* taps(std::ptrdiff_t run) const { return offsets.data() + run * tap_count; }
  const T* row(std::ptrdiff_t row) const { return noisy.data() + row * combs.stride(); }
  /// Element of a grid.
  std::ptrdiff_t grid(std::ptrdiff_t row, std::ptrdiff_t run) const {
    return row * grid_combs.stride() + run * grid_combs.length;
  }

  std::ptrdiff_t rows = 0, cols = 0;
  std::ptrdiff_t grid_rows = 0, grid_cols = 0;
  Combs combs, grid_combs;
  std::ptrdiff_t images = 1, image_size = 0;  // one image, or those of the fovea's bands; elements of each
  std::ptrdiff_t tap_count = 0;
  std::vector<std::ptrdiff_t> offsets;  // (runs of a row, tap_count)
  double height = 1.0;
  Pages<T> noisy;         // (images, image_size)
  std::vector<T> mean;    // grid: what the output counts from
  std::vector<T> target;  // grid: ideal height less the mean
  std::vector<T> weight;  // grid
};

}  // namespace afmnn::nn
