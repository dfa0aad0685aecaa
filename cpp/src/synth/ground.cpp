#include "afmnn/synth/ground.hpp"

#include <algorithm>
#include <cmath>

namespace afmnn::synth {
namespace {

// ... 1 0 | 0 1 ... n-1 | n-1 n-2 ...
std::ptrdiff_t mirrored(std::ptrdiff_t index, std::ptrdiff_t count) {
  const std::ptrdiff_t period = 2 * count;
  index %= period;
  if (index < 0) index += period;
  return index < count ? index : period - 1 - index;
}

double inside(double place, double extent, bool torus) {
  if (torus) {
    place -= extent * std::floor(place / extent);
    return place < extent ? place : 0.0;  // rounding may land on the extent itself
  }
  return std::min(std::max(place, 0.0), extent);
}

}  // namespace

Ground::Ground(const Canvas& image) : base_(image.base) {
  const double image_height = static_cast<double>(image.rows) * image.dy;
  const double image_width = static_cast<double>(image.cols) * image.dx;
  unit_ = std::sqrt(image_height * image_width);
  margin_ = image.margin / unit_;
  height_ = image_height / unit_ + 2.0 * margin_;
  width_ = image_width / unit_ + 2.0 * margin_;
  per_row_ = unit_ / image.dy;
  per_column_ = unit_ / image.dx;
  if (base_.data == nullptr) return;
  // Heights are taken relative to the lowest place, so that an offset costs no precision.
  double low = base_(0, 0);
  double high = low;
  for (std::ptrdiff_t r = 0; r < base_.rows; ++r) {
    const auto range = std::minmax_element(base_.row(r), base_.row(r) + base_.cols);
    low = std::min(low, *range.first);
    high = std::max(high, *range.second);
  }
  level_ = low;
  flat_ = low == high;
}

Ground::Point Ground::at(double y, double x) const {
  if (flat_) return {0.0, 0.0, 0.0};
  const double row = (y - margin_) * per_row_ - 0.5;
  const double col = (x - margin_) * per_column_ - 0.5;
  const double row_floor = std::floor(row);
  const double col_floor = std::floor(col);
  const double t = row - row_floor;
  const double s = col - col_floor;
  const auto r = static_cast<std::ptrdiff_t>(row_floor);
  const auto c = static_cast<std::ptrdiff_t>(col_floor);
  const double* const upper = base_.row(mirrored(r, base_.rows));
  const double* const lower = base_.row(mirrored(r + 1, base_.rows));
  const std::ptrdiff_t left = mirrored(c, base_.cols);
  const std::ptrdiff_t right = mirrored(c + 1, base_.cols);
  const double a = (upper[left] - level_) / unit_;
  const double b = (upper[right] - level_) / unit_;
  const double d = (lower[left] - level_) / unit_;
  const double e = (lower[right] - level_) / unit_;
  const double top = a + s * (b - a);
  const double bottom = d + s * (e - d);
  return {top + t * (bottom - top), (bottom - top) * per_row_, ((b - a) + t * ((e - d) - (b - a))) * per_column_};
}

void Ground::keep_inside(double& y, double& x) const {
  y = inside(y, height_, flat_);
  x = inside(x, width_, flat_);
}

}  // namespace afmnn::synth
