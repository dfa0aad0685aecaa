#include <algorithm>
#include <functional>
#include <limits>

#include "afmnn/nn/apply.hpp"
#include "check.hpp"
#include "plain_network.hpp"

namespace {

using afmnn::StridedView2D;
using afmnn::nn::Activation;
using afmnn::nn::BorderMode;
using afmnn::nn::ImageJob;
using afmnn::nn::Network;

using afmnn::nn::LinearScaling;

constexpr LinearScaling level{2e-7, 3e6, 1e-7, 2.5e6};
constexpr LinearScaling tilted{2e-7, 3e6, 1e-7, 2.5e6, 1.3e-8, -0.7e-8};
constexpr double beyond = 4e-7;

// An image that is every second column and every row of a larger one, so that a stride forgotten reads NaN.
template <typename Height>
struct Picture {
  Picture(std::ptrdiff_t rows, std::ptrdiff_t cols)
      : memory(static_cast<std::size_t>(rows * cols * 2), std::numeric_limits<Height>::quiet_NaN()),
        view{memory.data(), rows, cols, 2 * cols, 2} {}
  std::vector<Height> memory;
  StridedView2D<Height> view;
};

std::ptrdiff_t reflected(std::ptrdiff_t i, std::ptrdiff_t size, BorderMode border) {
  while (i < 0 || i >= size) {
    if (border == BorderMode::nearest) i = i < 0 ? 0 : size - 1;
    if (border == BorderMode::constant) return -1;
    if (border == BorderMode::reflect) i = i < 0 ? -1 - i : 2 * size - 1 - i;
    if (border == BorderMode::mirror) i = size == 1 ? 0 : (i < 0 ? -i : 2 * size - 2 - i);
  }
  return i;
}

template <typename T, typename Height>
double plain(const Network<T>& net, const StridedView2D<const Height>& image, const LinearScaling& scaling, BorderMode border,
             std::ptrdiff_t row, std::ptrdiff_t col) {
  std::vector<double> window;
  for (std::ptrdiff_t i = 0; i < net.window_rows; ++i) {
    for (std::ptrdiff_t j = 0; j < net.window_cols; ++j) {
      const std::ptrdiff_t r = reflected(row - net.window_rows / 2 + i, image.rows, border);
      const std::ptrdiff_t c = reflected(col - net.window_cols / 2 + j, image.cols, border);
      const double z = r < 0 || c < 0 ? beyond : static_cast<double>(image(r, c)) - scaling.plane(r, c);
      window.push_back((z - scaling.in_shift) * scaling.in_factor);
    }
  }
  return afmnn::test::evaluate(net, window) / scaling.out_factor + scaling.out_shift + scaling.plane(row, col);
}

template <typename T, typename Height>
void compare(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols, BorderMode border, std::ptrdiff_t fourier_size,
             const LinearScaling& scaling = level) {
  Picture<Height> in(rows, cols);
  Picture<Height> out(rows, cols);
  Picture<Height> again(rows, cols);
  afmnn::test::Numbers numbers(static_cast<std::uint64_t>(rows * cols));
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) in.view(r, c) = static_cast<Height>(numbers(0.0, 8e-7));
  }
  const StridedView2D<const Height> image{in.memory.data(), rows, cols, 2 * cols, 2};
  const auto plan = afmnn::nn::plan_of_size(net, fourier_size);
  afmnn::nn::apply(net, ImageJob<Height>{image, {}, scaling, {border, beyond}, out.view}, {0, rows}, plan, 1);
  // Height of one unit of the output, times rounding: float sums of up to some hundred terms, or double ones.
  const bool single = sizeof(T) == 4 || sizeof(Height) == 4;
  const double tolerance = (single ? 2e-5 : 1e-13) / scaling.out_factor;
  for (std::ptrdiff_t r = 0; r < rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) {
      AFMNN_CHECK(std::abs(static_cast<double>(out.view(r, c)) - plain(net, image, scaling, border, r, c)) <= tolerance);
    }
  }
  for (const int threads : {2, 3}) {  // in two calls, cut where tiles are
    const std::ptrdiff_t cut = std::min(plan.tile_rows, rows);
    const ImageJob<Height> job{image, {}, scaling, {border, beyond}, again.view};
    afmnn::nn::apply(net, job, {0, cut}, plan, threads);
    if (cut < rows) afmnn::nn::apply(net, job, {cut, rows}, plan, threads);
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
      for (std::ptrdiff_t c = 0; c < cols; ++c) AFMNN_CHECK(again.view(r, c) == out.view(r, c));
    }
  }
}

struct Case {
  std::ptrdiff_t rows, cols;
  std::vector<std::ptrdiff_t> hidden;
};

const std::vector<Case> cases{{1, 1, {1}}, {3, 5, {4}}, {4, 2, {7}}, {9, 1, {16}}, {5, 5, {17, 3}}, {2, 21, {33}}};

AFMNN_TEST(apply_agrees_with_plain_loops) {
  std::uint64_t key = 1;
  for (const auto& c : cases) {
    for (const bool linear : {false, true}) {
      const auto f32 = afmnn::test::make_network<float>(c.rows, c.cols, c.hidden, Activation::tanh, linear, ++key);
      const auto f64 = afmnn::test::make_network<double>(c.rows, c.cols, c.hidden, Activation::logistic, linear, ++key);
      compare<float, float>(f32, 13, 29, BorderMode::reflect, 0);
      compare<float, double>(f32, 70, 11, BorderMode::mirror, 0);
      compare<double, double>(f64, 13, 29, BorderMode::nearest, 0);
      compare<double, float>(f64, 1, 300, BorderMode::constant, 0);
    }
  }
}

AFMNN_TEST(apply_windows_larger_than_the_image) {
  const auto net = afmnn::test::make_network<double>(9, 12, {3}, Activation::tanh, true, 5);
  for (const auto border : {BorderMode::reflect, BorderMode::nearest, BorderMode::mirror, BorderMode::constant}) {
    compare<double, double>(net, 2, 3, border, 0);
    compare<double, double>(net, 1, 1, border, 0);
  }
}

AFMNN_TEST(apply_by_fourier_transforms) {
  for (const std::ptrdiff_t size : {32, 64, 128, 256, 512, 1024}) {  // all kinds of passes
    const auto net = afmnn::test::make_network<float>(7, 10, {5}, Activation::tanh, true, 6);
    compare<float, double>(net, 75, 83, BorderMode::reflect, size);
    compare<float, float>(net, 40, 150, BorderMode::constant, size);
    compare<float, double>(net, 3, 4, BorderMode::nearest, size);
  }
}

AFMNN_TEST(apply_with_a_fovea) {
  const auto f32 = afmnn::test::make_fovea_network<float>({7, 3}, 8);
  const auto f64 = afmnn::test::make_fovea_network<double>({4}, 9);
  for (const auto& scaling : {level, tilted}) {
    for (const auto border : {BorderMode::reflect, BorderMode::nearest, BorderMode::mirror, BorderMode::constant}) {
      compare<double, double>(f64, 13, 29, border, 0, scaling);
      compare<double, double>(f64, 2, 3, border, 0, scaling);
      compare<float, double>(f32, 1, 1, border, 0, scaling);
    }
    compare<float, double>(f32, 130, 31, BorderMode::reflect, 0, scaling);  // three tiles, of which the last is low
    compare<float, float>(f32, 3, 500, BorderMode::nearest, 0, scaling);
    compare<double, float>(f64, 66, 1, BorderMode::mirror, 0, scaling);
  }
  AFMNN_CHECK(afmnn::nn::plan_tiles(f32, 4000, 4000).fourier_size == 0);
}

AFMNN_TEST(apply_fills_what_is_missing_from_what_is_near) {
  const auto net = afmnn::test::make_network<double>(3, 3, {2}, Activation::tanh, true, 7);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  // The second picture is what the first becomes: in a gap between two heights of a row the line from one to the other; elsewhere
  // the mean of the nearest in the row and in the column, by their distances, as in the first row's last pixel: 4 beside, 6 two
  // rows below.
  const std::vector<double> holes{nan, 1e-7, nan, nan,  4e-7, nan,  nan,  nan,  nan,
                                  nan, nan,  nan, 1e-7, 2e-7, 3e-7, 4e-7, 5e-7, 6e-7};
  std::vector<double> filled{1e-7, 1e-7,   2e-7, 3e-7, 4e-7, 14e-7 / 3, 1e-7, 1.5e-7, 3e-7,
                             4e-7, 4.5e-7, 6e-7, 1e-7, 2e-7, 3e-7,      4e-7, 5e-7,   6e-7};
  std::vector<double> a(18);
  std::vector<double> b(18);
  const auto run = [&](const std::vector<double>& in, std::vector<double>& out, const LinearScaling& scaling) {
    const ImageJob<double> job{{in.data(), 3, 6, 6, 1}, {}, scaling, {BorderMode::reflect, 0.0}, {out.data(), 3, 6, 6, 1}};
    afmnn::nn::apply(net, job, {0, 3}, afmnn::nn::plan_of_size(net, 0), 1);
  };
  run(holes, a, level);
  run(filled, b, level);
  for (std::size_t i = 0; i < a.size(); ++i) AFMNN_CHECK_NEAR(a[i] / 1e-7, b[i] / 1e-7, 1e-12);
  // A tilt that is taken off makes no difference, nor where it is that heights are missing.
  std::vector<double> tilt;
  for (std::ptrdiff_t i = 0; i < 18; ++i) tilt.push_back(tilted.plane(i / 6, i % 6));
  std::transform(holes.begin(), holes.end(), tilt.begin(), filled.begin(), std::plus<>());
  run(filled, b, tilted);
  for (std::size_t i = 0; i < a.size(); ++i) AFMNN_CHECK_NEAR((a[i] + tilt[i]) / 1e-7, b[i] / 1e-7, 1e-12);
}

}  // namespace
