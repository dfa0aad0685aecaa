// Random numbers in bulk. Included after fma.inl.
//
// The bits are those of afmnn::philox (core/rng.hpp); synth/noise.hpp says how they become numbers. Logarithm, sine and
// cosine are polynomials of our own, with relative errors below 1e-15.

namespace afmnn::simd {
namespace {

// ---- bits ---------------------------------------------------------------------------------------------------------

// Lanes of 64 bits that hold words of 32 in their lower halves; the upper halves may hold anything.
using Words = Vector<std::uint64_t>;

// The products of the lower halves. GCC knows the one instruction for it only by name.
[[gnu::always_inline]] inline Words multiply_low(Words a, Words b) {
#if defined(__clang__) || !defined(__SSE2__)
  return (a & std::uint64_t{0xFFFFFFFF}) * (b & std::uint64_t{0xFFFFFFFF});
#else
  typedef int Ints __attribute__((vector_size(AFMNN_SIMD_BYTES)));
#if AFMNN_SIMD_BYTES == 64
  typedef long long Longs __attribute__((vector_size(AFMNN_SIMD_BYTES)));
  return (Words)__builtin_ia32_pmuludq512_mask((Ints)a, (Ints)b, Longs{}, -1);
#elif AFMNN_SIMD_BYTES == 32
  return (Words)__builtin_ia32_pmuludq256((Ints)a, (Ints)b);
#else
  return (Words)__builtin_ia32_pmuludq128((Ints)a, (Ints)b);
#endif
#endif
}

// philox(key, role, row << 32 | pair) with everything prepared that does not depend on the pair.
struct Philox {
  Words key0[10];
  Words key1[10];
  Words lane;  // 0, 1, 2 ...
  Words row;
  Words role_low;
  Words role_high;
};

[[gnu::always_inline]] inline Philox philox_of(const Draws& a) {
  Philox p;
  auto k0 = static_cast<std::uint32_t>(a.key);
  auto k1 = static_cast<std::uint32_t>(a.key >> 32);
  for (int round = 0; round < 10; ++round) {
    p.key0[round] = broadcast<std::uint64_t>(k0);
    p.key1[round] = broadcast<std::uint64_t>(k1);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  std::uint64_t lane[lanes<double>];
  for (index i = 0; i < lanes<double>; ++i) lane[i] = static_cast<std::uint64_t>(i);
  p.lane = load(lane);
  p.row = broadcast<std::uint64_t>(a.row);
  p.role_low = broadcast<std::uint64_t>(a.role);
  p.role_high = broadcast<std::uint64_t>(a.role >> 32);
  return p;
}

// word[w] of lane i is word w of pair + i.
[[gnu::always_inline]] inline void philox_words(const Philox& p, index pair, Words word[4]) {
  const Words multiplier0 = broadcast<std::uint64_t>(0xD2511F53u);
  const Words multiplier1 = broadcast<std::uint64_t>(0xCD9E8D57u);
  Words c0 = p.lane + static_cast<std::uint64_t>(pair);
  Words c1 = p.row;
  Words c2 = p.role_low;
  Words c3 = p.role_high;
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const Words p0 = multiply_low(c0, multiplier0);
    const Words p1 = multiply_low(c2, multiplier1);
    c0 = (p1 >> 32) ^ c1 ^ p.key0[round];
    c1 = p1;
    c2 = (p0 >> 32) ^ c3 ^ p.key1[round];
    c3 = p0;
  }
  word[0] = c0;
  word[1] = c1;
  word[2] = c2;
  word[3] = c3;
}

// ---- numbers ------------------------------------------------------------------------------------------------------

using Reals = Vector<double>;

// Bits of powers of two. An integer written below the exponent is added to the number, times its last place.
constexpr std::uint64_t two_to_52 = 0x4330000000000000;  // last place 1
constexpr std::uint64_t two_to_20 = 0x4130000000000000;  // last place 2^-32
constexpr std::uint64_t one_half = 0x3FE0000000000000;   // last place 2^-53

// unit_double(high, low) - offset; exact for offsets of 0, 1/2 and 1.
[[gnu::always_inline]] inline Reals unit_minus(Words high, Words low, double offset) {
  const Reals coarse = (Reals)((high & std::uint64_t{0xFFFFFFFF}) | two_to_20) - (0x1p20 + 0.5 + offset);
  return coarse + (Reals)((low << 32 >> 43) | one_half);
}

// The sign bit from one of the bits of `low` that do not enter unit_double.
[[gnu::always_inline]] inline Words random_sign(Words low) { return low << 63; }

// a where the mask's bits are set, b elsewhere.
[[gnu::always_inline]] inline Reals select(Words mask, Reals a, Reals b) {
  return (Reals)((mask & (Words)a) | (~mask & (Words)b));
}

// GCC makes one instruction of the loop.
[[gnu::always_inline]] inline Reals root(Reals a) {
#if __has_builtin(__builtin_elementwise_sqrt)
  return __builtin_elementwise_sqrt(a);
#else
  double lane[lanes<double>];
  store(lane, a);
  for (index i = 0; i < lanes<double>; ++i) lane[i] = __builtin_sqrt(lane[i]);
  return load(lane);
#endif
}

template <int Terms>
[[gnu::always_inline]] inline Reals polynomial(const double (&coefficient)[Terms], Reals x) {
  Reals sum = broadcast(coefficient[Terms - 1]);
#pragma GCC unroll 16
  for (int k = Terms - 2; k >= 0; --k) sum = fma(sum, x, coefficient[k]);
  return sum;
}

// factor * ln a for normal a > 0: a = 2^k m with m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh s, s = (m - 1) / (m + 1).
// The polynomial interpolates (artanh(s) / s - 1) / s^2 at Chebyshev's nodes; its error is below 5e-18 of the result.
[[gnu::always_inline]] inline Reals logarithm(Reals a, double factor) {
  constexpr double series[] = {0x1.5555555555558p-2, 0x1.99999999952abp-3, 0x1.2492492df7663p-3, 0x1.c71c62ddb431bp-4,
                               0x1.7462b6e311a89p-4, 0x1.39fe16ad885a7p-4, 0x1.2b5bd9a316a24p-4};
  constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCD;  // bits of sqrt(1/2)
  constexpr std::uint64_t one = 0x3FF0000000000000;
  const Words shifted = (Words)a + (one - root_half);
  const Reals k = (Reals)((shifted >> 52) | two_to_52) - (0x1p52 + 1023);
  const Reals m = (Reals)((shifted & std::uint64_t{0x000FFFFFFFFFFFFF}) + root_half);
  const Reals s = (m - 1.0) / (m + 1.0);
  const Reals z = s * s;
  const Reals twice = s * (2.0 * factor);
  return fma(k, factor * 0x1.62e42fefa39efp-1, fma(twice * z, polynomial(series, z), twice));
}

// sin and cos of r quarter turns, |r| <= 1/2: interpolates sin(r pi / 2) / r and (cos(r pi / 2) - 1) / r^2.
[[gnu::always_inline]] inline void sine_cosine(Reals r, Reals& sine, Reals& cosine) {
  constexpr double odd[] = {0x1.921fb54442d18p+0,  -0x1.4abbce625be41p-1,  0x1.466bc677587f8p-4, -0x1.32d2cce2e5b19p-8,
                            0x1.50782fda12d96p-13, -0x1.e30071afc3e59p-19, 0x1.e3f38399551bfp-25};
  constexpr double even[] = {-0x1.3bd3cc9be45dep+0,  0x1.03c1f081b5ac0p-2,  -0x1.55d3c7e3cb241p-6, 0x1.e1f5068688d5bp-11,
                             -0x1.a6d1eef479be1p-16, 0x1.f9ce245cada0bp-22, -0x1.b2f3eb054afcdp-28};
  const Reals w = r * r;
  sine = r * polynomial(odd, w);
  cosine = fma(w, polynomial(even, w), 1.0);
}

// ---- distributions ------------------------------------------------------------------------------------------------

// Each makes the values of the first and the second pixel of every pair, with rms 1.
struct Gaussian {
  [[gnu::always_inline]] static inline void values(const Words word[4], Reals& first, Reals& second) {
    const Reals radius = root(logarithm(-unit_minus(word[0], word[1], 1.0), -2.0));
    Reals sine;
    Reals cosine;
    sine_cosine(unit_minus(word[2], word[3], 0.5), sine, cosine);
    cosine = (Reals)((Words)cosine ^ random_sign(word[3]));
    const Words swap = -((word[3] >> 1) & std::uint64_t{1});
    first = radius * select(swap, sine, cosine);
    second = radius * select(swap, cosine, sine);
  }
};

template <typename Single>
struct Independent {
  [[gnu::always_inline]] static inline void values(const Words word[4], Reals& first, Reals& second) {
    first = Single::value(word[0], word[1]);
    second = Single::value(word[2], word[3]);
  }
};

struct Laplace {
  [[gnu::always_inline]] static inline Reals value(Words high, Words low) {
    constexpr double root_half = 0.70710678118654752440;
    return (Reals)((Words)logarithm(-unit_minus(high, low, 1.0), -root_half) ^ random_sign(low));
  }
};

struct Uniform {
  [[gnu::always_inline]] static inline Reals value(Words high, Words low) {
    constexpr double root_three = 1.73205080756887729353;
    return (2.0 * root_three) * unit_minus(high, low, 0.5);
  }
};

struct Triangular {
  [[gnu::always_inline]] static inline Reals value(Words high, Words low) {
    constexpr double root_six = 2.44948974278317809820;
    const Reals t = unit_minus(high, low, 0.5);
    const Words sign = (Words)t & std::uint64_t{0x8000000000000000};
    const Reals distance = (Reals)((Words)t ^ sign);
    return (Reals)((Words)(root_six * (1.0 - root(1.0 - 2.0 * distance))) | sign);
  }
};

struct SaltPepper {
  [[gnu::always_inline]] static inline Reals value(Words, Words low) { return (Reals)((Words)broadcast(1.0) ^ random_sign(low)); }
};

// ---- rows ---------------------------------------------------------------------------------------------------------

// Calls f(i, at_once, first, second) with the values of the pixels i ... i + 2 lanes - 1 of the row, in order. Two
// independent chains of Philox's multiplications run side by side (10 % to 20 % faster than one).
template <typename Distribution, typename F>
[[gnu::always_inline]] inline void for_row(const Draws& a, const F& f) {
  constexpr index L = lanes<double>;
  constexpr int chains = 2;
  const Philox philox = philox_of(a);
  for (index i = 0; i < a.count; i += chains * 2 * L) {
    Words word[chains][4];
#pragma GCC unroll 2
    for (int c = 0; c < chains; ++c) philox_words(philox, i / 2 + c * L, word[c]);
#pragma GCC unroll 2
    for (int c = 0; c < chains; ++c) {
      Reals even;
      Reals odd;
      Distribution::values(word[c], even, odd);
#if AFMNN_SIMD_BYTES == 64
      const Reals first = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11);
      const Reals second = __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15);
#elif AFMNN_SIMD_BYTES == 32
      const Reals first = __builtin_shufflevector(even, odd, 0, 4, 1, 5);
      const Reals second = __builtin_shufflevector(even, odd, 2, 6, 3, 7);
#else
      const Reals first = __builtin_shufflevector(even, odd, 0, 2);
      const Reals second = __builtin_shufflevector(even, odd, 1, 3);
#endif
      f(i + c * 2 * L, first, second);
    }
  }
}

template <typename Distribution>
void draw(const Draws& arguments) {
  constexpr index L = lanes<double>;
  const Draws a = arguments;  // a copy, so that the compiler knows that `out` does not point into it
  const Words keep = broadcast(a.one_sided ? ~(std::uint64_t{1} << 63) : ~std::uint64_t{0});
  for_row<Distribution>(a, [&](index i, Reals first, Reals second) {
    first = a.scale * (Reals)((Words)first & keep);
    second = a.scale * (Reals)((Words)second & keep);
    if (i + 2 * L <= a.count) {
      store(a.out + i, first);
      store(a.out + i + L, second);
    } else {
      double rest[2 * L];
      store(rest, first);
      store(rest + L, second);
      for (index k = i; k < a.count; ++k) a.out[k] = rest[k - i];
    }
  });
}

// u on [0, 1), to compare with.
struct Unit {
  [[gnu::always_inline]] static inline Reals value(Words high, Words low) { return unit_minus(high, low, 0.0); }
};

void thin(const Draws& arguments) {
  constexpr index L = lanes<double>;
  const Draws a = arguments;
  for_row<Independent<Unit>>(a, [&](index i, Reals first, Reals second) {
    if (i + 2 * L <= a.count) {
      store(a.out + i, select((Words)(first < a.scale), load(a.out + i), Reals{}));
      store(a.out + i + L, select((Words)(second < a.scale), load(a.out + i + L), Reals{}));
    } else {
      double rest[2 * L];
      store(rest, first);
      store(rest + L, second);
      for (index k = i; k < a.count; ++k) a.out[k] = rest[k - i] < a.scale ? a.out[k] : 0.0;
    }
  });
}

// ---- waves --------------------------------------------------------------------------------------------------------

// sin(2 pi t): t is brought to |t| <= 1/2, then to |t| <= 1/4, where the polynomial interpolates sin(2 pi t) / t.
[[gnu::always_inline]] inline Reals sine_of_turns(Reals t) {
  constexpr double odd[] = {0x1.921fb54442d18p+2,  -0x1.4abbce625be52p+5, 0x1.466bc6775aa7dp+6,
                            -0x1.32d2cce627c86p+6, 0x1.5078348551854p+5,  -0x1.e3074dfaf87afp+3,
                            0x1.e8f3675ee37ddp+1,  -0x1.6f7acdb8f6580p-1, 0x1.9d462020fcc78p-4};
  t -= (t + 0x1.8p52) - 0x1.8p52;
  t = t > 0.25 ? 0.5 - t : t;
  t = t < -0.25 ? -0.5 - t : t;
  return t * polynomial(odd, t * t);
}

void sum_sines(const Sines& arguments) {
  constexpr index L = lanes<double>;
  const Sines a = arguments;
  Reals column;
  for (index i = 0; i < L; ++i) column[i] = static_cast<double>(i);
  for (index c = 0; c < a.cols; c += L) {
    Reals sum{};
    for (index k = 0; k < a.components; ++k) {
      const Reals turns = fma(column + static_cast<double>(c), a.frequency[k], broadcast(a.phase[k]));
      sum = fma(sine_of_turns(turns), a.amplitude[k], sum);
    }
    if (c + L <= a.cols) {
      store(a.out + c, sum);
    } else {
      double rest[L];
      store(rest, sum);
      for (index i = c; i < a.cols; ++i) a.out[i] = rest[i - c];
    }
  }
}

constexpr RandomKernels random_kernels = {{draw<Gaussian>, draw<Independent<Laplace>>, draw<Independent<Uniform>>,
                                           draw<Independent<Triangular>>, draw<Independent<SaltPepper>>},
                                          thin,
                                          sum_sines};

}  // namespace
}  // namespace afmnn::simd
