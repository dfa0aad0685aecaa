#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/median.hpp"
#include "afmnn/correct/level.hpp"
#include "scan_lines.hpp"
#include "used_pixels.hpp"

namespace afmnn::correct {
namespace {

std::size_t at(std::ptrdiff_t index) { return static_cast<std::size_t>(index); }

// What is taken off each line.
struct Offsets {
  explicit Offsets(std::ptrdiff_t rows) : values(at(rows)), known(at(rows)) {}
  std::vector<double> values;
  std::vector<std::uint8_t> known;  // 0: the line has no used pixels
};

// Gives lines without used pixels what lies on a straight line between their neighbours, or the nearest line's offset.
void fill_between(Offsets& offsets) {
  const auto rows = static_cast<std::ptrdiff_t>(offsets.values.size());
  std::vector<double>& values = offsets.values;
  std::ptrdiff_t before = -1;
  for (std::ptrdiff_t i = 0; i < rows; ++i) {
    if (offsets.known[at(i)] != 0) {
      before = i;
      continue;
    }
    std::ptrdiff_t behind = i + 1;
    while (behind < rows && offsets.known[at(behind)] == 0) ++behind;
    for (; i < behind; ++i) {
      if (before < 0 || behind == rows) {
        values[at(i)] = values[at(before < 0 ? behind : before)];
      } else {
        const double part = static_cast<double>(i - before) / static_cast<double>(behind - before);
        values[at(i)] = values[at(before)] + part * (values[at(behind)] - values[at(before)]);
      }
    }
    --i;
  }
}

template <typename T>
struct Work {
  explicit Work(std::ptrdiff_t cols) : values(at(cols)), spare(at(cols)) {}
  std::vector<T> values, spare;
};

// Median of the differences between two lines over the pixels used in both; 0 where there are none.
template <typename T>
double median_change(const ScanLine<T>& line, const ScanLine<T>& before, std::ptrdiff_t cols, Work<double>& work) {
  double* const changes = work.values.data();
  const auto change = [&](std::ptrdiff_t c) {
    return static_cast<double>(line.heights[c]) - static_cast<double>(before.heights[c]);
  };
  if (is_unmasked(line, cols) && is_unmasked(before, cols)) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) changes[c] = change(c);
    if (all_finite(changes, cols)) return median(changes, cols, work.spare.data());
  }
  std::ptrdiff_t count = 0;
  for (std::ptrdiff_t c = 0; c < cols; ++c) {
    const double value = change(c);
    const bool used = (line.mask == nullptr || line.mask[c] != 0) && (before.mask == nullptr || before.mask[c] != 0);
    changes[count] = value;
    count += used && !std::isnan(value) ? 1 : 0;
  }
  return count > 0 ? median(changes, count, work.spare.data()) : 0.0;
}

}  // namespace

template <typename T>
Levelled level_rows_median(const LevelJob<T>& job) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t cols = lines.cols();
  std::vector<Work<T>> work(at(lines.workers()), Work<T>(cols));
  Offsets offsets(lines.rows());
  std::atomic<bool> infinite{false}, representable{true};
  const auto write = [&](const ScanLine<T>& line) {
    const double offset = offsets.values[at(line.index)];
    if (!write_less(line, cols, 0.0, [=](std::ptrdiff_t) { return offset; })) representable.store(false);
  };
  lines.write(0, lines.rows(), [&](int worker, const ScanLine<T>& line) {
    Work<T>& own = work[at(worker)];
    T* const values = own.values.data();
    std::copy(line.heights, line.heights + cols, values);
    std::ptrdiff_t count = cols;
    if (!is_unmasked(line, cols) || !all_finite(values, cols)) {
      const Usage usage = find_used(line, cols, values, nullptr);
      if (usage.infinite) infinite.store(true);
      count = usage.count;
    }
    if (count == 0) return;
    offsets.values[at(line.index)] = median(values, count, own.spare.data());
    offsets.known[at(line.index)] = 1;
    write(line);
  });
  if (infinite.load()) return Levelled::infinite;
  const std::vector<std::uint8_t>& known = offsets.known;
  if (std::find(known.begin(), known.end(), 1) == known.end()) return Levelled::no_pixel;

  fill_between(offsets);
  for (auto gap = std::find(known.begin(), known.end(), 0); gap != known.end();) {
    const auto end = std::find(gap, known.end(), 1);
    lines.write(gap - known.begin(), end - known.begin(), [&](int, const ScanLine<T>& line) { write(line); });
    gap = std::find(end, known.end(), 0);
  }
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

template <typename T>
Levelled level_rows_difference(const LevelJob<T>& job) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t rows = lines.rows();
  const std::ptrdiff_t cols = lines.cols();
  std::vector<Work<T>> work(at(lines.workers()), Work<T>(cols));
  struct LineSum {
    double count = 0.0, origin = 0.0, sum = 0.0;  // of the used heights, less the origin
  };
  std::vector<LineSum> sums(at(rows));
  Offsets offsets(rows);
  std::atomic<bool> infinite{false};
  lines.read([&](int worker, const ScanLine<T>& line) {
    LineSum& here = sums[at(line.index)];
    const T* heights = line.heights;
    const auto sum = [&](std::ptrdiff_t count, double origin) {
      return lane_sum(count, [=](std::ptrdiff_t i) { return static_cast<double>(heights[i]) - origin; });
    };
    if (is_unmasked(line, cols)) {
      const double origin = origin_of(heights[0], heights[cols / 2], heights[cols - 1]);
      here = {static_cast<double>(cols), origin, sum(cols, origin)};
    }
    if (here.count == 0.0 || !std::isfinite(here.sum)) {
      const Usage usage = find_used(line, cols, work[at(worker)].values.data(), nullptr);
      if (usage.infinite) infinite.store(true);
      heights = work[at(worker)].values.data();
      here = {static_cast<double>(usage.count), usage.origin, sum(usage.count, usage.origin)};
    }
    offsets.known[at(line.index)] = here.count > 0.0 ? 1 : 0;
  });
  if (infinite.load()) return Levelled::infinite;
  std::vector<double> origins;
  for (const LineSum& line : sums) {
    if (line.count > 0.0) origins.push_back(line.origin);
  }
  if (origins.empty()) return Levelled::no_pixel;
  const double origin = common_origin(std::move(origins));

  // First what changes from each line to the next, then from the last lines before gaps to the first behind them.
  const std::vector<std::uint8_t>& known = offsets.known;
  std::vector<Work<double>> differences(at(lines.workers()), Work<double>(cols));
  lines.read_neighbours([&](int worker, const ScanLine<T>& line, const ScanLine<T>& before) {
    if (known[at(line.index)] == 0 || known[at(before.index)] == 0) return;
    offsets.values[at(line.index)] = median_change(line, before, cols, differences[at(worker)]);
  });
  Work<T> here(cols), there(cols);
  std::vector<std::uint8_t> mask_here(at(lines.masked() ? cols : 0)), mask_there(mask_here);
  double offset = 0.0;
  std::ptrdiff_t before = -1;
  for (std::ptrdiff_t i = 0; i < rows; ++i) {
    if (known[at(i)] == 0) continue;
    if (before >= 0 && before < i - 1) {
      offsets.values[at(i)] = median_change(lines.line(i, here.values.data(), mask_here.data()),
                                            lines.line(before, there.values.data(), mask_there.data()), cols, differences[0]);
    }
    offset += offsets.values[at(i)];
    offsets.values[at(i)] = offset;
    before = i;
  }

  const double count = lane_sum(rows, [&](std::ptrdiff_t i) { return sums[at(i)].count; });
  const double mean = lane_sum(rows,
                               [&](std::ptrdiff_t i) {
                                 const LineSum& line = sums[at(i)];
                                 return line.sum + line.count * ((line.origin - origin) - offsets.values[at(i)]);
                               }) /
                      count;
  fill_between(offsets);
  std::atomic<bool> representable{true};
  lines.write(0, rows, [&](int, const ScanLine<T>& line) {
    const double all = offsets.values[at(line.index)] + mean;
    if (!write_less(line, cols, origin, [=](std::ptrdiff_t) { return all; })) representable.store(false);
  });
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

template Levelled level_rows_median(const LevelJob<float>&);
template Levelled level_rows_median(const LevelJob<double>&);
template Levelled level_rows_difference(const LevelJob<float>&);
template Levelled level_rows_difference(const LevelJob<double>&);

}  // namespace afmnn::correct
