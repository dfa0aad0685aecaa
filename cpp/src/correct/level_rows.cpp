#include <cstddef>
#include <vector>

#include "afmnn/core/median.hpp"
#include "afmnn/correct/level.hpp"
#include "line_offsets.hpp"
#include "scan_lines.hpp"

namespace afmnn::correct {

template <typename T>
Levelled level_rows_median(const LevelJob<T>& job) {
  ScanLines<T> lines(job);
  std::vector<std::vector<T>> spare(at(lines.workers()), std::vector<T>(at(lines.cols())));
  return level_each_line(lines, [&](int worker, T* heights, std::ptrdiff_t count, double) {
    return LineOffset{0.0, median(heights, count, spare[at(worker)].data())};
  });
}

template <typename T>
Levelled level_rows_difference(const LevelJob<T>& job) {
  ScanLines<T> lines(job);
  std::vector<std::vector<double>> spare(at(lines.workers()), std::vector<double>(at(lines.cols())));
  return level_by_changes(
      lines, [&](int worker, double* changes, std::ptrdiff_t count) { return median(changes, count, spare[at(worker)].data()); });
}

template Levelled level_rows_median(const LevelJob<float>&);
template Levelled level_rows_median(const LevelJob<double>&);
template Levelled level_rows_difference(const LevelJob<float>&);
template Levelled level_rows_difference(const LevelJob<double>&);

}  // namespace afmnn::correct
