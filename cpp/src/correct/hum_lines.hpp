// Groups of scan lines as double precision numbers, by several threads; Hann's window and the waves that lines are compared with.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

constexpr double hum_two_pi = 6.28318530717958647692;

/// Calls body(worker, unit) for each unit, in any order, by at most `workers` threads, and the interrupt now and then.
template <typename Body>
void visit_units(std::ptrdiff_t units, int workers, const Interrupt& interrupt, const Body& body) {
  InterruptTimer timer(interrupt);
  std::atomic<std::ptrdiff_t> next{0};
  while (next.load() < units) {
    run_team(workers, [&](int worker) {
      do {
        const std::ptrdiff_t unit = next.fetch_add(1);
        if (unit >= units) return;
        body(worker, unit);
      } while (!timer.due());
    });
    timer.call_if_due();
  }
}

/// As many threads as are worth starting for that many pixels.
inline int hum_workers(std::ptrdiff_t pixels, int threads) {
  constexpr std::ptrdiff_t pixels_at_least = 50000;  // starting a thread takes as long as some of these
  return static_cast<int>(std::clamp<std::ptrdiff_t>(pixels / pixels_at_least, 1, threads));
}

/// Copies rows [first, last) to `lines`, `pitch` apart, in the order that reads memory straight on.
template <typename T>
void copy_lines(StridedView2D<const T> image, std::ptrdiff_t first, std::ptrdiff_t last, T* lines, std::ptrdiff_t pitch) {
  if (std::abs(image.row_stride) < std::abs(image.col_stride)) {
    for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
      for (std::ptrdiff_t r = first; r < last; ++r) lines[(r - first) * pitch + c] = image(r, c);
    }
  } else {
    for (std::ptrdiff_t r = first; r < last; ++r) {
      for (std::ptrdiff_t c = 0; c < image.cols; ++c) lines[(r - first) * pitch + c] = image(r, c);
    }
  }
}

/// The raised cosine over `count` places: 1 in the middle, small but not zero at both ends.
inline std::vector<double> hann_window(std::ptrdiff_t count) {
  std::vector<double> window;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    window.push_back(0.5 - 0.5 * cos(hum_two_pi * (static_cast<double>(i) + 0.5) / static_cast<double>(count)));
  }
  return window;
}

/// A line less its straight line of least squared distance, both weighted by a window.
class LineFit {
 public:
  explicit LineFit(std::ptrdiff_t cols) : cols_(cols), window_(hann_window(cols)) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      place_.push_back((2.0 * static_cast<double>(c) + 1.0) / static_cast<double>(cols) - 1.0);
    }
    whole_ = lane_sum(cols, [&](std::ptrdiff_t c) { return window_[at(c)]; });
  }

  double whole() const { return whole_; }
  double window(std::ptrdiff_t c) const { return window_[at(c)]; }
  double place(std::ptrdiff_t c) const { return place_[at(c)]; }

  /// Writes to `values` what is left of the line, times window and `scale`: zero where a pixel is missing. To `weights`, unless
  /// it is nullptr, the window, zero where a pixel is missing. Returns which part of the window is on pixels that are there.
  template <typename T>
  double run(const T* line, double scale, double* values, double* weights) const {
    const std::ptrdiff_t cols = cols_;
    std::ptrdiff_t known = 0;
    while (known < cols && std::isnan(line[known])) ++known;
    if (known == cols) {
      for (std::ptrdiff_t c = 0; c < cols; ++c) values[c] = 0.0;
      if (weights != nullptr) std::fill(weights, weights + cols, 0.0);
      return 0.0;
    }
    const double origin = static_cast<double>(line[known]);
    const double* const w = window_.data();
    const double* const x = place_.data();
    // Because a missing height would spoil every sum, it counts as the origin, with no weight.
    const auto there = [=](std::ptrdiff_t c) { return line[c] == line[c] ? w[c] : 0.0; };
    const auto height = [=](std::ptrdiff_t c) {
      return line[c] == line[c] ? (static_cast<double>(line[c]) - origin) * scale : 0.0;
    };
    const double s0 = lane_sum(cols, there);
    const double s1 = lane_sum(cols, [=](std::ptrdiff_t c) { return there(c) * x[c]; });
    const double s2 = lane_sum(cols, [=](std::ptrdiff_t c) { return there(c) * (x[c] * x[c]); });
    const double t0 = lane_sum(cols, [=](std::ptrdiff_t c) { return w[c] * height(c); });
    const double t1 = lane_sum(cols, [=](std::ptrdiff_t c) { return (w[c] * x[c]) * height(c); });
    const double spread = s0 * s2 - s1 * s1;
    const bool sloped = spread > 1e-6 * whole_ * whole_;
    const double slope = sloped ? (s0 * t1 - s1 * t0) / spread : 0.0;
    const double mean = s0 > 0.0 ? (t0 - slope * s1) / s0 : 0.0;
    for (std::ptrdiff_t c = 0; c < cols; ++c) values[c] = there(c) * (height(c) - (mean + slope * x[c]));
    if (weights != nullptr) {
      for (std::ptrdiff_t c = 0; c < cols; ++c) weights[c] = there(c);
    }
    return s0 / whole_;
  }

 private:
  std::ptrdiff_t cols_;
  std::vector<double> window_, place_;
  double whole_ = 0.0;
};

/// Cosine and sine of 2 pi f c at each column c.
struct WaveTable {
  WaveTable(double frequency, std::ptrdiff_t cols) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      const double cycles = frequency * static_cast<double>(c);
      const double angle = hum_two_pi * (cycles - std::floor(cycles));
      cosine.push_back(cos(angle));
      sine.push_back(sin(angle));
    }
  }

  std::vector<double> cosine, sine;
};

}  // namespace afmnn::correct
