#include <cstdint>
#include <limits>
#include <new>

#include "afmnn/core/pages.hpp"
#include "check.hpp"

namespace {

AFMNN_TEST(pages_hold_what_is_written) {
  // Below the size that gets pages of its own, around it, and around two megabytes.
  for (const std::size_t count : {1U, 1000U, 131071U, 131072U, 131073U, 524288U, 524289U, 3000000U}) {
    afmnn::Pages<float> values(count);
    bool zero = true;
    for (const float value : values) zero &= value == 0.0F;
    AFMNN_CHECK(zero);
    values.back() = 1.0F;
    afmnn::Pages<float> moved = std::move(values);
    moved.resize(2 * count, 2.0F);
    AFMNN_CHECK(moved[count - 1] == 1.0F && moved.back() == 2.0F);
    const auto address = reinterpret_cast<std::uintptr_t>(moved.data());
    AFMNN_CHECK(address % (8 * count >= (1U << 19) ? 1U << 21 : alignof(float)) == 0);
  }
}

AFMNN_TEST(pages_that_cannot_be_had_are_refused) {
  afmnn::PageAllocator<double> allocator;
  // More bytes than can be counted; more than can be counted in whole pages.
  for (const std::size_t count : {std::numeric_limits<std::size_t>::max(), std::numeric_limits<std::size_t>::max() / 8}) {
    bool refused = false;
    try {
      allocator.deallocate(allocator.allocate(count), count);
    } catch (const std::bad_alloc&) {
      refused = true;
    }
    AFMNN_CHECK(refused);
  }
}

}  // namespace
