#include "afmnn/core/rng.hpp"
#include "check.hpp"

namespace {

using afmnn::philox;

// Random123's tests/kat_vectors for "philox4x32 10": counter words 0 to 3, key words 0 and 1, result.
struct KnownAnswer {
  std::uint32_t counter[4];
  std::uint32_t key[2];
  std::uint32_t result[4];
};

constexpr KnownAnswer known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

std::uint64_t wide(std::uint32_t low, std::uint32_t high) { return static_cast<std::uint64_t>(high) << 32 | low; }

AFMNN_TEST(rng_known_answers) {
  for (const auto& known : known_answers) {
    const auto words = philox(wide(known.key[0], known.key[1]), wide(known.counter[2], known.counter[3]),
                              wide(known.counter[0], known.counter[1]));
    for (std::size_t i = 0; i < 4; ++i) AFMNN_CHECK(words[i] == known.result[i]);
  }
}

AFMNN_TEST(rng_unit_double_stays_below_one) {
  AFMNN_CHECK(afmnn::unit_double(0, 0) == 0.0);
  AFMNN_CHECK(afmnn::unit_double(0xffffffff, 0xffffffff) == 1.0 - 0x1p-53);
  AFMNN_CHECK(afmnn::unit_double(0x80000000, 0) == 0.5);
}

AFMNN_TEST(rng_normal_has_the_moments_of_a_normal_distribution) {
  constexpr int count = 200000;
  double sum = 0.0;
  double squares = 0.0;
  double fourths = 0.0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const double x = afmnn::normal(7, afmnn::role::noise, i);
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
  }
  // Five standard deviations of each mean.
  AFMNN_CHECK_NEAR(sum / count, 0.0, 5.0 * std::sqrt(1.0 / count));
  AFMNN_CHECK_NEAR(squares / count, 1.0, 5.0 * std::sqrt(2.0 / count));
  AFMNN_CHECK_NEAR(fourths / count, 3.0, 5.0 * std::sqrt(96.0 / count));
}

}  // namespace
