#include "hum_transform.hpp"

#include <utility>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/fft_radix.hpp"
#include "afmnn/correct/hum.hpp"

namespace afmnn::correct {
namespace {

constexpr double two_pi = 6.28318530717958647692;

std::ptrdiff_t without_factors(std::ptrdiff_t n) {
  for (const std::ptrdiff_t factor : {2, 3, 5}) {
    while (n % factor == 0) n /= factor;
  }
  return n;
}

using fft_radix::times;
using fft_radix::transform;
using fft_radix::Value;

// T. G. Stockham, AFIPS Proc. 28 (1966) 229: a stage leaves its results in order, so nothing is to be reversed. `side` values lie
// side by side: those of the series, and those of the transforms of the stages before.
template <int Radix>
void stage(const double* from, double* to, std::ptrdiff_t part, std::ptrdiff_t length, std::ptrdiff_t side,
           const double* twiddles) {
  const std::ptrdiff_t quota = length / Radix;
  for (std::ptrdiff_t q = 0; q < quota; ++q) {
    const double* w = twiddles + 2 * (Radix - 1) * q;
    const double* const x = from + q * side;
    double* const y = to + q * Radix * side;
    for (std::ptrdiff_t i = 0; i < side; ++i) {
      Value values[Radix];
      for (int j = 0; j < Radix; ++j) values[j] = {x[j * quota * side + i], x[part + j * quota * side + i]};
      transform<Radix>(values);
      y[i] = values[0].re;
      y[part + i] = values[0].im;
      for (int j = 1; j < Radix; ++j) {
        const Value turned = times(values[j], w[2 * (j - 1)], w[2 * (j - 1) + 1]);
        y[j * side + i] = turned.re;
        y[part + j * side + i] = turned.im;
      }
    }
  }
}

}  // namespace

std::ptrdiff_t transform_length(std::ptrdiff_t count) {
  std::ptrdiff_t length = count;
  while (without_factors(length) != 1) ++length;
  return length;
}

HumTransform::HumTransform(std::ptrdiff_t length) : length_(length) {
  for (const int radix : {4, 2, 3, 5}) {
    for (; length % radix == 0; length /= radix) radices_.push_back(radix);
  }
  length = length_;
  for (const int radix : radices_) {
    for (std::ptrdiff_t q = 0; q < length / radix; ++q) {
      for (int j = 1; j < radix; ++j) {
        const double angle = two_pi * static_cast<double>(q * j) / static_cast<double>(length);
        twiddles_.push_back(afmnn::cos(angle));
        twiddles_.push_back(-afmnn::sin(angle));
      }
    }
    length /= radix;
  }
}

double* HumTransform::run(double* work) const {
  const std::ptrdiff_t part = length_ * batch;
  double* from = work;
  double* to = work + 2 * part;
  const double* twiddles = twiddles_.data();
  std::ptrdiff_t length = length_, side = batch;
  for (const int radix : radices_) {
    if (radix == 2) stage<2>(from, to, part, length, side, twiddles);
    if (radix == 3) stage<3>(from, to, part, length, side, twiddles);
    if (radix == 4) stage<4>(from, to, part, length, side, twiddles);
    if (radix == 5) stage<5>(from, to, part, length, side, twiddles);
    twiddles += 2 * (radix - 1) * (length / radix);
    length /= radix;
    side *= radix;
    std::swap(from, to);
  }
  return from;
}

}  // namespace afmnn::correct
