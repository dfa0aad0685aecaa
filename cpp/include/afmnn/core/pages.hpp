// Memory for work space of megabytes.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace afmnn {

/// Memory in pages of 2 MB where the system has them (Linux, if it lets programs ask): transforms jump about in their work
/// space, and looking up small pages took a tenth of the time. Throws std::bad_alloc only.
void* allocate_pages(std::size_t bytes);
void free_pages(void* memory, std::size_t bytes);

template <typename T>
struct PageAllocator {
  using value_type = T;

  PageAllocator() = default;
  template <typename U>
  PageAllocator(const PageAllocator<U>&) {}

  T* allocate(std::size_t count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(allocate_pages(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) { free_pages(memory, count * sizeof(T)); }

  template <typename U>
  bool operator==(const PageAllocator<U>&) const {
    return true;
  }
  template <typename U>
  bool operator!=(const PageAllocator<U>&) const {
    return false;
  }
};

template <typename T>
using Pages = std::vector<T, PageAllocator<T>>;

}  // namespace afmnn
