// What corrections of lines share that take one number off each of them: finding it line by line, or from line to line, lines
// that have none, and the common mean.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/correct/level.hpp"
#include "scan_lines.hpp"
#include "used_pixels.hpp"

namespace afmnn::correct {

/// Calls body(first, last, before, behind) for each run of unknown lines, first to last - 1, with the nearest known lines on both
/// sides; where there is none on one side, both are that of the other. One line at least must be known.
template <typename Body>
void for_each_gap(const std::vector<std::uint8_t>& known, const Body& body) {
  for (auto gap = std::find(known.begin(), known.end(), 0); gap != known.end();) {
    const auto end = std::find(gap, known.end(), 1);
    const std::ptrdiff_t first = gap - known.begin();
    const std::ptrdiff_t last = end - known.begin();
    const std::ptrdiff_t before = first > 0 ? first - 1 : last;
    body(first, last, before, end != known.end() ? last : before);
    gap = std::find(end, known.end(), 0);
  }
}

/// Gives unknown lines what lies on a straight line between their neighbours, or the nearest line's value.
inline void fill_between(std::vector<double>& values, const std::vector<std::uint8_t>& known) {
  for_each_gap(known, [&](std::ptrdiff_t first, std::ptrdiff_t last, std::ptrdiff_t before, std::ptrdiff_t behind) {
    for (std::ptrdiff_t i = first; i < last; ++i) {
      const double part = static_cast<double>(i - first + 1) / static_cast<double>(last - first + 1);
      values[at(i)] = values[at(before)] + part * (values[at(behind)] - values[at(before)]);
    }
  });
}

/// What is taken off a line: first one of its heights, which is exact, then the rest.
struct LineOffset {
  double origin = 0.0, rest = 0.0;
};

/// Takes off each line what estimate(worker, heights, count, origin) says for its used heights, of which there is at least one
/// and `origin` is near them; `heights` may be changed. Lines without used pixels take what is between their neighbours.
template <typename T, typename Estimate>
Levelled level_each_line(ScanLines<T>& lines, const Estimate& estimate) {
  const std::ptrdiff_t cols = lines.cols();
  std::vector<std::vector<T>> used(at(lines.workers()), std::vector<T>(at(cols)));
  std::vector<LineOffset> offsets(at(lines.rows()));
  std::vector<std::uint8_t> known(at(lines.rows()));
  std::atomic<bool> infinite{false}, representable{true};
  const auto write = [&](const ScanLine<T>& line) {
    const LineOffset offset = offsets[at(line.index)];
    if (!write_less(line, cols, offset.origin, [=](std::ptrdiff_t) { return offset.rest; })) representable.store(false);
  };
  lines.write(0, lines.rows(), [&](int worker, const ScanLine<T>& line) {
    T* const values = used[at(worker)].data();
    std::copy(line.heights, line.heights + cols, values);
    Usage usage{cols, origin_of(values[0], values[cols / 2], values[cols - 1]), false};
    if (!is_unmasked(line, cols) || !all_finite(values, cols)) {
      usage = find_used(line, cols, values, nullptr);
      if (usage.infinite) infinite.store(true);
    }
    if (usage.count == 0 || usage.infinite) return;
    offsets[at(line.index)] = estimate(worker, values, usage.count, usage.origin);
    known[at(line.index)] = 1;
    write(line);
  });
  if (infinite.load()) return Levelled::infinite;
  if (std::find(known.begin(), known.end(), 1) == known.end()) return Levelled::no_pixel;

  for_each_gap(known, [&](std::ptrdiff_t first, std::ptrdiff_t last, std::ptrdiff_t before, std::ptrdiff_t behind) {
    const LineOffset from = offsets[at(before)];
    const LineOffset to = offsets[at(behind)];
    const double rise = (to.origin - from.origin) + (to.rest - from.rest);
    for (std::ptrdiff_t i = first; i < last; ++i) {
      const double part = static_cast<double>(i - first + 1) / static_cast<double>(last - first + 1);
      offsets[at(i)] = {from.origin, from.rest + part * rise};
    }
    lines.write(first, last, [&](int, const ScanLine<T>& line) { write(line); });
  });
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

/// Number, origin and sum of each line's used heights, less the origin.
struct LineSum {
  double count = 0.0, origin = 0.0, sum = 0.0;
};

/// Sums of all lines, for corrections that leave the mean of all used heights at zero.
struct ImageSums {
  std::vector<LineSum> lines;
  std::vector<std::uint8_t> known;  // 0: the line has no used pixels
  double origin = 0.0;              // a height near most of the image's
};

template <typename T>
Levelled sum_lines(ScanLines<T>& lines, ImageSums& sums) {
  const std::ptrdiff_t cols = lines.cols();
  std::vector<std::vector<T>> used(at(lines.workers()), std::vector<T>(at(cols)));
  sums.lines.resize(at(lines.rows()));
  sums.known.resize(at(lines.rows()));
  std::atomic<bool> infinite{false};
  lines.read([&](int worker, const ScanLine<T>& line) {
    LineSum& here = sums.lines[at(line.index)];
    const T* heights = line.heights;
    const auto sum = [&](std::ptrdiff_t count, double origin) {
      return lane_sum(count, [=](std::ptrdiff_t i) { return static_cast<double>(heights[i]) - origin; });
    };
    if (is_unmasked(line, cols)) {
      const double origin = origin_of(heights[0], heights[cols / 2], heights[cols - 1]);
      here = {static_cast<double>(cols), origin, sum(cols, origin)};
    }
    if (here.count == 0.0 || !std::isfinite(here.sum)) {
      const Usage usage = find_used(line, cols, used[at(worker)].data(), nullptr);
      if (usage.infinite) infinite.store(true);
      heights = used[at(worker)].data();
      here = {static_cast<double>(usage.count), usage.origin, sum(usage.count, usage.origin)};
    }
    sums.known[at(line.index)] = here.count > 0.0 ? 1 : 0;
  });
  if (infinite.load()) return Levelled::infinite;
  std::vector<double> origins;
  for (const LineSum& line : sums.lines) {
    if (line.count > 0.0) origins.push_back(line.origin);
  }
  if (origins.empty()) return Levelled::no_pixel;
  sums.origin = common_origin(std::move(origins));
  return Levelled::done;
}

/// Gives lines that are not known what lies between the others, and every line what makes the mean of all used heights, less the
/// origin, zero.
inline void complete_offsets(const ImageSums& sums, std::vector<double>& offsets) {
  const auto rows = static_cast<std::ptrdiff_t>(offsets.size());
  const double count = lane_sum(rows, [&](std::ptrdiff_t i) { return sums.lines[at(i)].count; });
  const double mean = lane_sum(rows,
                               [&](std::ptrdiff_t i) {
                                 const LineSum& line = sums.lines[at(i)];
                                 return line.sum + line.count * ((line.origin - sums.origin) - offsets[at(i)]);
                               }) /
                      count;
  fill_between(offsets, sums.known);
  for (double& offset : offsets) offset += mean;
}

/// Takes the known lines' offsets off, and those between them off the other lines; the mean of all used heights becomes zero.
template <typename T>
Levelled write_offsets(ScanLines<T>& lines, const ImageSums& sums, std::vector<double>& offsets) {
  const std::ptrdiff_t rows = lines.rows();
  complete_offsets(sums, offsets);
  std::atomic<bool> representable{true};
  lines.write(0, rows, [&](int, const ScanLine<T>& line) {
    const double all = offsets[at(line.index)];
    if (!write_less(line, lines.cols(), sums.origin, [=](std::ptrdiff_t) { return all; })) representable.store(false);
  });
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

/// Writes the differences between two lines over the pixels used in both, one after the other; returns how many.
template <typename T>
std::ptrdiff_t find_changes(const ScanLine<T>& line, const ScanLine<T>& before, std::ptrdiff_t cols, double* changes) {
  const auto change = [&](std::ptrdiff_t c) {
    return static_cast<double>(line.heights[c]) - static_cast<double>(before.heights[c]);
  };
  if (is_unmasked(line, cols) && is_unmasked(before, cols)) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) changes[c] = change(c);
    if (all_finite(changes, cols)) return cols;
  }
  std::ptrdiff_t count = 0;
  for (std::ptrdiff_t c = 0; c < cols; ++c) {
    const double value = change(c);
    const bool used = (line.mask == nullptr || line.mask[c] != 0) && (before.mask == nullptr || before.mask[c] != 0);
    changes[count] = value;
    count += used && !std::isnan(value) ? 1 : 0;
  }
  return count;
}

/// Calls body(worker, index, changes, count) for each known line but the first of them, with its differences to the known line
/// before, over the pixels used in both; `changes` may be changed. First of lines side by side, in any order, then across gaps.
template <typename T, typename Body>
void visit_changes(ScanLines<T>& lines, const std::vector<std::uint8_t>& known, const Body& body) {
  const std::ptrdiff_t cols = lines.cols();
  std::vector<std::vector<double>> changes(at(lines.workers()), std::vector<double>(at(cols)));
  lines.read_neighbours([&](int worker, const ScanLine<T>& line, const ScanLine<T>& before) {
    if (known[at(line.index)] == 0 || known[at(before.index)] == 0) return;
    double* const own = changes[at(worker)].data();
    body(worker, line.index, own, find_changes(line, before, cols, own));
  });
  std::vector<T> here(at(cols)), there(at(cols));
  std::vector<std::uint8_t> mask_here(at(lines.masked() ? cols : 0)), mask_there(mask_here);
  for_each_gap(known, [&](std::ptrdiff_t first, std::ptrdiff_t last, std::ptrdiff_t, std::ptrdiff_t) {
    if (first == 0 || last == lines.rows()) return;
    double* const own = changes[0].data();
    body(0, last, own,
         find_changes(lines.line(last, here.data(), mask_here.data()), lines.line(first - 1, there.data(), mask_there.data()),
                      cols, own));
  });
}

/// Offsets of the lines that add up from known line to known line: estimate(worker, changes, count) says by how much a line lies
/// above the one before, from the differences between them, of which there is at least one; where there is none, by nothing.
template <typename T, typename Estimate>
Levelled find_offsets(ScanLines<T>& lines, const Estimate& estimate, ImageSums& sums, std::vector<double>& offsets) {
  const Levelled outcome = sum_lines(lines, sums);
  if (outcome != Levelled::done) return outcome;
  offsets.assign(at(lines.rows()), 0.0);
  visit_changes(lines, sums.known, [&](int worker, std::ptrdiff_t index, double* changes, std::ptrdiff_t count) {
    offsets[at(index)] = count > 0 ? estimate(worker, changes, count) : 0.0;
  });
  double offset = 0.0;
  for (std::ptrdiff_t i = 0; i < lines.rows(); ++i) {
    if (sums.known[at(i)] == 0) continue;
    offset += offsets[at(i)];
    offsets[at(i)] = offset;
  }
  return Levelled::done;
}

/// Takes such offsets off.
template <typename T, typename Estimate>
Levelled level_by_changes(ScanLines<T>& lines, const Estimate& estimate) {
  ImageSums sums;
  std::vector<double> offsets;
  const Levelled outcome = find_offsets(lines, estimate, sums, offsets);
  return outcome == Levelled::done ? write_offsets(lines, sums, offsets) : outcome;
}

}  // namespace afmnn::correct
