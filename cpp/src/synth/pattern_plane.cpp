#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/synth/pattern.hpp"
#include "pattern_random.hpp"

namespace afmnn::synth {
Plane::Plane(const Frame& frame, std::ptrdiff_t rows, std::ptrdiff_t cols, std::uint64_t key, int threads)
    : frame_(frame), rows_(rows), cols_(cols), cosine_(afmnn::cos(frame.angle)), sine_(afmnn::sin(frame.angle)) {
  if (frame.deformation > 0.0) {
    constexpr double root_12_pi = 6.139960247678931;
    const double rms = frame.deformation / root_12_pi;
    bend_ = std::make_unique<Bend>(
        Bend{{rows, frame.deformation_scale / frame.dy}, {cols, frame.deformation_scale / frame.dx}, {}, {}});
    bend_->x = SmoothField(bend_->down, bend_->across, rms, key, displacement_x_role, threads);
    bend_->y = SmoothField(bend_->down, bend_->across, rms, key, displacement_y_role, threads);
  }
  const double half_x = 0.5 * static_cast<double>(cols - 1) * frame.dx + (bend_ ? bend_->x.bound() : 0.0);
  const double half_y = 0.5 * static_cast<double>(rows - 1) * frame.dy + (bend_ ? bend_->y.bound() : 0.0);
  const double middle_x = -frame.center_x * cosine_ + frame.center_y * sine_;
  const double middle_y = -frame.center_x * sine_ - frame.center_y * cosine_;
  const double reach_x = half_x * std::abs(cosine_) + half_y * std::abs(sine_);
  const double reach_y = half_x * std::abs(sine_) + half_y * std::abs(cosine_);
  low_x_ = middle_x - reach_x;
  high_x_ = middle_x + reach_x;
  low_y_ = middle_y - reach_y;
  high_y_ = middle_y + reach_y;
}

double Plane::pixel() const { return std::min(frame_.dx, frame_.dy); }

double Plane::half_diagonal() const {
  return 0.5 * afmnn::hypot(static_cast<double>(cols_) * frame_.dx, static_cast<double>(rows_) * frame_.dy);
}

void Plane::coordinates(std::ptrdiff_t row, std::ptrdiff_t first, std::ptrdiff_t count, double* x, double* y) const {
  const double cosine = cosine_;
  const double sine = sine_;
  const double dx = frame_.dx;
  const double centre = 0.5 * static_cast<double>(cols_ - 1) - static_cast<double>(first);
  const double down = (static_cast<double>(row) - 0.5 * static_cast<double>(rows_ - 1)) * frame_.dy - frame_.center_y;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    x[i] = (static_cast<double>(static_cast<int>(i)) - centre) * dx - frame_.center_x;
    y[i] = down;
  }
  if (bend_) {
    bend_->x.add(row, first, count, x);
    bend_->y.add(row, first, count, y);
  }
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const double right = x[i];
    const double below = y[i];
    x[i] = right * cosine - below * sine;
    y[i] = right * sine + below * cosine;
  }
}

void Plane::displacement(View2D<double> y, View2D<double> x) const {
  for (std::ptrdiff_t row = 0; row < rows_; ++row) {
    std::fill_n(y.row(row), cols_, 0.0);
    std::fill_n(x.row(row), cols_, 0.0);
    if (bend_) {
      bend_->y.add(row, 0, cols_, y.row(row));
      bend_->x.add(row, 0, cols_, x.row(row));
    }
  }
}

}  // namespace afmnn::synth
