// Digests of the kernels of online backpropagation, called as nn/online.cpp and nn/online_products.cpp call them.
#include "afmnn/nn/online_planes.hpp"
#include "afmnn/simd/kernels.hpp"
#include "bits.hpp"

namespace afmnn::test {
namespace {

using index = std::ptrdiff_t;
using simd::group_taps;
using simd::plane_count;

constexpr index rows = 36;
constexpr index cols = 90;
constexpr index width = 16;  // triples of a block, as in nn/online.cpp

struct Problem {
  Problem(index window_rows, index window_cols, index node_count)
      : nodes(node_count),
        stride((node_count + group_taps - 1) / group_taps * group_taps),
        image(some_numbers<double>(rows * cols, 0.0, 1.0, 11)),
        timer(interrupt),
        planes({image.data(), rows, cols, cols}, window_rows, window_cols, timer),
        taps(window_rows, window_cols, planes) {}

  index nodes, stride;
  AlignedVector<double> image;
  Interrupt interrupt;
  InterruptTimer timer;
  nn::ImagePlanes planes;
  nn::WindowTaps taps;
};

const Problem& problem(int number) {
  static const Problem problems[] = {{27, 27, 6}, {3, 5, 1}, {9, 24, 17}};
  return problems[number];
}

void learn(Digest& digest) {
  for (int number = 0; number < 3; ++number) {
    const Problem& p = problem(number);
    auto weights = some_numbers<double>(p.taps.size() * plane_count * p.nodes * group_taps, -1.0, 1.0, 21);
    for (const index triples : {1, 7, 16}) {
      const auto steps = some_numbers<double>(triples * plane_count * p.stride, -0.1, 0.1, 22);
      simd::Learn a{};
      a.groups = p.taps.groups();
      a.keep = p.taps.keep();
      a.weights = weights.data();
      a.group_count = p.taps.size();
      for (std::size_t i = 0; i < p.planes.plane.size(); ++i) {
        a.plane[i] = p.planes.plane[i].data() + 2 * p.planes.stride + 3;
        a.transposed[i] = p.planes.transposed[i].data() + 3 * p.planes.transposed_stride + 2;
      }
      a.transposed_next = p.planes.transposed_stride;
      a.steps = steps.data();
      a.stride = p.stride;
      a.triples = triples;
      a.nodes = p.nodes;
      a.old = 0.7;
      simd::kernels().online.learn(a);
      digest.add(weights);
    }
  }
}

void predict(Digest& digest) {
  for (int number = 0; number < 3; ++number) {
    const Problem& p = problem(number);
    const auto weights = some_numbers<double>(p.taps.size() * plane_count * p.nodes * group_taps, -1.0, 1.0, 31);
    AlignedVector<double> sums(static_cast<std::size_t>(plane_count * p.nodes * width));
    for (const index triples : {1, 7, 16}) {
      simd::Predict a{};
      a.groups = p.taps.groups();
      a.weights = weights.data();
      a.group_count = p.taps.size();
      for (std::size_t i = 0; i < p.planes.plane.size(); ++i) a.plane[i] = p.planes.plane[i].data() + 2 * p.planes.stride + 3;
      a.triples = triples;
      a.nodes = p.nodes;
      a.sums = sums.data();
      a.width = width;
      simd::kernels().online.predict(a);
      for (index i = 0; i < plane_count * p.nodes; ++i) digest.add(sums.data() + i * width, triples);
    }
  }
}

// Products of a block with all pixels of its row up to the block's end, in two rows: summed afresh, then carried on.
void gram(Digest& digest) {
  constexpr index lags = 48;
  constexpr index window_rows = 5;
  constexpr index stride = 160;
  constexpr index pixels = 21;
  constexpr index before = 19;
  const auto image = some_numbers<double>(12 * stride, 0.0, 1.0, 41);
  const auto weight = some_numbers<double>(lags, 0.5, 1.5, 42);
  for (const index window_cols : {1, 9}) {
    const index column_count = 2 * pixels + window_cols;
    AlignedVector<double> columns(static_cast<std::size_t>(lags * column_count));
    AlignedVector<double> products(static_cast<std::size_t>(pixels * lags));
    for (const index row : {1, 2, 3}) {
      simd::Gram a{};
      a.first = image.data() + row * stride + lags;
      a.second = a.first - lags;
      a.image_stride = stride;
      a.window_rows = window_rows;
      a.window_cols = window_cols;
      a.pixels = pixels;
      a.lags = lags;
      a.columns = columns.data();
      a.column_count = column_count;
      a.known = 0;
      a.first_pixel = lags - before;
      a.last_pixel = lags + pixels;
      a.fresh = row == 1;
      a.weight = weight.data();
      a.products = products.data();
      simd::kernels().online.gram(a);
      for (index p = 0; p < pixels; ++p) {
        for (index e = 0; e < lags; ++e) {
          if (p + e >= a.first_pixel && p + e <= a.last_pixel) digest.add(products[static_cast<std::size_t>(p * lags + e)]);
        }
      }
    }
  }
}

void chain(Digest& digest) {
  constexpr index pixels = 45;
  constexpr index padded = 48;
  constexpr index previous = 40;
  constexpr index parts = 3;
  for (const index nodes : {1, 6, 17, 41}) {
    const index stride = (nodes + group_taps - 1) / group_taps * group_taps;
    for (const bool masked : {false, true}) {
      const auto sums = some_numbers<double>(parts * plane_count * nodes * width, -0.3, 0.3, 51);
      const auto velocity_sums = some_numbers<double>(parts * plane_count * nodes * width, -0.3, 0.3, 52);
      const auto bias = some_numbers<double>(stride, -1.0, 1.0, 53);
      const auto velocity_bias = some_numbers<double>(stride, -0.1, 0.1, 54);
      const auto factor = some_numbers<double>(padded, -0.5, 0.5, 55);
      const auto previous_steps = some_numbers<double>(previous * stride, -0.02, 0.02, 56);
      const auto previous_product = some_numbers<double>(pixels * (previous + 8) + 8, 0.0, 3.0, 57);
      const auto product = some_numbers<double>(padded * padded + 8, 0.0, 3.0, 58);
      const auto target = some_numbers<double>(pixels, 0.2, 0.8, 59);
      auto valid = some_numbers<double>(pixels, 0.0, 1.0, 60);
      for (double& mark : valid) mark = mark < 0.6 ? 1.0 : 0.0;
      auto output = some_numbers<double>(stride, -1.0, 1.0, 61);
      auto output_velocity = some_numbers<double>(stride, -0.1, 0.1, 62);
      AlignedVector<double> real(static_cast<std::size_t>(stride), 1.0);
      for (auto n = static_cast<std::size_t>(nodes); n < real.size(); ++n) real[n] = output[n] = output_velocity[n] = 0.0;
      AlignedVector<double> part_sums(static_cast<std::size_t>(plane_count * nodes * width));
      AlignedVector<double> pixel_sums(static_cast<std::size_t>(padded * stride));
      AlignedVector<double> scratch(static_cast<std::size_t>(4 * stride));
      AlignedVector<double> steps(static_cast<std::size_t>(padded * stride));
      simd::Chain a{};
      a.parts = sums.data();
      a.velocity_parts = masked ? velocity_sums.data() : nullptr;
      a.part_count = parts;
      a.width = width;
      a.bias = bias.data();
      a.velocity_bias = velocity_bias.data();
      a.factor = factor.data();
      a.pixels = pixels;
      a.nodes = nodes;
      a.stride = stride;
      a.part_sums = part_sums.data();
      a.sums = pixel_sums.data();
      a.scratch = scratch.data();
      a.previous_steps = previous_steps.data();
      a.previous_product = previous_product.data();
      a.previous_next = previous + 8;
      a.previous_pixels = previous;
      a.product = product.data();
      a.product_next = padded;
      a.steps = steps.data();
      a.target = target.data();
      a.valid = masked ? valid.data() : nullptr;
      a.real = real.data();
      a.output = output.data();
      a.output_velocity = output_velocity.data();
      a.output_bias = 0.1;
      a.output_bias_velocity = 0.01;
      a.rate = 0.3;
      a.momentum = 0.3;
      simd::kernels().online.chain(a);
      for (index p = 0; p < pixels; ++p) digest.add(steps.data() + p * stride, nodes);
      digest.add(output.data(), nodes);
      digest.add(output_velocity.data(), nodes);
      digest.add_all(a.output_bias, a.output_bias_velocity, a.squares, a.last_error);
    }
  }
}

void spread(Digest& digest) {
  for (const index stride : {8, 24}) {
    for (const index pixels : {1, 8, 47}) {
      const auto steps = some_numbers<double>((pixels + 7) / 8 * 8 * stride, -0.1, 0.1, 71);
      const auto weight = some_numbers<double>(pixels, 0.0, 1.5, 72);
      AlignedVector<double> planes(static_cast<std::size_t>((pixels + 2) / 3 * plane_count * stride));
      AlignedVector<double> total(static_cast<std::size_t>(stride));
      simd::kernels().online.spread({steps.data(), weight.data(), pixels, stride, planes.data(), total.data()});
      digest.add(planes);
      digest.add(total);
    }
  }
}

}  // namespace

void online_kernel_results(Results& results) {
  results("kernel_online_learn", learn);
  results("kernel_online_predict", predict);
  results("kernel_online_gram", gram);
  results("kernel_online_chain", chain);
  results("kernel_online_spread", spread);
}

}  // namespace afmnn::test
