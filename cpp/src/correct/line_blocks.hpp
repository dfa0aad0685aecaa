// Blocks of scan lines by several threads, and what lies between two lines: for the corrections that look at lines.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/median.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

inline std::size_t at(std::ptrdiff_t index) { return static_cast<std::size_t>(index); }

/// Calls body(worker, block) for every block in [0, blocks), on at most `threads` threads, and `interrupt` now and then in
/// between.
template <typename Body>
void visit_blocks(std::ptrdiff_t blocks, int threads, const Interrupt& interrupt, const Body& body) {
  InterruptTimer timer(interrupt);
  std::atomic<std::ptrdiff_t> next{0};
  while (next.load() < blocks) {
    run_team(threads, [&](int worker) {
      do {
        const std::ptrdiff_t block = next.fetch_add(1);
        if (block >= blocks) return;
        body(worker, block);
      } while (!timer.due());
    });
    timer.call_if_due();
  }
}

/// The number at part q of the order, 0 the least, 1 the greatest: one of them. `values` are reordered.
inline double order_statistic(double* values, std::ptrdiff_t count, double q) {
  const auto place = static_cast<std::ptrdiff_t>(q * static_cast<double>(count - 1));
  std::nth_element(values, values + place, values + count);
  return values[place];
}

/// What changes from each line to the next: the median of the differences of their pixels, 0 where they share none. Element r
/// belongs to the lines r - 1 and r; element 0 is 0.
template <typename T>
std::vector<double> line_jumps(StridedView2D<const T> image, int threads, const Interrupt& interrupt) {
  constexpr std::ptrdiff_t lines = 16;
  struct Work {
    std::vector<double> values, spare;
  };
  std::vector<Work> works(at(threads), Work{std::vector<double>(at(image.cols)), std::vector<double>(at(image.cols))});
  std::vector<double> jumps(at(image.rows));
  visit_blocks((image.rows + lines - 1) / lines, threads, interrupt, [&](int worker, std::ptrdiff_t block) {
    Work& work = works[at(worker)];
    for (std::ptrdiff_t r = std::max<std::ptrdiff_t>(block * lines, 1); r < std::min((block + 1) * lines, image.rows); ++r) {
      std::ptrdiff_t count = 0;
      for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
        const double change = static_cast<double>(image(r, c)) - static_cast<double>(image(r - 1, c));
        work.values[at(count)] = change;
        count += std::isnan(change) ? 0 : 1;
      }
      if (count > 0) jumps[at(r)] = median(work.values.data(), count, work.spare.data());
    }
  });
  return jumps;
}

/// How far jumps lie from their median: 90 % of them no farther, in units of the spread of a normal distribution. 0 for fewer
/// than two lines.
inline double jump_spread(const std::vector<double>& jumps) {
  if (jumps.size() < 2) return 0.0;
  std::vector<double> values(jumps.begin() + 1, jumps.end()), spare(values.size());
  const auto count = static_cast<std::ptrdiff_t>(values.size());
  const double middle = median(values.data(), count, spare.data());
  for (std::ptrdiff_t i = 0; i < count; ++i) values[at(i)] = std::fabs(jumps[at(i + 1)] - middle);
  return order_statistic(values.data(), count, 0.9) / 1.6448536269514722;
}

}  // namespace afmnn::correct
