#include <cstddef>
#include <vector>

#include "afmnn/correct/level.hpp"
#include "commonest_value.hpp"
#include "line_offsets.hpp"
#include "scan_lines.hpp"

namespace afmnn::correct {

template <typename T>
Levelled level_rows_mode(const LevelJob<T>& job) {
  ScanLines<T> lines(job);
  std::vector<CommonestValue> commonest(at(lines.workers()), CommonestValue(lines.cols()));
  return level_each_line(lines, [&](int worker, const T* heights, std::ptrdiff_t count, double origin) {
    CommonestValue& own = commonest[at(worker)];
    const auto height = [=](std::ptrdiff_t i) { return static_cast<double>(heights[i]) - origin; };
    return LineOffset{origin, own.peak(count, height, own.densest(count, height))};
  });
}

template Levelled level_rows_mode(const LevelJob<float>&);
template Levelled level_rows_mode(const LevelJob<double>&);

}  // namespace afmnn::correct
