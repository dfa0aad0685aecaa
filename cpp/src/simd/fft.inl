// Two-dimensional Fourier transforms of square tiles in single precision. Included behind kernels.inl.
//
// A tile is split in real and imaginary parts, rows `stride` apart. Transforms run down the columns, as many columns at
// once as a register holds; a transposition in between serves the other direction. Forward leaves the frequencies in
// digit-reversed order and inverse takes them in that order: products of spectra do not care.

namespace afmnn::simd {
namespace {

using Floats = Vector<float>;

struct Complex {
  Floats re, im;
};

[[gnu::always_inline]] inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
[[gnu::always_inline]] inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
// Times w = w[0] + i w[1], and times its conjugate.
[[gnu::always_inline]] inline Complex turn(Complex a, const float* w) {
  const Floats re = broadcast(w[0]);
  const Floats im = broadcast(w[1]);
  return {a.re * re - a.im * im, a.im * re + a.re * im};
}
[[gnu::always_inline]] inline Complex turn_back(Complex a, const float* w) {
  const Floats re = broadcast(w[0]);
  const Floats im = broadcast(w[1]);
  return {a.re * re + a.im * im, a.im * re - a.re * im};
}
[[gnu::always_inline]] inline Complex quarter(Complex a) { return {-a.im, a.re}; }  // times i

struct Column {
  float* re;
  float* im;
  index stride;

  [[gnu::always_inline]] Complex get(index row) const { return {load(re + row * stride), load(im + row * stride)}; }
  [[gnu::always_inline]] Column from(index row) const { return {re + row * stride, im + row * stride, stride}; }
  [[gnu::always_inline]] void set(index row, Complex value) const {
    store(re + row * stride, value.re);
    store(im + row * stride, value.im);
  }
};

// J. W. Cooley, J. W. Tukey, Math. Comp. 19 (1965) 297, radix 4, decimation in frequency; a radix-2 pass ends odd powers.
// One pass over blocks of `length` rows; Trivial where the turns are by nothing.
template <bool Trivial>
[[gnu::always_inline]] inline void forward_pass(const Column& x, index size, index length, index j, const float* w) {
  const index q = length / 4;
  for (index row = j; row < size; row += length) {
    const Complex a0 = x.get(row), a1 = x.get(row + q), a2 = x.get(row + 2 * q), a3 = x.get(row + 3 * q);
    const Complex even = a0 + a2, odd = a0 - a2, sum = a1 + a3, difference = quarter(a1 - a3);
    x.set(row, even + sum);
    x.set(row + q, Trivial ? odd - difference : turn(odd - difference, w));
    x.set(row + 2 * q, Trivial ? even - sum : turn(even - sum, w + 2));
    x.set(row + 3 * q, Trivial ? odd + difference : turn(odd + difference, w + 4));
  }
}

template <bool Trivial>
[[gnu::always_inline]] inline void inverse_pass(const Column& x, index size, index length, index j, const float* w) {
  const index q = length / 4;
  for (index row = j; row < size; row += length) {
    const Complex b0 = x.get(row);
    const Complex b1 = Trivial ? x.get(row + q) : turn_back(x.get(row + q), w);
    const Complex b2 = Trivial ? x.get(row + 2 * q) : turn_back(x.get(row + 2 * q), w + 2);
    const Complex b3 = Trivial ? x.get(row + 3 * q) : turn_back(x.get(row + 3 * q), w + 4);
    const Complex even = b0 + b2, odd = b0 - b2, sum = b1 + b3, difference = quarter(b1 - b3);
    x.set(row, even + sum);
    x.set(row + q, odd + difference);
    x.set(row + 2 * q, even - sum);
    x.set(row + 3 * q, odd - difference);
  }
}

[[gnu::always_inline]] inline void pair_pass(const Column& x, index size) {
  for (index row = 0; row < size; row += 2) {
    const Complex a = x.get(row), b = x.get(row + 1);
    x.set(row, a + b);
    x.set(row + 1, a - b);
  }
}

// Rows whose passes find their data in the first-level cache.
constexpr index cached_rows = 128;

void forward_rows(const Column& x, index size, const float* w) {
  index length = size;
  for (; length >= 4; length /= 4) {
    forward_pass<true>(x, size, length, 0, w);
    for (index j = 1; j < length / 4; ++j) forward_pass<false>(x, size, length, j, w + 6 * j);
    w += 6 * (length / 4);
    if (length > cached_rows) {  // each quarter is a transform of its own now
      for (index part = 0; part < size; part += length / 4) forward_rows(x.from(part), length / 4, w);
      return;
    }
  }
  if (length == 2) pair_pass(x, size);
}

// The passes of forward_rows undone from the last to the first; the result is `size` times too large.
void inverse_rows(const Column& x, index size, const float* w) {
  index length = size;
  if (size > cached_rows) {
    for (index part = 0; part < size; part += size / 4) inverse_rows(x.from(part), size / 4, w + 6 * (size / 4));
  } else {
    for (; length > 4; length /= 4) w += 6 * (length / 4);
    if (length == 2) {
      pair_pass(x, size);
      length = 8;
      w -= 6 * 2;
    }
  }
  for (; length <= size; length *= 4) {
    inverse_pass<true>(x, size, length, 0, w);
    for (index j = 1; j < length / 4; ++j) inverse_pass<false>(x, size, length, j, w + 6 * j);
    w -= 6 * length;
  }
}

void fourier_forward(const Fourier& a) {
  for (index c = 0; c < a.columns; c += lanes<float>) forward_rows({a.re + c, a.im + c, a.stride}, a.size, a.turns);
}

void fourier_inverse(const Fourier& a) {
  for (index c = 0; c < a.columns; c += lanes<float>) inverse_rows({a.re + c, a.im + c, a.stride}, a.size, a.turns);
}

// Elements of a and b in turn, from their first or second halves.
template <int Half>
[[gnu::always_inline]] inline Floats interleave(Floats a, Floats b) {
  constexpr int n = lanes<float>, h = Half * n / 2;
  if constexpr (n == 16) {
    return __builtin_shufflevector(a, b, h, h + n, h + 1, h + n + 1, h + 2, h + n + 2, h + 3, h + n + 3, h + 4, h + n + 4, h + 5,
                                   h + n + 5, h + 6, h + n + 6, h + 7, h + n + 7);
  } else if constexpr (n == 8) {
    return __builtin_shufflevector(a, b, h, h + n, h + 1, h + n + 1, h + 2, h + n + 2, h + 3, h + n + 3);
  } else {
    return __builtin_shufflevector(a, b, h, h + n, h + 1, h + n + 1);
  }
}

// to[c, r] = from[r, c]. Interleaving the halves of a block once for each bit of its size transposes it.
void transpose(const float* from, float* to, index size, index stride) {
  constexpr int n = lanes<float>;
  for (index r = 0; r < size; r += n) {
    for (index c = 0; c < size; c += n) {
      Floats block[n];
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i) block[i] = load(from + (r + i) * stride + c);
#pragma GCC unroll 4
      for (int width = 1; width < n; width *= 2) {
        Floats next[n];
#pragma GCC unroll 8
        for (int i = 0; i < n / 2; ++i) {
          next[2 * i] = interleave<0>(block[i], block[i + n / 2]);
          next[2 * i + 1] = interleave<1>(block[i], block[i + n / 2]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < n; ++i) block[i] = next[i];
      }
#pragma GCC unroll 16
      for (int i = 0; i < n; ++i) store(to + (c + i) * stride + r, block[i]);
    }
  }
}

// out = x times the conjugate of filter.
void correlate_spectra(const Spectra& a) {
  for (index i = 0; i < a.count; i += lanes<float>) {
    const Floats xr = load(a.x_re + i), xi = load(a.x_im + i), fr = load(a.filter_re + i), fi = load(a.filter_im + i);
    store(a.out_re + i, xr * fr + xi * fi);
    store(a.out_im + i, xi * fr - xr * fi);
  }
}

constexpr FourierKernels fourier_kernels_here = {fourier_forward, fourier_inverse, transpose, correlate_spectra};

}  // namespace
}  // namespace afmnn::simd
