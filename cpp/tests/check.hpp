// What the tests need: they register themselves, and a check that fails says where and with which values.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "afmnn/core/rng.hpp"

namespace afmnn::test {

struct Test {
  std::string name;
  std::function<void()> body;
};

std::vector<Test>& all_tests();
void fail(const char* file, int line, const std::string& what);
/// Ends a test that this machine cannot run.
[[noreturn]] void skip(const std::string& why);

struct Registration {
  Registration(const char* name, void (*body)()) { all_tests().push_back({name, body}); }
};

/// Numbers that look random, the same in every run.
class Numbers {
 public:
  explicit Numbers(std::uint64_t key) : key_(key) {}
  double operator()(double low, double high) { return low + (high - low) * uniform(key_, 0xFFFF, index_++); }

 private:
  std::uint64_t key_;
  std::uint64_t index_ = 0;
};

}  // namespace afmnn::test

#define AFMNN_TEST(name)                                                 \
  static void name();                                                    \
  static const afmnn::test::Registration registered_##name{#name, name}; \
  static void name()

#define AFMNN_CHECK(condition)                                           \
  do {                                                                   \
    if (!(condition)) afmnn::test::fail(__FILE__, __LINE__, #condition); \
  } while (false)

// Not "difference > tolerance": NaN must fail.
#define AFMNN_CHECK_NEAR(a, b, tolerance)                                                                                \
  do {                                                                                                                   \
    const double check_a = static_cast<double>(a);                                                                       \
    const double check_b = static_cast<double>(b);                                                                       \
    if (!(std::abs(check_a - check_b) <= (tolerance))) {                                                                 \
      afmnn::test::fail(__FILE__, __LINE__,                                                                              \
                        #a " = " + std::to_string(check_a) + ", " #b " = " + std::to_string(check_b) + ", difference " + \
                            std::to_string(check_a - check_b));                                                          \
    }                                                                                                                    \
  } while (false)
