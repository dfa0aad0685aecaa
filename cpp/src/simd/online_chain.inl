// The part of online backpropagation that goes pixel after pixel: see nn/online.hpp. Because every pixel waits for the result
// of the one before, latency counts here, and not the number of operations. Included behind online.inl.

namespace afmnn::simd {
namespace {

#if AFMNN_SIMD_BYTES == 64
// Because one number fills no register of 64 bytes, it is kept in the lanes of half a one: less work.
using ScalarVector = VectorOf<double, 32>::type;
#else
using ScalarVector = Real;
#endif

// The greater and the lesser of two. GCC makes a comparison and a masked move of the conditional, which takes longer.
template <typename V>
[[gnu::always_inline]] inline V at_least(V x, V limit) {
#if AFMNN_SIMD_BYTES == 64
  asm("vmaxpd %2, %1, %0" : "=v"(x) : "v"(x), "v"(limit));
  return x;
#else
  return x > limit ? x : limit;
#endif
}
template <typename V>
[[gnu::always_inline]] inline V at_most(V x, V limit) {
#if AFMNN_SIMD_BYTES == 64
  asm("vminpd %2, %1, %0" : "=v"(x) : "v"(x), "v"(limit));
  return x;
#else
  return x < limit ? x : limit;
#endif
}

// 1 / (1 + exp(-x)) with low latency instead of few operations: the series of exp is summed as a tree, and the low
// part of ln 2, which x = k ln 2 + r needs for precision, joins 2^k meanwhile.
template <typename V>
[[gnu::always_inline]] inline V logistic_low_latency(V x) {
  using C = Types<double>;
  using BitVector = decltype(V{} < V{});
  x = at_most(at_least(x, -C::exp_limit - V{}), C::exp_limit - V{});
  const V shifted = fma(x, -1.44269504088896340736, C::magic);
  const V k = shifted - C::magic;
  const V power = (V)(((BitVector)shifted << C::mantissa) + C::one);
  const V scale = fma(-power, k * C::ln2_low, power);
  const V r = fma(k, -C::ln2_high, -x);
  const V r2 = r * r;
  const V r4 = r2 * r2;
  const V a = fma(r2, fma(r, 1.0 / 6, 0.5), r + 1.0);
  const V b = fma(r2, fma(r, 1.0 / 5040, 1.0 / 720), fma(r, 1.0 / 120, 1.0 / 24));
  const V c = fma(r2, fma(r, 1.0 / 39916800, 1.0 / 3628800), fma(r, 1.0 / 362880, 1.0 / 40320));
  const V d = fma(r, 1.0 / 6227020800, 1.0 / 479001600);
  return 1.0 / fma(scale, fma(r4 * r4, fma(r4, d, c), fma(r4, b, a)), 1.0);
}

// A sum in eight lanes: one register, or several side by side.
struct EightLanes {
  Real part[sum_registers];
};

// The sum of all lanes in every lane: lanes four apart first, then two, then neighbours.
[[gnu::always_inline]] inline ScalarVector total_everywhere(const EightLanes& v) {
#if AFMNN_SIMD_BYTES == 64
  ScalarVector half =
      __builtin_shufflevector(v.part[0], v.part[0], 0, 1, 2, 3) + __builtin_shufflevector(v.part[0], v.part[0], 4, 5, 6, 7);
  half += __builtin_shufflevector(half, half, 2, 3, 0, 1);
  half += __builtin_shufflevector(half, half, 1, 0, 3, 2);
  return half;
#elif AFMNN_SIMD_BYTES == 32
  ScalarVector half = v.part[0] + v.part[1];
  half += __builtin_shufflevector(half, half, 2, 3, 0, 1);
  half += __builtin_shufflevector(half, half, 1, 0, 3, 2);
  return half;
#else
  ScalarVector quarter = (v.part[0] + v.part[2]) + (v.part[1] + v.part[3]);
  quarter += __builtin_shufflevector(quarter, quarter, 1, 0);
  return quarter;
#endif
}

[[gnu::always_inline]] inline Real everywhere(ScalarVector v) {
#if AFMNN_SIMD_BYTES == 64
  return __builtin_shufflevector(v, v, 0, 1, 2, 3, 0, 1, 2, 3);
#else
  return v;
#endif
}

// The sums a pixel starts from: what the parts make together, back from planes to pixels. The parts come from other
// cores, perhaps, and are read in one sweep.
template <bool Velocity>
[[gnu::always_inline]] inline void gather(const Chain& a, const double* parts, const double* bias) {
  const index part = plane_count * a.nodes * a.width;
  for (index i = 0; i < part; i += lanes<double>) {
    Real total = load(parts + i);
    for (index number = 1; number < a.part_count; ++number) total += load(parts + number * part + i);
    store(a.part_sums + i, total);
  }
  for (index n = 0; n < a.nodes; ++n) {
    for (index triple = 0; 3 * triple < a.pixels; triple += lanes<double>) {
      Real plane[plane_count];
#pragma GCC unroll 8
      for (index i = 0; i < plane_count; ++i) plane[i] = load(a.part_sums + (i * a.nodes + n) * a.width + triple);
      Real made[3];
      from_planes(plane, made);
      double y[3][lanes<double>];
      for (int i = 0; i < 3; ++i) store(y[i], made[i] + bias[n]);
      double* sums = a.sums + 3 * triple * a.stride + n;
      const double* const factor = a.factor + 3 * triple;
#pragma GCC unroll 8
      for (index lane = 0; lane < lanes<double>; ++lane) {
#pragma GCC unroll 8
        for (index i = 0; i < 3; ++i, sums += a.stride) {
          if constexpr (Velocity) {
            *sums += factor[3 * lane + i] * y[i][lane];
          } else {
            *sums = y[i][lane];
          }
        }
      }
    }
  }
}

// A row of `stride` numbers: in registers where their count is known, else in memory.
template <int Count>
struct Row {
  Real v[Count]{};
  explicit Row(double*) {}
  [[gnu::always_inline]] Real get(index i) const { return v[i]; }
  [[gnu::always_inline]] void set(index i, Real value) { v[i] = value; }
};
template <>
struct Row<0> {
  double* p;
  explicit Row(double* memory) : p(memory) {}
  [[gnu::always_inline]] Real get(index i) const { return load(p + i * lanes<double>); }
  [[gnu::always_inline]] void set(index i, Real value) { store(p + i * lanes<double>, value); }
};

// start + the sum of weighted rows. Goes on to a multiple of 8 rows, which must be zero there: a loop whose end can be
// foreseen costs less than the rows it saves.
[[gnu::always_inline]] inline Real weighted_sum(Real start, const double* weight, const double* rows, index stride, index count) {
  Real sum[4] = {start};
  for (index i = 0; i < count; i += 8) {
#pragma GCC unroll 8
    for (int u = 0; u < 8; ++u) sum[u % 4] = fma(load(rows + (i + u) * stride), weight[i + u], sum[u % 4]);
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

[[gnu::always_inline]] inline index next_valid(const Chain& a, index p) {
  while (p < a.pixels && a.valid != nullptr && a.valid[p] == 0.0) ++p;
  return p;
}

// Count: vectors of a row, or 0 if there are more than registers.
template <int Count>
[[gnu::always_inline]] inline void chain_of(Chain& a) {
  const index vectors = Count > 0 ? Count : a.stride / lanes<double>;
  Row<Count> step(a.scratch);
  Row<Count> value(a.scratch + a.stride);
  Row<Count> sum(a.scratch + 2 * a.stride);
  Row<Count> weight(a.output);
  Row<Count> velocity(a.output_velocity);
  const auto start = [&](index p) {
    const double* const weights = a.previous_product + p * a.previous_next;
#pragma GCC unroll 4
    for (index v = 0; v < vectors; ++v) {
      const index lane = v * lanes<double>;
      sum.set(v, weighted_sum(load(a.sums + p * a.stride + lane), weights, a.previous_steps + lane, a.stride, a.previous_pixels));
    }
  };
  for (index v = 0; v < vectors; ++v) {
    step.set(v, Real{});
    weight.set(v, load(a.output + v * lanes<double>));
    velocity.set(v, load(a.output_velocity + v * lanes<double>));
    for (index p = 0; p < (a.pixels + 7) / 8 * 8; ++p) store(a.steps + p * a.stride + v * lanes<double>, Real{});
  }
  Real first_lane{};
  first_lane[0] = 1.0;
  Real bias = first_lane * a.output_bias;
  Real bias_velocity = first_lane * a.output_bias_velocity;
  ScalarVector squares{};
  EightLanes last{};
  Real d_out{};
  index p = next_valid(a, 0);
  start(p);
  while (p < a.pixels) {
    // What the next pixel can know already is summed between the lines, where the processor waits for this one.
    const index next = next_valid(a, p + 1);
    const double* const product = a.product + next * a.product_next;
    EightLanes out{};
    out.part[0] = bias;
#pragma GCC unroll 4
    for (index v = 0; v < vectors; ++v) {
      const Real u = logistic_low_latency(fma(step.get(v), d_out, sum.get(v)));
      value.set(v, u);
      out.part[v % sum_registers] = fma(weight.get(v), u, out.part[v % sum_registers]);
    }
    if (next < a.pixels) start(next);
    const ScalarVector result = logistic_low_latency(total_everywhere(out));
    if (next < a.pixels) {
#pragma GCC unroll 4
      for (index v = 0; v < vectors; ++v) sum.set(v, weighted_sum(sum.get(v), product, a.steps + v * lanes<double>, a.stride, p));
    }
    const ScalarVector error = a.target[p] - result;
    d_out = everywhere(result * (1.0 - result) * error);
    last = EightLanes{};
    last.part[0] = d_out < 0.0 ? -d_out * first_lane : d_out * first_lane;
    const Real learnt = a.rate * d_out;
    const Real nearest = broadcast(next < a.pixels ? product[p] : 0.0);
#pragma GCC unroll 4
    for (index v = 0; v < vectors; ++v) {
      const index lane = v * lanes<double>;
      const Real u = value.get(v);
      const Real slope = u * (1.0 - u) * weight.get(v);
      const Real d = slope * d_out;
      last.part[v % sum_registers] += d < 0.0 ? -d : d;
      // What the next pixel waits for is one product away from d_out.
      step.set(v, nearest * (a.rate * slope));
      store(a.steps + p * a.stride + lane, a.rate * slope * d_out);
      const Real change = fma(learnt, u * load(a.real + lane), a.momentum * velocity.get(v));
      velocity.set(v, change);
      weight.set(v, weight.get(v) + change);
    }
    bias_velocity = fma(first_lane, learnt, a.momentum * bias_velocity);
    bias += bias_velocity;
    squares = fma(error, error, squares);
    p = next;
  }
  for (index v = 0; v < vectors; ++v) {
    store(a.output + v * lanes<double>, weight.get(v));
    store(a.output_velocity + v * lanes<double>, velocity.get(v));
  }
  a.output_bias = bias[0];
  a.output_bias_velocity = bias_velocity[0];
  a.squares += squares[0];
  a.last_error = total_everywhere(last)[0];
}

void chain(Chain& a) {
  gather<false>(a, a.parts, a.bias);
  if (a.velocity_parts != nullptr) gather<true>(a, a.velocity_parts, a.velocity_bias);
  const index vectors = a.stride / lanes<double>;
  if (vectors > 4) {
    chain_of<0>(a);
  } else {
    with_constant<4>(vectors, [&](auto count) { chain_of<decltype(count)::value>(a); });
  }
}

void spread(const Spread& a) {
  for (index lane = 0; lane < a.stride; lane += lanes<double>) {
    Real total{};
    for (index triple = 0; 3 * triple < a.pixels; ++triple) {
      Real step[3];
      Real made[plane_count];
#pragma GCC unroll 8
      for (index i = 0; i < 3; ++i) {
        const index p = 3 * triple + i;
        step[i] = p < a.pixels ? load(a.steps + p * a.stride + lane) * a.weight[p] : Real{};
        total += step[i];
      }
      to_planes(step, made);
#pragma GCC unroll 8
      for (index i = 0; i < plane_count; ++i) store(a.planes + (triple * plane_count + i) * a.stride + lane, made[i]);
    }
    store(a.total + lane, total);
  }
}

constexpr OnlineKernels online_kernels_here = {learn, predict, gram, chain, spread};

}  // namespace
}  // namespace afmnn::simd
