// Online backpropagation, pixel after pixel, in double precision. Included behind kernels.inl.

namespace afmnn::simd {
namespace {

// One weight of every node is one vector per group; the update of the pixel before and the sums of this pixel share a
// walk over the weights: A_t = A_{t-1} + P, P = g x_{t-1} + momentum P, sum += A_t x_t.
template <int Groups>
[[gnu::always_inline]] inline void walk(const Online& a, const double* x, index first) {
  using V = Vector<double>;
  constexpr int unroll = Groups == 1 ? 4 : 2;
  V sums[unroll][Groups] = {};
  V step[Groups];
  for (int g = 0; g < Groups; ++g) step[g] = load(a.step + first + g * lanes<double>);
  const V momentum = broadcast(a.momentum);
  const auto tap = [&](index k, V(&sum)[Groups]) {
    const V now = broadcast(x[a.offsets[k]]);
    const V before = broadcast(a.previous[a.offsets[k]]);
#pragma GCC unroll 4
    for (int g = 0; g < Groups; ++g) {
      double* const weights = a.weights + k * a.stride + first + g * lanes<double>;
      double* const velocity = a.velocity + k * a.stride + first + g * lanes<double>;
      const V p = step[g] * before + momentum * load(velocity);
      const V w = load(weights) + p;
      store(velocity, p);
      store(weights, w);
      sum[g] += w * now;
    }
  };
  index k = 0;
  for (; k + unroll <= a.taps; k += unroll) {
#pragma GCC unroll 4
    for (int u = 0; u < unroll; ++u) tap(k + u, sums[u]);
  }
  for (; k < a.taps; ++k) tap(k, sums[0]);
  for (int g = 0; g < Groups; ++g) {
    const index n = first + g * lanes<double>;
    const V p = step[g] + momentum * load(a.bias_velocity + n);
    const V w = load(a.bias + n) + p;
    store(a.bias_velocity + n, p);
    store(a.bias + n, w);
    V sum = w;
#pragma GCC unroll 4
    for (int u = 0; u < unroll; ++u) sum += sums[u][g];
    store(a.values + n, sum);
  }
}

[[gnu::always_inline]] inline double logistic_of(double x) {
  double padded[lanes<double>] = {x};
  logistic_all(padded, lanes<double>);
  return padded[0];
}

void online(Online& a) {
  for (index p = 0; p < a.pixels; ++p) {
    if (a.usable != nullptr && a.usable[p] == 0.0) continue;
    const double* const x = a.x + p;
    for_groups<4>(a.stride / lanes<double>,
                  [&](index group, auto groups) { walk<decltype(groups)::value>(a, x, group * lanes<double>); });
    logistic_all(a.values, a.stride);
    double sum = a.output[a.nodes];
    for (index n = 0; n < a.nodes; ++n) sum += a.output[n] * a.values[n];
    const double out = logistic_of(sum);
    const double error = a.target[p] - out;
    const double d_out = out * (1.0 - out) * error;
    double total = d_out < 0.0 ? -d_out : d_out;
    for (index n = 0; n < a.nodes; ++n) {
      const double u = a.values[n];
      const double d = u * (1.0 - u) * a.output[n] * d_out;
      total += d < 0.0 ? -d : d;
      a.step[n] = a.rate * d;
      a.output_velocity[n] = a.rate * d_out * u + a.momentum * a.output_velocity[n];
      a.output[n] += a.output_velocity[n];
    }
    a.output_velocity[a.nodes] = a.rate * d_out + a.momentum * a.output_velocity[a.nodes];
    a.output[a.nodes] += a.output_velocity[a.nodes];
    a.previous = x;
    a.squares += error * error;
    a.last_error = total;
  }
}

}  // namespace
}  // namespace afmnn::simd
