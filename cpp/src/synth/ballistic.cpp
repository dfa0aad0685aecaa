#include "afmnn/synth/ballistic.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "afmnn/core/pages.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/synth/bulk_draws.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr std::uint64_t falls_at = role::ballistic;
constexpr std::uint64_t falls_size = role::ballistic + 1;

constexpr index ahead = 24;  // particles between fetching their pixels and needing them

template <typename T>
class Lattice {
 public:
  explicit Lattice(View2D<double> heights)
      // A frame of lowest heights around the image: neighbours that do not count.
      : stride_(heights.cols + 2),
        cells_(static_cast<std::size_t>((heights.rows + 2) * stride_), std::numeric_limits<T>::lowest()),
        heights_(heights) {
    for (index r = 0; r < heights.rows; ++r) {
      for (index c = 0; c < heights.cols; ++c) row(r)[c] = static_cast<T>(heights(r, c));
    }
  }

  void leave() const {
    for (index r = 0; r < heights_.rows; ++r) {
      for (index c = 0; c < heights_.cols; ++c) heights_(r, c) = static_cast<double>(row(r)[c]);
    }
  }

  void drop(const Deposit& deposit, const Progress& progress) {
    ProgressTimer timer(progress);
    std::array<double, draws_at_once> places;
    std::array<double, draws_at_once> sizes;
    std::array<index, draws_at_once + ahead> offsets{};
    for (std::int64_t particle = deposit.first; particle < deposit.last;) {
      const auto block = static_cast<std::uint64_t>(particle / draws_at_once);
      const auto from = static_cast<index>(particle % draws_at_once);
      const auto to = static_cast<index>(std::min<std::int64_t>(draws_at_once, from + (deposit.last - particle)));
      draw_uniform(deposit.key, falls_at, block, to, places.data());
      for (index i = from; i < to; ++i) offsets[static_cast<std::size_t>(i)] = offset(places[static_cast<std::size_t>(i)]);
      for (index i = to; i < to + ahead; ++i) offsets[static_cast<std::size_t>(i)] = 0;
      if (deposit.spread > 0.0) draw_uniform(deposit.key, falls_size, block, to, sizes.data());
      for (index i = from; i < to; ++i) {
        const auto k = static_cast<std::size_t>(i);
        fetch(offsets[k + ahead]);
        const T size = deposit.spread > 0.0 ? static_cast<T>(1.0 - deposit.spread * sizes[k]) : T{1};
        stick(cells_.data() + offsets[k], size);
      }
      particle += to - from;
      timer.call_if_due(static_cast<index>(particle), static_cast<index>(deposit.last));
    }
  }

 private:
  T* row(index r) { return cells_.data() + (r + 1) * stride_ + 1; }
  const T* row(index r) const { return cells_.data() + (r + 1) * stride_ + 1; }

  index offset(double u) const {
    index r = 0;
    index c = 0;
    pick_pixel(u, heights_.rows, heights_.cols, r, c);
    return (r + 1) * stride_ + (c + 1);
  }

  void fetch(index offset) const {
    const T* const cell = cells_.data() + offset;
    __builtin_prefetch(cell, 1);
    if (offset > 0) {
      __builtin_prefetch(cell - stride_);
      __builtin_prefetch(cell + stride_);
    }
  }

  void stick(T* cell, T size) const {
    const T across = std::max(cell[-stride_], cell[stride_]);
    const T along = std::max(cell[-1], cell[1]);
    *cell = std::max(static_cast<T>(*cell + size), std::max(across, along));
  }

  index stride_;
  Pages<T> cells_;  // particles jump about in it
  View2D<double> heights_;
};

template <typename T>
void drop(const Deposit& deposit, View2D<double> heights, const Progress& progress) {
  Lattice<T> lattice(heights);
  lattice.drop(deposit, progress);
  lattice.leave();
}

}  // namespace

void ballistic(const Deposit& deposit, View2D<double> heights, bool whole, const Progress& progress) {
  constexpr std::int64_t most = 1 << 30;  // particles that cannot make a height exceed 32 bits
  if (whole && deposit.last - deposit.first <= most) {
    drop<std::int32_t>(deposit, heights, progress);
  } else {
    drop<double>(deposit, heights, progress);
  }
}

}  // namespace afmnn::synth
