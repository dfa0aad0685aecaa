#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/correct/level.hpp"
#include "commonest_value.hpp"
#include "line_offsets.hpp"
#include "scan_lines.hpp"

namespace afmnn::correct {
namespace {

// The commonest slope along one line after the other, in heights a pixel.
template <typename T>
class FacetSlope {
 public:
  explicit FacetSlope(std::ptrdiff_t cols) : cols_(cols), commonest_(cols), firsts_(at(cols)) {}

  // Returns whether the line has two used pixels side by side.
  bool find(const ScanLine<T>& line, double& slope) {
    all_ = is_unmasked(line, cols_) && all_finite(line.heights, cols_);
    Distance best;
    double least = 0.0;
    Distance last;
    for (std::ptrdiff_t apart = 1; apart == 1 || apart <= cols_ / 4; apart *= 2) {
      const std::ptrdiff_t count = find_pairs(line, apart);
      if (count == 0) break;
      const Densest here = commonest_.densest(count, slopes(line, apart));
      // Of slopes that are commonest further apart, those are no facet's which are not the commonest nearby.
      if (apart > 1 && !(std::abs(here.value - last.slope.value) <= 3.0 * last.slope.reach)) break;
      last = {apart, here};
      // Slopes that share pixels err together: as many count as fit side by side.
      const double error = here.reach * std::sqrt(static_cast<double>(apart)) / static_cast<double>(count);
      if (apart > 1 && !(error < least)) continue;
      least = error;
      best = last;
    }
    if (best.apart == 0) return false;
    slope = commonest_.peak(find_pairs(line, best.apart), slopes(line, best.apart), best.slope);
    return true;
  }

 private:
  struct Distance {
    std::ptrdiff_t apart = 0;
    Densest slope;
  };

  // Finds the pixels that are used, as is the one `apart` behind them.
  std::ptrdiff_t find_pairs(const ScanLine<T>& line, std::ptrdiff_t apart) {
    if (all_) return cols_ - apart;
    std::ptrdiff_t count = 0;
    for (std::ptrdiff_t c = 0; c + apart < cols_; ++c) {
      const bool used = is_used(line, c) && is_used(line, c + apart);
      firsts_[at(count)] = c;
      count += used ? 1 : 0;
    }
    return count;
  }

  static bool is_used(const ScanLine<T>& line, std::ptrdiff_t c) {
    return (line.mask == nullptr || line.mask[c] != 0) && !std::isnan(line.heights[c]);
  }

  auto slopes(const ScanLine<T>& line, std::ptrdiff_t apart) const {
    const double scale = 1.0 / static_cast<double>(apart);  // exact: a power of two
    return [heights = line.heights, firsts = all_ ? nullptr : firsts_.data(), apart, scale](std::ptrdiff_t i) {
      const std::ptrdiff_t c = firsts == nullptr ? i : firsts[i];
      return (static_cast<double>(heights[c + apart]) - static_cast<double>(heights[c])) * scale;
    };
  }

  std::ptrdiff_t cols_;
  CommonestValue commonest_;
  std::vector<std::ptrdiff_t> firsts_;
  bool all_ = false;
};

}  // namespace

template <typename T>
Levelled level_rows_facet_tilt(const LevelJob<T>& job) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t rows = lines.rows();
  const std::ptrdiff_t cols = lines.cols();
  ImageSums sums;
  const Levelled outcome = sum_lines(lines, sums);
  if (outcome != Levelled::done) return outcome;

  const auto position = [=](std::ptrdiff_t c) { return 0.5 * (2.0 * static_cast<double>(c) + 1.0 - static_cast<double>(cols)); };
  std::vector<FacetSlope<T>> facets(at(lines.workers()), FacetSlope<T>(cols));
  std::vector<double> slopes(at(rows)), positions(at(rows));  // the sum of the used pixels' positions
  std::vector<std::uint8_t> known(at(rows));
  lines.read([&](int worker, const ScanLine<T>& line) {
    known[at(line.index)] = facets[at(worker)].find(line, slopes[at(line.index)]) ? 1 : 0;
    if (sums.lines[at(line.index)].count == static_cast<double>(cols)) return;
    positions[at(line.index)] = lane_sum(cols, [&](std::ptrdiff_t c) {
      const bool used = (line.mask == nullptr || line.mask[c] != 0) && !std::isnan(line.heights[c]);
      return used ? position(c) : 0.0;
    });
  });
  if (std::find(known.begin(), known.end(), 1) == known.end()) return Levelled::no_line;

  fill_between(slopes, known);
  const double count = lane_sum(rows, [&](std::ptrdiff_t i) { return sums.lines[at(i)].count; });
  const double mean = lane_sum(rows,
                               [&](std::ptrdiff_t i) {
                                 const LineSum& line = sums.lines[at(i)];
                                 return (line.sum + line.count * (line.origin - sums.origin)) - slopes[at(i)] * positions[at(i)];
                               }) /
                      count;
  std::atomic<bool> representable{true};
  lines.write(0, rows, [&](int, const ScanLine<T>& line) {
    const double slope = slopes[at(line.index)];
    if (!write_less(line, cols, sums.origin, [=](std::ptrdiff_t c) { return mean + slope * position(c); }))
      representable.store(false);
  });
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

template Levelled level_rows_facet_tilt(const LevelJob<float>&);
template Levelled level_rows_facet_tilt(const LevelJob<double>&);

}  // namespace afmnn::correct
