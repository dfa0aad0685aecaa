#include "afmnn/core/pages.hpp"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace afmnn {
namespace {

constexpr std::size_t page = std::size_t{2} << 20;
// Less is not worth a page of its own.
constexpr std::size_t least = page / 4;

std::size_t whole_pages(std::size_t bytes) { return (bytes + page - 1) / page * page; }

}  // namespace

void* allocate_pages(std::size_t bytes) {
  if (bytes < least) return ::operator new(bytes);
  if (bytes > static_cast<std::size_t>(-1) - page) throw std::bad_alloc();
  const std::size_t size = whole_pages(bytes);
  void* const memory = ::operator new(size, std::align_val_t{page});
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  madvise(memory, size, MADV_HUGEPAGE);  // a wish: nothing depends on it
#endif
  return memory;
}

void free_pages(void* memory, std::size_t bytes) {
  if (bytes < least) {
    ::operator delete(memory);
  } else {
    ::operator delete(memory, std::align_val_t{page});
  }
}

}  // namespace afmnn
