// Digests of tips: the kernels of mathematical morphology, and what is made with them.
#include <algorithm>
#include <limits>
#include <utility>

#include "afmnn/simd/kernels.hpp"
#include "afmnn/tip/blind.hpp"
#include "afmnn/tip/model.hpp"
#include "afmnn/tip/morphology.hpp"
#include "bits.hpp"

namespace afmnn::test {
namespace {

using index = std::ptrdiff_t;

constexpr index round_up(index n, index to) { return (n + to - 1) / to * to; }

template <typename T>
constexpr T infinity = std::numeric_limits<T>::infinity();

// ---- kernels ------------------------------------------------------------------------------------------------------

// A blunt tip, apex up in the middle.
template <typename T>
std::vector<T> some_tip(index rows, index cols, double sharpness) {
  std::vector<T> tip;
  for (index i = 0; i < rows * cols; ++i) {
    const auto y = static_cast<double>(i / cols - rows / 2);
    const auto x = static_cast<double>(i % cols - cols / 2);
    tip.push_back(static_cast<T>(-sharpness * (y * y + 0.7 * x * x)));
  }
  return tip;
}

// What the kernels take, made as tip/morphology.cpp makes it.
template <typename T>
struct Surface {
  Surface(index surface_rows, index surface_cols, index tip_height, index tip_width)
      : rows(surface_rows),
        cols(surface_cols),
        tip_rows(tip_height),
        tip_cols(tip_width),
        group_rows((tip_rows + simd::group_side - 1) / simd::group_side),
        group_cols((tip_cols + simd::group_side - 1) / simd::group_side),
        group_stride(round_up(group_cols, simd::pad)),
        x_rows(round_up(round_up(rows, simd::tile_rows) + tip_rows - 1, simd::pad)),
        x_stride(round_up(round_up(cols, 2 * simd::pad) + tip_cols - 1, simd::pad)),
        ceiling_stride(x_stride / simd::group_side + simd::pad),
        x(some_surface<T>(x_rows, x_stride, 81)),
        tip(static_cast<std::size_t>(tip_rows * tip_cols)),
        highest(static_cast<std::size_t>(group_rows * group_stride), -infinity<T>),
        maxima(x.size()),
        ceiling(static_cast<std::size_t>(x_rows / simd::group_side * ceiling_stride)),
        bounds(highest.size()),
        waiting(highest.size()),
        sorted(highest.size()) {
    const auto pixels = some_tip<T>(tip_rows, tip_cols, 0.03);
    for (index r = 0; r < tip_rows; ++r) {
      for (index c = 0; c < tip_cols; ++c) {
        const T height = pixels[static_cast<std::size_t>(r * tip_cols + c)];
        tip[static_cast<std::size_t>(c * tip_rows + r)] = height;
        T& top = highest[static_cast<std::size_t>(r / simd::group_side * group_stride + c / simd::group_side)];
        top = std::max(top, height);
      }
    }
  }

  simd::Taps<T> taps() {
    return {x.data(),       x_rows,        x_stride,       tip.data(),   tip_rows,      tip_cols,
            highest.data(), group_rows,    group_cols,     group_stride, maxima.data(), ceiling.data(),
            ceiling_stride, bounds.data(), waiting.data(), sorted.data()};
  }

  index rows, cols, tip_rows, tip_cols, group_rows, group_cols, group_stride, x_rows, x_stride, ceiling_stride;
  std::vector<T> x, tip, highest, maxima, ceiling, bounds;
  std::vector<index> waiting, sorted;
};

const std::pair<index, index> tip_sizes[] = {{3, 3}, {7, 13}, {21, 15}};

template <typename T>
void dilate_kernel(Digest& digest) {
  for (const auto& [tip_rows, tip_cols] : tip_sizes) {
    Surface<T> surface(29, 45, tip_rows, tip_cols);
    const index stride = round_up(surface.cols, 2 * simd::pad);
    std::vector<T> out(static_cast<std::size_t>(round_up(surface.rows, simd::tile_rows) * stride));
    simd::morphology_kernels<T>().dilate({surface.taps(), out.data(), stride, surface.rows, surface.cols});
    for (index r = 0; r < surface.rows; ++r) digest.add(out.data() + r * stride, surface.cols);
  }
}

template <typename T>
void contacts_kernel(Digest& digest) {
  for (const auto& [tip_rows, tip_cols] : tip_sizes) {
    Surface<T> surface(29, 45, tip_rows, tip_cols);
    const index stride = round_up(surface.cols, 2 * simd::pad);
    std::vector<T> image(static_cast<std::size_t>(round_up(surface.rows, simd::tile_rows) * stride));
    std::vector<std::int32_t> contact(image.size());
    simd::morphology_kernels<T>().dilate({surface.taps(), image.data(), stride, surface.rows, surface.cols});
    for (T& height : image) height -= T(0.01);
    simd::morphology_kernels<T>().contacts(
        {surface.taps(), image.data(), stride, contact.data(), stride, surface.rows, surface.cols});
    for (index r = 0; r < surface.rows; ++r) digest.add(contact.data() + r * stride, surface.cols);
  }
}

template <typename T>
void refine_kernel(Digest& digest) {
  constexpr index rows = 11, cols = 19, taps = 57, x_stride = 96, stride = 32;
  const auto x = some_surface<T>(rows + 24, x_stride, 82);
  const auto values = some_numbers<T>(taps, -1.0, 0.0, 83);
  std::vector<index> offsets;
  for (index k = 0; k < taps; ++k) offsets.push_back(k % 9 * x_stride + k / 3);
  std::vector<T> estimate(static_cast<std::size_t>(round_up(rows, simd::tile_rows) * stride), -infinity<T>);
  const auto tip = some_tip<T>(rows, cols, 0.002);
  for (index r = 0; r < rows; ++r) std::copy_n(tip.data() + r * cols, cols, estimate.data() + r * stride);
  for (const double threshold : {1.0, 0.1, -1.5, -3.0}) {
    digest.add(simd::morphology_kernels<T>().refine({x.data(), x_stride, offsets.data(), values.data(), taps, estimate.data(),
                                                     stride, rows, cols, static_cast<T>(threshold)}));
    for (index r = 0; r < rows; ++r) digest.add(estimate.data() + r * stride, cols);
  }
}

// ---- tips ---------------------------------------------------------------------------------------------------------

void models(Digest& digest) {
  for (int kind = 0; kind <= static_cast<int>(tip::Kind::ball); ++kind) {
    for (const bool square : {false, true}) {
      const tip::Model model{static_cast<tip::Kind>(kind), 12.0, 0.35, 5, 0.3, 1.7, 90.0, 2.0, 1.5};
      const auto [rows, cols] = tip::model_size(model, square, 401);
      std::vector<double> heights(static_cast<std::size_t>(rows * cols));
      tip::model_heights(model, {heights.data(), rows, cols, cols});
      digest.add(rows);
      digest.add(cols);
      digest.add(heights);
    }
  }
}

template <typename T>
void imaging(Digest& digest, bool erosion, int threads) {
  constexpr index rows = 150, cols = 133;
  const auto surface = some_surface<T>(rows, cols, 84);
  for (const auto border : {tip::Border::nearest, tip::Border::nothing}) {
    for (const auto& [tip_rows, tip_cols] : tip_sizes) {
      const auto pixels = some_tip<T>(tip_rows, tip_cols, 0.03);
      std::vector<T> out(surface.size());
      const StridedView2D<const T> from{surface.data(), rows, cols, cols, 1};
      const View2D<const T> apex{pixels.data(), tip_rows, tip_cols, tip_cols};
      const View2D<T> to{out.data(), rows, cols, cols};
      erosion ? tip::erode<T>(from, apex, border, to, 0, rows, threads)
              : tip::dilate<T>(from, apex, border, to, 0, rows, threads);
      digest.add(out);
    }
  }
}

void certainty(Digest& digest, int threads) {
  constexpr index rows = 110, cols = 95;
  const auto surface = some_surface<double>(rows, cols, 85);
  for (const auto& [tip_rows, tip_cols] : tip_sizes) {
    const auto pixels = some_tip<double>(tip_rows, tip_cols, 0.03);
    const View2D<const double> apex{pixels.data(), tip_rows, tip_cols, tip_cols};
    std::vector<double> image(surface.size());
    tip::dilate<double>({surface.data(), rows, cols, cols, 1}, apex, tip::Border::nearest, {image.data(), rows, cols, cols}, 0,
                        rows, threads);
    std::vector<std::uint8_t> certain(image.size());
    tip::mark_contacts({image.data(), rows, cols, cols, 1}, apex, *std::min_element(image.begin(), image.end()), 1e-9,
                       {certain.data(), rows, cols, cols}, 0, rows, threads);
    digest.add(certain);
  }
}

void blind_estimate(Digest& digest, int threads) {
  constexpr index rows = 64, cols = 70, tip_rows = 9, tip_cols = 11;
  constexpr index margin = tip_rows / 2 + tip::refine_margin + 2;
  const auto surface = some_surface<double>(rows, cols, 86);
  const auto pixels = some_tip<double>(tip_rows, tip_cols, 0.05);
  std::vector<double> image(surface.size());
  tip::dilate<double>({surface.data(), rows, cols, cols, 1}, {pixels.data(), tip_rows, tip_cols, tip_cols}, tip::Border::nearest,
                      {image.data(), rows, cols, cols}, 0, rows, threads);
  const index stride = cols + 2 * margin;
  std::vector<double> padded(static_cast<std::size_t>((rows + 2 * margin) * stride), infinity<double>);
  double* const corner = padded.data() + margin * stride + margin;
  for (index r = 0; r < rows; ++r) std::copy_n(image.data() + r * cols, cols, corner + r * stride);
  std::vector<std::int64_t> points;
  for (index r = tip_rows; r < rows - tip_rows; ++r) {
    for (index c = tip_cols + r % 3; c < cols - tip_cols; c += 3) points.push_back(r * cols + c);
  }
  std::vector<double> estimate(static_cast<std::size_t>(tip_rows * tip_cols));
  for (const double threshold : {0.05, 0.01}) {
    index refined = 1;
    for (int sweep = 0; refined > 0 && sweep < 20; ++sweep) {
      refined = tip::refine_tip({corner, rows, cols, stride}, points.data(), static_cast<index>(points.size()),
                                {estimate.data(), tip_rows, tip_cols, tip_cols}, threshold, threads);
      digest.add(refined);
    }
    digest.add(estimate);
  }
}

template <typename T>
void typed_results(Results& results) {
  const std::string type = name_of<T>;
  results("kernel_dilate_" + type, dilate_kernel<T>);
  results("kernel_contacts_" + type, contacts_kernel<T>);
  results("kernel_refine_" + type, refine_kernel<T>);
}

}  // namespace

void tip_results(Results& results) {
  const int threads = results.threads;
  typed_results<float>(results);
  typed_results<double>(results);
  results("tip_models", models);
  results("tip_dilation_float", [=](Digest& digest) { imaging<float>(digest, false, threads); });
  results("tip_dilation_double", [=](Digest& digest) { imaging<double>(digest, false, threads); });
  results("tip_erosion_float", [=](Digest& digest) { imaging<float>(digest, true, threads); });
  results("tip_erosion_double", [=](Digest& digest) { imaging<double>(digest, true, threads); });
  results("tip_certainty", [=](Digest& digest) { certainty(digest, threads); });
  results("tip_blind_estimate", [=](Digest& digest) { blind_estimate(digest, threads); });
}

}  // namespace afmnn::test
