#include <limits>

#include "afmnn/correct/features.hpp"
#include "lines.hpp"

namespace {

using afmnn::correct::Ground;
using afmnn::test::Lines;

constexpr Ground ground{-4.0, 4.0, -2.0, 2.0};

AFMNN_TEST(features_grow_over_corners_on_their_own_side) {
  Lines scan(6, 40, 1);
  scan(1, 10) = 5.0;                // stands out
  scan(2, 11) = scan(3, 12) = 3.0;  // hang together with it
  scan(3, 13) = -3.0;               // on the other side
  scan(5, 30) = 3.0;                // alone
  scan(4, 38) = -5.0;
  scan(4, 39) = -2.0;  // not beyond the limit
  scan(0, 20) = afmnn::test::missing;
  afmnn::correct::mark_features<double>(scan.image(), ground, scan.result(), {});
  AFMNN_CHECK(scan.marked() == 4);
  AFMNN_CHECK(scan.mark(1, 10) == 1 && scan.mark(2, 11) == 1 && scan.mark(3, 12) == 1 && scan.mark(4, 38) == 1);
}

AFMNN_TEST(features_wind_through_the_image) {
  Lines scan(31, 33, 2);
  // A path to and fro: line after line, joined at the ends by turns.
  std::ptrdiff_t length = 0;
  for (std::ptrdiff_t r = 0; r < scan.rows; ++r) {
    for (std::ptrdiff_t c = 0; c < scan.cols; ++c) {
      const bool on_path = r % 2 == 0 || c == (r % 4 == 1 ? scan.cols - 1 : 0);
      if (on_path) scan(r, c) = 3.0;
      length += on_path ? 1 : 0;
    }
  }
  scan(30, 0) = 4.5;
  afmnn::correct::mark_features<double>(scan.image(), ground, scan.result(), {});
  AFMNN_CHECK(scan.marked() == length);
}

AFMNN_TEST(features_have_limits_between_two_floats) {
  const float below = 1.0F, above = 1.0F + std::numeric_limits<float>::epsilon();
  const float heights[] = {below, above, -below, -above};
  std::uint8_t marks[4];
  const double limit = 1.0 + 0.75 * static_cast<double>(std::numeric_limits<float>::epsilon());
  afmnn::correct::mark_features<float>({heights, 1, 4, 4, 1}, {-limit, limit, -limit, limit}, {marks, 1, 4, 4, 1}, {});
  AFMNN_CHECK(marks[0] == 0 && marks[1] == 1 && marks[2] == 0 && marks[3] == 1);
}

AFMNN_TEST(features_are_written_apart) {
  Lines scan(4, 9, 3), other(4, 9, 3);
  scan(2, 4) = other(2, 4) = 9.0;
  afmnn::correct::mark_features<double>(scan.image(), ground, scan.result(), {});
  std::vector<std::uint8_t> columns(36);
  afmnn::correct::mark_features<double>(other.image(), ground, {columns.data(), 4, 9, 1, 4}, {});
  for (std::ptrdiff_t r = 0; r < 4; ++r) {
    for (std::ptrdiff_t c = 0; c < 9; ++c) AFMNN_CHECK(columns[static_cast<std::size_t>(r + 4 * c)] == scan.mark(r, c));
  }
}

}  // namespace
