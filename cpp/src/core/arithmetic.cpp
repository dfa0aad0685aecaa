#include "afmnn/core/arithmetic.hpp"

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace afmnn {
namespace {

#if defined(__x86_64__) || defined(_M_X64)
// MXCSR: all exceptions masked, nothing else set. The six lowest bits only say what has happened.
constexpr std::uint64_t plain = 0x1F80;
constexpr std::uint64_t settings = 0xFFC0;
std::uint64_t control() { return _mm_getcsr(); }
void set_control(std::uint64_t value) { _mm_setcsr(static_cast<unsigned>(value)); }
#elif defined(__aarch64__)
// FPCR: zero is rounding to nearest, without flush to zero, default NaN or traps.
constexpr std::uint64_t plain = 0;
constexpr std::uint64_t settings = ~std::uint64_t{0};
std::uint64_t control() {
  std::uint64_t value;
  asm volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void set_control(std::uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
constexpr std::uint64_t plain = 0;
constexpr std::uint64_t settings = 0;
std::uint64_t control() { return 0; }
void set_control(std::uint64_t) {}
#endif

}  // namespace

// Not inline: a compiler takes these registers for none of its business, and might move arithmetic across what it can see.
std::uint64_t PlainArithmetic::begin() {
  const std::uint64_t before = control();
  if ((before & settings) == plain) return 0;
  set_control(plain);
  return before;
}

void PlainArithmetic::end(std::uint64_t before) {
  if (before != 0) set_control(before);
}

}  // namespace afmnn
