// How long work is interrupted: by Ctrl-C, or to report progress.
#pragma once

#include <chrono>
#include <functional>

namespace afmnn {

/// Called now and then by long work, outside of parallel regions; may throw to end it. May be empty.
using Interrupt = std::function<void()>;

/// When to call it: every twentieth of a second, because somebody may wait for Ctrl-C to be heard.
class InterruptTimer {
 public:
  explicit InterruptTimer(const Interrupt& interrupt) : interrupt_(&interrupt) {}

  bool due() const { return *interrupt_ && Clock::now() >= next_; }
  void call() {
    if (*interrupt_) (*interrupt_)();
    next_ = Clock::now() + between;
  }
  void call_if_due() {
    if (due()) call();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds between{50};

  const Interrupt* interrupt_;
  Clock::time_point next_ = Clock::now() + between;
};

}  // namespace afmnn
