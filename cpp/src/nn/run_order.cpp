#include "afmnn/nn/run_order.hpp"

#include <algorithm>
#include <utility>

#include "afmnn/core/rng.hpp"

namespace afmnn::nn {
namespace {

constexpr std::uint64_t order_role = role::training + 1;

}  // namespace

Flips flips_of(std::int64_t number, std::ptrdiff_t window_rows, std::ptrdiff_t window_cols) {
  Flips flips;
  flips.left_right = (number & 1) != 0 && window_cols % 2 != 0;
  flips.upside_down = (number & 2) != 0 && window_rows % 2 != 0;
  flips.inverted = (number & 4) != 0;
  return flips;
}

template <typename T>
void list_runs(const std::vector<TrainingImage<T>>& images, std::int64_t subset, std::int64_t subsets,
               std::vector<PixelRun>& runs, InterruptTimer& timer) {
  runs.clear();
  for (std::size_t i = 0; i < images.size(); ++i) {
    const TrainingImage<T>& image = images[i];
    for (std::ptrdiff_t r = 0; r < image.grid_rows; ++r) {
      timer.call_if_due();
      for (std::ptrdiff_t run = 0; run < image.runs_per_row(); ++run) {
        if ((r + run + subset) % subsets != 0) continue;
        const T* const weight = image.weight.data() + image.grid(r, run);
        if (std::all_of(weight, weight + image.pixels(run), [](T w) { return w == T(0); })) continue;
        runs.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(run)});
      }
    }
  }
}

void shuffle(std::vector<PixelRun>& runs, std::uint64_t key, std::int64_t epoch) {
  const auto base = static_cast<std::uint64_t>(epoch) << 32;
  for (std::size_t i = runs.size(); i > 1; --i) {
    const auto j = static_cast<std::size_t>(uniform(key, order_role, base + i) * static_cast<double>(i));
    std::swap(runs[i - 1], runs[j]);
  }
}

template void list_runs(const std::vector<TrainingImage<float>>&, std::int64_t, std::int64_t, std::vector<PixelRun>&,
                        InterruptTimer&);
template void list_runs(const std::vector<TrainingImage<double>>&, std::int64_t, std::int64_t, std::vector<PixelRun>&,
                        InterruptTimer&);

}  // namespace afmnn::nn
