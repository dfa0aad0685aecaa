#include <algorithm>
#include <limits>

#include "afmnn/nn/fovea.hpp"
#include "check.hpp"

namespace {

using afmnn::nn::Band;
using afmnn::nn::Fovea;
using afmnn::nn::FoveaPlanes;

// {box, less, grid, step, gain}, base: squares, strips along and across, a band without a box of its own.
const std::vector<Fovea> foveas{
    {{{1, 1, 3, 3, 1, 1, 1, 1, 1.0}}, 1, 1},
    {{{1, 1, 3, 3, 3, 5, 1, 1, 1.0}, {3, 3, 9, 9, 3, 3, 3, 3, 2.5}}, 9, 9},
    {{{1, 9, 3, 9, 5, 1, 1, 9, 3.0}, {3, 1, 3, 27, 1, 3, 2, 5, 0.25}, {9, 1, 27, 3, 3, 1, 4, 1, 1.0}}, 3, 27},
    {{{1, 1, 1, 81, 1, 1, 1, 1, 1.0}, {1, 3, 27, 81, 1, 1, 1, 1, 1.0}}, 27, 1},
};

// Those that see a residual: also only that, also less a larger box, also larger boxes than those of the image.
const std::vector<Fovea> later_foveas{
    {{{1, 1, 0, 0, 3, 5, 1, 1, 2.0, true}}, 1, 1},
    {{{1, 1, 3, 3, 3, 3, 1, 1, 2.0}, {1, 1, 0, 0, 3, 5, 1, 1, 1.5, true}, {1, 9, 0, 0, 5, 1, 1, 9, 2.5, true}}, 1, 1},
    {{{27, 1, 0, 0, 1, 1, 1, 1, 3.0, true}, {3, 3, 9, 9, 3, 3, 3, 3, 0.5}, {3, 81, 0, 0, 1, 1, 1, 1, 1.0, true}}, 1, 1},
    {{{3, 1, 9, 3, 1, 1, 1, 1, 1.0, true}, {9, 9, 27, 9, 1, 1, 1, 1, 1.0}, {3, 1, 9, 3, 1, 1, 1, 1, 0.5}}, 9, 3},
};

struct Image {
  Image(std::ptrdiff_t r, std::ptrdiff_t c, std::ptrdiff_t s, std::uint64_t key = 0) : rows(r), cols(c), stride(s) {
    afmnn::test::Numbers numbers(static_cast<std::uint64_t>(rows * cols) + key);
    // What lies between the rows must not be seen.
    heights.assign(static_cast<std::size_t>(rows * stride), std::numeric_limits<double>::quiet_NaN());
    for (std::ptrdiff_t i = 0; i < rows * cols; ++i) at(i / cols, i % cols) = numbers(-1.0, 1.0);
  }
  double& at(std::ptrdiff_t r, std::ptrdiff_t c) { return heights[static_cast<std::size_t>(r * stride + c)]; }

  bool holds(std::ptrdiff_t r, std::ptrdiff_t c, std::ptrdiff_t box_rows, std::ptrdiff_t box_cols) const {
    return r >= box_rows / 2 && r + box_rows / 2 < rows && c >= box_cols / 2 && c + box_cols / 2 < cols;
  }
  double mean(std::ptrdiff_t r, std::ptrdiff_t c, std::ptrdiff_t box_rows, std::ptrdiff_t box_cols) {
    double sum = 0.0;
    for (std::ptrdiff_t i = -(box_rows / 2); i <= box_rows / 2; ++i) {
      for (std::ptrdiff_t j = -(box_cols / 2); j <= box_cols / 2; ++j) sum += at(r + i, c + j);
    }
    return sum / static_cast<double>(box_rows * box_cols);
  }

  std::ptrdiff_t rows, cols, stride;
  std::vector<double> heights;
};

template <typename T>
struct Planes {
  Planes(const Fovea& fovea, const Image& image, const Image* residual = nullptr) : size(image.rows * image.stride + 7) {
    values.assign(static_cast<std::size_t>(size) * fovea.bands.size(), T(-99));  // of the image before
    base.assign(static_cast<std::size_t>(size), T(-99));
    const std::vector<T> x(image.heights.begin(), image.heights.end());
    const std::vector<T> taken = residual ? std::vector<T>(residual->heights.begin(), residual->heights.end()) : std::vector<T>();
    FoveaPlanes<T> planes(fovea, size);
    for (int again = 0; again < 2; ++again) {
      planes.run(x.data(), residual ? taken.data() : nullptr, image.rows, image.cols, image.stride, values.data(), size,
                 base.data());
    }
  }
  T at(std::size_t band, std::ptrdiff_t element) const {
    return values[band * static_cast<std::size_t>(size) + static_cast<std::size_t>(element)];
  }

  std::ptrdiff_t size;
  std::vector<T> values, base;
};

template <typename T>
void compare(const Fovea& fovea, Image image, double tolerance) {
  const Planes<T> planes(fovea, image);
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
    for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
      const std::ptrdiff_t element = r * image.stride + c;
      for (std::size_t b = 0; b < fovea.bands.size(); ++b) {
        const Band& band = fovea.bands[b];
        if (!image.holds(r, c, std::max(band.box_rows, band.less_rows), std::max(band.box_cols, band.less_cols))) continue;
        const double difference =
            image.mean(r, c, band.box_rows, band.box_cols) - image.mean(r, c, band.less_rows, band.less_cols);
        AFMNN_CHECK_NEAR(planes.at(b, element), band.gain * difference, tolerance * band.gain);
      }
      if (!image.holds(r, c, fovea.base_rows, fovea.base_cols)) continue;
      AFMNN_CHECK_NEAR(planes.base[static_cast<std::size_t>(element)], image.mean(r, c, fovea.base_rows, fovea.base_cols),
                       tolerance);
    }
  }
}

AFMNN_TEST(fovea_planes_are_differences_of_means) {
  for (const Fovea& fovea : foveas) {
    compare<double>(fovea, Image(31, 85, 85), 1e-14);
    compare<double>(fovea, Image(30, 90, 97), 1e-14);
    compare<float>(fovea, Image(29, 83, 96), 1e-6);
  }
}

template <typename T>
void compare_compressed(const Fovea& fovea, const Image& image) {
  Fovea compressing = fovea;
  compressing.compresses = true;
  compressing.base_rows = compressing.base_cols = 1;
  Fovea single = fovea;  // as it is, without gains
  for (Band& band : single.bands) band.gain = 1.0;
  const Planes<T> plain(single, image);
  const Planes<T> planes(compressing, image);
  for (std::size_t band = 0; band < fovea.bands.size(); ++band) {
    const T gain = static_cast<T>(fovea.bands[band].gain);
    for (std::ptrdiff_t i = 0; i < (image.rows - 1) * image.stride + image.cols; ++i) {
      AFMNN_CHECK(planes.at(band, i) == gain * afmnn::nn::compressed(plain.at(band, i)));
    }
  }
}

AFMNN_TEST(fovea_compresses_differences_before_their_gain) {
  for (const Fovea& fovea : foveas) {
    compare_compressed<double>(fovea, Image(31, 85, 85));
    compare_compressed<float>(fovea, Image(29, 83, 83));
  }
}

AFMNN_TEST(compressed_numbers_expand_to_what_they_were) {
  for (const double v : {0.0, 1e-9, 0.3, 1.0, 7.0, 1e3, 1e8}) {
    for (const double sign : {-1.0, 1.0}) {
      const double c = afmnn::nn::compressed(sign * v);
      AFMNN_CHECK(std::abs(c) <= std::min(v, std::sqrt(v)));
      AFMNN_CHECK_NEAR(afmnn::nn::expanded(c), sign * v, 1e-14 * v);
    }
  }
}

AFMNN_TEST(fovea_planes_of_images_smaller_than_boxes) {
  for (const Fovea& fovea : foveas) {
    for (const auto& [rows, cols] : {std::pair(1, 1), std::pair(1, 100), std::pair(40, 1), std::pair(5, 8), std::pair(2, 27)}) {
      compare<double>(fovea, Image(rows, cols, cols), 1e-14);
      compare<float>(fovea, Image(rows, cols, cols + 5), 1e-6);
    }
  }
}

template <typename T>
void compare_later(const Fovea& fovea, Image image, double tolerance) {
  Image residual(image.rows, image.cols, image.stride, 17);
  for (double& height : residual.heights) height *= 2.0;
  AFMNN_CHECK(fovea.sees_residual());
  const Planes<T> planes(fovea, image, &residual);
  // Seen up to a limit; what the output counts from is not limited.
  Image whole = residual;
  for (double& height : residual.heights) height = std::clamp(height, -afmnn::nn::residual_limit, afmnn::nn::residual_limit);
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
    for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
      const std::ptrdiff_t element = r * image.stride + c;
      for (std::size_t b = 0; b < fovea.bands.size(); ++b) {
        const Band& band = fovea.bands[b];
        if (!image.holds(r, c, std::max(band.box_rows, band.less_rows), std::max(band.box_cols, band.less_cols))) continue;
        Image& seen = band.residual ? residual : image;
        double expected = seen.mean(r, c, band.box_rows, band.box_cols);
        if (band.less_rows > 0) expected -= seen.mean(r, c, band.less_rows, band.less_cols);
        AFMNN_CHECK_NEAR(planes.at(b, element), band.gain * expected, tolerance * band.gain);
      }
      // Whatever the size of the base: what is left when the residual is taken off.
      AFMNN_CHECK_NEAR(planes.base[static_cast<std::size_t>(element)], image.at(r, c) - whole.at(r, c), tolerance);
    }
  }
}

AFMNN_TEST(fovea_planes_of_the_residual_are_its_means) {
  for (const Fovea& fovea : foveas) AFMNN_CHECK(!fovea.sees_residual());
  for (const Fovea& fovea : later_foveas) {
    compare_later<double>(fovea, Image(31, 85, 85), 1e-14);
    compare_later<float>(fovea, Image(29, 83, 96), 1e-6);
    for (const auto& [rows, cols] : {std::pair(1, 1), std::pair(1, 100), std::pair(40, 1), std::pair(5, 8)}) {
      compare_later<double>(fovea, Image(rows, cols, cols), 1e-14);
      compare_later<float>(fovea, Image(rows, cols, cols + 5), 1e-6);
    }
  }
  AFMNN_CHECK(later_foveas[1].reach_rows() == 2 && later_foveas[1].reach_cols() == 4);
  AFMNN_CHECK(later_foveas[2].reach_rows() == 13 && later_foveas[2].reach_cols() == 40);
}

// The same bits wherever a pixel lies in the part of the image that is looked at, and however long rows are.
AFMNN_TEST(fovea_planes_do_not_depend_on_the_place) {
  for (const Fovea& fovea : foveas) {
    Image whole(40, 120, 120);
    Image part(36, 101, 111);
    constexpr std::ptrdiff_t down = 3;
    constexpr std::ptrdiff_t along = 13;
    for (std::ptrdiff_t r = 0; r < part.rows; ++r) {
      for (std::ptrdiff_t c = 0; c < part.cols; ++c) part.at(r, c) = whole.at(r + down, c + along);
    }
    const Planes<float> a(fovea, whole);
    const Planes<float> b(fovea, part);
    for (std::ptrdiff_t r = 0; r < part.rows; ++r) {
      for (std::ptrdiff_t c = 0; c < part.cols; ++c) {
        const std::ptrdiff_t there = (r + down) * whole.stride + c + along;
        const std::ptrdiff_t here = r * part.stride + c;
        for (std::size_t i = 0; i < fovea.bands.size(); ++i) {
          const Band& band = fovea.bands[i];
          if (!part.holds(r, c, std::max(band.box_rows, band.less_rows), std::max(band.box_cols, band.less_cols))) continue;
          AFMNN_CHECK(a.at(i, there) == b.at(i, here));
        }
        if (!part.holds(r, c, fovea.base_rows, fovea.base_cols)) continue;
        AFMNN_CHECK(a.base[static_cast<std::size_t>(there)] == b.base[static_cast<std::size_t>(here)]);
      }
    }
  }
}

AFMNN_TEST(fovea_does_not_see_planes) {
  for (const Fovea& fovea : foveas) {
    Image image(35, 90, 90);
    for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
      for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
        image.at(r, c) = 3.0 + 0.3 * static_cast<double>(r) - 0.7 * static_cast<double>(c);
      }
    }
    const Planes<double> planes(fovea, image);
    for (std::ptrdiff_t r = 0; r < image.rows; ++r) {
      for (std::ptrdiff_t c = 0; c < image.cols; ++c) {
        for (std::size_t i = 0; i < fovea.bands.size(); ++i) {
          const Band& band = fovea.bands[i];
          if (!image.holds(r, c, band.less_rows, band.less_cols)) continue;
          AFMNN_CHECK_NEAR(planes.at(i, r * image.stride + c), 0.0, 1e-12);
        }
      }
    }
  }
}

AFMNN_TEST(fovea_offsets_lead_to_the_taps) {
  const Fovea& fovea = foveas[2];
  AFMNN_CHECK(fovea.taps() == 5 + 3 + 3);
  // 4 rows of 4 and half a box of 27; 5 columns and half a box of 27.
  AFMNN_CHECK(fovea.reach_rows() == 4 + 13);
  AFMNN_CHECK(fovea.reach_cols() == 5 + 13);
  constexpr std::ptrdiff_t plane = 10000;
  constexpr std::ptrdiff_t stride = 100;
  constexpr std::ptrdiff_t middle = 17 * stride + 18;
  const std::vector<std::ptrdiff_t> expected{
      middle - 2 * stride,
      middle - stride,
      middle,
      middle + stride,
      middle + 2 * stride,  // five rows
      plane + middle - 5,
      plane + middle,
      plane + middle + 5,
      2 * plane + middle - 4 * stride,
      2 * plane + middle,
      2 * plane + middle + 4 * stride,
  };
  AFMNN_CHECK(afmnn::nn::fovea_offsets(fovea, plane, stride) == expected);
  // The base may reach furthest.
  AFMNN_CHECK(foveas[3].reach_rows() == 13 && foveas[3].reach_cols() == 40);
  const Fovea wide{{{1, 1, 3, 3, 1, 1, 1, 1, 1.0}}, 27, 81};
  AFMNN_CHECK(wide.reach_rows() == 13 && wide.reach_cols() == 40);
}

}  // namespace
