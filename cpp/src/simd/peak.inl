// How many multiply-adds this machine can do at best, for benchmarks to measure themselves against. Included after fma.inl.

namespace afmnn::simd {
namespace {

// As many independent sums as the registers hold, nothing read from memory. Returns the multiply-adds done.
double multiply_adds(index rounds) {
  constexpr int sums = AFMNN_SIMD_BYTES == 64 ? 24 : 12;
  Vector<float> sum[sums];
  for (int i = 0; i < sums; ++i) sum[i] = broadcast(static_cast<float>(i));
  Vector<float> factor = broadcast(0.999F);
  Vector<float> term = broadcast(0.001F);
  for (index round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (int i = 0; i < sums; ++i) sum[i] = fma(sum[i], factor, term);
    keep(factor);  // or the loop would be computed once and for all
    keep(term);
  }
#pragma GCC unroll 24
  for (int i = 0; i < sums; ++i) keep(sum[i]);
  return static_cast<double>(rounds) * static_cast<double>(sums * lanes<float>);
}

}  // namespace
}  // namespace afmnn::simd
