// Sums over windows: the first layer of a network, forward, and the gradient of its weights. Included after vector.inl.

namespace afmnn::simd {
namespace {

// Registers: nodes_at_once * vectors_at_once accumulators, vectors_at_once of x and one weight; 32 registers with
// AVX-512, 16 below.
constexpr int vectors_at_once = AFMNN_SIMD_BYTES == 64 ? 3 : 2;
constexpr int nodes_at_once = AFMNN_SIMD_BYTES == 64 ? 8 : 6;
// The gradient's, where taps take the place of pixels.
constexpr int taps_in_gradient = 3;
constexpr int nodes_in_gradient = AFMNN_SIMD_BYTES == 64 ? 8 : 4;
// A sum of this many taps is closed before it is added to the total: keeps rounding errors of large windows small.
constexpr index taps_at_once = 128;

template <typename T, int Nodes, int Vectors>
[[gnu::always_inline]] inline void correlate_block(const Correlate<T>& a, index node, index pixel) {
  Vector<T> total[Nodes][Vectors];
#pragma GCC unroll 8
  for (int n = 0; n < Nodes; ++n) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      total[n][v] = broadcast(a.bias[node + n]);
      if (a.mean != nullptr) total[n][v] = fma(load(a.mean + pixel + v * lanes<T>), -a.centre[node + n], total[n][v]);
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
        for (int v = 0; v < Vectors; ++v) sum[n][v] = fma(weight, window[v], sum[n][v]);
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

// The total of the lanes of one sum, of which each register's are summed already.
template <typename T>
[[gnu::always_inline]] inline T close_sum(const T* part, index distance) {
  if constexpr (sum_registers == 1) return part[0];
  if constexpr (sum_registers == 2) return part[0] + part[distance];
  return (part[0] + part[distance]) + (part[2 * distance] + part[3 * distance]);
}

template <typename T, int Nodes, int Taps>
[[gnu::always_inline]] inline void gradient_block(const Gradient<T>& a, index node, index tap) {
  static_assert(pad % sum_lanes<T> == 0 && sum_registers <= 4);
  constexpr int groups = (Taps * Nodes + lanes<T> - 1) / lanes<T>;
  constexpr index results = groups * lanes<T>;
  T sums[sum_registers * results];
  const index block = a.nodes * pad;
  // Because a register holds a part of a sum's lanes, the runs are read once for each part: all lanes of fewer sums at a time
  // would take more loads for as many multiplications.
  for (index part = 0; part < sum_registers; ++part) {
    Vector<T> total[Taps * Nodes] = {};
    const index* known = nullptr;  // most runs have the offsets of the one before
    index offset[Taps] = {};
    for (const Run<T>*run = a.runs, *const end = a.runs + a.run_count; run < end; ++run) {
      if (run->offsets != known) {
        known = run->offsets;
#pragma GCC unroll 8
        for (int k = 0; k < Taps; ++k) offset[k] = known[tap + k];
      }
      const T* delta = run->delta + node * pad + part * lanes<T>;
      const T* x = run->x + part * lanes<T>;
      // Because long runs lie in random places of an image, the processor cannot foresee where the next one begins: it is
      // asked for early. Short ones, which see through a fovea, lie side by side.
      if (part == 0 && run->pixels > pad && run + 1 < end) {
#pragma GCC unroll 8
        for (int k = 0; k < Taps; ++k) {
          const T* const ahead = run[1].x + run[1].offsets[tap + k];
          __builtin_prefetch(ahead);
          __builtin_prefetch(ahead + pad);
          __builtin_prefetch(ahead + 2 * pad);
        }
      }
      for (const T* const stop = x + run->pixels; x < stop; x += pad, delta += block) {
#pragma GCC unroll 8
        for (index p = 0; p < pad; p += sum_lanes<T>) {
          Vector<T> window[Taps];
#pragma GCC unroll 8
          for (int k = 0; k < Taps; ++k) window[k] = load(x + offset[k] + p);
#pragma GCC unroll 8
          for (int n = 0; n < Nodes; ++n) {
            Vector<T> d = load(delta + n * pad + p);
            keep(d);
#pragma GCC unroll 8
            for (int k = 0; k < Taps; ++k) total[k * Nodes + n] = fma(d, window[k], total[k * Nodes + n]);
          }
        }
      }
    }
    for_each_constant<groups>([&](auto group) {
      constexpr int first = decltype(group)::value * lanes<T>;
      constexpr int count = Taps * Nodes - first < lanes<T> ? Taps * Nodes - first : lanes<T>;
      store(sums + part * results + first, lane_sums<T, count>(total + first));
    });
  }
  for (int k = 0; k < Taps; ++k) {
    for (int n = 0; n < Nodes; ++n) a.out[(tap + k) * a.out_stride + node + n] = close_sum(sums + k * Nodes + n, results);
  }
}

template <typename T>
void gradient(const Gradient<T>& a) {
  for_groups<nodes_in_gradient>(a.nodes, [&](index node, auto nodes) {
    for_groups<taps_in_gradient>(a.last_tap - a.first_tap, [&](index tap, auto taps) {
      gradient_block<T, decltype(nodes)::value, decltype(taps)::value>(a, node, a.first_tap + tap);
    });
  });
}

}  // namespace
}  // namespace afmnn::simd
