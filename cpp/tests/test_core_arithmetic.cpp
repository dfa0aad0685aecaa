#include <atomic>
#include <cfenv>

#include "afmnn/core/arithmetic.hpp"
#include "afmnn/core/parallel.hpp"
#include "check.hpp"

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace {

// Nothing that the compiler could do beforehand.
double product(double a, double b) {
  volatile double x = a;
  volatile double y = b;
  return x * y;
}
double sum(double a, double b) {
  volatile double x = a;
  volatile double y = b;
  return x + y;
}

bool rounds_to_nearest() { return sum(1.0, 0x1p-60) == 1.0 && sum(-1.0, 0x1p-60) == -1.0; }
bool keeps_subnormal_numbers() { return product(0x1p-1030, 0.5) == 0x1p-1031 && product(0x1p-1000, 0x1p-50) == 0x1p-1050; }

// Makes the thread round upwards and, where it is known how, flush subnormal numbers to zero.
void spoil() {
  std::fesetround(FE_UPWARD);
#if defined(__x86_64__) || defined(_M_X64)
  _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
  std::uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  asm volatile("msr fpcr, %0" : : "r"(control | (std::uint64_t{1} << 24)));
#endif
}
void mend() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_setcsr(_mm_getcsr() & ~0x8040u);
#elif defined(__aarch64__)
  std::uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  asm volatile("msr fpcr, %0" : : "r"(control & ~(std::uint64_t{1} << 24)));
#endif
  std::fesetround(FE_TONEAREST);
}

AFMNN_TEST(plain_arithmetic_lasts_as_long_as_its_object) {
  spoil();
  const bool was_spoilt = !rounds_to_nearest();
  const bool flushed = !keeps_subnormal_numbers();
  bool plain;
  {
    const afmnn::PlainArithmetic arithmetic;
    const afmnn::PlainArithmetic again;
    plain = rounds_to_nearest() && keeps_subnormal_numbers();
  }
  const bool given_back = !rounds_to_nearest() && keeps_subnormal_numbers() != flushed;
  mend();
  AFMNN_CHECK(was_spoilt && plain && given_back);
  AFMNN_CHECK(rounds_to_nearest() && keeps_subnormal_numbers());
}

AFMNN_TEST(teams_work_in_plain_arithmetic) {
  for (const int threads : {1, 3}) {
    afmnn::run_team(threads, [](int) { spoil(); });  // threads of the team live on
    spoil();
    std::atomic<int> wrong{0};
    const auto look = [&] {
      if (!rounds_to_nearest() || !keeps_subnormal_numbers()) ++wrong;
    };
    afmnn::run_team(threads, [&](int) { look(); });
    afmnn::for_each_block(50, threads, [&](std::ptrdiff_t) { look(); });
    const bool given_back = !rounds_to_nearest();
    afmnn::run_team(threads, [](int) { mend(); });
    mend();
    AFMNN_CHECK(wrong == 0);
    AFMNN_CHECK(given_back);
  }
}

}  // namespace
