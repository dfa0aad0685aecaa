#include "afmnn/synth/noise.hpp"

#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::synth {

void draw_row(std::uint64_t key, std::uint64_t role, std::uint64_t row, std::ptrdiff_t count, const Amplitude& amplitude,
              double* out) {
  const double scale = amplitude.sign == Sign::negative ? -amplitude.rms : amplitude.rms;
  const bool one_sided = amplitude.sign != Sign::both;
  simd::kernels().random.draw[static_cast<int>(amplitude.distribution)]({key, role, row, count, scale, one_sided, out});
}

void noise(std::uint64_t key, const Amplitude& amplitude, double density, View2D<double> out, int threads) {
  // Blocks take a tenth of a millisecond: what is smaller is not worth waking a thread.
  const std::ptrdiff_t rows_at_once = 1 + (1 << 16) / (out.cols + 1);
  const std::ptrdiff_t blocks = (out.rows + rows_at_once - 1) / rows_at_once;
  const auto& kernels = simd::kernels().random;
  for_each_block(blocks, threads, [&](std::ptrdiff_t block) {
    const std::ptrdiff_t first = block * rows_at_once;
    for (std::ptrdiff_t r = first; r < first + rows_at_once && r < out.rows; ++r) {
      const auto row = static_cast<std::uint64_t>(r);
      draw_row(key, role::noise, row, out.cols, amplitude, out.row(r));
      if (density < 1.0) kernels.thin({key, role::noise + 1, row, out.cols, density, false, out.row(r)});
    }
  });
}

}  // namespace afmnn::synth
