// Fourier transforms in double precision, several at once, of lengths whose prime factors are 2, 3 and 5.
#pragma once

#include <cstddef>
#include <vector>

namespace afmnn::correct {

/// Transforms of `batch` series at once, which lie side by side: element i of series b at i * batch + b.
class HumTransform {
 public:
  static constexpr std::ptrdiff_t batch = 4;

  explicit HumTransform(std::ptrdiff_t length);

  std::ptrdiff_t length() const { return length_; }
  /// Numbers in a work space: real and imaginary parts, read and written in turns.
  std::ptrdiff_t work_size() const { return 4 * length_ * batch; }

  /// Sum over i of x[i] exp(-2 pi i k / length). The values are in work[0] (real) and work[length * batch] (imaginary); returns
  /// where the result is, laid out alike, in the first or the second half of `work`.
  double* run(double* work) const;

 private:
  std::ptrdiff_t length_;
  std::vector<int> radices_;
  std::vector<double> twiddles_;  // of each stage: for q below length / radix, for j from 1 to radix - 1, cosine and sine
};

}  // namespace afmnn::correct
