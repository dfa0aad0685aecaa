// Digests of results, for machines and compilers that must agree to the last bit: see bits.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/nn/network.hpp"
#include "check.hpp"

namespace afmnn::test {

/// FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo) of 64 bits, over the bytes of numbers, the lowest byte first on any machine.
///
/// NaN counts as one number: neither its sign nor its other bits are a promise, for processors choose them. Zero and minus zero
/// are two.
class Digest {
 public:
  template <typename Number>
  void add(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    std::uint64_t bits = 0;
    if constexpr (std::is_floating_point_v<Number>) {
      std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t> own;
      std::memcpy(&own, &value, sizeof value);
      bits = value != value ? ~std::uint64_t{0} : own;
    } else {
      bits = static_cast<std::uint64_t>(value);
    }
    for (std::size_t byte = 0; byte < (std::is_floating_point_v<Number> ? sizeof(Number) : 8); ++byte, bits >>= 8) {
      state_ = (state_ ^ (bits & 0xFFu)) * 0x100000001B3u;
    }
  }
  template <typename Number>
  void add(const Number* values, std::ptrdiff_t count) {
    for (std::ptrdiff_t i = 0; i < count; ++i) add(values[i]);
  }
  template <typename Number, typename Allocator>
  void add(const std::vector<Number, Allocator>& values) {
    add(values.data(), static_cast<std::ptrdiff_t>(values.size()));
  }
  template <typename T>
  void add(const nn::Network<T>& net) {
    for (const auto& layer : net.layers) {
      add(layer.weights);
      add(layer.bias);
    }
  }
  template <typename... Values>
  void add_all(const Values&... values) {
    (add(values), ...);
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325u;
};

/// Prints a line for every result whose name contains `part`, and computes no others.
class Results {
 public:
  Results(int thread_count, std::string part) : threads(thread_count), part_(std::move(part)) {}
  void operator()(const std::string& name, const std::function<void(Digest&)>& compute);

  const int threads;
  int count = 0;

 private:
  std::string part_;
};

void kernel_results(Results& results);
void online_kernel_results(Results& results);
void network_results(Results& results);
void surface_results(Results& results);
void tip_results(Results& results);

template <typename T>
constexpr const char* name_of = sizeof(T) == 4 ? "float" : "double";

/// Numbers that look random; plain arithmetic, so that they are the same everywhere.
template <typename T>
AlignedVector<T> some_numbers(std::ptrdiff_t count, double low, double high, std::uint64_t key) {
  Numbers numbers(key);
  AlignedVector<T> values;
  values.reserve(static_cast<std::size_t>(count));
  for (std::ptrdiff_t i = 0; i < count; ++i) values.push_back(static_cast<T>(numbers(low, high)));
  return values;
}

/// A surface of slopes, flat places and noise, between -1 and about 2.
template <typename T>
std::vector<T> some_surface(std::ptrdiff_t rows, std::ptrdiff_t cols, std::uint64_t key) {
  Numbers numbers(key);
  std::vector<T> image;
  image.reserve(static_cast<std::size_t>(rows * cols));
  for (std::ptrdiff_t i = 0; i < rows * cols; ++i) {
    const double y = static_cast<double>(i / cols % 29) / 14.5 - 1.0;
    const double x = static_cast<double>((i % cols + 3 * (i / cols / 29)) % 37) / 18.5 - 1.0;
    const double height = 1.2 - 2.0 * (y * y + x * x);
    image.push_back(static_cast<T>((height > 0.0 ? height : 0.0) + numbers(-0.2, 0.2)));
  }
  return image;
}

}  // namespace afmnn::test
