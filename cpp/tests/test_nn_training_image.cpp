#include <algorithm>
#include <set>
#include <utility>

#include "afmnn/nn/training_image.hpp"
#include "afmnn/simd/table.hpp"
#include "check.hpp"
#include "plain_network.hpp"

namespace {

using afmnn::Interrupt;
using afmnn::InterruptTimer;
using afmnn::View2D;
using afmnn::nn::Activation;
using afmnn::nn::Interleaving;
using afmnn::nn::Network;
using afmnn::nn::TrainingImage;
using afmnn::nn::TrainingPair;

// Images in which no two pixels are alike, held in exactly as many elements, rows further apart than they are long.
template <typename T>
struct Surface {
  std::ptrdiff_t rows, cols, stride;
  std::vector<T> noisy, ideal, weight, previous;

  Surface(std::ptrdiff_t r, std::ptrdiff_t c, std::uint64_t key) : rows(r), cols(c), stride(c + 3) {
    afmnn::test::Numbers numbers(key);
    for (auto* image : {&noisy, &ideal, &weight, &previous}) {
      for (std::ptrdiff_t i = 0; i < (rows - 1) * stride + cols; ++i) image->push_back(static_cast<T>(numbers(0.1, 1.0)));
    }
  }
  View2D<const T> view(const std::vector<T>& image) const { return {image.data(), rows, cols, stride}; }
  TrainingPair<T> pair(const Network<T>& net, bool masked = true) const {
    return {view(noisy), view(ideal), masked ? view(weight) : View2D<const T>{}, 3e-9,
            net.fovea.sees_residual() ? view(previous) : View2D<const T>{}};
  }
  // The same flipped_beforehand as an epoch sees it.
  Surface flipped_beforehand(bool upside_down, bool left_right, bool inverted) const {
    Surface result = *this;
    const auto turn = [&](const std::vector<T>& from, std::vector<T>& to, T sign) {
      for (std::ptrdiff_t r = 0; r < rows; ++r) {
        for (std::ptrdiff_t c = 0; c < cols; ++c) {
          to[static_cast<std::size_t>(r * stride + c)] =
              sign * from[static_cast<std::size_t>((upside_down ? rows - 1 - r : r) * stride + (left_right ? cols - 1 - c : c))];
        }
      }
    };
    turn(noisy, result.noisy, inverted ? T(-1) : T(1));
    turn(ideal, result.ideal, inverted ? T(-1) : T(1));
    turn(previous, result.previous, inverted ? T(-1) : T(1));
    turn(weight, result.weight, T(1));
    return result;
  }
};

template <typename T>
TrainingImage<T> make_image(const Network<T>& net, const TrainingPair<T>& pair, std::ptrdiff_t longest) {
  const Interrupt never;
  InterruptTimer timer(never);
  return TrainingImage<T>(net, pair, longest, timer);
}

template <typename T>
Network<T> window_network(std::ptrdiff_t rows, std::ptrdiff_t cols) {
  return afmnn::test::make_network<T>(rows, cols, {2}, Activation::tanh, true, 5);
}

std::ptrdiff_t padded(std::ptrdiff_t pixels) { return (pixels + afmnn::simd::pad - 1) / afmnn::simd::pad * afmnn::simd::pad; }

// Calls visit(row, col, image, tap offset's base, grid element, pixel of the run) for every window as a trainer comes by.
template <typename T, typename Visit>
void for_each_window(const TrainingImage<T>& image, const Visit& visit) {
  for (std::ptrdiff_t r = 0; r < image.grid_rows; ++r) {
    for (std::ptrdiff_t run = 0; run < image.runs_per_row(); ++run) {
      for (std::ptrdiff_t p = 0; p < image.pixels(run); ++p) visit(r, run + p * image.runs_per_row(), run, p);
    }
  }
}

// What a run reads, up to whole blocks, lies in the arrays.
template <typename T>
void check_inside(const TrainingImage<T>& image) {
  const auto size = static_cast<std::ptrdiff_t>(image.noisy.size());
  AFMNN_CHECK(size == image.images * image.image_size);
  for (std::ptrdiff_t r = 0; r < image.grid_rows; ++r) {
    for (std::ptrdiff_t run = 0; run < image.runs_per_row(); ++run) {
      const std::ptrdiff_t first = image.row(r) - image.noisy.data();
      for (std::ptrdiff_t k = 0; k < image.tap_count; ++k) {
        const std::ptrdiff_t at = first + image.taps(run)[k];
        AFMNN_CHECK(at >= 0 && at + padded(image.pixels(run)) <= size);
      }
      for (const auto* grid : {&image.mean, &image.target, &image.weight}) {
        AFMNN_CHECK(image.grid(r, run) + padded(image.pixels(run)) <= static_cast<std::ptrdiff_t>(grid->size()));
      }
    }
  }
}

// Every window once, in runs that spread over the row; each sees what a plain loop sees.
template <typename T>
void compare(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t longest, double tolerance) {
  const Surface<T> surface(rows, cols, 7);
  for (const bool masked : {false, true}) {
    const auto image = make_image(net, surface.pair(net, masked), longest);
    const std::ptrdiff_t grid_cols = cols - net.window_cols + 1;
    AFMNN_CHECK(image.runs_per_row() == (grid_cols + longest - 1) / longest);
    std::ptrdiff_t pixels = 0;
    std::ptrdiff_t least = longest;
    std::ptrdiff_t most = 0;
    for (std::ptrdiff_t run = 0; run < image.runs_per_row(); ++run) {
      pixels += image.pixels(run);
      least = std::min(least, image.pixels(run));
      most = std::max(most, image.pixels(run));
    }
    AFMNN_CHECK(pixels == grid_cols && least >= 1 && most <= longest && most - least <= 1);
    check_inside(image);

    std::set<std::pair<std::ptrdiff_t, std::ptrdiff_t>> seen;
    std::set<std::ptrdiff_t> elements;
    for_each_window(image, [&](std::ptrdiff_t r, std::ptrdiff_t c, std::ptrdiff_t run, std::ptrdiff_t p) {
      AFMNN_CHECK(c < grid_cols);
      seen.emplace(r, c);
      elements.insert(image.grid(r, run) + p);
      std::vector<double> window;
      std::vector<double> residual;
      for (std::ptrdiff_t i = 0; i < net.window_rows; ++i) {
        for (std::ptrdiff_t j = 0; j < net.window_cols; ++j) {
          const auto at = static_cast<std::size_t>((r + i) * surface.stride + c + j);
          window.push_back(static_cast<double>(surface.noisy[at]));
          residual.push_back(window.back() - static_cast<double>(surface.previous[at]));
        }
      }
      const auto centre = static_cast<std::size_t>((r + net.window_rows / 2) * surface.stride + c + net.window_cols / 2);
      double mean = 0.0;
      for (const double x : window) mean += x / static_cast<double>(net.window());
      if (!net.fovea.empty()) {
        mean = net.fovea.sees_residual() ? static_cast<double>(surface.previous[centre]) : afmnn::test::fovea_base(net, window);
        window = afmnn::test::fovea_taps(net, window, residual);
      }
      AFMNN_CHECK(image.tap_count == static_cast<std::ptrdiff_t>(window.size()));
      for (std::ptrdiff_t k = 0; k < image.tap_count; ++k) {
        const T tap = image.row(r)[image.taps(run)[k] + p];
        // Heights of a window are copied; means over boxes are rounded.
        AFMNN_CHECK_NEAR(tap, window[static_cast<std::size_t>(k)], net.fovea.empty() ? 0.0 : tolerance);
      }
      const auto at = static_cast<std::size_t>(image.grid(r, run) + p);
      AFMNN_CHECK_NEAR(image.mean[at], mean, tolerance);
      AFMNN_CHECK(image.target[at] == surface.ideal[centre] - image.mean[at]);
      AFMNN_CHECK(image.weight[at] == (masked ? surface.weight[centre] : T(1)));
    });
    const auto windows = static_cast<std::size_t>(image.grid_rows * grid_cols);
    AFMNN_CHECK(image.grid_rows == rows - net.window_rows + 1);
    AFMNN_CHECK(seen.size() == windows && elements.size() == windows);
  }
}

AFMNN_TEST(training_image_rows_are_interleaved) {
  for (const std::ptrdiff_t count : {1, 2, 3, 7}) {
    for (std::ptrdiff_t elements = count; elements < 30; ++elements) {
      const Interleaving interleaving{count, (elements + count - 1) / count};
      std::set<std::ptrdiff_t> places;
      for (std::ptrdiff_t i = 0; i < elements; ++i) {
        AFMNN_CHECK(interleaving.at(i) >= 0 && interleaving.at(i) < interleaving.stride());
        places.insert(interleaving.at(i));
        if (i + count < elements) AFMNN_CHECK(interleaving.at(i + count) == interleaving.at(i) + 1);
      }
      AFMNN_CHECK(static_cast<std::ptrdiff_t>(places.size()) == elements);
    }
  }
}

AFMNN_TEST(training_image_shows_every_window_once) {
  // One run and several, widths that are and are not multiples of the runs, one row, one window.
  for (const std::ptrdiff_t cols : {3, 4, 18, 19, 34, 35, 36, 50, 51, 67}) {
    compare(window_network<double>(3, 3), 5, cols, 16, 1e-14);
    compare(window_network<float>(3, 2), 3, cols, 16, 1e-6);
  }
  for (const std::ptrdiff_t cols : {48, 49, 97, 150}) compare(window_network<float>(1, 1), 1, cols, 48, 1e-6);
  compare(window_network<double>(4, 5), 9, 103, 48, 1e-14);
  compare(window_network<double>(2, 60), 3, 140, 48, 1e-14);  // wider than a run is long
  compare(window_network<float>(1, 1), 1, 1, 48, 1e-6);
  for (const bool later : {false, true}) {
    const auto net = afmnn::test::make_fovea_network<double>({3}, 6, later);
    const auto single = afmnn::test::make_fovea_network<float>({3}, 6, later);
    for (const std::ptrdiff_t more : {0, 1, 15, 16, 17, 40}) {
      compare(net, net.window_rows + 2, net.window_cols + more, 16, 1e-13);
      compare(single, net.window_rows, net.window_cols + more, 16, 1e-5);
    }
  }
}

// To the last bit what an image that was flipped_beforehand beforehand shows; means, which may be summed in another order,
// nearly.
template <typename T>
void compare_flips(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t longest, double tolerance) {
  const Surface<T> surface(rows, cols, 8);
  const auto image = make_image(net, surface.pair(net), longest);
  TrainingImage<T> flipped;
  const Interrupt never;
  InterruptTimer timer(never);
  for (unsigned flips = 0; flips < 8; ++flips) {
    const bool upside_down = (flips & 1U) != 0;
    const bool left_right = (flips & 2U) != 0;
    const bool inverted = (flips & 4U) != 0;
    flipped.flip(image, upside_down, left_right, inverted, timer);
    const auto flipped_beforehand = surface.flipped_beforehand(upside_down, left_right, inverted);
    const auto expected = make_image(net, flipped_beforehand.pair(net), longest);
    AFMNN_CHECK(flipped.height == image.height && flipped.offsets == image.offsets);
    check_inside(flipped);
    for_each_window(flipped, [&](std::ptrdiff_t r, std::ptrdiff_t c, std::ptrdiff_t run, std::ptrdiff_t p) {
      const auto at = static_cast<std::size_t>(flipped.grid(r, run) + p);
      AFMNN_CHECK(flipped.weight[at] == expected.weight[at]);
      AFMNN_CHECK_NEAR(flipped.mean[at], expected.mean[at], tolerance);
      AFMNN_CHECK_NEAR(flipped.target[at], expected.target[at], tolerance);
      for (std::ptrdiff_t k = 0; k < flipped.tap_count; ++k) {
        const std::ptrdiff_t tap = flipped.taps(run)[k] + p;
        AFMNN_CHECK_NEAR(flipped.row(r)[tap], expected.row(r)[tap], net.fovea.empty() ? 0.0 : tolerance);
      }
      // Means and targets are those of the window that was there, with no rounding at all.
      const std::ptrdiff_t row = upside_down ? flipped.grid_rows - 1 - r : r;
      const std::ptrdiff_t col = left_right ? flipped.grid_cols - 1 - c : c;
      const auto from = static_cast<std::size_t>(row * image.grid_interleaving.stride() + image.grid_interleaving.at(col));
      const T sign = inverted ? T(-1) : T(1);
      AFMNN_CHECK(flipped.mean[at] == sign * image.mean[from] && flipped.target[at] == sign * image.target[from]);
    });
  }
}

AFMNN_TEST(training_image_flips_exactly) {
  for (const std::ptrdiff_t cols : {3, 18, 19, 35, 36, 50, 51, 67}) {
    compare_flips(window_network<double>(3, 3), 6, cols, 16, 1e-14);
    compare_flips(window_network<float>(5, 1), 5, cols, 16, 1e-6);
  }
  compare_flips(window_network<float>(1, 1), 1, 150, 48, 1e-6);
  for (const bool later : {false, true}) {
    const auto net = afmnn::test::make_fovea_network<double>({3}, 6, later);
    for (const std::ptrdiff_t more : {0, 16, 40}) compare_flips(net, net.window_rows + 1, net.window_cols + more, 16, 1e-13);
  }
}

}  // namespace
