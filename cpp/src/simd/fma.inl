// a * b + c, rounded once. Included after vector.inl, and after emulated_fma.inl where there is no instruction for it.

namespace afmnn::simd {
namespace {

#ifndef AFMNN_EMULATED_FMA

#if defined(__FMA__)

#if AFMNN_SIMD_BYTES == 64
// -1: all lanes; 4: rounding as it is set.
[[gnu::always_inline]] inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return __builtin_ia32_vfmaddps512_mask(a, b, c, -1, 4);
}
[[gnu::always_inline]] inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return __builtin_ia32_vfmaddpd512_mask(a, b, c, -1, 4);
}
using HalfVector = VectorOf<double, 32>::type;
[[gnu::always_inline]] inline HalfVector fma(HalfVector a, HalfVector b, HalfVector c) {
  return __builtin_ia32_vfmaddpd256(a, b, c);
}
#elif AFMNN_SIMD_BYTES == 32
[[gnu::always_inline]] inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return __builtin_ia32_vfmaddps256(a, b, c);
}
[[gnu::always_inline]] inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return __builtin_ia32_vfmaddpd256(a, b, c);
}
#else
[[gnu::always_inline]] inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return __builtin_ia32_vfmaddps(a, b, c);
}
[[gnu::always_inline]] inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return __builtin_ia32_vfmaddpd(a, b, c);
}
#endif

#elif defined(__aarch64__) && !defined(__clang__)
// The term comes last in the operation, and first in the instruction.
[[gnu::always_inline]] inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return __builtin_aarch64_fmav4sf(a, b, c);
}
[[gnu::always_inline]] inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return __builtin_aarch64_fmav2df(a, b, c);
}
#else
[[gnu::always_inline]] inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  for (index i = 0; i < lanes<float>; ++i) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return c;
}
[[gnu::always_inline]] inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  for (index i = 0; i < lanes<double>; ++i) c[i] = __builtin_fma(a[i], b[i], c[i]);
  return c;
}
#endif

// For products that are exact: the sum is rounded once either way, and this is the way that costs least.
template <typename V>
[[gnu::always_inline]] inline V add_exact_product(V a, V b, V c) {
  return fma(a, b, c);
}

#else

template <typename V>
[[gnu::always_inline]] inline V add_exact_product(V a, V b, V c) {
  return a * b + c;
}

#endif

// A factor or a term that is the same in all lanes.
template <typename V, typename T>
[[gnu::always_inline]] inline V fma(V a, V b, T c) {
  return fma(a, b, c - V{});
}
template <typename V, typename T>
[[gnu::always_inline]] inline V fma(V a, T b, V c) {
  return fma(a, b - V{}, c);
}
template <typename V, typename T>
[[gnu::always_inline]] inline V fma(V a, T b, T c) {
  return fma(a, b - V{}, c - V{});
}

// For tests: the operation that all kernels stand on.
template <typename T>
void fma_all(const T* a, const T* b, const T* c, index count, T* out) {
  for (index i = 0; i < count; i += lanes<T>) store(out + i, fma(load(a + i), load(b + i), load(c + i)));
}

}  // namespace
}  // namespace afmnn::simd
