// Maxima of sums, the inner loops of dilation and of the search for contacts. Included after kernels.inl, under the same rules.
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

// All taps of a group for a block of pixels: row i of x meets the block's row r at the tap's row i - r, so that x is
// loaded once for all of them.
template <typename T, int Rows>
void dilate_block(const Taps<T>& a, const T* x, const T* tip, index cols, T* out, index out_stride) {
  Vector<T> best[block_rows][block_vectors];
#pragma GCC unroll 8
  for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < block_vectors; ++v) best[r][v] = load(out + r * out_stride + v * lanes<T>);
  }
  for (index j = 0; j < cols; ++j, ++x, tip += a.tip_rows) {
#pragma GCC unroll 16
    for (int i = 0; i < block_rows + Rows - 1; ++i) {
      Vector<T> heights[block_vectors];
#pragma GCC unroll 8
      for (int v = 0; v < block_vectors; ++v) heights[v] = load(x + i * a.x_stride + v * lanes<T>);
#pragma GCC unroll 8
      for (int r = 0; r < block_rows; ++r) {
        if (i - r < 0 || i - r >= Rows) continue;
        const Vector<T> tap = broadcast(tip[i - r]);
#pragma GCC unroll 8
        for (int v = 0; v < block_vectors; ++v) best[r][v] = larger<T>(heights[v] + tap, best[r][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < block_vectors; ++v) store(out + r * out_stride + v * lanes<T>, best[r][v]);
  }
}

template <typename T>
void dilate_all(const Dilate<T>& a) {
  for (index row = 0; row < a.rows; row += block_rows) {
    for (index col = 0; col < a.cols; col += block_cols<T>) {
      T* const out = a.out + row * a.out_stride + col;
      for (int r = 0; r < block_rows; ++r) {
        for (int v = 0; v < block_vectors; ++v)
          store(out + r * a.out_stride + v * lanes<T>, broadcast(-static_cast<T>(__builtin_inf())));
      }
      for (index i = 0; i < a.taps.tip_rows; i += group_side) {
        with_constant<group_side>(smaller(group_side, a.taps.tip_rows - i), [&](auto rows) {
          dilate_block<T, decltype(rows)::value>(a.taps, a.taps.x + (row + i) * a.taps.x_stride + col, a.taps.tip + i,
                                                 a.taps.tip_cols, out, a.out_stride);
        });
      }
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

// Takes a group into those vectors of the tile `out` that can gain from it, and says whether there were any.
template <typename T, int Rows>
bool dilate_where_it_gains(const Taps<T>& a, const Group<T>& group, T* out, index out_stride) {
  constexpr int vectors = tile_cols / lanes<T>;
  const Vector<T> highest = broadcast(group.highest);
  std::uint64_t gains = 0;  // a bit for each vector: one loop over those that are set is easier to foresee than branches
#pragma GCC unroll 8
  for (int r = 0; r < tile_rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      const Vector<T> most = load(group.maxima + r * a.x_stride + v * lanes<T>) + highest;
      gains |= static_cast<std::uint64_t>(any_above<T>(most, load(out + r * out_stride + v * lanes<T>))) << (r * vectors + v);
    }
  }
  if (gains == 0) return false;
  for (; gains != 0; gains &= gains - 1) {
    const int vector = __builtin_ctzll(gains);
    const index r = vector / vectors, c = vector % vectors * lanes<T>;
    const T* x = group.x + r * a.x_stride + c;
    const T* tip = group.tip;
    Vector<T> best = load(out + r * out_stride + c);
    for (index j = 0; j < group.cols; ++j, ++x, tip += a.tip_rows) {
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) best = larger<T>(load(x + i * a.x_stride) + broadcast(tip[i]), best);
    }
    store(out + r * out_stride + c, best);
  }
  return true;
}

// One tile of a dilation.
template <typename T>
struct Tile {
  const Taps<T>& taps;
  index row, col;
  T* out;
  index out_stride;

  bool take(index group) const {
    const Group<T> g(taps, row, col, group / taps.group_stride, group % taps.group_stride);
    bool gains = false;
    with_constant<group_side>(
        g.rows, [&](auto rows) { gains = dilate_where_it_gains<T, decltype(rows)::value>(taps, g, out, out_stride); });
    return gains;
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
    constexpr T none = -static_cast<T>(__builtin_inf());
    for (index r = 0; r < tile_rows; ++r) {
      for (index c = 0; c < tile_cols; c += lanes<T>) store(out + r * out_stride + c, broadcast(none));
    }
    const index best = bound_groups();
    const T top = taps.bounds[best];
    take(best);
    taps.bounds[best] = none;
    // The most promising go first: the higher the tile gets early, the more of the others cannot reach it. Sorting them
    // roughly, by counting, is enough.
    T low = lowest();
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
    for (index k = 0; k < count; ++k) {
      const index group = taps.sorted[k];
      if (taps.bounds[group] > low && take(group)) low = lowest();
    }
  }
};

template <typename T>
void dilate(const Dilate<T>& a) {
  if (a.taps.group_rows * a.taps.group_cols < groups_to_judge) return dilate_all(a);
  prepare_maxima(a.taps);
  for (index row = 0; row < a.rows; row += tile_rows) {
    for (index col = 0; col < a.cols; col += tile_cols) {
      Tile<T>{a.taps, row, col, a.out + row * a.out_stride + col, a.out_stride}.dilate();
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
