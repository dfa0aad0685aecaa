#include "afmnn/core/sums.hpp"

#include <algorithm>
#include <cstddef>

namespace afmnn {
namespace {

constexpr std::ptrdiff_t piece = 1024;
constexpr std::ptrdiff_t lanes = 8;

template <typename Term>
double sum_of_piece(const double* values, std::ptrdiff_t count, const Term& term) {
  double sums[lanes] = {};
  std::ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) sums[lane] += term(values[i + lane]);
  }
  for (std::ptrdiff_t lane = 0; i + lane < count; ++lane) sums[lane] += term(values[i + lane]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <typename T, typename Term>
double sum_of_terms(const StridedView2D<const T>& image, const Term& term) {
  double together[piece];
  double total = 0.0;
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
    for (std::ptrdiff_t first = 0; first < image.cols; first += piece) {
      const std::ptrdiff_t count = std::min(piece, image.cols - first);
      for (std::ptrdiff_t i = 0; i < count; ++i) together[i] = static_cast<double>(image(r, first + i));
      total += sum_of_piece(together, count, term);
    }
  }
  return total;
}

}  // namespace

template <typename T>
double sum(StridedView2D<const T> image) {
  return sum_of_terms(image, [](double x) { return x; });
}

template <typename T>
double sum_of_squares(StridedView2D<const T> image, double centre) {
  return sum_of_terms(image, [centre](double x) { return (x - centre) * (x - centre); });
}

template double sum(StridedView2D<const float>);
template double sum(StridedView2D<const double>);
template double sum_of_squares(StridedView2D<const float>, double);
template double sum_of_squares(StridedView2D<const double>, double);

}  // namespace afmnn
