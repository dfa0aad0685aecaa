// The inner loop of blind tip estimation. Included after morphology.inl.

namespace afmnn::simd {
namespace {

template <typename T>
[[gnu::always_inline]] inline bool refine_block(const Refine<T>& a, index row, index col) {
  constexpr index taps_between_checks = 32;
  T* const estimate = a.estimate + row * a.stride + col;
  Vector<T> best[block_rows][block_vectors];
#pragma GCC unroll 8
  for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < block_vectors; ++v) best[r][v] = broadcast(-infinity<T>);
  }
  for (index first = 0; first < a.count; first += taps_between_checks) {
    const index last = smaller(first + taps_between_checks, a.count);
    for (index k = first; k < last; ++k) {
      const T* const x = a.x + row * a.x_stride + col + a.offsets[k];
      const Vector<T> value = broadcast(a.values[k]);
#pragma GCC unroll 8
      for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 8
        for (int v = 0; v < block_vectors; ++v) {
          best[r][v] = larger<T>(load(x + r * a.x_stride + v * lanes<T>) + value, best[r][v]);
        }
      }
    }
    // Most blocks are done after a few taps: once nothing is below the estimate, more taps change nothing.
    Vector<T> excess = broadcast(infinity<T>);
#pragma GCC unroll 8
    for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < block_vectors; ++v) {
        excess = lower<T>(excess, (best[r][v] + a.threshold) - load(estimate + r * a.stride + v * lanes<T>));
      }
    }
    if (!(lowest_lane<T>(excess) < 0)) return false;
  }
#pragma GCC unroll 8
  for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < block_vectors; ++v) {
      T* const to = estimate + r * a.stride + v * lanes<T>;
      store(to, lower<T>(best[r][v] + a.threshold, load(to)));
    }
  }
  return true;
}

template <typename T>
bool refine(const Refine<T>& a) {
  bool changed = false;
  for (index row = 0; row < a.rows; row += block_rows) {
    for (index col = 0; col < a.cols; col += block_cols<T>) changed = refine_block(a, row, col) || changed;
  }
  return changed;
}

template <typename T>
constexpr MorphologyKernels<T> morphology_kernels_here = {dilate<T>, contacts<T>, refine<T>};

}  // namespace
}  // namespace afmnn::simd
