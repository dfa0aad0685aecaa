// Polynomials along a scan line, or across all of them, that are orthonormal over some of its pixels.
#pragma once

#include <cstddef>
#include <vector>

#include "afmnn/core/interrupt.hpp"

namespace afmnn::correct {

/// Each polynomial is x times the one before, less its products with all before, twice, and brought to unit length (Vandermonde
/// with Arnoldi: P. D. Brubeck, Y. Nakatsukasa, L. N. Trefethen, SIAM Rev. 63 (2021) 405, doi:10.1137/19M130100X). Products are
/// sums over the used pixels; the polynomials are carried along on all pixels, so that they say what lies beyond the used ones,
/// too. Any degree below the number of used pixels is determined, wherever these lie.
class PolynomialBasis {
 public:
  /// Takes memory for polynomials of the degrees 0 to `degree` on a line of `cols` pixels.
  PolynomialBasis(std::ptrdiff_t cols, std::ptrdiff_t degree);

  /// Makes them orthonormal over the `count` > degree pixels whose weight is 1; the others have weight 0. Without weights: over
  /// all. Weights may be whole numbers, too, of which more than `degree` are not 0, and `count` their sum. Costs (degree + 1)^2 *
  /// 2 multiply-adds a pixel; may be interrupted between polynomials.
  void build(const double* weights, std::ptrdiff_t count, InterruptTimer* timer = nullptr);

  /// The least-squares polynomial of heights, which must be 0 where they are not used, on all pixels. `curve` may be where the
  /// heights are; `coefficients` has room for degree + 1 of them.
  void fit(const double* heights, double* coefficients, double* curve) const;

  /// The polynomial of degree k on all pixels.
  const double* function(std::ptrdiff_t k) const { return functions_.data() + k * cols_; }

 private:
  double* values(std::ptrdiff_t k) { return functions_.data() + k * cols_; }

  std::ptrdiff_t cols_, degree_;
  std::vector<double> x_;
  std::vector<double> functions_;
};

}  // namespace afmnn::correct
