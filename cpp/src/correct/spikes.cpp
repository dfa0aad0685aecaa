#include "afmnn/correct/spikes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "line_blocks.hpp"
#include "line_unit.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

constexpr index lines_of_block = 32;
constexpr index columns_of_part = 64;
constexpr index every = 4;  // columns: enough to measure a unit by

// How far a run of `size` numbers from `first` on stands out of those before and behind; 0 if it does not, if one is missing, or
// if a side descends as much. value(i) is defined for 0 <= i < count.
template <typename Value>
double standing_out(index first, index size, index count, const Value& value) {
  if (first < 1 || first + size >= count) return 0.0;
  double low = value(first);
  for (index i = first; i < first + size; ++i) {
    if (std::isnan(value(i))) return 0.0;
    low = std::min(low, value(i));
  }
  const double before = value(first - 1), behind = value(first + size);
  if (std::isnan(before) || std::isnan(behind)) return 0.0;
  double descent = 0.0;
  if (first > 1 && before - value(first - 2) > descent) descent = before - value(first - 2);
  if (first + size + 1 < count && behind - value(first + size + 1) > descent) descent = behind - value(first + size + 1);
  const double height = low - std::max(before, behind);
  return height > descent ? height : 0.0;
}

// Whether one of the runs that begin at columns from `first` to `last` - 1 stands out by more than the limit; where numbers are
// missing, it need not.
bool may_stand_out(const double* line, index first, index last, index run, double limit) {
  std::int64_t any = 0;  // as wide as the numbers: compilers make vector instructions of it
  for (index c = first; c < last; ++c) {
    double low = line[c], high = low;
    for (index i = 1; i < run; ++i) {
      low = line[c + i] < low ? line[c + i] : low;
      high = line[c + i] > high ? line[c + i] : high;
    }
    const double before = line[c - 1], behind = line[c + run];
    const double above = before > behind ? before : behind;
    const double below = before < behind ? before : behind;
    any |= static_cast<std::int64_t>(low - above > limit) | static_cast<std::int64_t>(below - high > limit);
  }
  return any != 0;
}

}  // namespace

template <typename T>
void mark_spikes(const SpikeJob<T>& job) {
  const index rows = job.image.rows, cols = job.image.cols, size = job.size;
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < cols; ++c) job.result(r, c) = 0;
  }
  if (rows < 3 || cols < 3) return;
  std::vector<double> offsets = line_jumps(job.image, job.threads, job.interrupt);
  for (index r = 1; r < rows; ++r) offsets[at(r)] += offsets[at(r - 1)];

  const index around = size + 1;
  std::vector<std::vector<double>> works(at(job.threads), std::vector<double>(at((lines_of_block + 2 * around) * cols)));
  const index blocks = (rows + lines_of_block - 1) / lines_of_block;
  const auto read = [&](index top, index bottom, double* heights) {
    for (index r = top; r < bottom; ++r) {
      double* const to = heights + (r - top) * cols;
      const T* const from = &job.image(r, 0);
      const index step = job.image.col_stride;
      const double offset = offsets[at(r)];
      if (step == 1) {
        for (index c = 0; c < cols; ++c) to[c] = static_cast<double>(from[c]) - offset;
      } else {
        for (index c = 0; c < cols; ++c) to[c] = static_cast<double>(from[c * step]) - offset;
      }
    }
  };

  LineBends along(rows), across(rows);
  std::vector<std::vector<double>> bends(at(job.threads), std::vector<double>(at(3 * cols)));
  visit_blocks(blocks, job.threads, job.interrupt, [&](int worker, index block) {
    const index first = block * lines_of_block, last = std::min(first + lines_of_block, rows);
    const index top = std::max<index>(first - 1, 0), bottom = std::min(last + 1, rows);
    double* const heights = works[at(worker)].data();
    read(top, bottom, heights);
    double* const values = bends[at(worker)].data();
    for (index r = first; r < last; ++r) {
      const double* const line = heights + (r - top) * cols;
      index count = 0;
      for (index c = 1; c + 1 < cols; c += every) {
        values[count] = std::fabs(line[c] - 0.5 * (line[c - 1] + line[c + 1]));
        count += std::isnan(values[count]) ? 0 : 1;
      }
      along.add(r, values, count, values + cols);
      if (r == 0 || r + 1 == rows) continue;
      count = 0;
      for (index c = 0; c < cols; c += every) {
        values[count] = std::fabs(line[c] - 0.5 * (line[c - cols] + line[c + cols]));
        count += std::isnan(values[count]) ? 0 : 1;
      }
      across.add(r, values, count, values + cols);
    }
  });
  const double limit = job.threshold * std::max(along.unit(), across.unit());
  if (limit == 0.0) return;

  visit_blocks(blocks, job.threads, job.interrupt, [&](int worker, index block) {
    const index first = block * lines_of_block, last = std::min(first + lines_of_block, rows);
    const index top = std::max<index>(first - around, 0), bottom = std::min(last + around, rows);
    double* const heights = works[at(worker)].data();
    read(top, bottom, heights);
    for (index r = std::max<index>(first, 1); r < std::min(last, rows - 1); ++r) {
      const double* const line = heights + (r - top) * cols;
      for (index run = 1; run <= size && run + 2 <= cols; ++run) {
        // Because nearly no part of a line has anything, each is looked at in one quick pass first.
        for (index part = 1; part + run < cols; part += columns_of_part) {
          const index end = std::min(part + columns_of_part, cols - run);
          if (!may_stand_out(line, part, end, run, limit)) continue;
          for (const double sign : {1.0, -1.0}) {
            if (!(sign > 0.0 ? job.upwards : job.downwards)) continue;
            for (index c = part; c < end; ++c) {
              if (!(standing_out(c, run, cols, [&](index i) { return sign * line[i]; }) > limit)) continue;
              for (index column = c; column < c + run; ++column) {
                const auto across_line = [&](index i) { return sign * heights[(i - top) * cols + column]; };
                for (index high = 1; high <= size; ++high) {
                  for (index begin = r - high + 1; begin <= r; ++begin) {
                    if (standing_out(begin, high, rows, across_line) > limit) job.result(r, column) = 1;
                  }
                }
              }
            }
          }
        }
      }
    }
  });
}

template void mark_spikes(const SpikeJob<float>&);
template void mark_spikes(const SpikeJob<double>&);

}  // namespace afmnn::correct
