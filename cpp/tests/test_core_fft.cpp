#include <algorithm>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/fft.hpp"
#include "afmnn/core/to_index.hpp"
#include "check.hpp"

namespace {

using afmnn::at;
using index = std::ptrdiff_t;

constexpr index batch = afmnn::Fft::batch;

AFMNN_TEST(turns_are_exact_where_they_can_be) {
  for (const index n : {1, 2, 4, 8, 12, 360, 1000}) {
    for (index k = 0; k < n; ++k) {
      const afmnn::Turn turn = afmnn::turn(k, n);
      const double angle = 6.283185307179586 * static_cast<double>(k) / static_cast<double>(n);
      AFMNN_CHECK_NEAR(turn.cosine, afmnn::cos(angle), 2e-15);
      AFMNN_CHECK_NEAR(turn.sine, afmnn::sin(angle), 2e-15);
      const afmnn::Turn opposite = afmnn::turn(k == 0 ? 0 : n - k, n);
      AFMNN_CHECK(turn.cosine == opposite.cosine && turn.sine == -opposite.sine);
      if (4 * k % n == 0) AFMNN_CHECK(turn.cosine * turn.sine == 0.0);
      if (8 * k == n) AFMNN_CHECK(turn.cosine == turn.sine);
    }
  }
}

AFMNN_TEST(transforms_of_small_integers_are_exact) {
  const afmnn::Fft fft(4);
  afmnn::AlignedVector<double> work(at(fft.work_size()));
  const auto in = fft.input(work.data());
  for (index i = 0; i < 4; ++i) {
    for (index b = 0; b < batch; ++b) {
      in.re[i * batch + b] = static_cast<double>(i + 1) * static_cast<double>(b);
      in.im[i * batch + b] = 0.0;
    }
  }
  const auto out = fft.forward(work.data());
  const double re[4] = {10.0, -2.0, -2.0, -2.0}, im[4] = {0.0, 2.0, 0.0, -2.0};
  for (index k = 0; k < 4; ++k) {
    for (index b = 0; b < batch; ++b) {
      AFMNN_CHECK(out.re[k * batch + b] == re[k] * static_cast<double>(b));
      AFMNN_CHECK(out.im[k * batch + b] == im[k] * static_cast<double>(b));
    }
  }
}

// All radices, products of them, primes that are convolved.
AFMNN_TEST(transforms_are_the_sums_of_their_definition) {
  for (const index n : {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15, 23, 26, 29, 30, 37, 64, 77, 97, 120, 128, 211, 240, 361}) {
    const afmnn::Fft fft(n);
    afmnn::test::Numbers draw(static_cast<std::uint64_t>(n));
    std::vector<double> re(at(n * batch)), im(at(n * batch));
    for (double& x : re) x = draw(-1.0, 1.0);
    for (double& x : im) x = draw(-1.0, 1.0);
    for (const bool inverse : {false, true}) {
      afmnn::AlignedVector<double> work(at(fft.work_size()));
      const auto in = fft.input(work.data());
      std::copy(re.begin(), re.end(), in.re);
      std::copy(im.begin(), im.end(), in.im);
      const auto out = inverse ? fft.inverse(work.data()) : fft.forward(work.data());
      for (index k = 0; k < n; ++k) {
        for (const index b : {index{0}, batch - 1}) {
          double sum_re = 0.0, sum_im = 0.0;
          for (index i = 0; i < n; ++i) {
            const afmnn::Turn turn = afmnn::turn(i * k % n, n);
            const double c = turn.cosine, s = inverse ? turn.sine : -turn.sine;
            sum_re += re[at(i * batch + b)] * c - im[at(i * batch + b)] * s;
            sum_im += re[at(i * batch + b)] * s + im[at(i * batch + b)] * c;
          }
          AFMNN_CHECK_NEAR(out.re[k * batch + b], sum_re, 2e-14 * static_cast<double>(n));
          AFMNN_CHECK_NEAR(out.im[k * batch + b], sum_im, 2e-14 * static_cast<double>(n));
        }
      }
    }
  }
}

AFMNN_TEST(images_come_back_for_any_size_and_number_of_threads) {
  const index sizes[][2] = {{2, 2}, {1, 1}, {1, 7}, {3, 2}, {16, 16}, {33, 20}, {17, 45}, {47, 62}, {300, 256}};
  for (const auto& size : sizes) {
    const index rows = size[0], cols = size[1];
    afmnn::test::Numbers draw(7);
    std::vector<double> image(at(rows * cols)), back(at(rows * cols)), other(at(rows * cols));
    for (double& x : image) x = draw(-1.0, 1.0);
    const afmnn::Fft2D fft(rows, cols);
    afmnn::HalfSpectrum spectrum(rows, cols), again(rows, cols);
    afmnn::UnitTeam one(1), three(3);
    fft.forward({image.data(), rows, cols, cols}, spectrum, one);
    fft.forward({image.data(), rows, cols, cols}, again, three);
    AFMNN_CHECK(spectrum.real == again.real && spectrum.imaginary == again.imaginary);
    // One coefficient by its definition.
    const index k = rows / 3, l = spectrum.cols / 2;
    double re = 0.0, im = 0.0;
    for (index r = 0; r < rows; ++r) {
      for (index c = 0; c < cols; ++c) {
        const afmnn::Turn turn = afmnn::turn((k * r % rows * cols + l * c % cols * rows) % (rows * cols), rows * cols);
        re += image[at(r * cols + c)] * turn.cosine;
        im -= image[at(r * cols + c)] * turn.sine;
      }
    }
    const double pixels = static_cast<double>(rows * cols);
    AFMNN_CHECK_NEAR(spectrum.re(k)[l], re, 1e-14 * pixels);
    AFMNN_CHECK_NEAR(spectrum.im(k)[l], im, 1e-14 * pixels);
    fft.inverse(spectrum, {back.data(), rows, cols, cols}, one);
    fft.inverse(again, {other.data(), rows, cols, cols}, three);
    AFMNN_CHECK(back == other);
    for (std::size_t i = 0; i < image.size(); ++i) AFMNN_CHECK_NEAR(back[i] / pixels, image[i], 3e-15);
  }
}

AFMNN_TEST(hermitian_spectra_keep_their_power) {
  for (const index rows : {6, 7}) {
    for (const index cols : {8, 9}) {
      afmnn::HalfSpectrum spectrum(rows, cols);
      afmnn::test::Numbers draw(3);
      for (index r = 0; r < rows; ++r) {
        for (index c = 0; c < spectrum.cols; ++c) {
          spectrum.re(r)[c] = draw(-1.0, 1.0);
          spectrum.im(r)[c] = draw(-1.0, 1.0);
        }
      }
      make_hermitian(spectrum, cols);
      const afmnn::HalfSpectrum kept = spectrum;
      std::vector<double> image(at(rows * cols));
      const afmnn::Fft2D fft(rows, cols);
      afmnn::UnitTeam team(1);
      fft.inverse(spectrum, {image.data(), rows, cols, cols}, team);
      double power = 0.0, squares = 0.0;
      for (index r = 0; r < rows; ++r) {
        for (index c = 0; c < kept.cols; ++c) {
          const double weight = c == 0 || 2 * c == cols ? 1.0 : 2.0;
          power += weight * (kept.re(r)[c] * kept.re(r)[c] + kept.im(r)[c] * kept.im(r)[c]);
        }
      }
      for (const double z : image) squares += z * z;
      AFMNN_CHECK_NEAR(squares / static_cast<double>(rows * cols), power, 1e-12);  // Parseval: nothing was lost
    }
  }
}

}  // namespace
