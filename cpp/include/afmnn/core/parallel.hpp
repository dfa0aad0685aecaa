// Threads: OpenMP where the compiler has it, the calling thread alone elsewhere. The work is cut in blocks that do not
// depend on the number of threads, so that no result does. All of them work in plain arithmetic (core/arithmetic.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace afmnn {

/// Whether this build can use more than one thread.
bool has_openmp();

/// Calls body(block) once for every block in [0, blocks), on at most `threads` threads; which thread gets which block,
/// and in what order, is open. `body` must not throw.
void for_each_block(std::ptrdiff_t blocks, int threads, const std::function<void(std::ptrdiff_t)>& body);

/// Runs the same function on at most `threads` threads: body(thread), numbered from 0. `body` must not throw. Four times
/// the number of cores is the most that is ever used (and sixteen on small machines).
void run_team(int threads, const std::function<void(int thread)>& body);

/// Returns when the value, which others raise (release), is at least `enough`, or, with false unless it is, when `stop` is
/// set.
bool wait_for(const std::atomic<std::ptrdiff_t>& value, std::ptrdiff_t enough, const std::atomic<bool>* stop = nullptr);

/// Work that a team does together, unit by unit: whoever is free claims the next one. wait() returns when all units are
/// done, not when all threads have come by: a thread that the operating system keeps waiting holds nobody up, unless it
/// is in the middle of a unit. What a phase reads may be touched only after a claim in it, for a late thread may find
/// that the others are phases ahead.
class Phase {
 public:
  explicit Phase(std::ptrdiff_t units) : units_(units) {}

  /// The next unit, or -1 if all are taken.
  std::ptrdiff_t claim() {
    if (next_.load(std::memory_order_relaxed) >= units_) return -1;
    const std::ptrdiff_t unit = next_.fetch_add(1, std::memory_order_relaxed);
    return unit < units_ ? unit : -1;
  }
  void finish() { done_.fetch_add(1, std::memory_order_release); }
  void wait() const { wait_for(done_, units_); }
  /// The same, but gives up when `stop` is set; returns whether all units are done.
  bool wait(const std::atomic<bool>& stop) const { return wait_for(done_, units_, &stop); }
  bool over() const { return done_.load(std::memory_order_acquire) >= units_; }

 private:
  std::ptrdiff_t units_;
  std::atomic<std::ptrdiff_t> next_{0};
  std::atomic<std::ptrdiff_t> done_{0};
};

}  // namespace afmnn
