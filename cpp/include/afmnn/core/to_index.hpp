// From numbers to integers.
#pragma once

#include <cstddef>
#include <stdexcept>

namespace afmnn {

/// A number without its fraction. What C++ leaves open, because machines do it differently, is an error: numbers beyond all
/// integers, and NaN. Throws std::length_error then.
inline std::ptrdiff_t to_index(double x) {
  constexpr double limit = sizeof(std::ptrdiff_t) >= 8 ? 0x1p53 : 0x1p31;
  if (!(x > -limit && x < limit)) throw std::length_error("afmnn: too large to be counted");
  return static_cast<std::ptrdiff_t>(x);
}

/// An index as the standard library's containers count it.
inline std::size_t at(std::ptrdiff_t index) { return static_cast<std::size_t>(index); }

}  // namespace afmnn
