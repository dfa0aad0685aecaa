// Vectors of the instruction set that a file is compiled for, and what all kernels do with them. Included first.
//
// Every instruction set computes the same numbers. So each kernel says where a multiplication and an addition are one
// operation (`fma`; compilers are told never to fuse by themselves), and in how many lanes it sums: `sum_bytes` of them, one
// register of AVX-512, two of AVX2, four of SSE or NEON.

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

template <typename T, int Bytes = AFMNN_SIMD_BYTES>
struct VectorOf {
  typedef T type __attribute__((vector_size(Bytes)));
  typedef T unaligned __attribute__((vector_size(Bytes), aligned(sizeof(T)), may_alias));
};
template <typename T>
using Vector = typename VectorOf<T>::type;
template <typename T>
constexpr index lanes = AFMNN_SIMD_BYTES / sizeof(T);

// Sums over pixels run in this many lanes, whatever the instruction set, and are closed in one order.
constexpr int sum_bytes = 64;
template <typename T>
constexpr index sum_lanes = sum_bytes / sizeof(T);
// Registers that hold these lanes.
constexpr int sum_registers = sum_bytes / AFMNN_SIMD_BYTES;

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

}  // namespace
}  // namespace afmnn::simd
