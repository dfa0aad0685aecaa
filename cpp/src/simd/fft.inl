// Two-dimensional Fourier transforms of square tiles in single precision. Included after fma.inl.
//
// A tile is kept in strips of `pad` columns; a row of a strip is `pad` real and `pad` imaginary parts, so that whatever walks
// down a strip reads memory straight on. A gap after eight rows keeps rows apart that would share a set of the cache, and
// whose reading would wait for each other's writing (half the time, for 256 rows). Transforms run down the columns, as many at
// once as a register holds; transposing strips serves the other direction. Forward leaves the frequencies in digit-reversed order
// and inverse takes them in that order: products of spectra do not care.
//
// Radix 8 rather than 4: the arithmetic is the same, but a strip is read and written three times for 256 rows, not four.

namespace afmnn::simd {
namespace {

using Floats = Vector<float>;

struct Complex {
  Floats re, im;
};

[[gnu::always_inline]] inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
[[gnu::always_inline]] inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
[[gnu::always_inline]] inline Complex operator*(Complex a, float factor) { return {a.re * factor, a.im * factor}; }

// Sign -1: forward, exp(-2 pi i ...); 1: inverse.
// Times i or -i.
template <int Sign>
[[gnu::always_inline]] inline Complex quarter(Complex a) {
  if constexpr (Sign > 0) {
    return {-a.im, a.re};
  } else {
    return {a.im, -a.re};
  }
}

// Times w[0] + i w[1], or its conjugate.
template <int Sign>
[[gnu::always_inline]] inline Complex times_twiddle(Complex a, const float* w) {
  const Floats re = broadcast(w[0]);
  const Floats im = broadcast(w[1]);
  if constexpr (Sign > 0) {
    return {fma(a.re, re, a.im * im), fma(a.im, re, -(a.re * im))};
  } else {
    return {fma(a.re, re, -(a.im * im)), fma(a.im, re, a.re * im)};
  }
}

template <int Sign>
[[gnu::always_inline]] inline void transform4(Complex& a, Complex& b, Complex& c, Complex& d) {
  const Complex even = a + c, odd = a - c, sum = b + d, difference = quarter<Sign>(b - d);
  a = even + sum;
  b = odd + difference;
  c = even - sum;
  d = odd - difference;
}

// Transforms of 4 or 8 values in registers.
template <int Radix, int Sign>
[[gnu::always_inline]] inline void transform(Complex* x) {
  if constexpr (Radix == 4) {
    transform4<Sign>(x[0], x[1], x[2], x[3]);
  } else {
    constexpr float half_root = 0.70710678118654752440F;
    Complex sum[4], difference[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      sum[i] = x[i] + x[i + 4];
      difference[i] = x[i] - x[i + 4];
    }
    difference[1] = (difference[1] + quarter<Sign>(difference[1])) * half_root;
    difference[2] = quarter<Sign>(difference[2]);
    difference[3] = (quarter<Sign>(difference[3]) - difference[3]) * half_root;
    transform4<Sign>(sum[0], sum[1], sum[2], sum[3]);
    transform4<Sign>(difference[0], difference[1], difference[2], difference[3]);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      x[2 * i] = sum[i];
      x[2 * i + 1] = difference[i];
    }
  }
}

// As many columns as a register holds: from one place, to another. Eight rows lie `stride` apart; then follows a `gap`.
struct Columns {
  const float* re;
  const float* im;
  index stride, gap;
  const float* filter;  // laid out as a strip; null: none
  float shift_re, shift_im;

  [[gnu::always_inline]] index at(index row) const { return row * stride + row / 8 * gap; }
};

struct Target {
  float* re;
  float* im;
  index stride, gap;
  index rows;  // further ones are not wanted
  float add_re, add_im;

  [[gnu::always_inline]] index at(index row) const { return row * stride + row / 8 * gap; }
};

// What is read: as it is, less a constant, or times the conjugate of the filter.
enum class Reading { plain, shifted, filtered };

template <Reading How>
[[gnu::always_inline]] inline Complex get(const Columns& from, index at) {
  const Complex x{load(from.re + at), load(from.im + at)};
  if constexpr (How == Reading::plain) {
    return x;
  } else if constexpr (How == Reading::shifted) {
    return {x.re - from.shift_re, x.im - from.shift_im};
  } else {
    const Floats re = load(from.filter + at), im = load(from.filter + at + pad);
    return {fma(x.re, re, x.im * im), fma(x.im, re, -(x.re * im))};
  }
}

// J. W. Cooley, J. W. Tukey, Math. Comp. 19 (1965) 297. One pass over the blocks of `length` of rows [first, last).
template <int Radix, int Sign, Reading How, bool Last>
[[gnu::always_inline]] inline void pass(const Columns& from, const Target& to, index first, index last, index length,
                                        const float* twiddles) {
  const index q = length / Radix;  // 1 or a multiple of 8, so that steps are the same from all rows
  const index from_step = from.at(q), to_step = to.at(q);
  for (index block = first; block < last; block += length) {
    const float* w = twiddles;
    for (index j = 0; j < q; ++j, w += 2 * (Radix - 1)) {
      const index row = block + j;
      const index from_row = from.at(row), to_row = to.at(row);
      Complex x[Radix];
#pragma GCC unroll 8
      for (int k = 0; k < Radix; ++k) x[k] = get<How>(from, from_row + k * from_step);
      if constexpr (Sign > 0) {
        if (j > 0) {
#pragma GCC unroll 8
          for (int k = 1; k < Radix; ++k) x[k] = times_twiddle<Sign>(x[k], w + 2 * (k - 1));
        }
      }
      transform<Radix, Sign>(x);
      if constexpr (Sign < 0) {
        if (j > 0) {
#pragma GCC unroll 8
          for (int k = 1; k < Radix; ++k) x[k] = times_twiddle<Sign>(x[k], w + 2 * (k - 1));
        }
      }
#pragma GCC unroll 8
      for (int k = 0; k < Radix; ++k) {
        if (Last && row + k * q >= to.rows) continue;
        store(to.re + to_row + k * to_step, Last ? x[k].re + to.add_re : x[k].re);
        store(to.im + to_row + k * to_step, Last ? x[k].im + to.add_im : x[k].im);
      }
    }
  }
}

template <int Sign, Reading How = Reading::plain, bool Last = false>
void pass_of(int radix, const Columns& from, const Target& to, index first, index last, index length, const float* twiddles) {
  if (radix == 4) {
    pass<4, Sign, How, Last>(from, to, first, last, length, twiddles);
  } else {
    pass<8, Sign, How, Last>(from, to, first, last, length, twiddles);
  }
}

// Rows whose passes find their data in the first-level cache.
constexpr index cached_rows = 128;

// Decimation in frequency: long blocks first. `twiddles` and `radices` are those of the first pass.
template <Reading How>
void forward_rows(const Columns& from, const Target& to, index first, index length, const int* radices, const float* twiddles) {
  const index last = first + length;
  pass_of<-1, How>(*radices, from, to, first, last, length, twiddles);
  const Columns there{to.re, to.im, to.stride, to.gap, nullptr, 0, 0};
  for (bool here = length <= cached_rows; length > *radices;) {
    const index part = length / *radices;
    twiddles += 2 * (*radices - 1) * part;
    ++radices;
    length = part;
    if (!here) {  // each part is a transform of its own now
      for (index at = first; at < last; at += part) forward_rows<Reading::plain>(there, to, at, part, radices, twiddles);
      return;
    }
    pass_of<-1>(*radices, there, to, first, last, length, twiddles);
  }
}

// The passes of forward_rows undone from the last to the first; the result is `length` times too large.
template <Reading How, bool Last>
void inverse_rows(const Columns& from, const Target& work, const Target& to, index first, index length, const int* radices,
                  const float* twiddles) {
  const index last = first + length;
  const index part = length / *radices;
  const Columns there{work.re, work.im, work.stride, work.gap, nullptr, 0, 0};
  const float* const next = twiddles + 2 * (*radices - 1) * part;
  if (length > cached_rows) {
    for (index at = first; at < last; at += part) inverse_rows<How, false>(from, work, work, at, part, radices + 1, next);
  } else {
    // The passes of blocks shorter than `length`, the shortest first; twiddles of longer blocks come before.
    index lengths[8];
    const float* places[8];
    int passes = 0;
    for (index rest = part; rest > 1; rest /= radices[passes]) {
      lengths[passes] = rest;
      places[passes] = passes == 0 ? next : places[passes - 1] + 2 * (radices[passes] - 1) * rest;
      ++passes;
    }
    for (int p = passes; p > 0; --p) {
      if (p == passes) {
        pass_of<1, How>(radices[p], from, work, first, last, lengths[p - 1], places[p - 1]);
      } else {
        pass_of<1>(radices[p], there, work, first, last, lengths[p - 1], places[p - 1]);
      }
    }
  }
  pass_of<1, Reading::plain, Last>(*radices, there, to, first, last, length, twiddles);
}

constexpr index strip_row = 2 * pad, strip_gap = pad;

[[gnu::always_inline]] inline Columns source(const Fourier& a, index c) {
  const float* const filter = a.filter == nullptr ? nullptr : a.filter + c;
  return {a.from_re + c, a.from_im + c, a.from_stride, a.from_stride == strip_row ? strip_gap : 0,
          filter,        a.shift_re,    a.shift_im};
}

[[gnu::always_inline]] inline Target target(const Fourier& a, index c) {
  return {a.to_re + c, a.to_im + c, a.to_stride, a.to_stride == strip_row ? strip_gap : 0, a.to_rows, a.add_re, a.add_im};
}

void fourier_forward(const Fourier& a) {
  for (index c = 0; c < pad; c += lanes<float>) {
    forward_rows<Reading::shifted>(source(a, c), target(a, c), 0, a.size, a.radices, a.twiddles);
  }
}

void fourier_inverse(const Fourier& a) {
  for (index c = 0; c < pad; c += lanes<float>) {
    const Target work{a.work + c, a.work + pad + c, strip_row, strip_gap, a.size, 0, 0};
    if (a.filter != nullptr) {
      inverse_rows<Reading::filtered, true>(source(a, c), work, target(a, c), 0, a.size, a.radices, a.twiddles);
    } else {
      inverse_rows<Reading::plain, true>(source(a, c), work, target(a, c), 0, a.size, a.radices, a.twiddles);
    }
  }
}

// Elements of a and b in turn, from their first or second halves.
// The type is an argument so that a compiler looks at none but the branch for its size.
template <int Half, typename V>
[[gnu::always_inline]] inline V interleave(V a, V b) {
  constexpr int n = sizeof(V) / sizeof(float), h = Half * n / 2;
  if constexpr (n == 16) {
    return __builtin_shufflevector(a, b, h, h + n, h + 1, h + n + 1, h + 2, h + n + 2, h + 3, h + n + 3, h + 4, h + n + 4, h + 5,
                                   h + n + 5, h + 6, h + n + 6, h + 7, h + n + 7);
  } else if constexpr (n == 8) {
    return __builtin_shufflevector(a, b, h, h + n, h + 1, h + n + 1, h + 2, h + n + 2, h + 3, h + n + 3);
  } else {
    return __builtin_shufflevector(a, b, h, h + n, h + 1, h + n + 1);
  }
}

// Square block of as many elements as a register holds. Interleaving its halves once for each bit of its size transposes it.
[[gnu::always_inline]] inline void transpose_block(const float* from, float* to) {
  constexpr int n = lanes<float>;
  const auto at = [](int i) { return i * strip_row + i / 8 * strip_gap; };
  Floats block[n];
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) block[i] = load(from + at(i));
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
  for (int i = 0; i < n; ++i) store(to + at(i), block[i]);
}

// A strip of a tile becomes `pad` rows of it, which lie in all strips.
void transpose_strip(const float* strip, float* to, index strips, index strip_size) {
  const auto at = [](index row) { return row * strip_row + row / 8 * strip_gap; };
  for (index block = 0; block < strips; ++block) {
    for (index i = 0; i < pad; i += lanes<float>) {
      for (index j = 0; j < pad; j += lanes<float>) {
        const float* const from = strip + at(block * pad + i) + j;
        float* const there = to + block * strip_size + at(j) + i;
        transpose_block(from, there);
        transpose_block(from + pad, there + pad);
      }
    }
  }
}

constexpr FourierKernels fourier_kernels_here = {fourier_forward, fourier_inverse, transpose_strip};

}  // namespace
}  // namespace afmnn::simd
