#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

#include "afmnn/core/parallel.hpp"
#include "afmnn/core/team_choice.hpp"
#include "check.hpp"
#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

bool every_block_once(std::ptrdiff_t blocks, int threads) {
  std::vector<std::atomic<int>> visits(static_cast<std::size_t>(blocks));
  afmnn::for_each_block(blocks, threads, [&](std::ptrdiff_t block) { ++visits[static_cast<std::size_t>(block)]; });
  for (const auto& count : visits) {
    if (count != 1) return false;
  }
  return true;
}

// Each phase squares what the one before has summed: wrong if anybody runs ahead, or a unit is done twice or never.
bool phases_follow_each_other(int threads) {
  constexpr std::ptrdiff_t units = 7;
  constexpr std::size_t phases = 200;
  std::vector<std::unique_ptr<afmnn::Phase>> line;
  std::vector<std::vector<int>> values(phases + 1, std::vector<int>(units, 1));
  for (std::size_t p = 0; p < phases; ++p) line.push_back(std::make_unique<afmnn::Phase>(units));
  afmnn::run_team(threads, [&](int) {
    for (std::size_t p = 0; p < phases; ++p) {
      for (std::ptrdiff_t unit = line[p]->claim(); unit >= 0; unit = line[p]->claim()) {
        int sum = 0;
        for (const int value : values[p]) sum += value;
        values[p + 1][static_cast<std::size_t>(unit)] += sum % 1000;
        line[p]->finish();
      }
      line[p]->wait();
    }
  });
  std::vector<int> expected(units, 1);
  for (std::size_t p = 0; p < phases; ++p) {
    int sum = 0;
    for (const int value : expected) sum += value;
    expected.assign(units, 1 + sum % 1000);
  }
  return values[phases] == expected;
}

AFMNN_TEST(parallel_visits_every_block_once) {
  for (int threads = 1; threads <= 5; ++threads) {
    for (const std::ptrdiff_t blocks : {0, 1, 2, 3, 64, 1000}) AFMNN_CHECK(every_block_once(blocks, threads));
  }
}

AFMNN_TEST(parallel_phases_follow_each_other) {
  for (int threads = 1; threads <= 5; ++threads) AFMNN_CHECK(phases_follow_each_other(threads));
}

AFMNN_TEST(parallel_team_numbers_its_threads) {
  std::atomic<int> strange{0};
  std::atomic<int> came{0};
  afmnn::run_team(3, [&](int thread) {
    ++came;
    if (thread < 0 || thread >= 3) ++strange;
  });
  AFMNN_CHECK(strange == 0);
  AFMNN_CHECK(came >= 1 && came <= 3);
}

AFMNN_TEST(parallel_two_callers_at_once) {
  bool first = true;
  bool second = true;
  std::thread other([&] {
    for (int i = 0; i < 50; ++i) first = first && every_block_once(100, 2) && phases_follow_each_other(2);
  });
  for (int i = 0; i < 50; ++i) second = second && every_block_once(100, 3);
  other.join();
  AFMNN_CHECK(first);
  AFMNN_CHECK(second);
}

#ifndef _WIN32
AFMNN_TEST(parallel_works_in_a_forked_child) {
  if (std::getenv("AFMNN_EMULATED") != nullptr) afmnn::test::skip("qemu-user does not fork processes that have threads");
  AFMNN_CHECK(every_block_once(100, 2));  // the parent has a team whose threads the child lacks
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // a hang ends as a signal
    _exit(every_block_once(100, 2) && phases_follow_each_other(2) ? 0 : 1);
  }
  int status = -1;
  AFMNN_CHECK(child > 0 && waitpid(child, &status, 0) == child);
  AFMNN_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

AFMNN_TEST(team_choice_takes_what_is_faster_and_tries_the_other) {
  afmnn::TeamChoice choice;
  // Both ways are tried first, the team before.
  for (const bool together : {true, false}) {
    const afmnn::TeamChoice::Plan plan = choice.plan();
    AFMNN_CHECK(plan.together == together && plan.trial);
    choice.record(plan, together ? 1.0 : 2.0);
  }
  // Then the team is faster; a neighbour comes, and goes again.
  int wrong = 0;
  int trials = 0;
  for (int n = 0; n < 900; ++n) {
    const bool busy = n >= 300 && n < 600;
    const afmnn::TeamChoice::Plan plan = choice.plan();
    choice.record(plan, plan.together ? (busy ? 5.0 : 1.0) : 2.0);
    if (plan.trial) {
      ++trials;
    } else if (plan.together == busy) {
      ++wrong;
    }
  }
  AFMNN_CHECK(trials == 900 / 16);
  AFMNN_CHECK(wrong <= 2 + 16);
}

}  // namespace
