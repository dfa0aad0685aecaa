// The arithmetic that all results assume: rounding to the nearest number, subnormal numbers kept, no traps.
//
// A thread may come with another: PyTorch's set_flush_denormal, a library that was linked with -ffast-math, or interval
// arithmetic change it for all that the thread computes afterwards. Results must not depend on who called before.
#pragma once

#include <cstdint>

namespace afmnn {

/// While it lives, the calling thread computes as said above; afterwards as before. Free where it does already.
class PlainArithmetic {
 public:
  PlainArithmetic() : before_(begin()) {}
  ~PlainArithmetic() { end(before_); }
  PlainArithmetic(const PlainArithmetic&) = delete;
  PlainArithmetic& operator=(const PlainArithmetic&) = delete;

  /// The two halves, for those who cannot have an object: begin() returns what end() wants, 0 where nothing had to change.
  static std::uint64_t begin();
  static void end(std::uint64_t before);

 private:
  std::uint64_t before_;
};

}  // namespace afmnn
