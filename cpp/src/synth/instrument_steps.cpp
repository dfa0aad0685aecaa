#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/synth/instrument.hpp"
#include "instrument_lines.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t offsets_time = role::instrument + 0x30;
constexpr std::uint64_t offsets_within = role::instrument + 0x31;
constexpr std::uint64_t offsets_height = role::instrument + 0x32;
constexpr std::uint64_t jumps_time = role::instrument + 0x40;
constexpr std::uint64_t jumps_height = role::instrument + 0x41;
constexpr std::uint64_t scars_count = role::instrument + 0x50;
constexpr std::uint64_t scars_place = role::instrument + 0x51;
constexpr std::uint64_t scars_length = role::instrument + 0x52;
constexpr std::uint64_t scars_height = role::instrument + 0x53;

std::size_t to_size(index n) { return static_cast<std::size_t>(n); }

index to_count(double n) {
  if (!(n <= 0x1p30)) throw std::length_error("afmnn: too many events for one image");
  return static_cast<index>(n);
}

}  // namespace

TimeSteps instrument_offsets(std::uint64_t key, double rms, double per_line, double within, double memory, index rows,
                             index line) {
  const index n = to_count(std::ceil(static_cast<double>(rows) * per_line));
  TimeSteps drawn{std::vector<index>(to_size(n) + 1), std::vector<double>(to_size(n) + 1)};
  drawn.heights[0] = rms * normal(key, offsets_height, 0);
  double before = 0.0;
  for (index k = 0; k < n; ++k) {
    const auto step = static_cast<std::uint64_t>(k);
    const double t = (static_cast<double>(k) + uniform(key, offsets_time, step)) / per_line;  // lines; it rises with k
    const bool waits = uniform(key, offsets_within, step) >= within;
    const double kept = memory > 0.0 ? afmnn::exp(-(t - before) / memory) : 0.0;
    const double fresh = std::sqrt(1.0 - kept * kept) * rms * normal(key, offsets_height, step + 1);
    drawn.times[to_size(k) + 1] =
        waits ? static_cast<index>(std::ceil(t)) * line : static_cast<index>(t * static_cast<double>(line));
    drawn.heights[to_size(k) + 1] = kept * drawn.heights[to_size(k)] + fresh;
    before = t;
  }
  std::vector<index> order(to_size(n) + 1);
  std::iota(order.begin(), order.end(), index{0});
  std::sort(order.begin(), order.end(), [&](index a, index b) {
    const index first = drawn.times[to_size(a)];
    const index second = drawn.times[to_size(b)];
    return first != second ? first < second : a < b;
  });
  TimeSteps result{std::vector<index>(to_size(n) + 1), std::vector<double>(to_size(n) + 1)};
  for (std::size_t i = 0; i < order.size(); ++i) {
    result.times[i] = drawn.times[to_size(order[i])];
    result.heights[i] = drawn.heights[to_size(order[i])];
  }
  return result;
}

TimeSteps instrument_jumps(std::uint64_t key, double rms, double expected, index rows, index line) {
  to_count(expected);
  const double mean = static_cast<double>(rows) * static_cast<double>(line) / expected;
  const double end = static_cast<double>(rows) * static_cast<double>(line);
  TimeSteps result;
  double t = 0.0;
  double level = 0.0;
  for (std::uint64_t k = 0;; ++k) {
    t -= mean * afmnn::log(1.0 - uniform(key, jumps_time, k));
    if (!(t < end)) return result;
    level += rms * normal(key, jumps_height, k);
    result.times.push_back(static_cast<index>(t));
    result.heights.push_back(level);
  }
}

void write_time_steps(const TimeSteps& steps, const Directions& out, int threads) {
  const auto& times = steps.times;
  const index cols = out.cols();
  for_each_line(out, threads, [&](int direction, index r, double* row) {
    const index start = direction == 0 ? out.first(0, r) : out.first(1, r) - (cols - 1);  // the earliest time of the line
    auto next = std::upper_bound(times.begin(), times.end(), start) - times.begin();
    double height = next == 0 ? 0.0 : steps.heights[to_size(next - 1)];
    for (index i = 0; i < cols;) {
      const bool ends = next < static_cast<index>(times.size()) && times[to_size(next)] < start + cols;
      const index last = ends ? times[to_size(next)] - start : cols;
      if (direction == 0) {
        std::fill(row + i, row + last, height);
      } else {
        std::fill(row + cols - last, row + cols - i, height);
      }
      if (ends) height = steps.heights[to_size(next++)];
      i = last;
    }
  });
}

Scars instrument_scars(std::uint64_t key, int direction, const Amplitude& amplitude, double density, double length, double spread,
                       View2D<const std::uint8_t> steep, double likelier) {
  // The directions' numbers come from even and odd indices: they have nothing to do with each other.
  const auto own = [&](std::uint64_t k) { return 2 * k + static_cast<std::uint64_t>(direction); };
  const index rows = steep.rows;
  const index cols = steep.cols;
  const index n = to_count(std::floor(density * static_cast<double>(rows * cols) + uniform(key, scars_count, own(0))));
  const auto chance = [&](std::uint8_t mark) { return mark != 0 ? likelier : 1.0; };
  std::vector<double> ends(to_size(rows));
  double total = 0.0;
  for (index r = 0; r < rows; ++r) {
    const auto marked = std::count_if(steep.row(r), steep.row(r) + cols, [](std::uint8_t mark) { return mark != 0; });
    total += static_cast<double>(cols - marked) + likelier * static_cast<double>(marked);
    ends[to_size(r)] = total;
  }
  Scars result;
  std::vector<double> heights(to_size(n));
  draw_row(key, scars_height, static_cast<std::uint64_t>(direction), n, amplitude, heights.data());
  for (index i = 0; i < n; ++i) {
    const auto k = static_cast<std::uint64_t>(i);
    const double at = uniform(key, scars_place, own(k)) * total;
    const index r = std::min<index>(std::upper_bound(ends.begin(), ends.end(), at) - ends.begin(), rows - 1);
    double rest = at - (r == 0 ? 0.0 : ends[to_size(r - 1)]);
    index c = 0;
    while (c + 1 < cols && rest >= chance(steep(r, c))) rest -= chance(steep(r, c++));
    const double lasts = std::max(1.0, length * afmnn::exp(spread * normal(key, scars_length, own(k))));
    result.rows.push_back(r);
    result.widths.push_back(1);
    result.starts.push_back(direction == 0 ? static_cast<double>(c) : static_cast<double>(c + 1) - lasts);
    result.lengths.push_back(lasts);
    result.heights.push_back(heights[to_size(i)]);
  }
  return result;
}

}  // namespace afmnn::synth
