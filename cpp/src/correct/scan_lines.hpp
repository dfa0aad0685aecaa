// One scan line after the other as adjacent elements, whatever the strides of the image, by several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/correct/level.hpp"

namespace afmnn::correct {

template <typename T>
struct ScanLine {
  std::ptrdiff_t index;
  const T* heights;
  const std::uint8_t* mask;  // nullptr: all pixels
  T* result;                 // nullptr where lines are only looked at
};

/// Lines are visited in groups. Those of an image that has adjacent elements are used where they lie. Of any other image, the
/// lines of a group are copied together: where an image lies column by column, each cache line of memory is then read once.
template <typename T>
class ScanLines {
 public:
  explicit ScanLines(const LevelJob<T>& job) : job_(job), timer_(job.interrupt) {
    const std::ptrdiff_t pixels = job.image.rows * job.image.cols;
    workers_ = static_cast<int>(std::clamp<std::ptrdiff_t>(pixels / pixels_at_least, 1, job.threads));
    const bool adjacent = is_adjacent(job.image) && is_adjacent(job.result) && (!masked() || is_adjacent(job.mask));
    const std::ptrdiff_t cache_line = 64 / static_cast<std::ptrdiff_t>(sizeof(T));
    group_ = std::min(std::max(adjacent ? 1 : cache_line, pixels_of_group / cols()), rows());
    // Not a power of two: lines that are that far apart would push each other out of the cache.
    pitch_ = (cols() + 15) / 16 * 16 + 16;
    const auto room = static_cast<std::size_t>((group_ + 1) * pitch_);
    buffers_.resize(static_cast<std::size_t>(workers_));
    for (Buffers& buffers : buffers_) {
      if (!is_adjacent(job.image)) buffers.heights.resize(room);
      if (!is_adjacent(job.result)) buffers.result.resize(room);
      if (masked() && !is_adjacent(job.mask)) buffers.mask.resize(room);
    }
  }

  std::ptrdiff_t rows() const { return job_.image.rows; }
  std::ptrdiff_t cols() const { return job_.image.cols; }
  bool masked() const { return job_.mask.data != nullptr; }
  int workers() const { return workers_; }
  /// For long work outside of visits.
  InterruptTimer& timer() { return timer_; }

  /// A line of its own, outside of visits: copied to `heights` and, if there is a mask, to `mask`.
  ScanLine<T> line(std::ptrdiff_t index, T* heights, std::uint8_t* mask) const {
    for (std::ptrdiff_t c = 0; c < cols(); ++c) heights[c] = job_.image(index, c);
    for (std::ptrdiff_t c = 0; masked() && c < cols(); ++c) mask[c] = job_.mask(index, c);
    return {index, heights, masked() ? mask : nullptr, nullptr};
  }

  /// Calls body(worker, line) for each line from `first` to `last` - 1, in any order, with a result to be written.
  template <typename Body>
  void write(std::ptrdiff_t first, std::ptrdiff_t last, const Body& body) {
    visit(first, last, [&](int worker, std::ptrdiff_t begin, std::ptrdiff_t end) {
      Buffers& buffers = buffers_[static_cast<std::size_t>(worker)];
      const Group group = read_group(begin, end, buffers);
      const bool adjacent = is_adjacent(job_.result);
      for (std::ptrdiff_t i = begin; i < end; ++i) {
        ScanLine<T> line = group.line(i);
        line.result = adjacent ? &job_.result(i, 0) : buffers.result.data() + (i - begin) * pitch_;
        body(worker, line);
      }
      if (!adjacent) copy_back(begin, end, buffers.result.data());
    });
  }

  /// Calls body(worker, line) for each line, in any order.
  template <typename Body>
  void read(const Body& body) {
    read(0, rows(), body);
  }

  /// Calls body(worker, line) for each line from `first` to `last` - 1, in any order.
  template <typename Body>
  void read(std::ptrdiff_t first, std::ptrdiff_t last, const Body& body) {
    visit(first, last, [&](int worker, std::ptrdiff_t begin, std::ptrdiff_t end) {
      const Group group = read_group(begin, end, buffers_[static_cast<std::size_t>(worker)]);
      for (std::ptrdiff_t i = begin; i < end; ++i) body(worker, group.line(i));
    });
  }

  /// Calls body(worker, line, line before) for each line but the first, in any order.
  template <typename Body>
  void read_neighbours(const Body& body) {
    visit(1, rows(), [&](int worker, std::ptrdiff_t begin, std::ptrdiff_t end) {
      const Group group = read_group(begin - 1, end, buffers_[static_cast<std::size_t>(worker)]);
      for (std::ptrdiff_t i = begin; i < end; ++i) body(worker, group.line(i), group.line(i - 1));
    });
  }

  /// Calls body(worker, line, line `distance` before) for each line from `distance` on, in any order.
  template <typename Body>
  void read_pairs(std::ptrdiff_t distance, const Body& body) {
    // What is copied has to be copied twice: both groups may lie far apart.
    earlier_ = buffers_;
    visit(distance, rows(), [&](int worker, std::ptrdiff_t begin, std::ptrdiff_t end) {
      const Group group = read_group(begin, end, buffers_[static_cast<std::size_t>(worker)]);
      const Group earlier = read_group(begin - distance, end - distance, earlier_[static_cast<std::size_t>(worker)]);
      for (std::ptrdiff_t i = begin; i < end; ++i) body(worker, group.line(i), earlier.line(i - distance));
    });
  }

 private:
  static constexpr std::ptrdiff_t pixels_of_group = 8192;   // claiming a group costs little against them
  static constexpr std::ptrdiff_t ahead = 16;               // columns: each lies in another page of memory
  static constexpr std::ptrdiff_t pixels_at_least = 50000;  // for each thread: starting one takes as long as these

  struct Buffers {
    AlignedVector<T> heights, result;
    AlignedVector<std::uint8_t> mask;
  };

  struct Group {
    std::ptrdiff_t first;
    const T* heights;
    std::ptrdiff_t stride;
    const std::uint8_t* mask;
    std::ptrdiff_t mask_stride;

    ScanLine<T> line(std::ptrdiff_t i) const {
      return {i, heights + (i - first) * stride, mask == nullptr ? nullptr : mask + (i - first) * mask_stride, nullptr};
    }
  };

  template <typename U>
  static bool is_adjacent(const StridedView2D<U>& view) {
    return view.col_stride == 1 || view.cols == 1;
  }

  // Calls run(worker, begin, end) for every group of lines, and the job's interrupt now and then.
  template <typename Run>
  void visit(std::ptrdiff_t first, std::ptrdiff_t last, const Run& run) {
    const std::ptrdiff_t groups = (last - first + group_ - 1) / group_;
    const int team =
        static_cast<int>(std::clamp<std::ptrdiff_t>(std::min(groups, (last - first) * cols() / pixels_at_least), 1, workers_));
    std::atomic<std::ptrdiff_t> next{0};
    while (next.load() < groups) {
      run_team(team, [&](int worker) {
        do {
          const std::ptrdiff_t group = next.fetch_add(1);
          if (group >= groups) return;
          const std::ptrdiff_t begin = first + group * group_;
          run(worker, begin, std::min(begin + group_, last));
        } while (!timer_.due());
      });
      timer_.call_if_due();
    }
  }

  Group read_group(std::ptrdiff_t begin, std::ptrdiff_t end, Buffers& buffers) const {
    Group group{begin, &job_.image(begin, 0), job_.image.row_stride, nullptr, 0};
    if (!is_adjacent(job_.image)) {
      copy(job_.image, begin, end, buffers.heights.data());
      group.heights = buffers.heights.data();
      group.stride = pitch_;
    }
    if (masked()) {
      group.mask = &job_.mask(begin, 0);
      group.mask_stride = job_.mask.row_stride;
      if (!is_adjacent(job_.mask)) {
        copy(job_.mask, begin, end, buffers.mask.data());
        group.mask = buffers.mask.data();
        group.mask_stride = pitch_;
      }
    }
    return group;
  }

  template <typename U>
  void copy(const StridedView2D<const U>& view, std::ptrdiff_t begin, std::ptrdiff_t end, U* to) const {
    if (std::abs(view.row_stride) < std::abs(view.col_stride)) {
      for (std::ptrdiff_t c = 0; c < view.cols; ++c) {
        if (c + ahead < view.cols) __builtin_prefetch(&view(begin, c + ahead));
        for (std::ptrdiff_t r = begin; r < end; ++r) to[(r - begin) * pitch_ + c] = view(r, c);
      }
    } else {
      for (std::ptrdiff_t r = begin; r < end; ++r) {
        for (std::ptrdiff_t c = 0; c < view.cols; ++c) to[(r - begin) * pitch_ + c] = view(r, c);
      }
    }
  }

  void copy_back(std::ptrdiff_t begin, std::ptrdiff_t end, const T* from) const {
    const auto& view = job_.result;
    for (std::ptrdiff_t c = 0; c < view.cols; ++c) {
      if (c + ahead < view.cols) __builtin_prefetch(&view(begin, c + ahead), 1);
      for (std::ptrdiff_t r = begin; r < end; ++r) view(r, c) = from[(r - begin) * pitch_ + c];
    }
  }

  const LevelJob<T>& job_;
  InterruptTimer timer_;
  int workers_;
  std::ptrdiff_t group_;  // lines
  std::ptrdiff_t pitch_;  // elements from one line to the next in buffers
  std::vector<Buffers> buffers_, earlier_;
};

}  // namespace afmnn::correct
