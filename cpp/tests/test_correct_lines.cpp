#include "afmnn/correct/lines.hpp"
#include "lines.hpp"

namespace {

using afmnn::correct::LineFigures;
using afmnn::test::Lines;

AFMNN_TEST(lines_that_are_alike_agree_but_for_one) {
  Lines scan(9, 64, 1);
  for (std::ptrdiff_t r = 1; r < 9; ++r) {
    for (std::ptrdiff_t c = 0; c < 64; ++c) scan(r, c) = scan(0, c) + 2.0 * static_cast<double>(r);
  }
  for (std::ptrdiff_t c = 0; c < 64; ++c) scan(5, c) = c < 40 ? 100.0 : 0.25 * static_cast<double>(c * c % 17);
  const LineFigures figures = afmnn::correct::line_figures<double>({scan.image(), 2, {}});
  AFMNN_CHECK(figures.jumps[0] == 0.0 && figures.jumps.size() == 9);
  AFMNN_CHECK_NEAR(figures.jumps[3], 2.0, 1e-12);
  for (const std::ptrdiff_t r : {0, 1, 2, 3, 4, 6, 7, 8})
    AFMNN_CHECK_NEAR(figures.disagreement[static_cast<std::size_t>(r)], 0.0, 1e-12);
  AFMNN_CHECK(figures.disagreement[5] > 0.1);
  AFMNN_CHECK_NEAR(figures.held[5], 40.0 / 64.0, 1e-12);
  AFMNN_CHECK_NEAR(figures.held[0], 1.0 / 64.0, 1e-12);
}

AFMNN_TEST(lines_without_heights_have_no_figures) {
  Lines scan(6, 30, 2);
  for (std::ptrdiff_t c = 0; c < 30; ++c) scan(3, c) = afmnn::test::missing;
  const LineFigures figures = afmnn::correct::line_figures<double>({scan.image(), 1, {}});
  AFMNN_CHECK(std::isnan(figures.disagreement[3]));
  AFMNN_CHECK(figures.jumps[3] == 0.0 && figures.jumps[4] == 0.0);
}

}  // namespace
