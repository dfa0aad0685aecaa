#include "afmnn/correct/features.hpp"

#include <algorithm>
#include <vector>

namespace afmnn::correct {
namespace {

constexpr std::uint8_t above = 1, below = 2;

}  // namespace

template <typename T>
void mark_features(StridedView2D<const T> image, const Ground& ground, StridedView2D<std::uint8_t> marks,
                   const Interrupt& interrupt) {
  InterruptTimer timer(interrupt);
  struct Place {
    std::ptrdiff_t row, col;
  };
  std::vector<Place> open;  // marked, but their neighbours have not been looked at
  // Its neighbours on the same side of the ground join it, and theirs.
  const auto grow = [&] {
    for (std::ptrdiff_t count = 0; !open.empty(); ++count) {
      if (count % 65536 == 65535) timer.call_if_due();
      const Place place = open.back();
      open.pop_back();
      const std::uint8_t side = marks(place.row, place.col);
      for (std::ptrdiff_t r = std::max<std::ptrdiff_t>(place.row - 1, 0); r <= std::min(place.row + 1, image.rows - 1); ++r) {
        for (std::ptrdiff_t c = std::max<std::ptrdiff_t>(place.col - 1, 0); c <= std::min(place.col + 1, image.cols - 1); ++c) {
          const auto height = static_cast<double>(image(r, c));
          if (marks(r, c) != 0 || !(side == above ? height > ground.weak_high : height < ground.weak_low)) continue;
          marks(r, c) = side;
          open.push_back({r, c});
        }
      }
    }
  };
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
    for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
      const auto height = static_cast<double>(image(r, c));
      marks(r, c) = height > ground.high ? above : height < ground.low ? below : std::uint8_t{0};
    }
  }
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
    timer.call_if_due();
    for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
      if (marks(r, c) == 0) continue;
      open.push_back({r, c});
      grow();
    }
  }
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
    for (std::ptrdiff_t c = 0; c < image.cols; ++c) marks(r, c) = marks(r, c) != 0 ? 1 : 0;
  }
}

template void mark_features(StridedView2D<const float>, const Ground&, StridedView2D<std::uint8_t>, const Interrupt&);
template void mark_features(StridedView2D<const double>, const Ground&, StridedView2D<std::uint8_t>, const Interrupt&);

}  // namespace afmnn::correct
