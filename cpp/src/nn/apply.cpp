#include "afmnn/nn/apply.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <type_traits>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/simd/kernels.hpp"
#include "fourier.hpp"
#include "padded_image.hpp"

namespace afmnn::nn {
namespace {

// Tiles of the direct sum. 240 = 5 x 48 pixels: whole register blocks. 64 rows and a window's height of them stay in the
// second-level cache, and heights shared with the tiles above and below are converted at most twice.
constexpr std::ptrdiff_t direct_rows = 64;
constexpr std::ptrdiff_t direct_cols = 240;

// Fewer pixels than this are not worth the waking of another thread.
constexpr std::ptrdiff_t least_pixels = 4096;

using RowsDone = std::function<void(std::ptrdiff_t rows_done)>;

// Where a tile begins and how many pixels of it lie in the image.
struct Rect {
  std::ptrdiff_t row, rows, col, cols;
};

template <typename T, typename Height>
struct Job : ImageJob<Height> {
  Job(const Network<T>& network, const ImageJob<Height>& job) : ImageJob<Height>(job), net(network) {}

  using ImageJob<Height>::scaling;
  using ImageJob<Height>::out;
  const Network<T>& net;

  void write(std::ptrdiff_t row, std::ptrdiff_t col, std::ptrdiff_t cols, const T* y) const {
    const auto& write = simd::network_kernels<T>().write;
    if (out.col_stride == 1 && scaling.level()) {
      if constexpr (std::is_same_v<Height, float>) {
        write.f32(y, cols, 1.0 / scaling.out_factor, scaling.out_shift, &out(row, col));
      } else {
        write.f64(y, cols, 1.0 / scaling.out_factor, scaling.out_shift, &out(row, col));
      }
      return;
    }
    constexpr std::ptrdiff_t most = 64;
    double heights[most];
    for (std::ptrdiff_t first = 0; first < cols; first += most) {
      const std::ptrdiff_t count = std::min(cols - first, most);
      write.f64(y + first, count, 1.0 / scaling.out_factor, scaling.out_shift, heights);
      for (std::ptrdiff_t c = 0; c < count; ++c) {
        out(row, col + first + c) = static_cast<Height>(heights[c] + scaling.plane(row, col + first + c));
      }
    }
  }
};

template <typename T, typename Height>
class DirectTile {
 public:
  explicit DirectTile(const Job<T, Height>& job)
      : job_(job),
        heights_(job.image, job.scaling, job.border, direct_cols + job.net.window_cols - 1),
        forward_(job.net, std::min(direct_cols, job.image.cols)) {
    stride_ = forward_.stride() + job.net.window_cols - 1;
    const std::ptrdiff_t rows = std::min(direct_rows, job.image.rows) + job.net.window_rows - 1;
    plane_ = rows * stride_ + simd::pad;
    x_.resize(static_cast<std::size_t>(plane_));
    offsets_ = input_offsets(job.net, plane_, stride_);
    if (job.net.fovea.empty()) return;
    fovea_.emplace(job.net.fovea, plane_);
    planes_.resize(static_cast<std::size_t>(plane_) * job.net.fovea.bands.size());
    base_.resize(x_.size());
    if (!job.net.fovea.sees_residual()) return;
    LinearScaling back = job.scaling;
    back.in_shift = back.out_shift;
    back.in_factor = back.out_factor;
    previous_.emplace(job.previous, back, job.border, direct_cols + job.net.window_cols - 1);
    residual_.resize(x_.size());
  }

  void run(const Rect& at) {
    const Network<T>& net = job_.net;
    const Rect seen{at.row - net.window_rows / 2, at.rows + net.window_rows - 1, at.col - net.window_cols / 2,
                    at.cols + net.window_cols - 1};
    heights_.read(seen.row, seen.rows, seen.col, seen.cols, x_.data(), stride_);
    if (previous_) {
      previous_->read(seen.row, seen.rows, seen.col, seen.cols, residual_.data(), stride_);
      for (std::size_t i = 0; i < x_.size(); ++i) residual_[i] = x_[i] - residual_[i];
    }
    if (fovea_) {
      fovea_->run(x_.data(), previous_ ? residual_.data() : nullptr, seen.rows, seen.cols, stride_, planes_.data(), plane_,
                  base_.data());
    }
    const T* const x = fovea_ ? planes_.data() : x_.data();
    for (std::ptrdiff_t r = 0; r < at.rows; ++r) {
      forward_.run(x + r * stride_, offsets_.data(), at.cols, nullptr, nullptr);
      if (fovea_) {
        const T* const base = base_.data() + (r + net.window_rows / 2) * stride_ + net.window_cols / 2;
        T* const output = forward_.output();
        if (net.fovea.compresses) {
          static constexpr auto most = static_cast<T>(most_taken_off);
          const T* const pixel = x_.data() + (base - base_.data());
          for (std::ptrdiff_t c = 0; c < at.cols; ++c) {
            output[c] = pixel[c] + std::clamp(base[c] - pixel[c] + expanded(output[c]), -most, most);
          }
        } else {
          for (std::ptrdiff_t c = 0; c < at.cols; ++c) output[c] += base[c];
        }
      }
      job_.write(at.row + r, at.col, at.cols, forward_.output());
    }
  }

 private:
  const Job<T, Height>& job_;
  PaddedImage<T, Height> heights_;
  Forward<T> forward_;
  std::ptrdiff_t stride_ = 0;
  std::ptrdiff_t plane_ = 0;
  std::vector<T> x_;
  std::vector<std::ptrdiff_t> offsets_;
  std::optional<FoveaPlanes<T>> fovea_;
  std::vector<T> planes_, base_;
  std::optional<PaddedImage<T, Height>> previous_;
  std::vector<T> residual_;
};

// Heights of a tile that is summed by transforms lie within so many spreads of the image: every sum has a share of the
// rounding of all pixels of the tile, so a mark for a missing pixel would be spread over it. With this limit it is a thousandth.
constexpr float furthest_transformed = 4096.0F;

bool near_together(const float* x, std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride) {
  constexpr std::ptrdiff_t lanes = 16;  // so that the compiler can use vectors: the order of comparisons makes no difference
  float low[lanes];
  float high[lanes];
  std::fill(low, low + lanes, x[0]);
  std::fill(high, high + lanes, x[0]);
  for (std::ptrdiff_t r = 0; r < rows; ++r, x += stride) {
    std::ptrdiff_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
      for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) {
        const float height = x[c + lane];
        low[lane] = height < low[lane] ? height : low[lane];
        high[lane] = height > high[lane] ? height : high[lane];
      }
    }
    for (; c < cols; ++c) {
      low[0] = x[c] < low[0] ? x[c] : low[0];
      high[0] = x[c] > high[0] ? x[c] : high[0];
    }
  }
  return *std::max_element(high, high + lanes) - *std::min_element(low, low + lanes) <= furthest_transformed;
}

template <typename Height>
class FourierPair {
 public:
  FourierPair(const Job<float, Height>& job, const FourierFilters& filters)
      : job_(job),
        filters_(filters),
        heights_(job.image, job.scaling, job.border, filters.size()),
        tiles_(filters),
        direct_(job),
        forward_{{job.net, filters.rows() * simd::pad}, {job.net, filters.rows() * simd::pad}} {}

  /// `at` may be up to two tiles wide.
  void run(const Rect& at) {
    const Network<float>& net = job_.net;
    Rect parts[2];
    for (int tile = 0; tile < 2; ++tile) {
      float* const x = tiles_.heights(tile);
      Rect& part = parts[tile] = half(at, tile);
      if (part.rows < filters_.rows() || part.cols < filters_.cols()) std::fill(x, x + filters_.size() * filters_.stride(), 0.0F);
      if (part.cols == 0) continue;
      heights_.read(part.row - net.window_rows / 2, part.rows + net.window_rows - 1, part.col - net.window_cols / 2,
                    part.cols + net.window_cols - 1, x, filters_.stride());
      if (near_together(x, filters_.size(), filters_.size(), filters_.stride())) continue;
      sum_directly(part);
      std::fill(x, x + filters_.size() * filters_.stride(), 0.0F);
      part.cols = 0;
    }
    const std::ptrdiff_t widest = std::max(parts[0].cols, parts[1].cols);
    if (widest == 0) return;
    tiles_.run();
    for (std::ptrdiff_t col = 0; col < widest; col += simd::pad) {
      tiles_.sums(col / simd::pad, forward_[0].values(0), forward_[1].values(0), forward_[0].stride());
      for (int tile = 0; tile < 2; ++tile) {
        const Rect& part = parts[tile];
        const std::ptrdiff_t cols = std::min(part.cols - col, simd::pad);
        if (cols <= 0) continue;
        forward_[tile].finish(part.rows * simd::pad);
        const float* const y = forward_[tile].output();
        for (std::ptrdiff_t r = 0; r < part.rows; ++r) job_.write(part.row + r, part.col + col, cols, y + r * simd::pad);
      }
    }
  }

 private:
  Rect half(const Rect& at, int tile) const {
    const std::ptrdiff_t first = std::min(at.cols, filters_.cols() * tile);
    return {at.row, at.rows, at.col + first, std::min(at.cols - first, filters_.cols())};
  }

  void sum_directly(const Rect& part) {
    for (std::ptrdiff_t row = 0; row < part.rows; row += direct_rows) {
      for (std::ptrdiff_t col = 0; col < part.cols; col += direct_cols) {
        direct_.run(
            {part.row + row, std::min(direct_rows, part.rows - row), part.col + col, std::min(direct_cols, part.cols - col)});
      }
    }
  }

  const Job<float, Height>& job_;
  const FourierFilters& filters_;
  PaddedImage<float, Height> heights_;
  FourierTiles tiles_;
  DirectTile<float, Height> direct_;
  Forward<float> forward_[2];
};

// Calls run(worker, place) for every tile of the rows asked for, with at most `workers` at once.
template <typename Run>
void for_tiles(const Rect& whole, std::ptrdiff_t tile_rows, std::ptrdiff_t tile_cols, int workers, const RowsDone& rows_done,
               const Run& run) {
  const std::ptrdiff_t down = (whole.rows + tile_rows - 1) / tile_rows;
  const std::ptrdiff_t across = (whole.cols + tile_cols - 1) / tile_cols;
  const std::ptrdiff_t tiles = down * across;
  std::atomic<std::ptrdiff_t> next{0};
  const Interrupt interrupt = [&] {
    if (rows_done) rows_done(std::min(whole.rows, next.load() / across * tile_rows));
  };
  InterruptTimer timer(interrupt);
  while (next.load() < tiles) {
    run_team(workers, [&](int worker) {
      do {
        const std::ptrdiff_t i = next.fetch_add(1);
        if (i >= tiles) return;
        const std::ptrdiff_t row = i / across * tile_rows;
        const std::ptrdiff_t col = i % across * tile_cols;
        run(worker,
            Rect{whole.row + row, std::min(tile_rows, whole.rows - row), whole.col + col, std::min(tile_cols, whole.cols - col)});
      } while (!timer.due());
    });
    timer.call();
  }
}

}  // namespace

template <typename T>
TilePlan plan_tiles(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols) {
  if constexpr (std::is_same_v<T, float>) {
    if (net.fovea.empty()) return plan_of_size(net, choose_tile(net, rows, cols));
  }
  return plan_of_size(net, 0);
}

template <typename T>
TilePlan plan_of_size(const Network<T>& net, std::ptrdiff_t fourier_size) {
  if (fourier_size > 0) return {fourier_size, fourier_size - net.window_rows + 1};
  return {0, direct_rows};
}

template <typename T>
bool can_transform(const Network<T>& net, std::ptrdiff_t fourier_size) {
  if (fourier_size == 0) return true;
  const bool power = fourier_size >= 32 && fourier_size <= 1024 && (fourier_size & (fourier_size - 1)) == 0;
  const bool fits = fourier_size >= std::max(net.window_rows, net.window_cols);
  return std::is_same_v<T, float> && power && fits && net.fovea.empty();
}

template <typename T, typename Height>
void apply(const Network<T>& net, const ImageJob<Height>& image, const RowRange& rows, const TilePlan& plan, int threads,
           const RowsDone& rows_done) {
  const Job<T, Height> job(net, image);
  const std::ptrdiff_t cols = image.image.cols;
  threads = static_cast<int>(std::clamp<std::ptrdiff_t>(image.image.rows * cols / least_pixels, 1, threads));
  const Rect whole{rows.first, rows.end - rows.first, 0, cols};
  // Memory is taken before the parallel region, where running out of it could not be reported.
  if constexpr (std::is_same_v<T, float>) {
    if (plan.fourier_size > 0) {
      const FourierFilters filters(net, plan.fourier_size);
      std::vector<FourierPair<Height>> workers;
      workers.reserve(static_cast<std::size_t>(threads));
      for (int i = 0; i < threads; ++i) workers.emplace_back(job, filters);
      for_tiles(whole, filters.rows(), 2 * filters.cols(), threads, rows_done,
                [&](int worker, const Rect& tile) { workers[static_cast<std::size_t>(worker)].run(tile); });
      return;
    }
  }
  std::vector<DirectTile<T, Height>> workers;
  workers.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) workers.emplace_back(job);
  for_tiles(whole, direct_rows, direct_cols, threads, rows_done,
            [&](int worker, const Rect& tile) { workers[static_cast<std::size_t>(worker)].run(tile); });
}

template TilePlan plan_tiles(const Network<float>&, std::ptrdiff_t, std::ptrdiff_t);
template TilePlan plan_tiles(const Network<double>&, std::ptrdiff_t, std::ptrdiff_t);
template TilePlan plan_of_size(const Network<float>&, std::ptrdiff_t);
template TilePlan plan_of_size(const Network<double>&, std::ptrdiff_t);
template bool can_transform(const Network<float>&, std::ptrdiff_t);
template bool can_transform(const Network<double>&, std::ptrdiff_t);
template void apply(const Network<float>&, const ImageJob<float>&, const RowRange&, const TilePlan&, int, const RowsDone&);
template void apply(const Network<float>&, const ImageJob<double>&, const RowRange&, const TilePlan&, int, const RowsDone&);
template void apply(const Network<double>&, const ImageJob<float>&, const RowRange&, const TilePlan&, int, const RowsDone&);
template void apply(const Network<double>&, const ImageJob<double>&, const RowRange&, const TilePlan&, int, const RowsDone&);

}  // namespace afmnn::nn
