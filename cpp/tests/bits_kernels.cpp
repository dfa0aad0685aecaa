// Digests of the kernels of networks, heights, random numbers and transforms, called as the core calls them.
#include <limits>

#include "afmnn/core/elementary.hpp"
#include "afmnn/simd/kernels.hpp"
#include "bits.hpp"

namespace afmnn::test {
namespace {

using index = std::ptrdiff_t;
using simd::pad;

constexpr index round_up(index n, index to) { return (n + to - 1) / to * to; }

// ---- networks -----------------------------------------------------------------------------------------------------

template <typename T>
void correlate(Digest& digest) {
  std::uint64_t key = 1;
  for (const index taps : {1, 9, 300}) {
    for (const index nodes : {1, 6, 17}) {
      for (const index pixels : {1, 37, 240}) {
        const auto x = some_numbers<T>(2 * round_up(pixels, pad) + 7 * taps, -2.0, 2.0, ++key);
        const auto weights = some_numbers<T>(taps * nodes, -1.0, 1.0, ++key);
        const auto bias = some_numbers<T>(nodes, -1.0, 1.0, ++key);
        const auto centre = some_numbers<T>(nodes, -1.0, 1.0, ++key);
        const auto mean = some_numbers<T>(round_up(pixels, pad), -1.0, 1.0, ++key);
        std::vector<index> offsets;
        for (index k = 0; k < taps; ++k) offsets.push_back(k * 5 + k % 3);
        const index stride = round_up(pixels, pad);
        AlignedVector<T> out(static_cast<std::size_t>(nodes * stride));
        for (const bool centred : {false, true}) {
          simd::network_kernels<T>().correlate({x.data(), offsets.data(), taps, weights.data(), nodes, nodes, bias.data(),
                                                centre.data(), centred ? mean.data() : nullptr, out.data(), stride, pixels});
          for (index n = 0; n < nodes; ++n) digest.add(out.data() + n * stride, pixels);
        }
      }
    }
  }
}

template <typename T>
void gradient(Digest& digest) {
  std::uint64_t key = 101;
  for (const index nodes : {1, 7, 13}) {
    for (const index taps : {1, 5, 50}) {
      const index lengths[] = {1, 16, 45, 32, 7};
      std::vector<index> offsets;
      for (index k = 0; k < taps; ++k) offsets.push_back(k * 4 + k % 3);
      std::vector<AlignedVector<T>> x;
      std::vector<AlignedVector<T>> delta;
      std::vector<simd::Run<T>> runs;
      for (const index pixels : lengths) {
        const index blocks = round_up(pixels, pad) / pad;
        x.push_back(some_numbers<T>(4 * taps + 4 * pad + pixels, -2.0, 2.0, ++key));
        delta.push_back(some_numbers<T>(blocks * nodes * pad, -1.0, 1.0, ++key));
        for (index i = 0; i < blocks * nodes * pad; ++i) {
          if (i / (nodes * pad) * pad + i % pad >= pixels) delta.back()[static_cast<std::size_t>(i)] = T(0);
        }
        runs.push_back({x.back().data(), offsets.data(), delta.back().data(), pixels});
      }
      const index stride = nodes + 3;
      AlignedVector<T> out(static_cast<std::size_t>(taps * stride));
      for (const index first : {index{0}, taps / 2}) {
        simd::network_kernels<T>().gradient(
            {runs.data(), static_cast<index>(runs.size()), first, taps, nodes, out.data(), stride});
        for (index k = first; k < taps; ++k) digest.add(out.data() + k * stride, nodes);
      }
    }
  }
}

// From everywhere, and all that is special.
template <typename T>
AlignedVector<T> arguments(double limit) {
  using Limits = std::numeric_limits<T>;
  auto values = some_numbers<T>(992, -limit, limit, 201);
  const auto small = some_numbers<T>(992, -1.0, 1.0, 202);
  values.insert(values.end(), small.begin(), small.end());
  for (const T special : {T(0), T(1), Limits::min(), Limits::denorm_min(), Limits::epsilon(), Limits::max(), Limits::infinity(),
                          Limits::quiet_NaN()}) {
    values.push_back(special);
    values.push_back(-special);
  }
  return values;
}

template <typename T>
void tanh(Digest& digest) {
  auto values = arguments<T>(25.0);
  simd::network_kernels<T>().tanh(values.data(), static_cast<index>(values.size()));
  digest.add(values);
}

template <typename T>
void logistic(Digest& digest) {
  auto values = arguments<T>(sizeof(T) == 4 ? 95.0 : 720.0);
  simd::network_kernels<T>().logistic(values.data(), static_cast<index>(values.size()));
  digest.add(values);
}

template <typename T>
void adam(Digest& digest) {
  constexpr index period = 23;
  constexpr index count = 5 * period;
  auto weights = some_numbers<T>(count, -1.0, 1.0, 211);
  auto first = some_numbers<T>(count, -1e-2, 1e-2, 212);
  auto second = some_numbers<T>(count, 0.0, 1e-3, 213);
  const auto gradients = some_numbers<T>(count, -3.0, 3.0, 214);
  const auto shift = some_numbers<T>(period, -1.0, 1.0, 215);
  for (int update = 0; update < 5; ++update) {
    simd::network_kernels<T>().adam({weights.data(), first.data(), second.data(), gradients.data(), shift.data(), period, count,
                                     T(1.0 / 640), T(1.7e-3), T(0.9), T(0.999), T(1e-8)});
  }
  digest.add(weights);
  digest.add(first);
  digest.add(second);
}

template <typename T, typename Height>
void heights(Digest& digest) {
  const auto& kernels = simd::network_kernels<T>();
  auto z = some_numbers<Height>(77, -3e-7, 8e-7, 221);
  AlignedVector<T> x(z.size());
  AlignedVector<Height> back(z.size());
  for (const double missing : {0.0, std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    if (missing != 0.0) z[5] = static_cast<Height>(missing);
    const auto count = static_cast<index>(z.size());
    if constexpr (sizeof(Height) == 4) {
      digest.add(kernels.read.f32(z.data(), count, 2e-7, 3e6, x.data()));
      kernels.write.f32(x.data(), count, 1.0 / 3.1e6, 1.9e-7, back.data());
    } else {
      digest.add(kernels.read.f64(z.data(), count, 2e-7, 3e6, x.data()));
      kernels.write.f64(x.data(), count, 1.0 / 3.1e6, 1.9e-7, back.data());
    }
    digest.add(x);
    digest.add(back);
  }
}

template <typename T>
void typed_results(Results& results) {
  const std::string type = name_of<T>;
  results("kernel_correlate_" + type, correlate<T>);
  results("kernel_gradient_" + type, gradient<T>);
  results("kernel_tanh_" + type, tanh<T>);
  results("kernel_logistic_" + type, logistic<T>);
  results("kernel_adam_" + type, adam<T>);
  results("kernel_heights_" + type + "_float", heights<T, float>);
  results("kernel_heights_" + type + "_double", heights<T, double>);
}

// ---- transforms ---------------------------------------------------------------------------------------------------

struct Size {
  index rows;
  std::vector<int> radices;
};
const Size sizes[] = {{32, {4, 8}}, {64, {8, 8}}, {128, {4, 4, 8}}, {256, {4, 8, 8}}, {512, {8, 8, 8}}};

constexpr index strip_size(index size) { return size / 8 * (8 * 2 * pad + pad); }

// Any factors will do: the kernel only multiplies by them.
std::vector<float> some_twiddles(const Size& size, std::uint64_t key) {
  index count = 0;
  index length = size.rows;
  for (const int radix : size.radices) {
    count += length / radix * (radix - 1) * 2;
    length /= radix;
  }
  const auto numbers = some_numbers<float>(count, -1.0, 1.0, key);
  return {numbers.begin(), numbers.end()};
}

void fourier_forward(Digest& digest) {
  std::uint64_t key = 301;
  for (const Size& size : sizes) {
    const index stride = size.rows + pad;
    const auto re = some_numbers<float>(size.rows * stride, -2.0, 2.0, ++key);
    const auto im = some_numbers<float>(size.rows * stride, -2.0, 2.0, ++key);
    const auto twiddles = some_twiddles(size, ++key);
    AlignedVector<float> strip(static_cast<std::size_t>(strip_size(size.rows)));
    AlignedVector<float> again(strip.size());
    simd::Fourier a{};
    a.from_re = re.data();
    a.from_im = im.data();
    a.from_stride = stride;
    a.shift_re = 0.3F;
    a.shift_im = -0.7F;
    a.to_re = strip.data();
    a.to_im = strip.data() + pad;
    a.to_stride = 2 * pad;
    a.size = size.rows;
    a.radices = size.radices.data();
    a.twiddles = twiddles.data();
    simd::kernels().fourier.forward(a);
    a.from_re = strip.data();
    a.from_im = strip.data() + pad;
    a.from_stride = 2 * pad;
    a.to_re = again.data();
    a.to_im = again.data() + pad;
    simd::kernels().fourier.forward(a);
    digest.add(strip);
    digest.add(again);
  }
}

void fourier_inverse(Digest& digest) {
  std::uint64_t key = 401;
  for (const Size& size : sizes) {
    const auto strip = some_numbers<float>(strip_size(size.rows), -2.0, 2.0, ++key);
    const auto filter = some_numbers<float>(strip_size(size.rows), -1.0, 1.0, ++key);
    const auto twiddles = some_twiddles(size, ++key);
    AlignedVector<float> work(strip.size());
    for (const bool filtered : {false, true}) {
      const index rows = size.rows - 5;
      AlignedVector<float> re(static_cast<std::size_t>(rows * pad));
      AlignedVector<float> im(re.size());
      simd::Fourier a{};
      a.from_re = strip.data();
      a.from_im = strip.data() + pad;
      a.from_stride = 2 * pad;
      a.filter = filtered ? filter.data() : nullptr;
      a.work = work.data();
      a.to_re = re.data();
      a.to_im = im.data();
      a.to_stride = pad;
      a.to_rows = rows;
      a.add_re = 0.25F;
      a.add_im = -1.5F;
      a.size = size.rows;
      a.radices = size.radices.data();
      a.twiddles = twiddles.data();
      simd::kernels().fourier.inverse(a);
      digest.add(re);
      digest.add(im);
    }
  }
}

void fourier_transpose(Digest& digest) {
  constexpr index strips = 3;
  const auto strip = some_numbers<float>(strip_size(strips * pad), -2.0, 2.0, 501);
  AlignedVector<float> to(static_cast<std::size_t>(strips * strip_size(strips * pad)));
  simd::kernels().fourier.transpose(strip.data(), to.data(), strips, strip_size(strips * pad));
  digest.add(to);
}

// ---- random numbers -----------------------------------------------------------------------------------------------

void draw(Digest& digest, std::size_t distribution) {
  for (const index count : {1, 6, 31, 1000}) {
    for (const bool one_sided : {false, true}) {
      AlignedVector<double> row(static_cast<std::size_t>(count));
      simd::kernels().random.draw[distribution]({0x123456789ABCDEF0u, 0x501, 77, count, 1.3, one_sided, row.data()});
      digest.add(row);
    }
  }
}

void thin(Digest& digest) {
  for (const index count : {1, 6, 31, 1000}) {
    auto row = some_numbers<double>(count, -1.0, 1.0, 601);
    simd::kernels().random.thin({0x123456789ABCDEF0u, 0x502, 78, count, 0.6, false, row.data()});
    digest.add(row);
  }
}

void sum_sines(Digest& digest) {
  constexpr index components = 5;
  const auto amplitude = some_numbers<double>(components, -1.0, 1.0, 611);
  const auto frequency = some_numbers<double>(components, -0.6, 0.6, 612);
  const auto phase = some_numbers<double>(components, -3.0, 3.0, 613);
  for (const index cols : {1, 7, 300}) {
    AlignedVector<double> row(static_cast<std::size_t>(cols));
    simd::kernels().random.sum_sines({amplitude.data(), frequency.data(), phase.data(), components, cols, row.data()});
    digest.add(row);
  }
}

// ---- functions ----------------------------------------------------------------------------------------------------

void functions(Digest& digest) {
  Numbers numbers(701);
  for (int i = 0; i < 3000; ++i) {
    digest.add(exp_fast(numbers(-720.0, 700.0)));
    digest.add(exp_fast(numbers(-1.0, 1.0)));
    digest.add(log_fast(numbers(0.0, 3.0)));
    digest.add(normal(7, role::noise, static_cast<std::uint64_t>(i)));
  }
}

}  // namespace

void kernel_results(Results& results) {
  results("functions", functions);
  typed_results<float>(results);
  typed_results<double>(results);
  results("kernel_fourier_forward", fourier_forward);
  results("kernel_fourier_inverse", fourier_inverse);
  results("kernel_fourier_transpose", fourier_transpose);
  const char* const distributions[] = {"gaussian", "laplace", "uniform", "triangular", "salt_pepper"};
  for (std::size_t i = 0; i < 5; ++i) {
    results(std::string("kernel_draw_") + distributions[i], [i](Digest& digest) { draw(digest, i); });
  }
  results("kernel_thin", thin);
  results("kernel_sum_sines", sum_sines);
}

}  // namespace afmnn::test
