// Online backpropagation, block after block, in double precision: see nn/online.hpp. Included after fma.inl.

namespace afmnn::simd {
namespace {

using Real = Vector<double>;

// ---- three by three products from five ----------------------------------------------------------------------------
// The weights' side and the results' side of y_i = sum_j a_j x_{i+j}, i, j < 3: a as a polynomial at 0, 1, -1, 2 and
// infinity, and the transpose of that. The pixels' side, which has the fractions, is made once for an image.

[[gnu::always_inline]] inline void to_planes(const Real (&a)[3], Real (&plane)[plane_count]) {
  const Real ends = a[0] + a[2];
  plane[0] = a[0];
  plane[1] = ends + a[1];
  plane[2] = ends - a[1];
  plane[3] = add_exact_product(a[2], broadcast(4.0), add_exact_product(a[1], broadcast(2.0), a[0]));
  plane[4] = a[2];
}

[[gnu::always_inline]] inline void from_planes(const Real (&plane)[plane_count], Real (&y)[3]) {
  const Real ends = plane[1] + plane[2];
  y[0] = plane[0] + ends + plane[3];
  y[1] = add_exact_product(plane[3], broadcast(2.0), plane[1] - plane[2]);
  y[2] = add_exact_product(plane[3], broadcast(4.0), ends + plane[4]);
}

// ---- weights ------------------------------------------------------------------------------------------------------

// All planes of a group of taps are summed in registers: 30 of 32 with AVX-512, 10 of 16 below.
constexpr int nodes_in_learn = AFMNN_SIMD_BYTES == 64 ? 6 : 2;

template <int Nodes, bool Plain>
[[gnu::always_inline]] inline void learn_taps(const Learn& a, const TapGroup& group, index number, index first, index node) {
  Real sum[plane_count][Nodes] = {};
  const index next = group.transposed ? a.transposed_next : 1;
  const double* x[plane_count];
#pragma GCC unroll 8
  for (int plane = 0; plane < plane_count; ++plane)
    x[plane] = (group.transposed ? a.transposed[plane] : a.plane[plane]) + group.along + first;
  const double* step = a.steps + node;
  for (index c = 0; c < a.triples; ++c) {
#pragma GCC unroll 8
    for (int plane = 0; plane < plane_count; ++plane, step += a.stride) {
      const Real window = load(x[plane]);
      x[plane] += next;
#pragma GCC unroll 8
      for (int n = 0; n < Nodes; ++n) sum[plane][n] = fma(window, step[n], sum[plane][n]);
    }
  }
  double* const weights = a.weights + (number * plane_count * a.nodes + node) * group_taps + first;
  const double* const keep = a.keep + number * 3 * group_taps + first;
  const index row = a.nodes * group_taps;
#pragma GCC unroll 8
  for (int n = 0; n < Nodes; ++n) {
    const Real results[plane_count] = {sum[0][n], sum[1][n], sum[2][n], sum[3][n], sum[4][n]};
    double* const at = weights + n * group_taps;
    Real learnt[3];
    Real made[plane_count];
    from_planes(results, learnt);
    if constexpr (!Plain) {
#pragma GCC unroll 8
      for (int i = 0; i < 3; ++i) learnt[i] *= load(keep + i * group_taps);
    }
    to_planes(learnt, made);
#pragma GCC unroll 8
    for (int i = 0; i < plane_count; ++i) {
      const Real weight = load(at + i * row);
      store(at + i * row, fma(weight, a.old, made[i]));
    }
  }
}

void learn(const Learn& a) {
  for (index number = 0; number < a.group_count; ++number) {
    const TapGroup& group = a.groups[number];
    for_groups<nodes_in_learn>(a.nodes, [&](index node, auto nodes) {
      for (index first = 0; first < group_taps; first += lanes<double>) {
        if (group.whole) {
          learn_taps<decltype(nodes)::value, true>(a, group, number, first, node);
        } else {
          learn_taps<decltype(nodes)::value, false>(a, group, number, first, node);
        }
      }
    });
  }
}

// ---- sums ---------------------------------------------------------------------------------------------------------

template <int Nodes, int Vectors>
[[gnu::always_inline]] inline void predict_block(const Predict& a, index plane, index node, index triple) {
  Real sum[Nodes][Vectors] = {};
  const double* const start = a.plane[plane] + triple;
  const double* weights = a.weights + (plane * a.nodes + node) * group_taps;
  for (index number = 0; number < a.group_count; ++number, weights += plane_count * a.nodes * group_taps) {
    const TapGroup& group = a.groups[number];
    const double* x = start + group.at;
    for (index tap = 0; tap < group.taps; ++tap, x += group.next) {
      Real window[Vectors];
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) window[v] = load(x + v * lanes<double>);
#pragma GCC unroll 8
      for (int n = 0; n < Nodes; ++n) {
        const Real weight = broadcast(weights[n * group_taps + tap]);
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) sum[n][v] = fma(weight, window[v], sum[n][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int n = 0; n < Nodes; ++n) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v)
      store(a.sums + (plane * a.nodes + node + n) * a.width + triple + v * lanes<double>, sum[n][v]);
  }
}

void predict(const Predict& a) {
  for (index plane = 0; plane < plane_count; ++plane) {
    for_groups<2>((a.triples + lanes<double> - 1) / lanes<double>, [&](index vector, auto vectors) {
      for_groups<nodes_at_once>(a.nodes, [&](index node, auto nodes) {
        predict_block<decltype(nodes)::value, decltype(vectors)::value>(a, plane, node, vector * lanes<double>);
      });
    });
  }
}

// ---- products of inputs -------------------------------------------------------------------------------------------

// Lags come in groups that all instruction sets share: where sums begin depends on them.
constexpr index lags_at_once = 16;
static_assert(lags_at_once % group_taps == 0 && 2 * lanes<double> <= lags_at_once);

// Columns of a second register of lags, from those of the first.
[[gnu::always_inline]] inline index second_columns(const Gram& a) {
  return lanes<double> % group_taps == 0 ? a.column_count * group_taps : lanes<double>;
}

template <bool Fresh>
[[gnu::always_inline]] inline void column_products(const Gram& a, index column, index lag, double* columns, Real (&sum)[2]) {
  const double* const x = a.first + column;
  const double* const y = a.second + column + lag;
  const index second = second_columns(a);
  if constexpr (Fresh) {
    sum[0] = sum[1] = Real{};
    for (index r = 0; r < a.window_rows; ++r) {
      const Real pixel = broadcast(x[r * a.image_stride]);
      sum[0] = fma(load(y + r * a.image_stride), pixel, sum[0]);
      sum[1] = fma(load(y + r * a.image_stride + lanes<double>), pixel, sum[1]);
    }
  } else {
    const index come = (a.window_rows - 1) * a.image_stride;
    const Real in = broadcast(x[come]);
    const Real out = broadcast(-x[-a.image_stride]);
    sum[0] = fma(load(y - a.image_stride), out, fma(load(y + come), in, load(columns)));
    sum[1] = fma(load(y - a.image_stride + lanes<double>), out, fma(load(y + come + lanes<double>), in, load(columns + second)));
  }
  store(columns, sum[0]);
  store(columns + second, sum[1]);
}

// Two registers of lags, for the pixels [first, end).
template <bool Fresh>
[[gnu::always_inline]] inline void gram_block(const Gram& a, index lag, index first, index end) {
  const index second = second_columns(a);
  double* const columns = a.columns + lag / group_taps * a.column_count * group_taps + lag % group_taps;
  Real total[2] = {broadcast(1.0), broadcast(1.0)};
  const Real weight[2] = {load(a.weight + lag), load(a.weight + lag + lanes<double>)};
  Real sum[2];
  if (a.known >= 0) {
    for (index column = a.known; column < first; ++column)
      column_products<Fresh>(a, column, lag, columns + column * group_taps, sum);
  }
  index column = first;
  for (; column < a.known; ++column) {
    total[0] += load(columns + column * group_taps);
    total[1] += load(columns + column * group_taps + second);
  }
  for (; column < first + a.window_cols - 1; ++column) {
    column_products<Fresh>(a, column, lag, columns + column * group_taps, sum);
    total[0] += sum[0];
    total[1] += sum[1];
  }
  const double* leaving = columns + first * group_taps;
  double* products = a.products + first * a.lags + lag;
  for (index p = first; p < end; ++p, ++column, products += a.lags, leaving += group_taps) {
    column_products<Fresh>(a, column, lag, columns + column * group_taps, sum);
    total[0] += sum[0];
    total[1] += sum[1];
    store(products, weight[0] * total[0]);
    store(products + lanes<double>, weight[1] * total[1]);
    total[0] -= load(leaving);
    total[1] -= load(leaving + second);
  }
}

template <bool Fresh>
[[gnu::always_inline]] inline void gram_of(const Gram& a) {
  for (index group = 0; group < a.lags; group += lags_at_once) {
    const index nearest = a.first_pixel - (group + lags_at_once - 1);
    const index first = nearest < 0 ? 0 : smaller(nearest, a.pixels);
    const index end = smaller(a.pixels, a.last_pixel - group + 1);
    for (index lag = group; lag < group + lags_at_once; lag += 2 * lanes<double>) gram_block<Fresh>(a, lag, first, end);
  }
}

void gram(const Gram& a) {
  if (a.fresh) {
    gram_of<true>(a);
  } else {
    gram_of<false>(a);
  }
}

}  // namespace
}  // namespace afmnn::simd
