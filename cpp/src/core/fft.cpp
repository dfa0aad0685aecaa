#include "afmnn/core/fft.hpp"

#include <algorithm>
#include <utility>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/fft_radix.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn {
namespace {

using index = std::ptrdiff_t;

constexpr index batch = Fft::batch;
constexpr index gap = 24;          // numbers: three cache lines
constexpr int largest_radix = 23;  // beyond, a convolution is faster
constexpr double step_time = 1.0;  // nanoseconds, of an element in a stage
constexpr double move_time = 2.0;  // of an element that is copied

index smooth_length(index at_least) {
  for (index length = at_least;; ++length) {
    index rest = length;
    for (const index factor : {2, 3, 5}) {
      while (rest % factor == 0) rest /= factor;
    }
    if (rest == 1) return length;
  }
}

using fft_radix::times;
using fft_radix::transform;
using fft_radix::Value;

// T. G. Stockham, AFIPS Proc. 28 (1966) 229: a stage leaves its results in order, so nothing is to be reversed. `side` values lie
// side by side: those of the series, and those of the transforms of the stages before.
template <int Radix, bool Turned>
[[gnu::always_inline]] inline void butterflies(const double* __restrict re, const double* __restrict im, double* __restrict to_re,
                                               double* __restrict to_im, index step, index side, const double* w) {
  double cosine[Radix] = {}, sine[Radix] = {};
  for (int j = 1; Turned && j < Radix; ++j) {
    cosine[j] = w[2 * (j - 1)];
    sine[j] = w[2 * (j - 1) + 1];
  }
  for (index i = 0; i < side; ++i) {
    Value x[Radix];
#pragma GCC unroll 5
    for (int j = 0; j < Radix; ++j) x[j] = {re[j * step + i], im[j * step + i]};
    transform<Radix>(x);
#pragma GCC unroll 5
    for (int j = 0; j < Radix; ++j) {
      const Value turned = Turned && j > 0 ? times(x[j], cosine[j], sine[j]) : x[j];
      to_re[j * side + i] = turned.re;
      to_im[j * side + i] = turned.im;
    }
  }
}

template <int Radix>
void stage(Fft::Parts from, Fft::Parts to, index length, index side, const double* twiddles) {
  const index quota = length / Radix;
  for (index q = 0; q < quota; ++q) {
    const double* const re = from.re + q * side;
    const double* const im = from.im + q * side;
    double* const to_re = to.re + q * Radix * side;
    double* const to_im = to.im + q * Radix * side;
    if (q == 0) {
      butterflies<Radix, false>(re, im, to_re, to_im, quota * side, side, twiddles);
    } else {
      butterflies<Radix, true>(re, im, to_re, to_im, quota * side, side, twiddles + 2 * (Radix - 1) * q);
    }
  }
}

// The same for a prime, by its definition: sums of x[j] exp(-2 pi i j k / radix), in the order of j.
void stage_of_prime(int radix, Fft::Parts from, Fft::Parts to, index length, index side, const double* twiddles) {
  double cosine[largest_radix], sine[largest_radix];
  for (int j = 0; j < radix; ++j) {
    const Turn angle = turn(j, radix);
    cosine[j] = angle.cosine;
    sine[j] = -angle.sine;
  }
  const index quota = length / radix;
  for (index q = 0; q < quota; ++q) {
    const double* const w = twiddles + 2 * (radix - 1) * q;
    for (index first = 0; first < side; first += batch) {
      const index at_from = q * side + first;
      for (int k = 0; k < radix; ++k) {
        double re[batch], im[batch];
        for (index i = 0; i < batch; ++i) {
          re[i] = from.re[at_from + i];
          im[i] = from.im[at_from + i];
        }
        for (int j = 1; j < radix; ++j) {
          const double c = cosine[j * k % radix], s = sine[j * k % radix];
          const double* const x = from.re + at_from + j * quota * side;
          const double* const y = from.im + at_from + j * quota * side;
          for (index i = 0; i < batch; ++i) {
            re[i] += x[i] * c - y[i] * s;
            im[i] += x[i] * s + y[i] * c;
          }
        }
        const double c = k == 0 ? 1.0 : w[2 * (k - 1)], s = k == 0 ? 0.0 : w[2 * (k - 1) + 1];
        double* const to_re = to.re + (q * radix + k) * side + first;
        double* const to_im = to.im + (q * radix + k) * side + first;
        for (index i = 0; i < batch; ++i) {
          to_re[i] = re[i] * c - im[i] * s;
          to_im[i] = re[i] * s + im[i] * c;
        }
      }
    }
  }
}

}  // namespace

Turn turn(index numerator, index denominator) {
  // Because sine and cosine of an octant give all others, symmetries are exact. Eighths of a turn, and what is left of them.
  const index eighths = 8 * numerator / denominator;
  const index rest = 8 * numerator - eighths * denominator;  // of an eighth, in parts of the denominator
  const bool back = eighths % 2 != 0;
  constexpr double quarter_pi = 0.78539816339744830962, root_half = 0.70710678118654752440;
  const index part = back ? denominator - rest : rest;
  const double angle = quarter_pi * static_cast<double>(part) / static_cast<double>(denominator);
  const double c = part == denominator ? root_half : afmnn::cos(angle);
  const double s = part == denominator ? root_half : afmnn::sin(angle);
  switch (eighths) {
    case 0:
      return {c, s};
    case 1:
      return {s, c};
    case 2:
      return {0.0 - s, c};
    case 3:
      return {-c, s};
    case 4:
      return {-c, 0.0 - s};
    case 5:
      return {-s, -c};
    case 6:
      return {s, -c};
    default:
      return {c, -s};
  }
}

// exp(-i pi k^2 / length), and the transform of its conjugate, continued to a length that has no large factors.
struct Fft::Chirp {
  explicit Chirp(index length) : fft(smooth_length(2 * length - 1)), cosine(at(length)), sine(at(length)) {
    index square = 0;  // k^2 modulo 2 length
    for (index k = 0; k < length; ++k) {
      const Turn angle = turn(square, 2 * length);
      cosine[at(k)] = angle.cosine;
      sine[at(k)] = -angle.sine;
      square = (square + 2 * k + 1) % (2 * length);
    }
    const index padded = fft.length();
    AlignedVector<double> work(at(fft.work_size()));
    const Parts in = fft.input(work.data());
    for (index k = 0; k < length; ++k) {
      for (const index place : {k, (padded - k) % padded}) {
        in.re[place * batch] = cosine[at(k)];
        in.im[place * batch] = -sine[at(k)];
      }
    }
    const Parts out = fft.forward(work.data());
    for (index k = 0; k < padded; ++k) {
      filter.push_back(out.re[k * batch] / static_cast<double>(padded));
      filter.push_back(out.im[k * batch] / static_cast<double>(padded));
    }
  }

  Fft fft;
  std::vector<double> cosine, sine, filter;
};

Fft::Fft(index length) : length_(length), part_(length * batch + gap) {
  index rest = length;
  for (const int radix : {4, 2, 3, 5, 7, 11, 13, 17, 19, 23}) {
    for (; rest % radix == 0; rest /= radix) radices_.push_back(radix);
  }
  if (rest != 1) {
    radices_.clear();
    chirp_ = std::make_unique<Chirp>(length);
    return;
  }
  index span = length;
  for (const int radix : radices_) {
    for (index q = 0; q < span / radix; ++q) {
      for (int j = 1; j < radix; ++j) {
        const Turn angle = turn(q * j % span, span);
        twiddles_.push_back(angle.cosine);
        twiddles_.push_back(-angle.sine);
      }
    }
    span /= radix;
  }
}

Fft::~Fft() = default;

index Fft::work_size() const { return chirp_ ? 2 * part_ + chirp_->fft.work_size() : 4 * part_; }

Fft::Parts Fft::run(Parts from, Parts to) const {
  const double* twiddles = twiddles_.data();
  index span = length_, side = batch;
  for (const int radix : radices_) {
    switch (radix) {
      case 2:
        stage<2>(from, to, span, side, twiddles);
        break;
      case 3:
        stage<3>(from, to, span, side, twiddles);
        break;
      case 4:
        stage<4>(from, to, span, side, twiddles);
        break;
      case 5:
        stage<5>(from, to, span, side, twiddles);
        break;
      default:
        stage_of_prime(radix, from, to, span, side, twiddles);
    }
    twiddles += 2 * (radix - 1) * (span / radix);
    span /= radix;
    side *= radix;
    std::swap(from, to);
  }
  return from;
}

Fft::Parts Fft::convolve(double* work, bool inverse) const {
  const double sign = inverse ? -1.0 : 1.0;  // of the imaginary part, on the way in and out: the transform of the conjugate
  const Parts series = input(work);
  double* const inner = work + 2 * part_;
  const Parts in = chirp_->fft.input(inner);
  for (index k = 0; k < length_; ++k) {
    const double c = chirp_->cosine[at(k)], s = chirp_->sine[at(k)];
    for (index i = k * batch; i < (k + 1) * batch; ++i) {
      const Value turned = times({series.re[i], sign * series.im[i]}, c, s);
      in.re[i] = turned.re;
      in.im[i] = turned.im;
    }
  }
  const index padded = chirp_->fft.length();
  std::fill(in.re + length_ * batch, in.re + padded * batch, 0.0);
  std::fill(in.im + length_ * batch, in.im + padded * batch, 0.0);
  const Parts spectrum = chirp_->fft.forward(inner);
  // The second transform is an inverse one; it begins where the first has ended, and may end in either half.
  for (index k = 0; k < padded; ++k) {
    const double c = chirp_->filter[at(2 * k)], s = chirp_->filter[at(2 * k + 1)];
    for (index i = k * batch; i < (k + 1) * batch; ++i) {
      const Value product = times({spectrum.re[i], spectrum.im[i]}, c, s);
      spectrum.re[i] = product.re;
      spectrum.im[i] = product.im;
    }
  }
  const Parts first = in, second{inner + 2 * chirp_->fft.part_, inner + 3 * chirp_->fft.part_};
  const Parts other = spectrum.re == first.re ? second : first;
  const Parts swapped = chirp_->fft.run({spectrum.im, spectrum.re}, {other.im, other.re});
  for (index k = 0; k < length_; ++k) {
    const double c = chirp_->cosine[at(k)], s = chirp_->sine[at(k)];
    for (index i = k * batch; i < (k + 1) * batch; ++i) {
      const Value turned = times({swapped.im[i], swapped.re[i]}, c, s);
      series.re[i] = turned.re;
      series.im[i] = sign * turned.im;
    }
  }
  return series;
}

Fft::Parts Fft::forward(double* work) const {
  if (chirp_) return convolve(work, false);
  return run(input(work), {work + 2 * part_, work + 3 * part_});
}

// Real and imaginary part exchanged, before and after: that turns all signs.
Fft::Parts Fft::inverse(double* work) const {
  if (chirp_) return convolve(work, true);
  const Parts swapped = run({work + part_, work}, {work + 3 * part_, work + 2 * part_});
  return {swapped.im, swapped.re};
}

HalfSpectrum::HalfSpectrum(index rows_, index image_cols)
    : rows(rows_),
      cols(image_cols / 2 + 1),
      stride((cols + batch - 1) / batch * batch),
      real(at(rows * stride)),
      imaginary(at(rows * stride)) {}

void Fft2D::transform_columns(HalfSpectrum& spectrum, bool inverse, UnitTeam& team) const {
  const index work_size = down_.work_size();
  AlignedVector<double> works(at(work_size * team.workers()));
  const double elements = static_cast<double>(spectrum.rows) * static_cast<double>(spectrum.stride);
  team.visit(spectrum.stride / batch, 6.0 * elements * step_time, [&](int worker, index block) {
    double* const work = works.data() + work_size * worker;
    const Fft::Parts in = down_.input(work);
    const index column = block * batch;
    for (index r = 0; r < spectrum.rows; ++r) {
      std::copy_n(spectrum.re(r) + column, batch, in.re + r * batch);
      std::copy_n(spectrum.im(r) + column, batch, in.im + r * batch);
    }
    const Fft::Parts out = inverse ? down_.inverse(work) : down_.forward(work);
    for (index r = 0; r < spectrum.rows; ++r) {
      std::copy_n(out.re + r * batch, batch, spectrum.re(r) + column);
      std::copy_n(out.im + r * batch, batch, spectrum.im(r) + column);
    }
  });
}

// Two rows are real and imaginary part of one series. Eight elements of a row at a time, as rows may share a set of the cache.
void Fft2D::inverse(HalfSpectrum& spectrum, View2D<double> image, UnitTeam& team, double factor) const {
  transform_columns(spectrum, true, team);
  const index work_size = across_.work_size();
  AlignedVector<double> works(at(work_size * team.workers()));
  const index blocks = (rows_ + 2 * batch - 1) / (2 * batch);
  const index half = spectrum.cols;
  const double time = static_cast<double>(rows_) * static_cast<double>(cols_) * (3.0 * step_time + move_time);
  team.visit(blocks, time, [&](int worker, index block) {
    double* const work = works.data() + work_size * worker;
    const Fft::Parts in = across_.input(work);
    const index first = block * 2 * batch;
    for (index k0 = 0; k0 < half; k0 += batch) {
      const index last = std::min(half, k0 + batch);
      for (index b = 0; b < batch; ++b) {
        const index r = first + 2 * b;
        const bool has_even = r < rows_, has_odd = r + 1 < rows_;
        const double* const even_re = spectrum.re(has_even ? r : 0);
        const double* const even_im = spectrum.im(has_even ? r : 0);
        const double* const odd_re = spectrum.re(has_odd ? r + 1 : 0);
        const double* const odd_im = spectrum.im(has_odd ? r + 1 : 0);
        for (index k = k0; k < last; ++k) {
          const double ar = even_re[k], ai = even_im[k], br = odd_re[k], bi = odd_im[k];
          const index mirrored = (k == 0 ? 0 : cols_ - k) * batch + b;
          in.re[mirrored] = ar + bi;
          in.im[mirrored] = br - ai;
          in.re[k * batch + b] = ar - bi;
          in.im[k * batch + b] = ai + br;
        }
      }
    }
    const Fft::Parts out = across_.inverse(work);
    for (index c0 = 0; c0 < cols_; c0 += batch) {
      const index last = std::min(cols_, c0 + batch);
      for (index b = 0; b < batch; ++b) {
        const index r = first + 2 * b;
        if (r >= rows_) break;
        double* const even = image.row(r);
        for (index c = c0; c < last; ++c) even[c] = factor * out.re[c * batch + b];
        if (r + 1 >= rows_) break;
        double* const odd = image.row(r + 1);
        for (index c = c0; c < last; ++c) odd[c] = factor * out.im[c * batch + b];
      }
    }
  });
}

void Fft2D::forward(View2D<const double> image, HalfSpectrum& spectrum, UnitTeam& team) const {
  const index work_size = across_.work_size();
  AlignedVector<double> works(at(work_size * team.workers()));
  const index blocks = (rows_ + 2 * batch - 1) / (2 * batch);
  const index half = spectrum.cols;
  const double time = static_cast<double>(rows_) * static_cast<double>(cols_) * (3.0 * step_time + move_time);
  team.visit(blocks, time, [&](int worker, index block) {
    double* const work = works.data() + work_size * worker;
    const Fft::Parts in = across_.input(work);
    const index first = block * 2 * batch;
    for (index c0 = 0; c0 < cols_; c0 += batch) {
      const index last = std::min(cols_, c0 + batch);
      for (index b = 0; b < batch; ++b) {
        const index r = first + 2 * b;
        const double* const even = image.row(r < rows_ ? r : 0);
        const double* const odd = image.row(r + 1 < rows_ ? r + 1 : 0);
        for (index c = c0; c < last; ++c) {
          in.re[c * batch + b] = even[c];
          in.im[c * batch + b] = odd[c];
        }
      }
    }
    const Fft::Parts out = across_.forward(work);
    for (index k0 = 0; k0 < half; k0 += batch) {
      const index last = std::min(half, k0 + batch);
      for (index b = 0; b < batch; ++b) {
        const index r = first + 2 * b;
        if (r >= rows_) break;
        const bool has_odd = r + 1 < rows_;
        double* const even_re = spectrum.re(r);
        double* const even_im = spectrum.im(r);
        double* const odd_re = spectrum.re(has_odd ? r + 1 : r);
        double* const odd_im = spectrum.im(has_odd ? r + 1 : r);
        for (index k = k0; k < last; ++k) {
          const index mirrored = (k == 0 ? 0 : cols_ - k) * batch + b;
          const double xr = out.re[k * batch + b], xi = out.im[k * batch + b], yr = out.re[mirrored], yi = out.im[mirrored];
          if (has_odd) {
            odd_re[k] = 0.5 * (xi + yi);
            odd_im[k] = 0.5 * (yr - xr);
          }
          even_re[k] = 0.5 * (xr + yr);
          even_im[k] = 0.5 * (xi - yi);
        }
      }
    }
  });
  transform_columns(spectrum, false, team);
}

void make_hermitian(HalfSpectrum& spectrum, index image_cols) {
  constexpr double root_two = 1.4142135623730950488;
  const index rows = spectrum.rows;
  for (const index column : {index{0}, image_cols / 2}) {
    if (column != 0 && 2 * column != image_cols) continue;
    for (index r = 0; r <= rows / 2; ++r) {
      const index other = r == 0 ? 0 : rows - r;
      if (other == r) {
        spectrum.re(r)[column] *= root_two;
        spectrum.im(r)[column] = 0.0;
      } else {
        spectrum.re(other)[column] = spectrum.re(r)[column];
        spectrum.im(other)[column] = -spectrum.im(r)[column];
      }
    }
  }
}

}  // namespace afmnn
