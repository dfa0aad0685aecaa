// Maxima of sums, the inner loops of dilation and of the search for contacts. Included after fma.inl.
//
// The floor of a plain dilation is one addition and one maximum per tap and pixel. 13e9 to 14.6e9 such pairs a second and
// core were measured in registers (float64, AVX-512, EPYC of the fourth generation at 2.6 GHz): 11.7 ms for 256 x 256 by
// 51 x 51. Leaving out the taps that cannot win goes below it, how far depends on the heights.

namespace afmnn::simd {
namespace {

// Registers: block_rows * block_vectors maxima, block_vectors of x; 32 registers with AVX-512, 16 below.
constexpr int block_rows = AFMNN_SIMD_BYTES == 64 ? 8 : 4;
constexpr int block_vectors = 2;
template <typename T>
constexpr index block_cols = block_vectors * lanes<T>;
// So many rows of taps at once: the more, the fewer loads of x.
constexpr int block_tap_rows = 8;

template <typename T>
constexpr T infinity = static_cast<T>(__builtin_inf());

template <typename T>
[[gnu::always_inline]] inline Vector<T> larger(Vector<T> a, Vector<T> b) {
  return a > b ? a : b;
}
template <typename T>
[[gnu::always_inline]] inline Vector<T> lower(Vector<T> a, Vector<T> b) {
  return a < b ? a : b;
}
template <typename T>
[[gnu::always_inline]] inline T lowest_lane(Vector<T> v) {
  T parts[lanes<T>];
  store(parts, v);
  for (index width = lanes<T> / 2; width > 0; width /= 2) {
    for (index i = 0; i < width; ++i) parts[i] = parts[i] < parts[i + width] ? parts[i] : parts[i + width];
  }
  return parts[0];
}

// Sums by fused multiply-add: 1 x + y is rounded like x + y, but additions and maxima wait for the same pipes (Zen 4: 1.84e9
// pairs of vectors a second at 3.67 GHz), multiply-adds and maxima do not (3.67e9). Without such an instruction, they add.
template <typename T>
struct Sum {
  Vector<T> one = broadcast(T(1));
  [[gnu::always_inline]] Sum() { keep(one); }  // must not look like a constant
  [[gnu::always_inline]] Vector<T> operator()(Vector<T> x, Vector<T> y) const { return add_exact_product(x, one, y); }
};

// Whether a > b, or a >= b, in any lane. The vector types have no such operation.
template <typename T, bool OrEqual = false>
[[gnu::always_inline]] inline bool any_above(Vector<T> a, Vector<T> b) {
#if AFMNN_SIMD_BYTES == 64
  constexpr int comparison = OrEqual ? 29 : 30, rounding = 4;  // false for NaN; rounding as it is
  if constexpr (sizeof(T) == 8) return __builtin_ia32_cmppd512_mask(a, b, comparison, -1, rounding) != 0;
  if constexpr (sizeof(T) == 4) return __builtin_ia32_cmpps512_mask(a, b, comparison, -1, rounding) != 0;
#else
  const auto above = OrEqual ? a >= b : a > b;
#if AFMNN_SIMD_BYTES == 32
  if constexpr (sizeof(T) == 8) return __builtin_ia32_movmskpd256((Vector<T>)above) != 0;
  if constexpr (sizeof(T) == 4) return __builtin_ia32_movmskps256((Vector<T>)above) != 0;
#elif defined(__SSE2__)
  if constexpr (sizeof(T) == 8) return __builtin_ia32_movmskpd((Vector<T>)above) != 0;
  if constexpr (sizeof(T) == 4) return __builtin_ia32_movmskps((Vector<T>)above) != 0;
#else
  Bits<T> any = 0;
  for (index i = 0; i < lanes<T>; ++i) any |= above[i];
  return any != 0;
#endif
#endif
}

// to[i] = max(a[i], b[i]); `to` may be `a`, and `b` may lie above it in the same buffer.
template <typename T>
[[gnu::always_inline]] inline void larger_of(T* to, const T* a, const T* b, index count) {
  index i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) store(to + i, larger<T>(load(a + i), load(b + i)));
  for (; i < count; ++i) to[i] = a[i] > b[i] ? a[i] : b[i];
}

// to(r, c) = maximum of the window of rows x cols that starts at from(r, c), cut off where the buffer ends. Windows grow by
// doubling, in place: what is still needed lies ahead.
template <typename T>
void window_maxima(T* to, const T* from, index height, index width, index stride, index rows, index cols) {
  for (index r = 0; r < height; ++r) {
    T* const row = to + r * stride;
    index step = smaller(1, cols - 1);
    larger_of(row, from + r * stride, from + r * stride + step, width - step);
    for (index c = width - step; c < width; ++c) row[c] = from[r * stride + c];
    for (index size = 1 + step; size < cols; size += step) {
      step = smaller(size, cols - size);
      larger_of(row, row, row + step, width - step);
    }
  }
  for (index size = 1; size < rows;) {
    const index step = smaller(size, rows - size);
    for (index r = 0; r + step < height; ++r) larger_of(to + r * stride, to + r * stride, to + (r + step) * stride, width);
    size += step;
  }
}

// maxima(r, c): the highest x that a group of taps sees from one pixel, the group's first tap being at x(r, c).
// ceiling(i, j): the highest that it sees from a whole tile, its first tap being at x(i, j) * group_side for the tile's
// first pixel. Tiles and groups both start at multiples of group_side, so that no other places are needed.
template <typename T>
void prepare_maxima(const Taps<T>& a) {
  window_maxima(a.maxima, a.x, a.x_rows, a.x_stride, a.x_stride, group_side, group_side);
  const index rows = a.x_rows / group_side, cols = a.x_stride / group_side;
  for (index i = 0; i < rows; ++i) {
    for (index j = 0; j < cols; ++j) a.ceiling[i * a.ceiling_stride + j] = a.maxima[(i * a.x_stride + j) * group_side];
  }
  window_maxima(a.ceiling, a.ceiling, rows, cols, a.ceiling_stride, tile_rows / group_side + 1, tile_cols / group_side + 1);
}

// A pointer of which the compiler must not know where it comes from. Walking through rows with it takes one addition a row;
// otherwise all their addresses are prepared in advance, which takes longer than the few taps of a group.
template <typename T>
[[gnu::always_inline]] inline const T* next_row(const T* row, index stride) {
  row += stride;
  __asm__("" : "+r"(row));
  return row;
}

// Some rows of taps for a block of pixels: row i of x meets the block's row r at the tap's row i - r, so that x is loaded
// once for all of them.
template <typename T, int Rows, int Vectors, int TapRows>
[[gnu::always_inline]] inline void dilate_block(const Taps<T>& a, const T* x, const T* tip, index tap_cols, T* out,
                                                index out_stride) {
  const Sum<T> sum;
  Vector<T> best[Rows][Vectors];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) best[r][v] = load(out + r * out_stride + v * lanes<T>);
  }
  for (index j = 0; j < tap_cols; ++j, ++x, tip += a.tip_rows) {
    const T* row = x;
#pragma GCC unroll 16
    for (int i = 0; i < Rows + TapRows - 1; ++i, row = next_row(row, a.x_stride)) {
      Vector<T> heights[Vectors];
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) heights[v] = load(row + v * lanes<T>);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        if (i - r < 0 || i - r >= TapRows) continue;
        const Vector<T> tap = broadcast(tip[i - r]);
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) best[r][v] = larger<T>(sum(heights[v], tap), best[r][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) store(out + r * out_stride + v * lanes<T>, best[r][v]);
  }
}

// All taps for a tile.
template <typename T>
void dilate_plainly(const Taps<T>& a, index row, index col, T* out, index out_stride) {
  constexpr int vectors = block_vectors * lanes<T> <= tile_cols ? block_vectors : 1;
  for (index r = 0; r < tile_rows; ++r) {
    for (index c = 0; c < tile_cols; c += lanes<T>) store(out + r * out_stride + c, broadcast(-infinity<T>));
  }
  for (index r = 0; r < tile_rows; r += block_rows) {
    for (index c = 0; c < tile_cols; c += vectors * lanes<T>) {
      for_groups<block_tap_rows>(a.tip_rows, [&](index i, auto tap_rows) {
        dilate_block<T, block_rows, vectors, decltype(tap_rows)::value>(a, a.x + (row + r + i) * a.x_stride + col + c, a.tip + i,
                                                                        a.tip_cols, out + r * out_stride + c, out_stride);
      });
    }
  }
}

// One group of taps for one tile of pixels.
template <typename T>
struct Group {
  const T* x;       // under the first tap and pixel
  const T* maxima;  // of the group's taps, for the first pixel
  const T* tip;     // the first tap
  T highest;
  index first_tap;  // its number
  index rows, cols;

  Group(const Taps<T>& a, index row, index col, index group_row, index group_col) {
    const index i = group_row * group_side, j = group_col * group_side;
    const index at = (row + i) * a.x_stride + col + j;
    x = a.x + at;
    maxima = a.maxima + at;
    highest = a.highest[group_row * a.group_stride + group_col];
    first_tap = j * a.tip_rows + i;
    tip = a.tip + first_tap;
    rows = smaller(group_side, a.tip_rows - i);
    cols = smaller(group_side, a.tip_cols - j);
  }
};

// Takes a group into those vectors of the tile `out` that can gain from it, and returns how many there were.
template <typename T, int TapRows>
index dilate_where_it_gains(const Taps<T>& a, const Group<T>& group, T* out, index out_stride) {
  // In a strip of vectors below each other, heights are shared by the rows: from so many on, all together are cheaper.
  constexpr int together = 3;
  const Sum<T> sum;
  const Vector<T> highest = broadcast(group.highest);
  index taken = 0;
#pragma GCC unroll 8
  for (index c = 0; c < tile_cols; c += lanes<T>) {
    unsigned gains = 0;  // a bit for each row: a loop over those that are set is easier to foresee than branches
    const T* maxima = group.maxima + c;
#pragma GCC unroll 8
    for (int r = 0; r < tile_rows; ++r, maxima = next_row(maxima, a.x_stride)) {
      const Vector<T> most = sum(load(maxima), highest);
      gains |= static_cast<unsigned>(any_above<T>(most, load(out + r * out_stride + c))) << r;
    }
    if (gains == 0) continue;
    taken += __builtin_popcount(gains);
    if (__builtin_popcount(gains) >= together) {
      dilate_block<T, tile_rows, 1, TapRows>(a, group.x + c, group.tip, group.cols, out + c, out_stride);
      continue;
    }
    for (; gains != 0; gains &= gains - 1) {
      const index r = __builtin_ctz(gains);
      dilate_block<T, 1, 1, TapRows>(a, group.x + r * a.x_stride + c, group.tip, group.cols, out + r * out_stride + c,
                                     out_stride);
    }
  }
  return taken;
}

// One tile of a dilation.
template <typename T>
struct Tile {
  const Taps<T>& taps;
  index row, col;
  T* out;
  index out_stride;

  index take(index group) const {
    const Group<T> g(taps, row, col, group / taps.group_stride, group % taps.group_stride);
    index taken = 0;
    with_constant<group_side>(
        g.rows, [&](auto rows) { taken = dilate_where_it_gains<T, decltype(rows)::value>(taps, g, out, out_stride); });
    return taken;
  }

  [[gnu::always_inline]] T lowest() const {
    Vector<T> result = load(out);
    for (index r = 0; r < tile_rows; ++r) {
#pragma GCC unroll 8
      for (index c = 0; c < tile_cols; c += lanes<T>) result = lower<T>(result, load(out + r * out_stride + c));
    }
    return lowest_lane<T>(result);
  }

  // No sum of a group exceeds its bound, in rounded arithmetic too: rounding keeps the order. Returns the group with the
  // highest one.
  [[gnu::always_inline]] index bound_groups() const {
    index best = 0;
    for (index i = 0; i < taps.group_rows; ++i) {
      const T* const ceiling = taps.ceiling + (row / group_side + i) * taps.ceiling_stride + col / group_side;
      const T* const highest = taps.highest + i * taps.group_stride;
      T* const bounds = taps.bounds + i * taps.group_stride;
      for (index j = 0; j < taps.group_stride; j += lanes<T>) store(bounds + j, load(highest + j) + load(ceiling + j));
      for (index j = 0; j < taps.group_cols; ++j) best = bounds[j] > taps.bounds[best] ? i * taps.group_stride + j : best;
    }
    return best;
  }

  void dilate() const {
    constexpr index levels = 32;
    for (index r = 0; r < tile_rows; ++r) {
      for (index c = 0; c < tile_cols; c += lanes<T>) store(out + r * out_stride + c, broadcast(-infinity<T>));
    }
    const index best = bound_groups();
    const T top = taps.bounds[best];
    take(best);
    taps.bounds[best] = -infinity<T>;
    T low = lowest();
    // The most promising go first: the higher the tile gets early, the more of the others cannot reach it. Sorting them
    // roughly, by counting, is enough.
    const T scale = static_cast<T>(levels) / (top - low);
    index count = 0;
    index starts[levels + 1] = {};
    for (index i = 0; i < taps.group_rows; ++i) {
      for (index group = i * taps.group_stride; group < i * taps.group_stride + taps.group_cols; ++group) {
        if (!(taps.bounds[group] > low)) continue;
        const T position = (top - taps.bounds[group]) * scale;  // infinite or not a number for subnormal heights
        const index level = position < levels - 1 ? static_cast<index>(position) : levels - 1;
        taps.waiting[count++] = group * levels + level;
        ++starts[level + 1];
      }
    }
    for (index level = 0; level < levels; ++level) starts[level + 1] += starts[level];
    for (index k = 0; k < count; ++k) taps.sorted[starts[taps.waiting[k] % levels]++] = taps.waiting[k] / levels;
    constexpr index vectors = tile_rows * tile_cols / lanes<T>, tries = 16;
    index taken = 0;
    for (index k = 0; k < count; ++k) {
      // Judging costs more than it saves where nearly every vector takes nearly every group.
      if (k == tries && taken * 20 > tries * vectors * 18 &&
          left_above(low, k, count) * 20 > taps.group_rows * taps.group_cols * 17) {
        return dilate_plainly(taps, row, col, out, out_stride);
      }
      const index group = taps.sorted[k];
      if (!(taps.bounds[group] > low)) continue;
      const index gains = take(group);
      if (gains > 0) low = lowest();
      taken += gains;
    }
  }

  // How many of the sorted groups [first, last) can still reach above `low`.
  index left_above(T low, index first, index last) const {
    index left = 0;
    for (index k = first; k < last; ++k) left += taps.bounds[taps.sorted[k]] > low;
    return left;
  }
};

template <typename T>
void dilate(const Dilate<T>& a) {
  const bool judge = a.taps.group_rows * a.taps.group_cols >= groups_to_judge;
  if (judge) prepare_maxima(a.taps);
  for (index row = 0; row < a.rows; row += tile_rows) {
    for (index col = 0; col < a.cols; col += tile_cols) {
      T* const out = a.out + row * a.out_stride + col;
      if (judge) {
        Tile<T>{a.taps, row, col, out, a.out_stride}.dilate();
      } else {
        dilate_plainly(a.taps, row, col, out, a.out_stride);
      }
    }
  }
}

template <typename T>
void contacts(const Contacts<T>& a) {
  using BitVector = decltype(Vector<T>{} < Vector<T>{});
  constexpr index vectors = tile_cols / lanes<T>;
  const Taps<T>& taps = a.taps;
  prepare_maxima(taps);
  for (index row = 0; row < a.rows; row += tile_rows) {
    for (index col = 0; col < a.cols; col += tile_cols) {
      Vector<T> image[tile_rows][vectors];
      BitVector count[tile_rows][vectors] = {}, place[tile_rows][vectors] = {};
      Vector<T> lowest = load(a.image + row * a.image_stride + col);
      for (index r = 0; r < tile_rows; ++r) {
        for (index v = 0; v < vectors; ++v) {
          image[r][v] = load(a.image + (row + r) * a.image_stride + col + v * lanes<T>);
          lowest = lower<T>(lowest, image[r][v]);
        }
      }
      const T bottom = lowest_lane<T>(lowest);
      for (index g = 0; g < taps.group_rows * taps.group_cols; ++g) {
        const index group_row = g / taps.group_cols, group_col = g % taps.group_cols;
        const Group<T> group(taps, row, col, group_row, group_col);
        const T* const ceiling =
            taps.ceiling + (row / group_side + group_row) * taps.ceiling_stride + col / group_side + group_col;
        if (bottom - group.highest > *ceiling) continue;
        for (index r = 0; r < tile_rows; ++r) {
          for (index v = 0; v < vectors; ++v) {
            // Nothing touches where even the highest tap stays above the highest height. These differences are rounded as
            // the ones below, and rounding keeps the order.
            const T* const maxima = group.maxima + r * taps.x_stride + v * lanes<T>;
            if (!any_above<T, true>(load(maxima), image[r][v] - group.highest)) continue;
            for (index j = 0; j < group.cols; ++j) {
              const T* const x = group.x + r * taps.x_stride + v * lanes<T> + j;
              for (index i = 0; i < group.rows; ++i) {
                const BitVector touches = image[r][v] - group.tip[j * taps.tip_rows + i] <= load(x + i * taps.x_stride);
                count[r][v] -= touches;
                place[r][v] += touches & static_cast<Bits<T>>(group.first_tap + j * taps.tip_rows + i);
              }
            }
          }
        }
      }
      for (index r = 0; r < tile_rows; ++r) {
        for (index c = 0; c < tile_cols; ++c) {
          const bool one = count[r][c / lanes<T>][c % lanes<T>] == 1;
          a.contact[(row + r) * a.contact_stride + col + c] =
              one ? static_cast<std::int32_t>(place[r][c / lanes<T>][c % lanes<T>]) : -1;
        }
      }
    }
  }
}

}  // namespace
}  // namespace afmnn::simd
