// What bodies are dropped on: a flat plane or a base surface, continued beyond the image by a margin.
#pragma once

#include <cstddef>

#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// The image to be covered, in the lateral unit. `base` may be empty (data == nullptr): a plane at height 0.
struct Canvas {
  std::ptrdiff_t rows = 0;
  std::ptrdiff_t cols = 0;
  double dy = 1.0;  // height of a pixel
  double dx = 1.0;  // width of a pixel
  View2D<const double> base;
  double margin = 0.0;  // centres of bodies may lie this far outside
};

/// The ground in the coordinates of the simulation: the unit of length is sqrt(image height * image width), the origin is
/// the corner of the extended frame, heights count from `level`.
///
/// A flat ground is a torus of the size of the frame: no place differs from any other, so bodies are spread evenly up to
/// the border. A base surface is continued by half-sample symmetric mirroring, interpolated bilinearly, and ends at the
/// border of the frame.
class Ground {
 public:
  struct Point {
    double height;
    double slope_y;
    double slope_x;
  };

  explicit Ground(const Canvas& image);

  double unit() const { return unit_; }      // lateral units per unit of length
  double height() const { return height_; }  // of the frame
  double width() const { return width_; }
  double margin() const { return margin_; }
  double level() const { return level_; }  // in the lateral unit
  bool flat() const { return flat_; }

  /// Height and slopes; zero on a flat ground.
  Point at(double y, double x) const;

  /// Brings a place back into the frame: round the torus, or to its border.
  void keep_inside(double& y, double& x) const;

  /// Shortest difference of two coordinates on the torus (`extent` is height() or width()).
  static double nearest(double difference, double extent) {
    constexpr double shift = 0x1.8p52;  // adding it and taking it away rounds to an integer
    return difference - extent * ((difference / extent + shift) - shift);
  }

 private:
  View2D<const double> base_;
  double unit_;
  double height_;
  double width_;
  double margin_;
  double per_row_;     // rows per unit of length
  double per_column_;  // columns per unit of length
  double level_ = 0.0;
  bool flat_ = true;
};

}  // namespace afmnn::synth
