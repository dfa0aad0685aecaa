#include "afmnn/core/parallel.hpp"

#include <algorithm>
#include <thread>

#include "afmnn/core/arithmetic.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(_OPENMP) && !defined(_WIN32)
#include <pthread.h>
#define AFMNN_FORK 1
#endif

namespace afmnn {
namespace {

#ifdef AFMNN_FORK
// The OpenMP runtime keeps its threads with the thread that started them. A forked child inherits that record, but not
// the threads: its next parallel region would wait for them for ever. In a child we therefore start the region from a
// thread of our own, for which the runtime makes a fresh team.
std::atomic<bool> forked{false};
const bool watching_forks = pthread_atfork(nullptr, nullptr, [] { forked.store(true); }) == 0;
#endif

template <typename Region>
void run_region(const Region& region) {
#ifdef AFMNN_FORK
  if (watching_forks && forked.load()) {
    std::thread(region).join();
    return;
  }
#endif
  region();
}

#ifdef _OPENMP
// Where the system refuses a thread, the OpenMP runtime ends the process: never ask for many more than there are cores.
int reasonable(std::ptrdiff_t threads) {
  return static_cast<int>(std::min<std::ptrdiff_t>(threads, std::max(16, 4 * omp_get_num_procs())));
}
#endif

}  // namespace

bool has_openmp() {
#ifdef _OPENMP
  return true;
#else
  return false;
#endif
}

void for_each_block(std::ptrdiff_t blocks, [[maybe_unused]] int threads, const std::function<void(std::ptrdiff_t)>& body) {
#ifdef _OPENMP
  threads = reasonable(std::min<std::ptrdiff_t>(threads, blocks));
  if (threads > 1) {
    run_region([&] {
#pragma omp parallel num_threads(threads)
      {
        const PlainArithmetic plain;
#pragma omp for schedule(dynamic)
        for (std::ptrdiff_t block = 0; block < blocks; ++block) body(block);
      }
    });
    return;
  }
#endif
  const PlainArithmetic plain;
  for (std::ptrdiff_t block = 0; block < blocks; ++block) body(block);
}

void run_team([[maybe_unused]] int threads, const std::function<void(int thread)>& body) {
#ifdef _OPENMP
  threads = reasonable(threads);
  if (threads > 1) {
    run_region([&] {
#pragma omp parallel num_threads(threads)
      {
        const PlainArithmetic plain;
        body(omp_get_thread_num());
      }
    });
    return;
  }
#endif
  const PlainArithmetic plain;
  body(0);
}

bool wait_for(const std::atomic<std::ptrdiff_t>& value, std::ptrdiff_t enough, const std::atomic<bool>* stop) {
  // What others do takes microseconds: check often, then let them use the core.
  constexpr int checks = 2000;
  for (int check = 0; value.load(std::memory_order_acquire) < enough; ++check) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) return value.load(std::memory_order_acquire) >= enough;
    if (check >= checks) {
      std::this_thread::yield();
      continue;
    }
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }
  return true;
}

}  // namespace afmnn
