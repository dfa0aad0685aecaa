// tanh and the logistic function: polynomials of our own. Included after vector.inl.

namespace afmnn::simd {
namespace {

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
  const Vector<T> shifted = fma(x, static_cast<T>(1.44269504088896340736), C::magic);
  const Vector<T> k = shifted - C::magic;
  const Vector<T> r = fma(k, -C::ln2_low, fma(k, -C::ln2_high, x));
  Vector<T> series = broadcast(inverse_factorial<T>(C::terms));  // (exp(r) - 1) / r
  for_each_constant<C::terms - 1>([&](auto done) {
    constexpr T coefficient = inverse_factorial<T>(C::terms - 1 - decltype(done)::value);
    series = fma(series, r, coefficient);
  });
  using BitVector = decltype(Vector<T>{} < Vector<T>{});
  power = (Vector<T>)(((BitVector)shifted << C::mantissa) + C::one);
  return fma(power, series * r, power - T(1));
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

}  // namespace
}  // namespace afmnn::simd
