#include "afmnn/nn/line_relief.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "afmnn/core/median.hpp"

namespace afmnn::nn {
namespace {

constexpr std::ptrdiff_t most_rows = 2048;
constexpr std::ptrdiff_t most_pixels = 128;  // of a row
constexpr std::ptrdiff_t most_triples = 16;  // of a row, at each of two distances

using Places = std::vector<std::ptrdiff_t>;

// Integers from 0 to 2^31 - 1 that look random (the finalizer of MurmurHash3, A. Appleby).
std::ptrdiff_t looks_random(std::ptrdiff_t number) {
  auto x = static_cast<std::uint64_t>(number);
  for (const std::uint64_t factor : {0xFF51AFD7ED558CCDu, 0xC4CEB9FE1A85EC53u}) x = (x ^ (x >> 33)) * factor;
  return static_cast<std::ptrdiff_t>(x >> 33);
}

// Places out of `length`: all, or one out of each part of its first half and, from the other end, the same of its second.
void spread_out(std::ptrdiff_t key, std::ptrdiff_t length, std::ptrdiff_t most, Places& places) {
  places.clear();
  if (length <= most) {
    for (std::ptrdiff_t i = 0; i < length; ++i) places.push_back(i);
    return;
  }
  const std::ptrdiff_t half = (length + 1) / 2;
  const std::ptrdiff_t count = most / 2;
  for (std::ptrdiff_t part = 0; part < count; ++part) {
    const std::ptrdiff_t begin = part * half / count;
    const std::ptrdiff_t end = (part + 1) * half / count;
    places.push_back(begin + looks_random(count * key + part) % (end - begin));
  }
  for (std::ptrdiff_t part = 0; part < count; ++part) {
    places.push_back(length - 1 - places[static_cast<std::size_t>(part)]);
  }
}

// The mean without the tenth at each end. A median would jump where a line lies half on features, half on the ground; a mean
// would follow a single spike.
double trimmed_mean(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const std::size_t cut = values.size() / 10;
  double sum = 0.0;
  for (std::size_t i = cut; i < values.size() - cut; ++i) sum += values[i];
  return sum / static_cast<double>(values.size() - 2 * cut);
}

// The value at a part of the order, interpolated between neighbours.
double quantile_of(std::vector<double>& values, double fraction) {
  const double position = fraction * static_cast<double>(values.size() - 1);
  const auto below =
      values.begin() + std::min(static_cast<std::ptrdiff_t>(position), static_cast<std::ptrdiff_t>(values.size()) - 1);
  std::nth_element(values.begin(), below, values.end());
  const double above = below + 1 == values.end() ? *below : *std::min_element(below + 1, values.end());
  return *below + (above - *below) * (position - static_cast<double>(below - values.begin()));
}

template <typename T>
class Sample {
 public:
  Sample(StridedView2D<const T> image, const Plane& plane) : image_(image), plane_(plane) {
    spread_out(0, image.rows, most_rows, rows_);
  }

  // Half the second derivative along the lines. A plane on top has none: it need not be taken off.
  double bow() {
    std::vector<double> found;
    std::ptrdiff_t before = 0;  // of lines of less than three pixels, there are none
    for (const std::ptrdiff_t distance : {image_.cols / 4, image_.cols / 3}) {
      if (distance == before) continue;
      before = distance;
      const auto apart = static_cast<double>(distance);
      for (const std::ptrdiff_t row : rows_) {
        spread_out(folded(row), image_.cols - 2 * distance, most_triples, cols_);
        for (const std::ptrdiff_t first : cols_) {
          const auto left = static_cast<double>(image_(row, first));
          const auto middle = static_cast<double>(image_(row, first + distance));
          const auto right = static_cast<double>(image_(row, first + 2 * distance));
          const double second = ((left - middle) + (right - middle)) / (2.0 * apart * apart);
          if (std::isfinite(second)) found.push_back(second);
        }
      }
    }
    if (found.empty()) return 0.0;
    std::vector<double> work(found.size());
    return median(found.data(), static_cast<std::ptrdiff_t>(found.size()), work.data());
  }

  // The distance between two quantiles of what is left of the lines.
  double relief(double bow, const Ends& ends) {
    const double centre = 0.5 * static_cast<double>(image_.cols - 1);
    left_.clear();
    for (const std::ptrdiff_t row : rows_) {
      spread_out(folded(row), image_.cols, most_pixels, cols_);
      line_.clear();
      for (const std::ptrdiff_t col : cols_) {
        double height = static_cast<double>(image_(row, col)) - plane_.row_slope * static_cast<double>(row);
        height -= plane_.col_slope * static_cast<double>(col);
        const double away = static_cast<double>(col) - centre;
        height -= bow * (away * away);
        if (std::isfinite(height)) line_.push_back(height);
      }
      if (line_.empty()) continue;
      const std::size_t first = left_.size();
      left_.insert(left_.end(), line_.begin(), line_.end());
      const double middle = trimmed_mean(line_);
      for (std::size_t i = first; i < left_.size(); ++i) left_[i] -= middle;
    }
    left_.erase(std::remove_if(left_.begin(), left_.end(), [](double height) { return !std::isfinite(height); }), left_.end());
    if (left_.empty()) return std::numeric_limits<double>::infinity();
    const double low = quantile_of(left_, ends.low);
    return quantile_of(left_, ends.high) - low;
  }

 private:
  std::ptrdiff_t folded(std::ptrdiff_t row) const { return std::min(row, image_.rows - 1 - row); }

  StridedView2D<const T> image_;
  Plane plane_;
  Places rows_, cols_;
  std::vector<double> line_, left_;
};

}  // namespace

template <typename T>
double line_relief(StridedView2D<const T> image, const Plane& plane, const Ends& ends) {
  Sample<T> sample(image, plane);
  const double straight = sample.relief(0.0, ends);
  return std::min(straight, sample.relief(sample.bow(), ends));
}

template double line_relief(StridedView2D<const float>, const Plane&, const Ends&);
template double line_relief(StridedView2D<const double>, const Plane&, const Ends&);

}  // namespace afmnn::nn
