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
#include "afmnn/core/to_index.hpp"
#include "afmnn/core/view2d.hpp"
#include "sort_few.hpp"

namespace afmnn::correct {

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

/// Which of so many numbers in order stands at part q: 0 the first, 1 the last.
inline std::ptrdiff_t place_of_part(std::ptrdiff_t count, double q) {
  return static_cast<std::ptrdiff_t>(q * static_cast<double>(count - 1));
}

/// The number at part q of the order, 0 the least, 1 the greatest: one of them, never one between two. `values` are reordered.
inline double at_part(double* values, std::ptrdiff_t count, double q) {
  const std::ptrdiff_t place = place_of_part(count, q);
  std::nth_element(values, values + place, values + count);
  return values[place];
}

/// The shortest interval of `sorted` numbers that has `span` + 1 of them: where it begins.
inline std::ptrdiff_t shortest(const double* sorted, std::ptrdiff_t count, std::ptrdiff_t span) {
  std::ptrdiff_t best = 0;
  for (std::ptrdiff_t i = 1; i + span < count; ++i) {
    if (sorted[i + span] - sorted[i] < sorted[best + span] - sorted[best]) best = i;
  }
  return best;
}

/// The median; but where numbers lie in two heaps or more, that of the largest heap. Because up to half of a line may be a scar,
/// the median of all lies at the edge of what the rest does, or in the void between. Heaps are told by the shortest intervals
/// that have 40 % and 80 % of (up to 1023 of) the numbers: they are one if the second is no longer than 3.5 times the first (2.4
/// for a normal distribution, 2.8 for that of a sine), else that within 1.5 times the first's length from its middle is the
/// largest. `values` are reordered; `spare` has room for as many.
inline double median_of_most(double* values, std::ptrdiff_t count, double* spare) {
  const std::ptrdiff_t step = std::max<std::ptrdiff_t>(count / 512, 1);
  std::ptrdiff_t taken = 0;
  for (std::ptrdiff_t i = 0; i < count; i += step) spare[taken++] = values[i];
  sort_few(spare, taken);
  const std::ptrdiff_t less = taken * 2 / 5, more = taken * 4 / 5;
  const std::ptrdiff_t first = shortest(spare, taken, less), wide = shortest(spare, taken, more);
  const double length = spare[first + less] - spare[first];
  if (spare[wide + more] - spare[wide] > 3.5 * length) {
    const double middle = 0.5 * (spare[first] + spare[first + less]), reach = 1.5 * length;
    count = std::remove_if(values, values + count, [=](double v) { return std::fabs(v - middle) > reach; }) - values;
  }
  return median(values, count, spare);
}

/// What changes from each line to the next: the median of the differences of their pixels, 0 where they share none. Element r
/// belongs to the lines r - 1 and r; element 0 is 0. `of_most`: the median of most differences.
template <typename T>
std::vector<double> line_jumps(StridedView2D<const T> image, int threads, const Interrupt& interrupt, bool of_most = false) {
  constexpr std::ptrdiff_t lines = 16;
  struct Work {
    std::vector<double> values, spare;
  };
  std::vector<Work> works(at(threads), Work{std::vector<double>(at(image.cols)), std::vector<double>(at(image.cols))});
  std::vector<double> jumps(at(image.rows));
  visit_blocks((image.rows + lines - 1) / lines, threads, interrupt, [&](int worker, std::ptrdiff_t block) {
    Work& work = works[at(worker)];
    for (std::ptrdiff_t r = std::max<std::ptrdiff_t>(block * lines, 1); r < std::min((block + 1) * lines, image.rows); ++r) {
      double* const values = work.values.data();
      std::ptrdiff_t count = 0;
      for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
        const double change = static_cast<double>(image(r, c)) - static_cast<double>(image(r - 1, c));
        values[count] = change;
        count += change == change ? 1 : 0;
      }
      if (count == 0) continue;
      jumps[at(r)] = (of_most ? median_of_most : median<double>)(work.values.data(), count, work.spare.data());
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
  return at_part(values.data(), count, 0.9) / 1.6448536269514722;
}

}  // namespace afmnn::correct
