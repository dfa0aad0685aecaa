#include "afmnn/synth/displacement.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "pattern_random.hpp"

namespace afmnn::synth {
namespace {

constexpr int taps = FieldAxis::taps;

// For scales below a pixel there is one node per pixel, and the filter is the square root of the autocorrelation between
// pixels (its Fourier transform is positive), because a sampled Gaussian would be too narrow.
std::array<double, taps> pixel_filter(double scale) {
  constexpr int points = 64;
  constexpr double pi = 3.141592653589793;
  std::array<double, taps> filter{};
  for (int m = 0; m < points; ++m) {
    const double theta = 2.0 * pi * m / points;
    double spectrum = 1.0;
    for (int n = 1; n < taps; ++n) {
      const double distance = n / scale;
      spectrum += 2.0 * exp_fast(-0.25 * distance * distance) * afmnn::cos(n * theta);
    }
    const double root = std::sqrt(std::max(spectrum, 0.0));
    for (int k = 0; k < taps; ++k) filter[static_cast<std::size_t>(k)] += root * afmnn::cos((k - taps / 2) * theta) / points;
  }
  return filter;
}

}  // namespace

FieldAxis::FieldAxis(std::ptrdiff_t pixels, double scale)
    : first_(static_cast<std::size_t>(pixels)), weights_(static_cast<std::size_t>(pixels * taps)) {
  const bool sparse = scale >= 1.0;
  std::array<double, taps> filter{};
  if (!sparse) filter = pixel_filter(scale);
  for (std::ptrdiff_t i = 0; i < pixels; ++i) {
    double* w = weights_.data() + i * taps;
    std::int64_t& first = first_[static_cast<std::size_t>(i)];
    if (sparse) {
      const double place = (static_cast<double>(i) - 0.5 * static_cast<double>(pixels - 1)) / scale;
      first = static_cast<std::int64_t>(std::floor(place)) - taps / 2 + 1;
      for (int k = 0; k < taps; ++k) {
        const double distance = place - static_cast<double>(first + k);
        w[k] = exp_fast(-0.5 * distance * distance);
      }
    } else {
      first = i - pixels / 2 - taps / 2;
      std::copy(filter.begin(), filter.end(), w);
    }
    double squares = 0.0;
    for (int k = 0; k < taps; ++k) squares += w[k] * w[k];
    const double factor = 1.0 / std::sqrt(squares);
    double sum = 0.0;
    for (int k = 0; k < taps; ++k) {
      w[k] *= factor;
      sum += std::abs(w[k]);
    }
    largest_sum_ = std::max(largest_sum_, sum);
  }
  mean_.assign(static_cast<std::size_t>(first_.back() + taps - first_.front()), 0.0);
  for (std::ptrdiff_t i = 0; i < pixels; ++i) {
    for (int k = 0; k < taps; ++k) mean_[static_cast<std::size_t>(first(i) + k)] += weights(i)[k] / static_cast<double>(pixels);
  }
}

SmoothField::SmoothField(const FieldAxis& down, const FieldAxis& across, double rms, std::uint64_t key, std::uint64_t role,
                         int threads)
    : down_(&down), cols_(across.pixels()), widened_(static_cast<std::size_t>(down.nodes() * across.pixels())) {
  constexpr std::ptrdiff_t block_rows = 16;
  const double amplitude = rms * 3.4641016151377544;  // uniform on +-amplitude / 2 has the standard deviation rms
  std::vector<double> nodes(static_cast<std::size_t>(down.nodes() * across.nodes()));
  std::vector<double> row_means(static_cast<std::size_t>(down.nodes()), 0.0);
  for_each_block((down.nodes() + block_rows - 1) / block_rows, threads, [&](std::ptrdiff_t block) {
    const std::ptrdiff_t last = std::min(down.nodes(), (block + 1) * block_rows);
    for (std::ptrdiff_t r = block * block_rows; r < last; ++r) {
      double* node = nodes.data() + r * across.nodes();
      std::array<std::uint32_t, 4> words{};  // one for each of four nodes side by side
      for (std::ptrdiff_t c = 0; c < across.nodes(); ++c) {
        const std::int64_t col = across.first_node() + c;
        const std::int64_t lane = col & 3;
        if (c == 0 || lane == 0) words = philox(key, role, node_index(down.first_node() + r, (col - lane) / 4));
        node[c] = amplitude * ((static_cast<double>(words[static_cast<std::size_t>(lane)]) + 0.5) * 0x1p-32 - 0.5);
        row_means[static_cast<std::size_t>(r)] += node[c] * across.mean()[static_cast<std::size_t>(c)];
      }
      double* wide = widened_.data() + r * cols_;
      for (std::ptrdiff_t c = 0; c < cols_; ++c) {
        const double* seen = node + across.first(c);
        const double* w = across.weights(c);
        double sum[4] = {0.0, 0.0, 0.0, 0.0};
        for (int k = 0; k < taps; k += 4) {
          for (int lane = 0; lane < 4; ++lane) sum[lane] += w[k + lane] * seen[k + lane];
        }
        wide[c] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      }
    }
  });
  for (std::ptrdiff_t r = 0; r < down.nodes(); ++r) {
    mean_ += row_means[static_cast<std::size_t>(r)] * down.mean()[static_cast<std::size_t>(r)];
  }
  bound_ = 0.5 * amplitude * down.largest_sum() * across.largest_sum() + std::abs(mean_);
}

void SmoothField::add(std::ptrdiff_t row, std::ptrdiff_t first, std::ptrdiff_t count, double* out) const {
  const double* w = down_->weights(row);
  const double* wide = widened_.data() + down_->first(row) * cols_ + first;
  static_assert(taps % 6 == 0, "the loop below takes six at a time");
  for (int k = 0; k < taps; k += 6, w += 6) {
    const double* a = wide + k * cols_;
    const double* b = a + cols_;
    const double* c = b + cols_;
    const double* d = c + cols_;
    const double* e = d + cols_;
    const double* f = e + cols_;
    const double shift = k == 0 ? -mean_ : 0.0;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      out[i] += ((w[0] * a[i] + w[1] * b[i]) + (w[2] * c[i] + w[3] * d[i])) + ((w[4] * e[i] + w[5] * f[i]) + shift);
    }
  }
}

}  // namespace afmnn::synth
