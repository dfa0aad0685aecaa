// Units of work, each done by one thread, that can be interrupted, and that say how far they are.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "afmnn/core/arithmetic.hpp"
#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/progress.hpp"

namespace afmnn {

class UnitTeam {
 public:
  explicit UnitTeam(int threads, const Interrupt& interrupt = {}, const Progress& progress = {})
      : threads_(threads), interrupt_(interrupt), progress_(progress), timer_(interrupt_) {}
  UnitTeam(const UnitTeam&) = delete;
  UnitTeam& operator=(const UnitTeam&) = delete;

  /// Workers are numbered from 0 to this less 1: who needs memory for each takes it before.
  int workers() const { return threads_; }

  /// Of how many parts of all work progress is told.
  static constexpr std::ptrdiff_t parts = 1000;
  /// The next visits, each by itself, bring all work from `first` parts to `last`; nothing is told of others.
  void tell_parts(std::ptrdiff_t first, std::ptrdiff_t last) {
    first_ = first;
    last_ = last;
  }

  /// Calls body(worker, unit) once for every unit from 0 to `units` - 1, in any order; together they take some `nanoseconds`,
  /// and one of them takes no more than a few milliseconds. Calls the interrupt now and then, which may throw: units are left out
  /// then. `body` must not throw.
  template <typename Body>
  void visit(std::ptrdiff_t units, double nanoseconds, const Body& body) {
    const auto worth = static_cast<std::ptrdiff_t>(std::min(nanoseconds / nanoseconds_at_least, 4096.0));
    const auto team = static_cast<int>(std::clamp<std::ptrdiff_t>(std::min(units, worth), 1, threads_));
    if (team == 1) {
      const PlainArithmetic plain;
      for (std::ptrdiff_t unit = 0; unit < units; ++unit) {
        body(0, unit);
        pause_if_due(unit, units);
      }
      return;
    }
    std::atomic<std::ptrdiff_t> next{0};
    while (next.load() < units) {
      run_team(team, [&](int worker) {
        do {
          const std::ptrdiff_t unit = next.fetch_add(1);
          if (unit >= units) return;
          body(worker, unit);
        } while (!timer_.due());
      });
      pause_if_due(std::min(next.load(), units), units);
    }
  }

 private:
  static constexpr double nanoseconds_at_least = 50000.0;  // for each thread: waking one takes about as long

  void pause_if_due(std::ptrdiff_t unit, std::ptrdiff_t units) {
    if (!timer_.due()) return;
    timer_.call();
    if (!progress_ || last_ <= first_) return;
    const double share = static_cast<double>(unit) / static_cast<double>(units);
    progress_(first_ + static_cast<std::ptrdiff_t>(share * static_cast<double>(last_ - first_)), parts);
  }

  int threads_;
  Interrupt interrupt_;
  Progress progress_;
  InterruptTimer timer_;
  std::ptrdiff_t first_ = 0, last_ = 0;
};

}  // namespace afmnn
