// Threads: OpenMP where the compiler has it, the calling thread alone elsewhere. The work is cut in blocks that do not
// depend on the number of threads, so that no result does.
#pragma once

#include <cstddef>
#include <functional>

namespace afmnn {

/// Whether this build can use more than one thread.
bool has_openmp();

/// Calls body(block) once for every block in [0, blocks), on at most `threads` threads; which thread gets which block,
/// and in what order, is open. `body` must not throw.
void for_each_block(std::ptrdiff_t blocks, int threads, const std::function<void(std::ptrdiff_t)>& body);

/// A team of threads that run the same function: body(thread, team). `team` says how many there are (at most
/// `threads`); team.barrier() waits for all of them. `body` must not throw.
class Team {
 public:
  explicit Team(int size) : size_(size) {}
  int size() const { return size_; }
  void barrier();

 private:
  int size_;
};
void run_team(int threads, const std::function<void(int thread, Team& team)>& body);

}  // namespace afmnn
