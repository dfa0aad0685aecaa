#include "afmnn/correct/features.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "afmnn/core/to_index.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

// What is known of a pixel while marks are made: the side on which it stands out half as far, and whether it stands out all of
// the way; or, alone, that it is marked.
constexpr std::uint8_t above = 1, below = 2, strong = 4, marked = 8;
constexpr std::uint64_t in_each_byte = 0x0101010101010101;

// The largest T that is no larger than the limit: heights are larger than one if they are larger than the other.
template <typename T>
T at_most(double limit) {
  constexpr T largest = std::numeric_limits<T>::max();
  if (limit >= static_cast<double>(largest)) {
    return limit == std::numeric_limits<double>::infinity() ? std::numeric_limits<T>::infinity() : largest;
  }
  if (limit < -static_cast<double>(largest)) return -std::numeric_limits<T>::infinity();
  const auto near = static_cast<T>(limit);
  if (static_cast<double>(near) <= limit) return near;
  // Rounded up: the number before it.
  if constexpr (sizeof(T) == sizeof(float)) {
    std::int32_t bits = 0;
    std::memcpy(&bits, &near, sizeof bits);
    bits = near > 0 ? bits - 1 : near < 0 ? bits + 1 : static_cast<std::int32_t>(0x80000001U);
    T result = 0;
    std::memcpy(&result, &bits, sizeof result);
    return result;
  }
  return near;
}
template <typename T>
T at_least(double limit) {
  return -at_most<T>(-limit);
}

// The first column from `first` on whose byte has one of the bits; `last` if there is none.
index next_with(const std::uint8_t* row, index first, index last, std::uint8_t bits) {
  const std::uint64_t each = bits * in_each_byte;
  for (; first + 8 <= last; first += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, row + first, sizeof eight);
    if ((eight & each) != 0) break;
  }
  while (first < last && (row[first] & bits) == 0) ++first;
  return first;
}

// Marks all that hangs together with what stands out all of the way.
class Growth {
 public:
  Growth(View2D<std::uint8_t> pixels, InterruptTimer& timer) : pixels_(pixels), timer_(timer) {}

  void run() {
    for (index r = 0; r < pixels_.rows; ++r) {
      timer_.call_if_due();
      const std::uint8_t* const row = pixels_.row(r);
      for (index c = next_with(row, 0, pixels_.cols, strong); c < pixels_.cols; c = next_with(row, c, pixels_.cols, strong)) {
        const auto side = static_cast<std::uint8_t>(row[c] & (above | below));
        take(r, c, side);
        grow(side);
      }
    }
  }

 private:
  struct Run {
    index row, first, last;
  };

  // Marks the run of the side that has this pixel; returns where it ends.
  index take(index r, index c, std::uint8_t side) {
    std::uint8_t* const row = pixels_.row(r);
    index first = c, last = c + 1;
    while (first > 0 && (row[first - 1] & side) != 0) --first;
    while (last < pixels_.cols && (row[last] & side) != 0) ++last;
    std::memset(row + first, marked, at(last - first));
    open_.push_back({r, first, last});
    return last;
  }

  void grow(std::uint8_t side) {
    for (index count = 0; !open_.empty(); ++count) {
      if (count % 16384 == 16383) timer_.call_if_due();
      const Run run = open_.back();
      open_.pop_back();
      const index first = std::max<index>(run.first - 1, 0), last = std::min(run.last + 1, pixels_.cols);
      for (const index r : {run.row - 1, run.row + 1}) {
        if (r < 0 || r >= pixels_.rows) continue;
        const std::uint8_t* const row = pixels_.row(r);
        for (index c = next_with(row, first, last, side); c < last; c = next_with(row, c, last, side)) c = take(r, c, side);
      }
    }
  }

  View2D<std::uint8_t> pixels_;
  InterruptTimer& timer_;
  std::vector<Run> open_;  // marked, but their neighbours have not been looked at
};

}  // namespace

template <typename T>
void mark_features(StridedView2D<const T> image, const Ground& ground, StridedView2D<std::uint8_t> marks,
                   const Interrupt& interrupt) {
  InterruptTimer timer(interrupt);
  const index rows = image.rows, cols = image.cols;
  std::vector<std::uint8_t> buffer(marks.col_stride == 1 ? 0 : at(rows * cols));
  const View2D<std::uint8_t> pixels = marks.col_stride == 1 ? View2D<std::uint8_t>{marks.data, rows, cols, marks.row_stride}
                                                            : View2D<std::uint8_t>{buffer.data(), rows, cols, cols};
  const T high = at_most<T>(ground.high), weak_high = at_most<T>(ground.weak_high);
  const T low = at_least<T>(ground.low), weak_low = at_least<T>(ground.weak_low);
  for (index r = 0; r < rows; ++r) {
    timer.call_if_due();
    std::uint8_t* const row = pixels.row(r);
    const T* const heights = &image(r, 0);
    // Numbers of 0 and 1 instead of branches: compilers make vector instructions of them.
    const auto pixel = [=](T height) {
      return static_cast<std::uint8_t>((height > weak_high ? above : 0) | (height < weak_low ? below : 0) |
                                       (height > high ? strong : 0) | (height < low ? strong : 0));
    };
    if (image.col_stride == 1) {
      for (index c = 0; c < cols; ++c) row[c] = pixel(heights[c]);
    } else {
      for (index c = 0; c < cols; ++c) row[c] = pixel(heights[c * image.col_stride]);
    }
  }
  Growth(pixels, timer).run();
  for (index r = 0; r < rows; ++r) {
    std::uint8_t* const row = pixels.row(r);
    if (marks.col_stride == 1) {
      for (index c = 0; c < cols; ++c) row[c] = row[c] == marked ? 1 : 0;
    } else {
      for (index c = 0; c < cols; ++c) marks(r, c) = row[c] == marked ? 1 : 0;
    }
  }
}

template void mark_features(StridedView2D<const float>, const Ground&, StridedView2D<std::uint8_t>, const Interrupt&);
template void mark_features(StridedView2D<const double>, const Ground&, StridedView2D<std::uint8_t>, const Interrupt&);

}  // namespace afmnn::correct
