#include "afmnn/synth/lines.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

// One role per random quantity, so that none of them depends on another's parameters.
constexpr std::uint64_t steps_time = role::lines;
constexpr std::uint64_t steps_height = role::lines + 0x01;
constexpr std::uint64_t ridges_count = role::lines + 0x10;
constexpr std::uint64_t ridges_start = role::lines + 0x11;
constexpr std::uint64_t ridges_duration = role::lines + 0x12;
constexpr std::uint64_t ridges_weight = role::lines + 0x13;
constexpr std::uint64_t ridges_extension = role::lines + 0x14;
constexpr std::uint64_t ridges_height = role::lines + 0x15;
constexpr std::uint64_t scars_count = role::lines + 0x20;
constexpr std::uint64_t scars_row = role::lines + 0x21;
constexpr std::uint64_t scars_start = role::lines + 0x22;
constexpr std::uint64_t scars_length = role::lines + 0x23;
constexpr std::uint64_t scars_weight = role::lines + 0x24;
constexpr std::uint64_t scars_height = role::lines + 0x25;
constexpr std::uint64_t scars_width = role::lines + 0x26;
constexpr std::uint64_t tilt_height = role::lines + 0x30;
constexpr std::uint64_t tilt_pivot = role::lines + 0x31;
constexpr std::uint64_t hum_amplitude = role::lines + 0x40;
constexpr std::uint64_t hum_longer = role::lines + 0x41;
constexpr std::uint64_t hum_shorter = role::lines + 0x42;
constexpr std::uint64_t hum_phase = role::lines + 0x43;

std::size_t to_size(index n) { return static_cast<std::size_t>(n); }

index to_count(double n) {
  if (!(n <= 0x1p40)) throw std::length_error("afmnn: too many events for one image");
  return static_cast<index>(n);
}

// Calls body(i) for i in [0, count), `at_once` in a block.
template <typename F>
void for_each_event(index count, index at_once, int threads, const F& body) {
  for_each_block((count + at_once - 1) / at_once, threads, [&](index block) {
    const index last = std::min(count, (block + 1) * at_once);
    for (index i = block * at_once; i < last; ++i) body(i);
  });
}

// Blocks take some tenths of a millisecond: what is smaller is not worth waking a thread.
constexpr index plain_pixels = 1 << 17;
constexpr index wave_pixels = 1 << 14;

template <typename F>
void for_each_row(View2D<double> out, index pixels_at_once, int threads, const F& body) {
  const index rows_at_once = 1 + pixels_at_once / (out.cols + 1);
  for_each_block((out.rows + rows_at_once - 1) / rows_at_once, threads, [&](index block) {
    const index last = std::min(out.rows, (block + 1) * rows_at_once);
    for (index r = block * rows_at_once; r < last; ++r) body(r, out.row(r));
  });
}

std::vector<double> draws(std::uint64_t key, std::uint64_t role, index count, const Amplitude& amplitude) {
  std::vector<double> result(to_size(count));
  draw_row(key, role, 0, count, amplitude, result.data());
  return result;
}

// The first pixel scanned later than the time t.
index place(double t, double within_line, index rows, index cols) {
  if (t < 0.0) return 0;
  if (t >= 1.0) return rows * cols;
  const double line = t * static_cast<double>(rows);
  const double row = std::floor(line);
  const auto next_row = static_cast<index>(row) + 1;
  if (within_line > 0.0) {
    const double column = std::floor((line - row) * static_cast<double>(cols) / within_line + 0.5);
    if (column < static_cast<double>(cols)) return (next_row - 1) * cols + static_cast<index>(column);
  }
  return std::min(next_row, rows) * cols;
}

double exponential(double mean, double u) { return -mean * afmnn::log(1.0 - u); }

// How many lines a scar covers: what touches the image is weighted by the number of places where it does.
index width_of(std::uint64_t key, std::uint64_t scar, const ScarSize& size, index rows) {
  const index low = size.width - size.width_range;
  const index high = size.width + size.width_range;
  if (low == high) return low;
  const auto places = static_cast<double>((high - low + 1) * (rows + size.width - 1));
  const double at = uniform(key, scars_width, scar) * places;
  index before = 0;
  for (index width = low; width < high; ++width) {
    before += rows + width - 1;
    if (at < static_cast<double>(before)) return width;
  }
  return high;
}

}  // namespace

void write_offsets(const Offsets& offsets, View2D<double> out, int threads) {
  const auto& places = offsets.places;
  for_each_row(out, plain_pixels, threads, [&](index r, double* row) {
    const index start = r * out.cols;
    auto next = std::upper_bound(places.begin(), places.end(), start) - places.begin();
    double height = next == 0 ? 0.0 : offsets.heights[to_size(next - 1)];
    for (index c = 0; c < out.cols;) {
      const bool ends = next < static_cast<index>(places.size()) && places[to_size(next)] < start + out.cols;
      const index last = ends ? places[to_size(next)] - start : out.cols;
      std::fill(row + c, row + last, height);
      if (ends) height = offsets.heights[to_size(next++)];
      c = last;
    }
  });
}

Offsets line_steps(std::uint64_t key, const Amplitude& amplitude, double per_line, double within_line, bool cumulative,
                   index rows, index cols, int threads) {
  const index n = std::max<index>(to_count(std::floor(static_cast<double>(rows) * per_line + 0.5)), 1);
  const index parts = (n + 63) / 64;
  Offsets offsets{std::vector<index>(to_size(n)), draws(key, steps_height, n, amplitude)};
  for_each_event(parts, 64, threads, [&](index part) {
    const index first = n * part / parts;
    const index last = n * (part + 1) / parts;
    for (index k = first; k < last; ++k) {
      const double u = uniform(key, steps_time, static_cast<std::uint64_t>(k));
      const double t = (static_cast<double>(first) + u * static_cast<double>(last - first)) / static_cast<double>(n);
      offsets.places[to_size(k)] = place(t, within_line, rows, cols);
    }
    std::sort(offsets.places.begin() + first, offsets.places.begin() + last);
  });
  if (cumulative) {
    for (index k = 1; k < n; ++k) offsets.heights[to_size(k)] += offsets.heights[to_size(k - 1)];
  }
  return offsets;
}

Ridges line_ridges(std::uint64_t key, const Amplitude& amplitude, double per_line, double width, index rows, int threads) {
  const double mean = std::sqrt(2.0) * width;
  const double expected = per_line * static_cast<double>(rows) * (1.0 + mean);
  const index n = to_count(std::floor(expected + uniform(key, ridges_count, 0)));
  Ridges result{std::vector<double>(to_size(n)), std::vector<double>(to_size(n)), draws(key, ridges_height, n, amplitude)};
  for_each_event(n, 4096, threads, [&](index i) {
    const auto k = static_cast<std::uint64_t>(i);
    double duration = exponential(mean, uniform(key, ridges_duration, k));
    // Exponential durations weighted by themselves are sums of two.
    if (uniform(key, ridges_weight, k) * (1.0 + mean) >= 1.0) duration += exponential(mean, uniform(key, ridges_extension, k));
    result.durations[to_size(i)] = duration;
    result.starts[to_size(i)] = uniform(key, ridges_start, k) * (1.0 + duration) - duration;
  });
  return result;
}

Offsets ridge_offsets(const Ridges& ridges, double within_line, index rows, index cols) {
  struct Change {
    index place;
    index order;  // even: begin of a ridge, odd: its end
  };
  const auto n = static_cast<index>(ridges.starts.size());
  std::vector<Change> changes;
  changes.reserve(to_size(2 * n));
  for (index i = 0; i < n; ++i) {
    const double start = ridges.starts[to_size(i)];
    const index first = place(start, within_line, rows, cols);
    const index last = place(start + ridges.durations[to_size(i)], within_line, rows, cols);
    if (first == last) continue;
    changes.push_back({first, 2 * i});
    changes.push_back({last, 2 * i + 1});
  }
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.place != b.place ? a.place < b.place : a.order < b.order; });
  Offsets offsets;
  double sum = 0.0;
  index active = 0;
  for (const Change& change : changes) {
    const bool ends = change.order % 2 != 0;
    const double height = ridges.heights[to_size(change.order / 2)];
    sum += ends ? -height : height;
    active += ends ? -1 : 1;
    if (active == 0) sum = 0.0;  // what rounding left
    offsets.places.push_back(change.place);
    offsets.heights.push_back(sum);
  }
  return offsets;
}

Scars line_scars(std::uint64_t key, const Amplitude& amplitude, double coverage, const ScarSize& size, index rows, index cols,
                 int threads) {
  const double spread = size.length_spread;
  const auto across = static_cast<double>(cols);
  const double mean = size.length * afmnn::exp(0.5 * spread * spread);
  const double places = (across + mean) * static_cast<double>(rows + size.width - 1);
  const double expected = coverage * places / (mean * static_cast<double>(size.width));
  const index n = to_count(std::floor(expected + uniform(key, scars_count, 0)));
  Scars result{std::vector<index>(to_size(n)), std::vector<index>(to_size(n)), std::vector<double>(to_size(n)),
               std::vector<double>(to_size(n)), draws(key, scars_height, n, amplitude)};
  for_each_event(n, 4096, threads, [&](index i) {
    const auto k = static_cast<std::uint64_t>(i);
    double exponent = spread * normal(key, scars_length, k);
    // A log-normal distribution weighted by its variable is the same, moved by the square of the spread.
    if (uniform(key, scars_weight, k) * (across + mean) >= across) exponent += spread * spread;
    const double own = size.length * afmnn::exp(exponent);
    result.lengths[to_size(i)] = own;
    result.starts[to_size(i)] = uniform(key, scars_start, k) * (across + own) - own;
    const index above = width_of(key, k, size, rows) - 1;
    result.widths[to_size(i)] = above + 1;
    result.rows[to_size(i)] = static_cast<index>(uniform(key, scars_row, k) * static_cast<double>(rows + above)) - above;
  });
  return result;
}

void write_scars(const Scars& scars, View2D<double> out, int threads) {
  // The scars of each row in the order of the draws, so that sums do not depend on the threads.
  const auto n = static_cast<index>(scars.rows.size());
  std::vector<index> end(to_size(out.rows) + 1);
  const auto for_each_line = [&](index i, const auto& body) {
    const index first = scars.rows[to_size(i)];
    const index last = std::min(first + scars.widths[to_size(i)], out.rows);
    for (index r = std::max<index>(first, 0); r < last; ++r) body(to_size(r));
  };
  for (index i = 0; i < n; ++i) for_each_line(i, [&](std::size_t r) { ++end[r + 1]; });
  for (index r = 0; r < out.rows; ++r) end[to_size(r) + 1] += end[to_size(r)];
  std::vector<index> order(to_size(end.back()));
  for (index i = 0; i < n; ++i) for_each_line(i, [&](std::size_t r) { order[to_size(end[r]++)] = i; });

  const auto width = static_cast<double>(out.cols);
  for_each_row(out, plain_pixels, threads, [&](index r, double* row) {
    std::fill(row, row + out.cols, 0.0);
    for (index k = r == 0 ? 0 : end[to_size(r) - 1]; k < end[to_size(r)]; ++k) {
      const auto i = to_size(order[to_size(k)]);
      const double start = scars.starts[i] - 0.5;
      const double first = std::ceil(start);
      const double last = first + std::ceil(scars.lengths[i] - (first - start));
      const auto begin = static_cast<index>(std::max(first, 0.0));
      const auto stop = static_cast<index>(std::min(last, width));
      for (index c = begin; c < stop; ++c) row[c] += scars.heights[i];
    }
  });
}

void line_tilt(std::uint64_t key, const Amplitude& amplitude, double pivot_spread, double* heights, double* pivots,
               View2D<double> out, int threads) {
  draw_row(key, tilt_height, 0, out.rows, amplitude, heights);
  draw_row(key, tilt_pivot, 0, out.rows, {2.0 * pivot_spread, Distribution::gaussian, Sign::both}, pivots);
  const double half = 0.5 * static_cast<double>(out.cols);
  for_each_row(out, plain_pixels, threads, [&](index r, double* row) {
    for (index c = 0; c < out.cols; ++c) row[c] = heights[r] * ((static_cast<double>(c) + 0.5 - half) / half + pivots[r]);
  });
}

void line_hum(std::uint64_t key, const Hum& parameters, View2D<double> waves, View2D<double> out, int threads) {
  const index components = parameters.components;
  const auto& kernels = simd::kernels().random;
  for_each_row(out, wave_pixels, threads, [&](index r, double* row) {
    double* const amplitude = waves.row(r);
    double* const frequency = amplitude + components;
    double* const phase = frequency + components;
    const auto line = static_cast<std::uint64_t>(r);
    draw_row(key, hum_amplitude, line, components, {1.0, parameters.distribution, Sign::both}, amplitude);
    double squares = 0.0;
    for (index k = 0; k < components; ++k) squares += amplitude[k] * amplitude[k];
    const double scale = squares > 0.0 ? std::sqrt(2.0 / squares) * parameters.rms : 0.0;
    for (index k = 0; k < components; ++k) {
      const std::uint64_t at = line << 32 | static_cast<std::uint64_t>(k);
      const double spread = parameters.spread * (uniform(key, hum_longer, at) - uniform(key, hum_shorter, at));
      amplitude[k] *= scale;
      frequency[k] = 1.0 / (parameters.wavelength * (1.0 + spread));
      phase[k] = uniform(key, hum_phase, at);
    }
    kernels.sum_sines({amplitude, frequency, phase, components, out.cols, row});
  });
}

}  // namespace afmnn::synth
