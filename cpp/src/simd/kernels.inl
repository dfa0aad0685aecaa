// The hot loops, written once with the vector types of GCC and Clang, compiled once per instruction set.
//
// Everything is in an unnamed namespace and nothing of the standard library but <cstddef> and <cstdint> is used, so no
// function compiled here can be picked by the linker for a machine that lacks the instructions.

#include <cstddef>
#include <cstdint>

#include "afmnn/simd/table.hpp"

namespace afmnn::simd {
namespace {

using index = std::ptrdiff_t;

template <typename T>
struct Types;
template <>
struct Types<float> {
  using Bits = std::int32_t;
  static constexpr float magic = 0x1.8p23f;        // adding it rounds to an integer, left in the low bits
  static constexpr int mantissa = 23;              // bits
  static constexpr std::int32_t one = 0x3F800000;  // bits of 1.0
  static constexpr float ln2_high = 0x1.62e4p-1f;
  static constexpr float ln2_low = 0x1.7f7d1cp-20f;
  static constexpr int terms = 7;  // of the series of expm1 on [-ln 2 / 2, ln 2 / 2]: error below 2e-8
  static constexpr float exp_limit = 87.0f;
  static constexpr float tanh_limit = 10.0f;  // beyond, tanh rounds to 1
};
template <>
struct Types<double> {
  using Bits = std::int64_t;
  static constexpr double magic = 0x1.8p52;
  static constexpr int mantissa = 52;
  static constexpr std::int64_t one = 0x3FF0000000000000;
  static constexpr double ln2_high = 0x1.62e42feep-1;
  static constexpr double ln2_low = 0x1.a39ef35793c76p-33;
  static constexpr int terms = 14;  // error below 1e-17
  static constexpr double exp_limit = 708.0;
  static constexpr double tanh_limit = 20.0;
};

template <typename T>
using Bits = typename Types<T>::Bits;

template <typename T>
struct VectorOf {
  typedef T type __attribute__((vector_size(AFMNN_SIMD_BYTES)));
  typedef T unaligned __attribute__((vector_size(AFMNN_SIMD_BYTES), aligned(sizeof(T)), may_alias));
};
template <typename T>
using Vector = typename VectorOf<T>::type;
template <typename T>
constexpr index lanes = AFMNN_SIMD_BYTES / sizeof(T);

template <typename T>
[[gnu::always_inline]] inline Vector<T> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T>::unaligned*>(p);
}
template <typename T>
[[gnu::always_inline]] inline void store(T* p, Vector<T> v) {
  *reinterpret_cast<typename VectorOf<T>::unaligned*>(p) = v;
}
template <typename T>
[[gnu::always_inline]] inline Vector<T> broadcast(T value) {
  return value - Vector<T>{};
}

// Keeps a value in a register: without it the compiler reads the memory it came from once for each use, and loads, not
// multiplications, become the limit (gradient: 24 loads in place of 10 for 21 multiply-adds).
template <typename V>
[[gnu::always_inline]] inline void keep(V& v) {
#if defined(__AVX512F__)
  __asm__("" : "+v"(v));
#elif defined(__x86_64__)
  __asm__("" : "+x"(v));
#elif defined(__aarch64__)
  __asm__("" : "+w"(v));
#endif
}

// Registers: nodes_at_once * vectors_at_once accumulators, vectors_at_once of x and one weight; 32 registers with
// AVX-512, 16 below. The same block serves the gradient, where taps take the place of pixels.
constexpr int vectors_at_once = AFMNN_SIMD_BYTES == 64 ? 3 : 2;
constexpr int nodes_at_once = AFMNN_SIMD_BYTES == 64 ? 8 : 6;
// A sum of this many taps is closed before it is added to the total: keeps rounding errors of large windows small.
constexpr index taps_at_once = 128;

constexpr index smaller(index a, index b) { return a < b ? a : b; }

template <int N>
struct Constant {
  static constexpr int value = N;
};

// Calls f(Constant<count>{}) for a count in 1 ... Max: loops over accumulators must have constant length to stay in
// registers.
template <int Max, typename F>
[[gnu::always_inline]] inline void with_constant(index count, const F& f) {
  if constexpr (Max > 1) {
    if (count < Max) return with_constant<Max - 1>(count, f);
  }
  f(Constant<Max>{});
}

// Calls f(Constant<0>{}) ... f(Constant<Count - 1>{}).
template <int Count, typename F>
[[gnu::always_inline]] inline void for_each_constant(const F& f) {
  if constexpr (Count > 0) {
    for_each_constant<Count - 1>(f);
    f(Constant<Count - 1>{});
  }
}

// Calls f(first, Constant<size>{}) for nearly equal groups of at most Max that cover [0, count).
template <int Max, typename F>
[[gnu::always_inline]] inline void for_groups(index count, const F& f) {
  const index groups = (count + Max - 1) / Max;
  for (index group = 0; group < groups; ++group) {
    const index first = count * group / groups;
    with_constant<Max>(count * (group + 1) / groups - first, [&](auto size) { f(first, size); });
  }
}

// ---- windows ------------------------------------------------------------------------------------------------------

template <typename T, int Nodes, int Vectors>
[[gnu::always_inline]] inline void correlate_block(const Correlate<T>& a, index node, index pixel) {
  Vector<T> total[Nodes][Vectors];
#pragma GCC unroll 8
  for (int n = 0; n < Nodes; ++n) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      total[n][v] = broadcast(a.bias[node + n]);
      if (a.mean != nullptr) total[n][v] -= broadcast(a.centre[node + n]) * load(a.mean + pixel + v * lanes<T>);
    }
  }
  for (index first = 0; first < a.taps; first += taps_at_once) {
    const index last = smaller(first + taps_at_once, a.taps);
    Vector<T> sum[Nodes][Vectors] = {};
    for (index k = first; k < last; ++k) {
      const T* const x = a.x + pixel + a.offsets[k];
      const T* const weights = a.weights + k * a.weight_stride + node;
      Vector<T> window[Vectors];
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) window[v] = load(x + v * lanes<T>);
#pragma GCC unroll 8
      for (int n = 0; n < Nodes; ++n) {
        const Vector<T> weight = broadcast(weights[n]);
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) sum[n][v] += weight * window[v];
      }
    }
#pragma GCC unroll 8
    for (int n = 0; n < Nodes; ++n) {
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) total[n][v] += sum[n][v];
    }
  }
#pragma GCC unroll 8
  for (int n = 0; n < Nodes; ++n) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) store(a.out + (node + n) * a.out_stride + pixel + v * lanes<T>, total[n][v]);
  }
}

template <typename T>
void correlate(const Correlate<T>& a) {
  for_groups<vectors_at_once>((a.pixels + lanes<T> - 1) / lanes<T>, [&](index vector, auto vectors) {
    for_groups<nodes_at_once>(a.nodes, [&](index node, auto nodes) {
      correlate_block<T, decltype(nodes)::value, decltype(vectors)::value>(a, node, vector * lanes<T>);
    });
  });
}

// Sums of neighbours: those of a in the first half, those of b in the second.
template <typename T>
[[gnu::always_inline]] inline Vector<T> pair_sums(Vector<T> a, Vector<T> b) {
  if constexpr (lanes<T> == 16) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
           __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  } else if constexpr (lanes<T> == 8) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) + __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  } else if constexpr (lanes<T> == 4) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
  } else {
    return __builtin_shufflevector(a, b, 0, 2) + __builtin_shufflevector(a, b, 1, 3);
  }
}

// The sums of the lanes of Count vectors, one in each lane of the result; the sums of the others are zero.
template <typename T, int Count, int First = 0, index Width = lanes<T>>
[[gnu::always_inline]] inline Vector<T> lane_sums(const Vector<T>* v) {
  if constexpr (First >= Count) {
    return Vector<T>{};
  } else if constexpr (Width == 1) {
    return v[First];
  } else {
    return pair_sums<T>(lane_sums<T, Count, First, Width / 2>(v), lane_sums<T, Count, First + Width / 2, Width / 2>(v));
  }
}

template <typename T, int Nodes, int Taps>
[[gnu::always_inline]] inline void gradient_block(const Gradient<T>& a, index node, index tap) {
  Vector<T> total[Taps * Nodes] = {};
  const index block = a.nodes * pad;
  for (index r = 0; r < a.run_count; ++r) {
    const Run<T>& run = a.runs[r];
    const T* delta = run.delta + node * pad;
    const T* x[Taps];
#pragma GCC unroll 8
    for (int k = 0; k < Taps; ++k) x[k] = run.x + run.offsets[tap + k];
    // Where the next run's pixels begin is for nobody to guess: of runs in random places, what is not asked for comes late.
    if (r + 1 < a.run_count) {
      const Run<T>& next = a.runs[r + 1];
#pragma GCC unroll 8
      for (int k = 0; k < Taps; ++k) {
        const T* const ahead = next.x + next.offsets[tap + k];
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + pad);
        __builtin_prefetch(ahead + 2 * pad);
      }
    }
    for (index start = 0; start < run.pixels; start += pad, delta += block) {
#pragma GCC unroll 8
      for (index p = 0; p < pad; p += lanes<T>) {
        Vector<T> window[Taps];
#pragma GCC unroll 8
        for (int k = 0; k < Taps; ++k) window[k] = load(x[k] + start + p);
#pragma GCC unroll 8
        for (int n = 0; n < Nodes; ++n) {
          Vector<T> d = load(delta + n * pad + p);
          keep(d);
#pragma GCC unroll 8
          for (int k = 0; k < Taps; ++k) total[k * Nodes + n] += d * window[k];
        }
      }
    }
  }
  constexpr int groups = (Taps * Nodes + lanes<T> - 1) / lanes<T>;
  T sums[groups * lanes<T>];
  for_each_constant<groups>([&](auto group) {
    constexpr int first = decltype(group)::value * lanes<T>;
    constexpr int count = Taps * Nodes - first < lanes<T> ? Taps * Nodes - first : lanes<T>;
    store(sums + first, lane_sums<T, count>(total + first));
  });
  for (int k = 0; k < Taps; ++k) {
    for (int n = 0; n < Nodes; ++n) a.out[(tap + k) * a.out_stride + node + n] = sums[k * Nodes + n];
  }
}

template <typename T>
void gradient(const Gradient<T>& a) {
  for_groups<nodes_at_once>(a.nodes, [&](index node, auto nodes) {
    for_groups<vectors_at_once>(a.last_tap - a.first_tap, [&](index tap, auto taps) {
      gradient_block<T, decltype(nodes)::value, decltype(taps)::value>(a, node, a.first_tap + tap);
    });
  });
}

// ---- heights ------------------------------------------------------------------------------------------------------

template <typename Height, typename T>
bool read_heights(const Height* z, index count, double shift, double factor, T* out) {
  int missing = 0;
#pragma GCC ivdep
  for (index i = 0; i < count; ++i) {
    const T x = static_cast<T>((static_cast<double>(z[i]) - shift) * factor);
    out[i] = x;
    missing |= x - x != T(0);  // NaN for NaN and for infinity
  }
  return missing != 0;
}

template <typename T, typename Height>
void write_heights(const T* y, index count, double factor, double shift, Height* out) {
#pragma GCC ivdep
  for (index i = 0; i < count; ++i) out[i] = static_cast<Height>(static_cast<double>(y[i]) * factor + shift);
}

// ---- activations --------------------------------------------------------------------------------------------------

template <typename T>
constexpr T inverse_factorial(int n) {
  double product = 1.0;
  for (int k = 2; k <= n; ++k) product *= k;
  return static_cast<T>(1.0 / product);
}

// exp(x) - 1 = (2^k - 1) + 2^k (exp(r) - 1), x = k ln 2 + r: full relative precision also near zero.
// |x| must be at most exp_limit. `power` receives 2^k.
template <typename T>
[[gnu::always_inline]] inline Vector<T> exp_minus_one(Vector<T> x, Vector<T>& power) {
  using C = Types<T>;
  const Vector<T> shifted = x * static_cast<T>(1.44269504088896340736) + C::magic;
  const Vector<T> k = shifted - C::magic;
  const Vector<T> r = (x - k * C::ln2_high) - k * C::ln2_low;
  Vector<T> series = broadcast(inverse_factorial<T>(C::terms));  // (exp(r) - 1) / r
  for_each_constant<C::terms - 1>([&](auto done) {
    constexpr T coefficient = inverse_factorial<T>(C::terms - 1 - decltype(done)::value);
    series = series * r + coefficient;
  });
  using BitVector = decltype(Vector<T>{} < Vector<T>{});
  power = (Vector<T>)(((BitVector)shifted << C::mantissa) + C::one);
  return (power - T(1)) + power * (series * r);
}

template <typename T>
void tanh_all(T* a, index count) {
  constexpr T limit = Types<T>::tanh_limit;
  for (index i = 0; i < count; i += lanes<T>) {
    const Vector<T> x = load(a + i);
    Vector<T> magnitude = x < 0 ? -x : x;
    magnitude = magnitude > limit ? broadcast(limit) : magnitude;
    Vector<T> power;
    const Vector<T> e = exp_minus_one<T>(magnitude + magnitude, power);
    const Vector<T> t = e / (e + T(2));
    store(a + i, x < 0 ? -t : t);
  }
}

template <typename T>
void logistic_all(T* a, index count) {
  constexpr T limit = Types<T>::exp_limit;
  for (index i = 0; i < count; i += lanes<T>) {
    Vector<T> x = -load(a + i);
    x = x > limit ? broadcast(limit) : x;
    x = x < -limit ? broadcast(-limit) : x;
    Vector<T> power;
    const Vector<T> e = exp_minus_one<T>(x, power);
    store(a + i, T(1) / (e + T(2)));
  }
}

// ---- optimiser ----------------------------------------------------------------------------------------------------

template <typename T>
T square_root(T x);
template <>
[[gnu::always_inline]] inline float square_root(float x) {
  return __builtin_sqrtf(x);
}
template <>
[[gnu::always_inline]] inline double square_root(double x) {
  return __builtin_sqrt(x);
}

template <typename T>
void adam(const Adam<T>& a) {
  for (index start = 0; start < a.count; start += a.period) {
    T* const weights = a.weights + start;
    T* const first = a.first + start;
    T* const second = a.second + start;
    const T* const gradient = a.gradient + start;
#pragma GCC ivdep
    for (index i = 0; i < a.period; ++i) {
      const T g = (gradient[i] - a.shift[i]) * a.scale;
      const T m = a.beta1 * first[i] + (T(1) - a.beta1) * g;
      const T v = a.beta2 * second[i] + (T(1) - a.beta2) * g * g;
      first[i] = m;
      second[i] = v;
      weights[i] -= a.rate * m / (square_root(v) + a.epsilon);
    }
  }
}

template <typename T>
constexpr NetworkKernels<T> network_kernels_here = {correlate<T>,
                                                    gradient<T>,
                                                    tanh_all<T>,
                                                    logistic_all<T>,
                                                    adam<T>,
                                                    {read_heights<float, T>, read_heights<double, T>},
                                                    {write_heights<T, float>, write_heights<T, double>}};

}  // namespace
}  // namespace afmnn::simd
