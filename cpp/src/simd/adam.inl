// The update of the weights. Included after vector.inl.

namespace afmnn::simd {
namespace {

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

}  // namespace
}  // namespace afmnn::simd
