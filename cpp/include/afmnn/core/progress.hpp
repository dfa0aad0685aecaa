// How long work says how far it is, and how it is ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

namespace afmnn {

/// Called now and then by long work, outside of parallel regions, with how much is done of how much; may throw to end it. May be
/// empty.
using Progress = std::function<void(std::ptrdiff_t done, std::ptrdiff_t all)>;

/// When to call it: every twentieth of a second, because somebody may wait for Ctrl-C to be heard.
class ProgressTimer {
 public:
  explicit ProgressTimer(const Progress& progress) : progress_(&progress) {}

  void call_if_due(std::ptrdiff_t done, std::ptrdiff_t all) {
    if (!*progress_ || Clock::now() < next_) return;
    (*progress_)(done, all);
    next_ = Clock::now() + between;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds between{50};

  const Progress* progress_;
  Clock::time_point next_ = Clock::now() + between;
};

}  // namespace afmnn
