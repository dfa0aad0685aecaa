// a * b + c, rounded once, for processors without an instruction for it: slow, and the same bits. Included after vector.inl.
//
// S. Boldo, G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE
// Trans. Comput. 57 (2008) 462, doi:10.1109/TC.2007.70819. A sum that is rounded to odd, whenever it is not exact, to more
// digits than are wanted can be rounded once more without harm. T. J. Dekker, Numer. Math. 18 (1971) 224, has the exact
// product; D. E. Knuth, TAOCP 2, 4.2.2, the exact sum.

namespace afmnn::simd {
namespace {

using Doubles = Vector<double>;
using Quads = Vector<std::uint64_t>;

static_assert(AFMNN_SIMD_BYTES == 16);

// sum + error = a + b, exactly.
[[gnu::always_inline]] inline Doubles exact_sum(Doubles a, Doubles b, Doubles& error) {
  const Doubles sum = a + b;
  const Doubles part = sum - a;
  error = (a - (sum - part)) + (b - part);
  return sum;
}

// a + b, rounded to the neighbour with an odd last digit if it is not exact.
[[gnu::always_inline]] inline Doubles odd_sum(Doubles a, Doubles b) {
  Doubles error;
  const Doubles sum = exact_sum(a, b, error);
  const Quads bits = (Quads)sum;
  const Quads inexact = (Quads)(error < 0.0) | (Quads)(error > 0.0);  // neither for NaN, of infinities
  const Quads even = (bits & std::uint64_t{1}) - std::uint64_t{1};
  const Quads opposite = (bits ^ (Quads)error) >> 63;  // the sum lies beyond the exact value: one digit less
  return (Doubles)(bits + ((std::uint64_t{1} - opposite - opposite) & inexact & even));
}

// high + low = a * b, exactly, unless something is too large or too small.
[[gnu::always_inline]] inline Doubles exact_product(Doubles a, Doubles b, Doubles& low) {
  constexpr double splitter = 0x1p27 + 1;
  const Doubles a_part = splitter * a, b_part = splitter * b;
  const Doubles a_high = a_part - (a_part - a), b_high = b_part - (b_part - b);
  const Doubles a_low = a - a_high, b_low = b - b_high;
  const Doubles high = a * b;
  low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low;
  return high;
}

#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 Wide;
#else
#error "the fused multiply-add of machines without one needs integers of 128 bits"
#endif

inline std::uint64_t bits_here(double x) {
  std::uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline double double_here(std::uint64_t bits) {
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

// |x| = digits * 2^exponent, for finite x.
struct Digits {
  Wide digits;
  int exponent;
};

inline Digits digits_of(double x) {
  const std::uint64_t bits = bits_here(x) & 0x7FFFFFFFFFFFFFFF;
  const int exponent = static_cast<int>(bits >> 52);
  const std::uint64_t fraction = bits & 0x000FFFFFFFFFFFFF;
  if (exponent == 0) return {fraction, -1074};
  return {fraction | 0x0010000000000000, exponent - 1075};
}

inline int length_of(Wide x) {
  const auto high = static_cast<std::uint64_t>(x >> 64), low = static_cast<std::uint64_t>(x);
  if (high != 0) return 128 - __builtin_clzll(high);
  return low == 0 ? 0 : 64 - __builtin_clzll(low);
}

// x / 2^count; the last digit of the result is 1 if anything was lost.
inline Wide shifted_right(Wide x, int count) {
  if (count <= 0) return x;
  if (count >= 128) return x != 0;
  const Wide result = x >> count;
  return result | static_cast<Wide>((result << count) != x);
}

// With integers: whatever the exponents, for finite a, b, c and a product that is not zero.
inline double fma_of_digits(double a, double b, double c) {
  constexpr int top = 126;  // digits that both terms are brought to: room for a carry
  const Digits x = digits_of(a), y = digits_of(b);
  Digits product{x.digits * y.digits, x.exponent + y.exponent}, term = digits_of(c);
  std::uint64_t sign = (bits_here(a) ^ bits_here(b)) >> 63;
  const bool subtract = sign != bits_here(c) >> 63;
  const int product_shift = top - length_of(product.digits);
  product = {product.digits << product_shift, product.exponent - product_shift};
  Wide sum = product.digits;
  int exponent = product.exponent;
  if (term.digits != 0) {
    const int term_shift = top - length_of(term.digits);
    term = {term.digits << term_shift, term.exponent - term_shift};
    if (term.exponent > exponent || (term.exponent == exponent && term.digits > sum)) {
      const Digits larger = term;
      term = product;
      sum = larger.digits;
      exponent = larger.exponent;
      if (subtract) sign ^= 1;
    }
    // The product has at most 106 digits and the term 53: where any are lost here, the sum keeps more than 120.
    const Wide rest = shifted_right(term.digits, exponent - term.exponent);
    sum = subtract ? sum - rest : sum + rest;
    if (sum == 0) return 0.0;
  }
  // 53 digits, fewer where the result is subnormal.
  int lost = length_of(sum) - 53;
  if (exponent + lost < -1074) lost = -1074 - exponent;
  if (lost > 0) {
    const Wide sticky = shifted_right(sum, lost < 3 ? 0 : lost - 2);
    const int rest_bits = lost < 3 ? lost : 2;
    const Wide rest = sticky & ((Wide{1} << rest_bits) - 1), half = Wide{1} << (rest_bits - 1);
    sum = sticky >> rest_bits;
    if (rest > half || (rest == half && (sum & 1) != 0)) ++sum;
    exponent += lost;
  } else {
    sum <<= -lost;
    exponent += lost;
  }
  auto digits = static_cast<std::uint64_t>(sum);
  if (digits == std::uint64_t{1} << 53) {
    digits >>= 1;
    ++exponent;
  }
  if (exponent > 971) return double_here(sign << 63 | 0x7FF0000000000000);
  const std::uint64_t biased = digits >> 52 != 0 ? static_cast<std::uint64_t>(exponent + 1075) << 52 : 0;
  return double_here(sign << 63 | biased | (digits & 0x000FFFFFFFFFFFFF));
}

inline double fma_of_any(double a, double b, double c) {
  const auto finite = [](double x) { return (bits_here(x) >> 52 & 0x7FF) != 0x7FF; };
  if (!finite(a) || !finite(b) || a == 0.0 || b == 0.0) return a * b + c;
  if (!finite(c)) return c;  // the product of large factors is not infinite
  return fma_of_digits(a, b, c);
}

[[gnu::noinline]] Doubles fma_one_by_one(Doubles a, Doubles b, Doubles c) {
  for (index i = 0; i < lanes<double>; ++i) c[i] = fma_of_any(a[i], b[i], c[i]);
  return c;
}

[[gnu::always_inline]] inline bool all_true(Quads mask) {
#if defined(__SSE2__)
  return __builtin_ia32_movmskpd((Doubles)mask) == 3;
#else
  return (mask[0] & mask[1]) != 0;
#endif
}

[[gnu::always_inline]] inline Doubles magnitude(Doubles x) { return (Doubles)((Quads)x & std::uint64_t{0x7FFFFFFFFFFFFFFF}); }

[[gnu::always_inline]] inline Doubles fma(Doubles a, Doubles b, Doubles c) {
  // No part of an exact product or sum of such numbers overflows, or loses digits below the smallest number.
  constexpr double largest_factor = 0x1p450, smallest_factor = 0x1p-450, largest_term = 0x1p900, smallest_term = 0x1p-900;
  const Doubles x = magnitude(a), y = magnitude(b), z = magnitude(c);
  const Quads zero = (Quads)(x == 0.0) | (Quads)(y == 0.0);
  const Quads factors =
      (Quads)(x >= smallest_factor) & (Quads)(x <= largest_factor) & (Quads)(y >= smallest_factor) & (Quads)(y <= largest_factor);
  const Quads term = ((Quads)(z >= smallest_term) & (Quads)(z <= largest_term)) | (Quads)(z == 0.0);
  if (!all_true(zero | (factors & term))) return fma_one_by_one(a, b, c);
  Doubles product_low, low, rest;
  const Doubles product = exact_product(a, b, product_low);
  const Doubles middle = exact_sum(c, product_low, low);
  const Doubles high = exact_sum(product, middle, rest);
  const Doubles sum = high + odd_sum(low, rest);
  const Doubles plain = product + c;  // where the product is zero, for the sign of a sum that is zero
  return (Doubles)((zero & (Quads)plain) | (~zero & (Quads)sum));
}

// Products of single precision are exact in double precision, which has digits enough for rounding twice.
[[gnu::always_inline]] inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  using Pair = VectorOf<float, 8>::type;
  const auto half = [&](Pair x, Pair y, Pair z) {
    const Doubles product = __builtin_convertvector(x, Doubles) * __builtin_convertvector(y, Doubles);
    return __builtin_convertvector(odd_sum(product, __builtin_convertvector(z, Doubles)), Pair);
  };
  const Pair low =
      half(__builtin_shufflevector(a, a, 0, 1), __builtin_shufflevector(b, b, 0, 1), __builtin_shufflevector(c, c, 0, 1));
  const Pair high =
      half(__builtin_shufflevector(a, a, 2, 3), __builtin_shufflevector(b, b, 2, 3), __builtin_shufflevector(c, c, 2, 3));
  return __builtin_shufflevector(low, high, 0, 1, 2, 3);
}

}  // namespace
}  // namespace afmnn::simd
