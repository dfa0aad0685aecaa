// Which pixels of a scan line determine its correction, and the correction taken off all of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "scan_lines.hpp"

namespace afmnn::correct {

template <typename T>
bool all_finite(const T* values, std::ptrdiff_t count) {
  return lane_sum(count, [=](std::ptrdiff_t i) { return static_cast<double>(values[i]) * 0.0; }) == 0.0;
}

/// A height near those of the line: the median of the first, the middle and the last one, so that a single outlier is not taken.
template <typename T>
double origin_of(T first, T middle, T last) {
  const T low = first < last ? first : last;
  const T high = first < last ? last : first;
  return static_cast<double>(middle < low ? low : middle > high ? high : middle) + 0.0;
}

/// Which pixels of a line are used, and a height near theirs.
struct Usage {
  std::ptrdiff_t count = 0;
  double origin = 0.0;
  bool infinite = false;  // a height is, used or not
};

/// One of the heights, near most of the image's: the middle one of the lines' origins, of which there is at least one.
inline double common_origin(std::vector<double> origins) {
  const auto middle = origins.begin() + static_cast<std::ptrdiff_t>(origins.size() / 2);
  std::nth_element(origins.begin(), middle, origins.end());
  return *middle;
}

/// Usage of a line in general. Writes the used pixels' heights to `heights` one after the other and, unless it is nullptr, to
/// `weights` 1 for used pixels, 0 for others.
template <typename T>
Usage find_used(const ScanLine<T>& line, std::ptrdiff_t cols, T* heights, double* weights) {
  Usage usage;
  for (std::ptrdiff_t c = 0; c < cols; ++c) {
    const T height = line.heights[c];
    const bool used = (line.mask == nullptr || line.mask[c] != 0) && !std::isnan(height);
    usage.infinite = usage.infinite || std::isinf(height);
    if (weights != nullptr) weights[c] = used ? 1.0 : 0.0;
    heights[usage.count] = height;
    usage.count += used ? 1 : 0;
  }
  if (usage.count > 0) usage.origin = origin_of(heights[0], heights[usage.count / 2], heights[usage.count - 1]);
  return usage;
}

/// Where the one that is number `rank` (from 0) of the bytes that are 1 stands, of which there are more; others are 0.
inline std::ptrdiff_t place_of(const std::uint8_t* used, std::ptrdiff_t rank) {
  constexpr std::ptrdiff_t block = 128;
  std::ptrdiff_t first = 0;
  const auto ones = [&] {
    int count = 0;
    for (std::ptrdiff_t i = first; i < first + block; ++i) count += used[i];
    return count;
  };
  // As many as a block have not been passed, and so it ends within the line.
  for (; rank >= block; first += block) rank -= ones();
  for (;; ++first) {
    if (used[first] != 0 && rank-- == 0) return first;
  }
}

/// The same without copies of heights: writes 1 for used pixels to `used`, 0 for others.
template <typename T>
Usage mark_used(const ScanLine<T>& line, std::ptrdiff_t cols, std::uint8_t* used) {
  Usage usage;
  const bool finite = all_finite(line.heights, cols);
  if (line.mask == nullptr) {
    std::fill(used, used + cols, std::uint8_t{1});
  } else {
    for (std::ptrdiff_t c = 0; c < cols; ++c) used[c] = line.mask[c] != 0 ? 1 : 0;
  }
  for (std::ptrdiff_t c = 0; !finite && c < cols; ++c) {
    usage.infinite = usage.infinite || std::isinf(line.heights[c]);
    if (std::isnan(line.heights[c])) used[c] = 0;
  }
  int count = 0;
  for (std::ptrdiff_t c = 0; c < cols; ++c) count += used[c];
  usage.count = count;
  if (count == 0) return usage;
  std::ptrdiff_t last = cols - 1;
  while (used[last] == 0) --last;
  const T* const heights = line.heights;
  usage.origin = origin_of(heights[place_of(used, 0)], heights[place_of(used, usage.count / 2)], heights[last]);
  return usage;
}

/// Whether the mask of a line leaves out nothing.
template <typename T>
bool is_unmasked(const ScanLine<T>& line, std::ptrdiff_t cols) {
  return line.mask == nullptr || std::memchr(line.mask, 0, static_cast<std::size_t>(cols)) == nullptr;
}

/// Writes the heights less `origin` and less offset(column); returns whether all are finite numbers in the result's type, but for
/// those that are missing.
template <typename T, typename Offset>
bool write_less(const ScanLine<T>& line, std::ptrdiff_t cols, double origin, const Offset& offset) {
  const T* const heights = line.heights;
  T* const result = line.result;
  for (std::ptrdiff_t c = 0; c < cols; ++c) result[c] = static_cast<T>((static_cast<double>(heights[c]) - origin) - offset(c));
  if (all_finite(line.result, cols)) return true;
  for (std::ptrdiff_t c = 0; c < cols; ++c) {
    if (!std::isfinite(line.result[c]) && !std::isnan(line.heights[c])) return false;
  }
  return true;
}

}  // namespace afmnn::correct
