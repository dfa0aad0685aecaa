#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/rng.hpp"
#include "afmnn/simd/kernels.hpp"
#include "afmnn/synth/instrument.hpp"
#include "instrument_lines.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t white_noise = role::instrument;
constexpr std::uint64_t hum_phase = role::instrument + 0x10;

}  // namespace

void instrument_white(std::uint64_t key, double rms, const Directions& out, int threads) {
  const Amplitude amplitude{rms, Distribution::gaussian, Sign::both};
  for_each_line(out, threads, [&](int direction, index r, double* row) {
    draw_row(key, white_noise, static_cast<std::uint64_t>(2 * r + direction), out.cols(), amplitude, row);
  });
}

void instrument_hum(std::uint64_t key, double rms, double frequency, index harmonics, const Directions& out, int threads) {
  const auto n = static_cast<std::size_t>(harmonics);
  std::vector<double> amplitude(n);
  std::vector<double> phase(n);
  double squares = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    amplitude[k] = 1.0 / static_cast<double>(k + 1);
    squares += 0.5 * amplitude[k] * amplitude[k];
    phase[k] = uniform(key, hum_phase, k);
  }
  for (double& a : amplitude) a *= rms / std::sqrt(squares);

  // Frequencies and phases of each line, taken before the parallel region.
  const index lines = out.count() * out.rows();
  std::vector<double> waves(2 * n * static_cast<std::size_t>(lines));
  const auto line = static_cast<double>(out.line());
  for_each_line(out, threads, [&](int direction, index r, double* row) {
    double* const own = waves.data() + static_cast<index>(2 * n) * (direction * out.rows() + r);
    const double within = static_cast<double>(out.first(direction, r) - r * out.line()) / line;
    for (std::size_t k = 0; k < n; ++k) {
      const double periods = static_cast<double>(k + 1) * frequency;  // a line
      const double before = periods * static_cast<double>(r);         // whole periods are taken off, so that sines stay exact
      own[k] = (direction == 0 ? periods : -periods) / line;
      own[n + k] = (before - std::floor(before)) + periods * within + phase[k];
    }
    simd::kernels().random.sum_sines({amplitude.data(), own, own + n, harmonics, out.cols(), row});
  });
}

}  // namespace afmnn::synth
