#include "afmnn/correct/jumps.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "afmnn/core/median.hpp"
#include "scan_lines.hpp"
#include "used_pixels.hpp"

namespace afmnn::correct {
namespace {

template <typename T>
bool has_infinite(const T* heights, std::ptrdiff_t cols) {
  for (std::ptrdiff_t c = 0; c < cols; ++c) {
    if (std::isinf(heights[c])) return true;
  }
  return false;
}

}  // namespace

template <typename T>
bool row_changes(const ChangesJob<T>& job, double* changes) {
  LevelJob<T> lines_job;
  lines_job.image = job.image;
  lines_job.mask = job.mask;
  lines_job.result.col_stride = 1;  // nothing is written: no room is needed for it
  lines_job.threads = job.threads;
  lines_job.interrupt = job.interrupt;
  ScanLines<T> lines(lines_job);
  const std::ptrdiff_t cols = lines.cols();
  struct Work {
    std::vector<double> values, spare;
  };
  const auto room = static_cast<std::size_t>(cols);
  std::vector<Work> work(static_cast<std::size_t>(lines.workers()), {std::vector<double>(room), std::vector<double>(room)});
  std::atomic<bool> infinite{false};
  for (std::ptrdiff_t c = 0; job.image.rows == 1 && c < cols; ++c) {  // a line without neighbours
    if (std::isinf(job.image(0, c))) infinite.store(true);
  }

  lines.read_neighbours([&](int worker, const ScanLine<T>& line, const ScanLine<T>& before) {
    Work& own = work[static_cast<std::size_t>(worker)];
    double* const values = own.values.data();
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      values[c] = static_cast<double>(line.heights[c]) - static_cast<double>(before.heights[c]);
    }
    const bool all = is_unmasked(line, cols) && is_unmasked(before, cols) && all_finite(values, cols);
    if (!all && (has_infinite(line.heights, cols) || has_infinite(before.heights, cols))) infinite.store(true);
    double* const found = changes + line.index * job.parts;
    std::ptrdiff_t shared = 0;
    for (std::ptrdiff_t k = 0; k < job.parts; ++k) {
      const std::ptrdiff_t first = k * cols / job.parts, last = (k + 1) * cols / job.parts;
      std::ptrdiff_t count = all ? last - first : 0;
      for (std::ptrdiff_t c = first; !all && c < last; ++c) {
        const double value = values[c];
        const bool used = (line.mask == nullptr || line.mask[c] != 0) && (before.mask == nullptr || before.mask[c] != 0);
        values[first + count] = value;
        count += used && !std::isnan(value) ? 1 : 0;
      }
      shared += count;
      found[k] = count > 0 ? median(values + first, count, own.spare.data()) : std::numeric_limits<double>::quiet_NaN();
    }
    if (shared < job.least) std::fill(found, found + job.parts, std::numeric_limits<double>::quiet_NaN());
  });
  return !infinite.load();
}

template bool row_changes(const ChangesJob<float>&, double*);
template bool row_changes(const ChangesJob<double>&, double*);

}  // namespace afmnn::correct
