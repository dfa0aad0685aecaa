// Heights into a network's scale and back. Included after vector.inl.

namespace afmnn::simd {
namespace {

template <typename Height, typename T>
bool read_heights(const Height* z, index count, double shift, double factor, T* out) {
  int missing = 0;
#pragma GCC ivdep
  for (index i = 0; i < count; ++i) {
    const T x = static_cast<T>((static_cast<double>(z[i]) - shift) * factor);
    out[i] = x;
    missing |= x - x != T(0);  // NaN for NaN and for infinity
  }
  return missing != 0;
}

template <typename T, typename Height>
void write_heights(const T* y, index count, double factor, double shift, Height* out) {
#pragma GCC ivdep
  for (index i = 0; i < count; ++i) out[i] = static_cast<Height>(static_cast<double>(y[i]) * factor + shift);
}

}  // namespace
}  // namespace afmnn::simd
