#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/synth/instrument.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t wander_sample = role::instrument + 0x20;
constexpr std::uint64_t wander_start = role::instrument + 0x21;

constexpr index lanes = 8;
constexpr index samples_at_once = 1 << 15;  // their draws stay in the cache
constexpr double two_pi = 6.283185307179586477;

// 1 - a of a filter 1 / (1 - a / z) with the corner q: |1 - a exp(-i w)|^2 = a (q^2 + s^2), s = 2 sin(w / 2). What is left to 1
// is computed, because a may be very close to it.
double decay(double q) { return 2.0 * q / (q + std::sqrt(q * q + 4.0)); }

struct Recursion {
  std::array<double, lanes> pole;
  std::array<double, lanes> weight;
  std::array<double, lanes> state;
};

inline void step(Recursion& f, double g) {
  for (std::size_t l = 0; l < lanes; ++l) f.state[l] = f.pole[l] * f.state[l] + f.weight[l] * g;
}

inline double sum(const std::array<double, lanes>& x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// Goes through `count` draws. The filters are copied, so that the compiler knows that `out` does not point into them.
template <bool Write>
void run(Recursion& filters, const double* g, index count, double* out, index direction) {
  Recursion f = filters;
  for (index i = 0; i < count; ++i) {
    step(f, g[i]);
    if (Write) out[direction * i] += sum(f.state);
  }
  filters = f;
}

}  // namespace

WanderFilters wander_filters(double rms, double exponent, double corner) {
  // (s^2 + c^2)^(-exponent / 2) as a product of (v + z^2) / (v + p^2), v = s^2 + c^2, with p and z in turn: lines of slope -2 and
  // 0 around one of slope -exponent. From a tenth of the corner to far beyond the largest s, 2: the ends do not show.
  const double c = two_pi * corner;
  const double lowest = 0.1 * c;
  const double range = afmnn::log(64.0 / lowest);
  constexpr double widest = 1.791759469228055;  // ln 6: a ripple of 2 %
  const index n = lanes * std::max<index>(1, static_cast<index>(std::ceil(range / (widest * lanes))));
  const auto count = static_cast<std::size_t>(n);
  std::vector<double> pole(count);  // 1 - a of the poles, then of the zeros
  std::vector<double> zero(count);
  for (std::size_t k = 0; k < count; ++k) {
    const double at = range * static_cast<double>(k) / static_cast<double>(n);
    const double p = lowest * afmnn::exp(at);
    const double z = lowest * afmnn::exp(at + 0.5 * exponent * range / static_cast<double>(n));
    pole[k] = decay(std::sqrt(c * c + p * p));
    zero[k] = decay(std::sqrt(c * c + z * z));
  }
  // The product as a sum of single filters, and their variance and covariances.
  WanderFilters result{std::vector<double>(count), std::vector<double>(count), 1.0, std::vector<double>(count * count)};
  for (std::size_t k = 0; k < count; ++k) {
    double weight = (zero[k] - pole[k]) / (1.0 - pole[k]);
    for (std::size_t j = 0; j < count; ++j) {
      if (j != k) weight *= (zero[j] - pole[k]) / (pole[j] - pole[k]);
    }
    result.poles[k] = 1.0 - pole[k];
    result.weights[k] = weight;
    result.direct *= (1.0 - zero[k]) / (1.0 - pole[k]);
  }
  const auto covariance = [&](std::size_t j, std::size_t k) {
    return result.weights[j] * result.weights[k] / ((pole[j] + pole[k]) - pole[j] * pole[k]);
  };
  double variance = result.direct * result.direct;
  for (std::size_t k = 0; k < count; ++k) {
    variance += 2.0 * result.direct * result.weights[k];
    for (std::size_t j = 0; j < count; ++j) variance += covariance(j, k);
  }
  const double scale = rms / std::sqrt(variance);
  result.direct *= scale;
  for (double& w : result.weights) w *= scale;

  // Cholesky's triangle of the states before they are weighted: some weights are zero.
  double* const l = result.start.data();
  for (std::size_t j = 0; j < count; ++j) {
    for (std::size_t i = j; i < count; ++i) {
      double rest = 1.0 / ((pole[i] + pole[j]) - pole[i] * pole[j]);
      for (std::size_t k = 0; k < j; ++k) rest -= l[i * count + k] * l[j * count + k];
      if (i == j) {
        l[j * count + j] = std::sqrt(std::max(rest, 0.0));
      } else {
        l[i * count + j] = l[j * count + j] > 0.0 ? rest / l[j * count + j] : 0.0;
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j <= i; ++j) l[i * count + j] *= result.weights[i];
  }
  return result;
}

void instrument_wander(std::uint64_t key, double rms, double exponent, double corner, const Directions& out, int threads,
                       const Interrupt& interrupt) {
  const WanderFilters filters = wander_filters(rms, exponent, corner);
  const auto count = filters.poles.size();
  std::vector<Recursion> groups(count / lanes);
  for (std::size_t k = 0; k < count; ++k) {
    double state = 0.0;
    for (std::size_t j = 0; j <= k; ++j) state += filters.start[k * count + j] * normal(key, wander_start, j);
    Recursion& group = groups[k / lanes];
    group.pole[k % lanes] = filters.poles[k];
    group.weight[k % lanes] = filters.weights[k];
    group.state[k % lanes] = state;
  }

  const index rows = out.rows();
  const index cols = out.cols();
  const index line = out.line();
  const index at_once = std::max<index>(1, samples_at_once / line);
  std::vector<double> draws(static_cast<std::size_t>(at_once * line));
  InterruptTimer timer(interrupt);
  for (index first = 0; first < rows; first += at_once) {
    const index lines = std::min(at_once, rows - first);
    for_each_block(lines, threads, [&](index i) {
      draw_row(key, wander_sample, static_cast<std::uint64_t>(first + i), line, {1.0, Distribution::gaussian, Sign::both},
               draws.data() + i * line);
    });
    for (index i = 0; i < lines; ++i) {
      const double* const g = draws.data() + i * line;
      double* const forth = out.trace.row(first + i);
      double* const back = out.count() == 2 ? out.retrace.row(first + i) : nullptr;
      const index start = cols + out.turn;  // of the retrace
      for (index c = 0; c < cols; ++c) forth[c] = filters.direct * g[c];
      for (index c = 0; back != nullptr && c < cols; ++c) back[c] = filters.direct * g[start + cols - 1 - c];
      for (Recursion& group : groups) {
        run<true>(group, g, cols, forth, 1);
        run<false>(group, g + cols, out.turn, nullptr, 1);
        if (back != nullptr) {
          run<true>(group, g + start, cols, back + cols - 1, -1);
        } else {
          run<false>(group, g + start, cols, nullptr, 1);
        }
        run<false>(group, g + start + cols, out.turn, nullptr, 1);
      }
    }
    timer.call_if_due();
  }
}

}  // namespace afmnn::synth
