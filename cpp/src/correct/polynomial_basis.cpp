#include "afmnn/correct/polynomial_basis.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::correct {
namespace {}  // namespace

PolynomialBasis::PolynomialBasis(std::ptrdiff_t cols, std::ptrdiff_t degree)
    : cols_(cols), degree_(degree), x_(at(cols)), functions_(at(cols * (degree + 1))) {
  const auto count = static_cast<double>(cols);
  for (std::ptrdiff_t c = 0; c < cols; ++c) x_[at(c)] = static_cast<double>(2 * c + 1 - cols) / count;
}

void PolynomialBasis::build(const double* weights, std::ptrdiff_t count, InterruptTimer* timer) {
  const auto product = [&](const double* a, const double* b) {
    if (weights == nullptr) return lane_sum(cols_, [=](std::ptrdiff_t i) { return a[i] * b[i]; });
    return lane_sum(cols_, [=](std::ptrdiff_t i) { return weights[i] * (a[i] * b[i]); });
  };
  // About the middle of the used pixels: where they are a few side by side, x times a polynomial differs enough from it.
  double middle = 0.0;
  if (weights != nullptr)
    middle = lane_sum(cols_, [&](std::ptrdiff_t i) { return weights[i] * x_[at(i)]; }) / static_cast<double>(count);
  std::fill(values(0), values(0) + cols_, 1.0 / std::sqrt(static_cast<double>(count)));
  for (std::ptrdiff_t k = 1; k <= degree_; ++k) {
    if (timer != nullptr) timer->call_if_due();
    double* const next = values(k);
    const double* const last = function(k - 1);
    for (std::ptrdiff_t c = 0; c < cols_; ++c) next[c] = (x_[at(c)] - middle) * last[c];
    for (int pass = 0; pass < 2; ++pass) {
      for (std::ptrdiff_t j = 0; j < k; ++j) {
        const double* const other = function(j);
        const double part = product(next, other);
        for (std::ptrdiff_t c = 0; c < cols_; ++c) next[c] -= part * other[c];
      }
    }
    const double length = std::sqrt(product(next, next));
    for (std::ptrdiff_t c = 0; c < cols_; ++c) next[c] /= length;
  }
}

void PolynomialBasis::fit(const double* heights, double* coefficients, double* curve) const {
  for (std::ptrdiff_t k = 0; k <= degree_; ++k) {
    const double* const f = function(k);
    coefficients[k] = lane_sum(cols_, [=](std::ptrdiff_t i) { return heights[i] * f[i]; });
  }
  for (std::ptrdiff_t k = 0; k <= degree_; ++k) {
    const double* const f = function(k);
    const double coefficient = coefficients[k];
    if (k == 0) std::fill(curve, curve + cols_, 0.0);
    for (std::ptrdiff_t c = 0; c < cols_; ++c) curve[c] += coefficient * f[c];
  }
}

}  // namespace afmnn::correct
