#include "afmnn/tip/morphology.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <vector>

#include "afmnn/core/parallel.hpp"
#include "afmnn/simd/kernels.hpp"

namespace afmnn::tip {
namespace {

using index = std::ptrdiff_t;

// Pixels that one block of work makes: with a tip of 51 x 51 the heights it needs stay in the second-level cache.
constexpr index block_side = 64;
static_assert(block_side % simd::tile_rows == 0 && block_side % simd::tile_cols == 0);

constexpr index round_up(index n, index to) { return (n + to - 1) / to * to; }

template <typename T>
struct Tip {
  std::vector<T> columns;  // (cols, rows)
  std::vector<T> highest;  // (group_rows, group_stride)
  index rows, cols;
  index group_rows, group_cols, group_stride;

  Tip(View2D<const T> tip, bool reflect)
      : columns(static_cast<std::size_t>(tip.rows * tip.cols)),
        rows(tip.rows),
        cols(tip.cols),
        group_rows((rows + simd::group_side - 1) / simd::group_side),
        group_cols((cols + simd::group_side - 1) / simd::group_side),
        group_stride(round_up(group_cols, simd::pad)) {
    highest.resize(static_cast<std::size_t>(group_rows * group_stride), -std::numeric_limits<T>::infinity());
    for (index r = 0; r < rows; ++r) {
      for (index c = 0; c < cols; ++c) {
        const T height = reflect ? tip(rows - 1 - r, cols - 1 - c) : tip(r, c);
        columns[static_cast<std::size_t>(c * rows + r)] = height;
        T& top = highest[static_cast<std::size_t>(r / simd::group_side * group_stride + c / simd::group_side)];
        top = std::max(top, height);
      }
    }
  }
};

struct Block {
  index row;
  index col;
  index rows;
  index cols;
};

// The rows [first, last) of an image cut in blocks.
class Blocks {
 public:
  Blocks(index first, index last, index cols)
      : first_(first), last_(last), cols_(cols), across_((cols + block_side - 1) / block_side) {}
  index count() const { return (last_ - first_ + block_side - 1) / block_side * across_; }
  index tallest() const { return std::min(block_side, last_ - first_); }
  // At most one thread for as many taps and pixels as take some hundred microseconds.
  std::size_t workers(int threads, index taps) const {
    constexpr index least_work = 2000000;
    const index worth = (last_ - first_) * cols_ * taps / least_work + 1;
    return static_cast<std::size_t>(std::min({static_cast<index>(threads), count(), worth}));
  }
  Block operator[](index block) const {
    const index row = first_ + block / across_ * block_side;
    const index col = block % across_ * block_side;
    return {row, col, std::min(block_side, last_ - row), std::min(block_side, cols_ - col)};
  }

 private:
  index first_, last_, cols_, across_;
};

// Calls body(workspace, block) for every block; each thread keeps to one workspace.
template <typename Workspace, typename Body>
void for_each_block_with(std::vector<Workspace>& workspaces, index blocks, const Body& body) {
  std::atomic<index> next{0};
  run_team(static_cast<int>(workspaces.size()), [&](int thread) {
    for (index block = next.fetch_add(1); block < blocks; block = next.fetch_add(1)) {
      body(workspaces[static_cast<std::size_t>(thread)], block);
    }
  });
}

// The buffers of one thread, made before the threads start.
template <typename T>
struct Workspace {
  index x_rows, x_stride, ceiling_stride;
  std::vector<T> x, maxima, ceiling, bounds, out;
  std::vector<index> waiting, sorted;

  Workspace(const Tip<T>& tip, index rows)
      : x_rows(round_up(round_up(rows, simd::tile_rows) + tip.rows - 1, simd::pad)),
        // Never a multiple of four cache lines: the rows of a tile spread over the sets of the cache.
        x_stride(round_up(block_side + tip.cols - 1, 2 * simd::pad) + simd::pad),
        ceiling_stride(x_stride / simd::group_side + simd::pad),
        x(static_cast<std::size_t>(x_rows * x_stride)),
        out(static_cast<std::size_t>(round_up(rows, simd::tile_rows) * block_side)) {
    maxima.resize(x.size());
    ceiling.resize(static_cast<std::size_t>(x_rows / simd::group_side * ceiling_stride));
    bounds.resize(tip.highest.size());
    waiting.resize(tip.highest.size());
    sorted.resize(tip.highest.size());
  }

  simd::Taps<T> taps(const Tip<T>& tip) {
    return {x.data(),           x_rows,         x_stride,       tip.columns.data(), tip.rows,      tip.cols,
            tip.highest.data(), tip.group_rows, tip.group_cols, tip.group_stride,   maxima.data(), ceiling.data(),
            ceiling_stride,     bounds.data(),  waiting.data(), sorted.data()};
  }
};

// x <- sign * image from (row, col) on, with the border.
template <typename T>
void fill(Workspace<T>& work, StridedView2D<const T> image, Border border, index row, index col, bool negate) {
  constexpr T nothing = -std::numeric_limits<T>::infinity();
  const index before = std::clamp<index>(-col, 0, work.x_stride);
  const index inside = std::clamp<index>(image.cols - col, before, work.x_stride);
  for (index r = 0; r < work.x_rows; ++r) {
    T* const to = work.x.data() + r * work.x_stride;
    if (border == Border::nothing && (row + r < 0 || row + r >= image.rows)) {
      std::fill(to, to + work.x_stride, nothing);
      continue;
    }
    const T* const from = &image(std::clamp<index>(row + r, 0, image.rows - 1), 0);
    const index step = image.col_stride;
    if (step == 1 && !negate) {
      std::copy(from + col + before, from + col + inside, to + before);
    } else {
      for (index c = before; c < inside; ++c) to[c] = negate ? -from[(col + c) * step] : from[(col + c) * step];
    }
    const bool replicate = border == Border::nearest;
    const T left = from[0], right = from[(image.cols - 1) * step];
    std::fill(to, to + before, replicate ? (negate ? -left : left) : nothing);
    std::fill(to + inside, to + work.x_stride, replicate ? (negate ? -right : right) : nothing);
  }
}

// min_v f(x - v) - t(v) = -max_v (-f)(x + v) + t(-v), and negation is exact, so that one kernel does for both.
template <typename T>
void dilate_or_erode(bool erosion, StridedView2D<const T> image, View2D<const T> tip_pixels, Border border, View2D<T> out,
                     index first, index last, int threads) {
  const Tip<T> tip(tip_pixels, erosion);
  const Blocks blocks(first, last, image.cols);
  std::vector<Workspace<T>> workspaces(blocks.workers(threads, tip.rows * tip.cols), Workspace<T>(tip, blocks.tallest()));
  const auto& kernels = simd::morphology_kernels<T>();
  for_each_block_with(workspaces, blocks.count(), [&](Workspace<T>& work, index block) {
    const Block at = blocks[block];
    fill(work, image, border, at.row - tip.rows / 2, at.col - tip.cols / 2, erosion);
    kernels.dilate({work.taps(tip), work.out.data(), block_side, at.rows, at.cols});
    for (index r = 0; r < at.rows; ++r) {
      const T* const from = work.out.data() + r * block_side;
      T* const to = out.row(at.row + r) + at.col;
      // Adding to zero, not negating, leaves no negative zeros: they would depend on the order of the taps.
      for (index c = 0; c < at.cols; ++c) to[c] = erosion ? T(0) - from[c] : T(0) + from[c];
    }
  });
}

struct ContactWorkspace {
  Workspace<double> reconstructed;
  std::vector<double> image;
  std::vector<std::int32_t> contact;

  ContactWorkspace(const Tip<double>& tip, index rows)
      : reconstructed(tip, rows), image(reconstructed.out.size()), contact(image.size()) {}
};

}  // namespace

template <typename T>
void dilate(StridedView2D<const T> surface, View2D<const T> tip, Border border, View2D<T> out, index first, index last,
            int threads) {
  dilate_or_erode(false, surface, tip, border, out, first, last, threads);
}

template <typename T>
void erode(StridedView2D<const T> image, View2D<const T> tip, Border border, View2D<T> out, index first, index last,
           int threads) {
  dilate_or_erode(true, image, tip, border, out, first, last, threads);
}

template void dilate(StridedView2D<const float>, View2D<const float>, Border, View2D<float>, index, index, int);
template void dilate(StridedView2D<const double>, View2D<const double>, Border, View2D<double>, index, index, int);
template void erode(StridedView2D<const float>, View2D<const float>, Border, View2D<float>, index, index, int);
template void erode(StridedView2D<const double>, View2D<const double>, Border, View2D<double>, index, index, int);

void mark_contacts(StridedView2D<const double> image, View2D<const double> tip_pixels, double floor, double tolerance,
                   View2D<std::uint8_t> certain, index first, index last, int threads) {
  const index reach_r = tip_pixels.rows / 2, reach_c = tip_pixels.cols / 2;
  // The rows of the frame that the band needs: contacts lie up to half a tip away, and what shapes the surface there as
  // much again. The frame starts `reach` before the image and ends reach + 1 after it.
  const index top = std::max(first - 2 * reach_r, -reach_r);
  const index bottom = std::min(last + 2 * reach_r, image.rows + reach_r + 1);
  const index rows = bottom - top, cols = image.cols + 2 * reach_c + 1;
  std::vector<double> frame(static_cast<std::size_t>(rows * cols), floor);
  for (index r = std::max<index>(top, 0); r < std::min(bottom, image.rows); ++r) {
    for (index c = 0; c < image.cols; ++c) frame[static_cast<std::size_t>((r - top) * cols + reach_c + c)] = image(r, c);
  }
  std::vector<double> surface(frame.size());
  const index surface_first = std::max(first - reach_r, -reach_r) - top, surface_last = last + reach_r - top;
  erode<double>({frame.data(), rows, cols, cols, 1}, tip_pixels, Border::nothing, {surface.data(), rows, cols, cols},
                surface_first, surface_last, threads);
  for (double& height : surface) height += tolerance;

  const Tip<double> tip(tip_pixels, false);
  const Blocks blocks(first, last, image.cols);
  std::vector<ContactWorkspace> workspaces(blocks.workers(threads, tip.rows * tip.cols), ContactWorkspace(tip, blocks.tallest()));
  std::vector<std::int32_t> contact(static_cast<std::size_t>((last - first) * image.cols));
  const auto& kernels = simd::morphology_kernels<double>();
  for_each_block_with(workspaces, blocks.count(), [&](ContactWorkspace& work, index block) {
    const Block at = blocks[block];
    fill<double>(work.reconstructed, {surface.data(), rows, cols, cols, 1}, Border::nothing, at.row - reach_r - top, at.col,
                 false);
    std::fill(work.image.begin(), work.image.end(), std::numeric_limits<double>::infinity());
    for (index r = 0; r < at.rows; ++r) {
      for (index c = 0; c < at.cols; ++c)
        work.image[static_cast<std::size_t>(r * block_side + c)] = image(at.row + r, at.col + c);
    }
    kernels.contacts(
        {work.reconstructed.taps(tip), work.image.data(), block_side, work.contact.data(), block_side, at.rows, at.cols});
    for (index r = 0; r < at.rows; ++r) {
      const auto* const from = work.contact.data() + r * block_side;
      std::copy(from, from + at.cols, contact.data() + (at.row + r - first) * image.cols + at.col);
    }
  });
  // One thread marks: two contacts may lie in the same pixel.
  for (index r = first; r < last; ++r) {
    for (index c = 0; c < image.cols; ++c) {
      const index tap = contact[static_cast<std::size_t>((r - first) * image.cols + c)];
      const index at_r = r + tap % tip.rows - reach_r, at_c = c + tap / tip.rows - reach_c;
      if (tap >= 0 && at_r >= 0 && at_r < image.rows && at_c >= 0 && at_c < image.cols) certain(at_r, at_c) = 1;
    }
  }
}

}  // namespace afmnn::tip
