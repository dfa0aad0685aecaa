// Fourier transforms of two to five values, of which longer ones are made.
#pragma once

namespace afmnn::fft_radix {

// One value of each of the series that a loop goes through.
struct Value {
  double re, im;
};
inline Value operator+(Value a, Value b) { return {a.re + b.re, a.im + b.im}; }
inline Value operator-(Value a, Value b) { return {a.re - b.re, a.im - b.im}; }
inline Value operator*(double factor, Value a) { return {factor * a.re, factor * a.im}; }
inline Value times(Value a, double re, double im) { return {a.re * re - a.im * im, a.re * im + a.im * re}; }
inline Value times_minus_i(Value a) { return {a.im, -a.re}; }

template <int Radix>
[[gnu::always_inline]] inline void transform(Value (&x)[Radix]) {
  if constexpr (Radix == 2) {
    const Value a = x[0], b = x[1];
    x[0] = a + b;
    x[1] = a - b;
  } else if constexpr (Radix == 3) {
    constexpr double half_root = 0.86602540378443864676;  // sin(2 pi / 3)
    const Value sum = x[1] + x[2];
    const Value across = times_minus_i(half_root * (x[1] - x[2]));
    const Value middle = x[0] - 0.5 * sum;
    x[0] = x[0] + sum;
    x[1] = middle + across;
    x[2] = middle - across;
  } else if constexpr (Radix == 4) {
    const Value even = x[0] + x[2], odd = x[0] - x[2], sum = x[1] + x[3], across = times_minus_i(x[1] - x[3]);
    x[0] = even + sum;
    x[1] = odd + across;
    x[2] = even - sum;
    x[3] = odd - across;
  } else {
    constexpr double cos1 = 0.30901699437494742410, cos2 = -0.80901699437494742410;  // of 2 pi / 5 and 4 pi / 5
    constexpr double sin1 = 0.95105651629515357212, sin2 = 0.58778525229247312917;
    const Value sum1 = x[1] + x[4], sum2 = x[2] + x[3], difference1 = x[1] - x[4], difference2 = x[2] - x[3];
    const Value middle1 = (x[0] + cos1 * sum1) + cos2 * sum2, middle2 = (x[0] + cos2 * sum1) + cos1 * sum2;
    const Value across1 = times_minus_i(sin1 * difference1 + sin2 * difference2);
    const Value across2 = times_minus_i(sin2 * difference1 - sin1 * difference2);
    x[0] = (x[0] + sum1) + sum2;
    x[1] = middle1 + across1;
    x[2] = middle2 + across2;
    x[3] = middle2 - across2;
    x[4] = middle1 - across1;
  }
}

}  // namespace afmnn::fft_radix
