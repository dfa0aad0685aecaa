#include "afmnn/nn/training_image.hpp"

#include <algorithm>
#include <functional>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

// Means of all windows. The rows are cut in blocks of a window's height: every window is the end of one block and the
// beginning of the next, whose sums it adds; in each row likewise. That takes a few additions a pixel for any window, and
// no rounding is carried further than a window, as running sums would.
template <typename T>
std::vector<T> box_means(const T* image, std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride, std::ptrdiff_t height,
                         std::ptrdiff_t width, InterruptTimer& timer) {
  const std::ptrdiff_t out_rows = rows - height + 1;
  const std::ptrdiff_t out_cols = cols - width + 1;
  std::vector<T> means(static_cast<std::size_t>(out_rows * out_cols));
  std::vector<double> ends(static_cast<std::size_t>(height * cols));
  std::vector<double> begun(static_cast<std::size_t>(cols));
  std::vector<double> column(static_cast<std::size_t>(cols));
  std::vector<double> row_end(static_cast<std::size_t>(cols));
  for (std::ptrdiff_t r = 0; r < out_rows; ++r) {
    timer.call_if_due();
    const std::ptrdiff_t k = r % height;
    if (k == 0) {
      for (std::ptrdiff_t i = height - 1; i >= 0; --i) {
        double* const end = ends.data() + i * cols;
        for (std::ptrdiff_t c = 0; c < cols; ++c) {
          end[c] = static_cast<double>(image[(r + i) * stride + c]) + (i + 1 < height ? end[c + cols] : 0.0);
        }
      }
      std::fill(begun.begin(), begun.end(), 0.0);
    } else {
      const T* const next = image + (r + height - 1) * stride;
      for (std::ptrdiff_t c = 0; c < cols; ++c) begun[static_cast<std::size_t>(c)] += static_cast<double>(next[c]);
    }
    const double* const end = ends.data() + k * cols;
    for (std::ptrdiff_t c = 0; c < cols; ++c) column[static_cast<std::size_t>(c)] = end[c] + begun[static_cast<std::size_t>(c)];

    for (std::ptrdiff_t block = 0; block < out_cols; block += width) {
      double sum = 0.0;
      for (std::ptrdiff_t c = block + width - 1; c >= block; --c) {
        sum += column[static_cast<std::size_t>(c)];
        row_end[static_cast<std::size_t>(c)] = sum;
      }
      sum = 0.0;
      for (std::ptrdiff_t c = block; c < std::min(block + width, out_cols); ++c) {
        if (c > block) sum += column[static_cast<std::size_t>(c + width - 1)];
        const double total = row_end[static_cast<std::size_t>(c)] + sum;
        means[static_cast<std::size_t>(r * out_cols + c)] = static_cast<T>(total / static_cast<double>(height * width));
      }
    }
  }
  return means;
}

template <typename T>
void interleave(const T* from, std::ptrdiff_t count, const Interleaving& interleaving, T* to) {
  for (std::ptrdiff_t first = 0; first < interleaving.count; ++first) {
    T* out = to + first * interleaving.length;
    for (std::ptrdiff_t i = first; i < count; i += interleaving.count) *out++ = from[i];
  }
}

// Rows of `cols` elements, interleaved. With left and right exchanged, the elements of a run are those of another run in reverse.
template <typename T>
void flip_rows(const T* from, std::ptrdiff_t rows, std::ptrdiff_t cols, const Interleaving& interleaving, bool upside_down,
               bool left_right, bool inverted, T* result, InterruptTimer& timer) {
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    timer.call_if_due();
    const T* const row = from + (upside_down ? rows - 1 - r : r) * interleaving.stride();
    T* const to = result + r * interleaving.stride();
    if (left_right) {
      for (std::ptrdiff_t run = 0; run < interleaving.count; ++run) {
        const T* const first = row + run * interleaving.length;
        const std::ptrdiff_t other = interleaving.at(cols - 1 - run);
        std::reverse_copy(first, first + other % interleaving.length + 1, to + other / interleaving.length * interleaving.length);
      }
    } else {
      std::copy(row, row + interleaving.stride(), to);
    }
    if (inverted) std::transform(to, to + interleaving.stride(), to, [](T height) { return -height; });
  }
}

}  // namespace

template <typename T>
TrainingImage<T>::TrainingImage(const Network<T>& net, const TrainingPair<T>& pair, std::ptrdiff_t longest, InterruptTimer& timer)
    : rows(pair.noisy.rows),
      cols(pair.noisy.cols),
      grid_rows(rows - net.window_rows + 1),
      grid_cols(cols - net.window_cols + 1),
      images(net.fovea.empty() ? 1 : static_cast<std::ptrdiff_t>(net.fovea.bands.size())),
      tap_count(net.inputs()),
      height(pair.height) {
  const std::ptrdiff_t runs = (grid_cols + longest - 1) / longest;
  interleaving = {runs, (cols + runs - 1) / runs};
  grid_interleaving = {runs, (grid_cols + runs - 1) / runs};
  // A run is read up to its next multiple of `pad`, so the last row needs room behind it.
  image_size = rows * interleaving.stride() + simd::pad;
  const std::ptrdiff_t plain_size = rows * cols;
  for (std::ptrdiff_t run = 0; run < runs; ++run) {
    for (const std::ptrdiff_t at : input_offsets(net, plain_size, cols)) {
      const std::ptrdiff_t row = at % plain_size / cols;
      offsets.push_back(at / plain_size * image_size + row * interleaving.stride() + interleaving.at(run + at % cols));
    }
  }

  std::vector<T> plain(static_cast<std::size_t>(plain_size));
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    timer.call_if_due();
    std::copy(pair.noisy.row(r), pair.noisy.row(r) + cols, plain.data() + r * cols);
  }
  std::vector<T> base;
  if (net.fovea.empty()) {
    base = box_means(plain.data(), rows, cols, cols, net.window_rows, net.window_cols, timer);
  } else {
    std::vector<T> residual(net.fovea.sees_residual() ? plain.size() : 0);
    for (std::ptrdiff_t r = 0; r < rows && !residual.empty(); ++r) {
      std::transform(pair.noisy.row(r), pair.noisy.row(r) + cols, pair.previous.row(r), residual.data() + r * cols,
                     std::minus<T>{});
    }
    std::vector<T> planes(static_cast<std::size_t>(images * plain_size));
    std::vector<T> whole(plain.size());
    FoveaPlanes<T>(net.fovea, plain_size)
        .run(plain.data(), residual.empty() ? nullptr : residual.data(), rows, cols, cols, planes.data(), plain_size,
             whole.data());
    timer.call_if_due();
    for (std::ptrdiff_t r = 0; r < grid_rows; ++r) {
      const T* const from = whole.data() + (r + net.window_rows / 2) * cols + net.window_cols / 2;
      base.insert(base.end(), from, from + grid_cols);
    }
    plain = std::move(planes);
  }
  noisy.resize(static_cast<std::size_t>(images * image_size));
  for (std::ptrdiff_t i = 0; i < images * rows; ++i) {
    timer.call_if_due();
    interleave(plain.data() + i * cols, cols, interleaving,
               noisy.data() + i / rows * image_size + i % rows * interleaving.stride());
  }

  mean.resize(static_cast<std::size_t>(grid_rows * grid_interleaving.stride() + simd::pad));
  target.resize(mean.size());
  weight.resize(mean.size());
  for (std::ptrdiff_t r = 0; r < grid_rows; ++r) {
    timer.call_if_due();
    for (std::ptrdiff_t c = 0; c < grid_cols; ++c) {
      const auto at = static_cast<std::size_t>(r * grid_interleaving.stride() + grid_interleaving.at(c));
      const std::ptrdiff_t row = r + net.window_rows / 2;
      const std::ptrdiff_t col = c + net.window_cols / 2;
      mean[at] = base[static_cast<std::size_t>(r * grid_cols + c)];
      if (net.fovea.compresses) {
        static constexpr auto most = static_cast<T>(most_taken_off);
        const T pixel = pair.noisy(row, col);
        target[at] = compressed(pixel + std::clamp(pair.ideal(row, col) - pixel, -most, most) - mean[at]);
      } else {
        target[at] = pair.ideal(row, col) - mean[at];
      }
      weight[at] = pair.weight.data == nullptr ? T(1) : pair.weight(row, col);
    }
  }
}

template <typename T>
void TrainingImage<T>::flip(const TrainingImage& other, bool upside_down, bool left_right, bool inverted, InterruptTimer& timer) {
  *this = other;
  for (std::ptrdiff_t i = 0; i < images; ++i) {
    flip_rows(other.noisy.data() + i * image_size, rows, cols, interleaving, upside_down, left_right, inverted,
              noisy.data() + i * image_size, timer);
  }
  for (auto member : {&TrainingImage::mean, &TrainingImage::target, &TrainingImage::weight}) {
    flip_rows((other.*member).data(), grid_rows, grid_cols, grid_interleaving, upside_down, left_right,
              inverted && member != &TrainingImage::weight, (this->*member).data(), timer);
  }
}

template struct TrainingImage<float>;
template struct TrainingImage<double>;

}  // namespace afmnn::nn
