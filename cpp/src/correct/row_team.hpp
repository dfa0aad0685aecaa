// Work on some rows of an image, by several threads, that can be interrupted.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/parallel.hpp"

namespace afmnn::correct {

class RowTeam {
 public:
  RowTeam(int threads, const Interrupt& interrupt) : threads_(threads), timer_(interrupt) {}

  int workers() const { return threads_; }

  /// Calls body(worker, begin, end) for groups of the items from 0 to `items` - 1, in any order, which together have that many
  /// pixels; no group depends on the number of threads.
  template <typename Body>
  void visit(std::ptrdiff_t items, std::ptrdiff_t pixels, const Body& body) {
    if (items == 0) return;
    const std::ptrdiff_t group =
        std::clamp<std::ptrdiff_t>(pixels_of_group * items / std::max<std::ptrdiff_t>(pixels, 1), 1, items);
    const std::ptrdiff_t groups = (items + group - 1) / group;
    const auto team = static_cast<int>(std::clamp<std::ptrdiff_t>(std::min(groups, pixels / pixels_at_least), 1, threads_));
    if (team == 1) {
      for (std::ptrdiff_t g = 0; g < groups; ++g) {
        body(0, g * group, std::min((g + 1) * group, items));
        timer_.call_if_due();
      }
      return;
    }
    std::atomic<std::ptrdiff_t> next{0};
    while (next.load() < groups) {
      run_team(team, [&](int worker) {
        do {
          const std::ptrdiff_t g = next.fetch_add(1);
          if (g >= groups) return;
          body(worker, g * group, std::min((g + 1) * group, items));
        } while (!timer_.due());
      });
      timer_.call_if_due();
    }
  }

 private:
  static constexpr std::ptrdiff_t pixels_of_group = 8192;   // claiming a group costs little against them
  static constexpr std::ptrdiff_t pixels_at_least = 50000;  // for each thread: starting one takes as long as these

  int threads_;
  InterruptTimer timer_;
};

}  // namespace afmnn::correct
