// Fourier transforms in double precision: of several series at once, and of real images of any size.
//
// The same bits on every machine and for any number of threads: twiddles come from core/elementary.hpp, and sums run in the order
// that is written in fft.cpp.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn {

/// cos and sin of 2 pi numerator / denominator, to 1 ulp, and exact where they are 0, 1 or -1; 0 <= numerator < denominator.
struct Turn {
  double cosine, sine;
};
Turn turn(std::ptrdiff_t numerator, std::ptrdiff_t denominator);

/// Transforms of `batch` series at once that lie side by side: element i of series b at i * batch + b.
///
///   forward   X[k] = sum over i of x[i] exp(-2 pi i k / length)
///   inverse   the same with exp(+2 pi i k / length), not divided by the length
///
/// Lengths whose prime factors are at most 23 take time in proportion to length * log(length) * largest factor; others are
/// convolutions (L. I. Bluestein, IEEE Trans. Audio Electroacoust. 18 (1970) 451), and take some five times as long as the next
/// length without large factors.
class Fft {
 public:
  static constexpr std::ptrdiff_t batch = 8;  // series: a cache line of each element

  explicit Fft(std::ptrdiff_t length);
  ~Fft();

  std::ptrdiff_t length() const { return length_; }
  std::ptrdiff_t work_size() const;  ///< numbers

  struct Parts {
    double* re;
    double* im;
  };
  /// Where the series are to be written, in a work space (aligned to cache lines) of work_size() numbers.
  Parts input(double* work) const { return {work, work + part_}; }
  /// Where the result is, in the work space; the input is lost.
  Parts forward(double* work) const;
  Parts inverse(double* work) const;

 private:
  struct Chirp;
  Parts run(Parts from, Parts to) const;
  Parts convolve(double* work, bool inverse) const;

  std::ptrdiff_t length_;
  std::ptrdiff_t part_;  // numbers of a real or imaginary part, and a gap: parts lie apart in the cache
  std::vector<int> radices_;
  std::vector<double> twiddles_;  // of each stage: for q below length / radix, for j from 1 to radix - 1, cosine and sine
  std::unique_ptr<Chirp> chirp_;  // for lengths with large prime factors
};

/// Coefficients of a real image: columns 0 to cols / 2 of its transform; the others are their conjugates. Rows are padded to
/// whole batches, with zeros.
struct HalfSpectrum {
  HalfSpectrum(std::ptrdiff_t rows, std::ptrdiff_t image_cols);

  std::ptrdiff_t rows, cols, stride;
  AlignedVector<double> real, imaginary;

  double* re(std::ptrdiff_t row) { return real.data() + row * stride; }
  double* im(std::ptrdiff_t row) { return imaginary.data() + row * stride; }
  const double* re(std::ptrdiff_t row) const { return real.data() + row * stride; }
  const double* im(std::ptrdiff_t row) const { return imaginary.data() + row * stride; }
};

/// Transforms of real images of one size.
///
///   S(k, l) = sum over r, c of z(r, c) exp(-2 pi i (k r / rows + l c / cols))
///
/// Costs some 10 ns a pixel on one thread where sizes are products of 2, 3, 4 and 5.
class Fft2D {
 public:
  Fft2D(std::ptrdiff_t rows, std::ptrdiff_t cols) : rows_(rows), cols_(cols), down_(rows), across_(cols) {}

  void forward(View2D<const double> image, HalfSpectrum& spectrum, UnitTeam& team) const;

  /// `factor` times the sum over k, l of S exp(+2 pi i ...); the spectrum is lost. Coefficients (k, 0) and, for
  /// even numbers of columns, (k, cols / 2) have to be conjugates of (rows - k, ...): make_hermitian sees to that.
  void inverse(HalfSpectrum& spectrum, View2D<double> image, UnitTeam& team, double factor = 1.0) const;

 private:
  void transform_columns(HalfSpectrum& spectrum, bool inverse, UnitTeam& team) const;

  std::ptrdiff_t rows_, cols_;
  Fft down_, across_;
};

/// Of a spectrum of independent complex Gaussian coefficients, makes that of a real image: in columns that are their own mirror
/// images, the upper half becomes the conjugate of the lower, and coefficients that are their own mirror images become real, with
/// the same mean square.
void make_hermitian(HalfSpectrum& spectrum, std::ptrdiff_t image_cols);

}  // namespace afmnn
