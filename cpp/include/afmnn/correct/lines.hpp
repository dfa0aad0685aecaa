// Wrong lines: scan lines that agree with no line near.
//
// What a line shows are its changes along the line, over a lag of an eighth of it (of 1024 pixels at most): offsets of lines are
// not in them. Its detail are those over a lag of 1 in 128, because a sample differs less from itself over a short way, and what
// is no sample does not. The lines near a line are the four nearest ones (fewer in an image of fewer lines). At each pixel, their
// changes leave an interval that is no surprise: from the second lowest to the second highest where two lines lie on each side,
// else from the lowest to the highest. A step between lines, the slope of a hill, or one wrong line near do not put a good pixel
// outside.
//
// The same to the last bit for any number of threads, strides, compiler and CPU.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// Scan lines are the rows of the view.
template <typename T>
struct LinesJob {
  StridedView2D<const T> image;  // NaN: missing, not used
  int threads = 1;
  Interrupt interrupt;
};

/// Numbers of each line; NaN where no pixel can be compared.
struct LineFigures {
  std::vector<double> jumps;         // median of the differences to the line before; 0 where there are none
  std::vector<double> disagreement;  // median of the distances from the interval
  std::vector<double> width;         // median of the widths of the interval: how far the lines near disagree with each other
  std::vector<double> detail, detail_width;  // the same of the detail
  std::vector<double> alike;       // correlation with the second most alike of the lines near; each line's mean is taken off
  std::vector<double> near_alike;  // upper median of the correlations of the lines near with each other
  std::vector<double> held;        // fraction of the pixels that have the line's lowest, or its highest, height
};

/// Costs some 40 ns a pixel, measured on a busy machine at 4096 x 4096. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
LineFigures line_figures(const LinesJob<T>& job);

}  // namespace afmnn::correct
