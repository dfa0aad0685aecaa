// What the kernels take, and the table of them that each instruction set fills. Plain structs only: this file is
// compiled with instruction-set flags, and an inline function left behind there could become everybody's copy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "afmnn/simd/morphology.hpp"
#include "afmnn/simd/online.hpp"

namespace afmnn::simd {

/// Buffers are padded to whole blocks of this many elements, whatever the instruction set.
constexpr std::ptrdiff_t pad = 16;

/// out[n, p] = bias[n] - centre[n] * mean[p] + sum_k weights[k, n] * x[p + offsets[k]]
///
/// A "tap" k is any place that lies at the same distance from every pixel p of a run: a pixel of the window, or a node
/// of the layer before. Reads x, and writes out, up to the next multiple of `pad` pixels. Taps are summed in order.
template <typename T>
struct Correlate {
  const T* x;
  const std::ptrdiff_t* offsets;
  std::ptrdiff_t taps;
  const T* weights;  // (taps, weight_stride)
  std::ptrdiff_t weight_stride;
  std::ptrdiff_t nodes;
  const T* bias;    // (nodes)
  const T* centre;  // (nodes), used where `mean` is given
  const T* mean;    // (pixels) or null
  T* out;           // (nodes, out_stride)
  std::ptrdiff_t out_stride;
  std::ptrdiff_t pixels;
};

/// A run of pixels in a mini-batch, neighbours in memory. `delta` goes block after block of `pad` pixels, in each node after
/// node, so that one pointer walks through it; it is zero beyond `pixels`.
template <typename T>
struct Run {
  const T* x;
  const std::ptrdiff_t* offsets;  // of the taps, from x
  const T* delta;                 // (blocks, nodes, pad)
  std::ptrdiff_t pixels;
};

/// out[k, n] = sum over runs and their pixels p of delta[n, p] * x[p + offsets[k]], for k in [first_tap, last_tap)
template <typename T>
struct Gradient {
  const Run<T>* runs;
  std::ptrdiff_t run_count;
  std::ptrdiff_t first_tap;
  std::ptrdiff_t last_tap;
  std::ptrdiff_t nodes;
  T* out;  // (taps, out_stride)
  std::ptrdiff_t out_stride;
};

/// One Adam update of `count` parameters: D. P. Kingma, J. Ba, arXiv:1412.6980. `shift` is repeated every `period`.
template <typename T>
struct Adam {
  T* weights;
  T* first;           // running mean of the gradient
  T* second;          // running mean of its square
  const T* gradient;  // (count)
  const T* shift;     // (period), taken from the gradient
  std::ptrdiff_t period;
  std::ptrdiff_t count;
  T scale;  // of the gradient, 1 / pixels of the batch
  T rate;   // learning rate with the bias corrections in it
  T beta1;
  T beta2;
  T epsilon;
};

/// A function for heights in single precision and one for double.
template <typename F32, typename F64>
struct ForHeights {
  F32 f32;
  F64 f64;
};

template <typename T>
struct NetworkKernels {
  void (*correlate)(const Correlate<T>&);
  void (*gradient)(const Gradient<T>&);
  /// a <- tanh(a), or 1 / (1 + exp(-a)); `count` is a multiple of `pad`.
  void (*tanh)(T* a, std::ptrdiff_t count);
  void (*logistic)(T* a, std::ptrdiff_t count);
  void (*adam)(const Adam<T>&);
  /// out[i] = (z[i] - shift) * factor, in double precision; whether one of them is not finite.
  ForHeights<bool (*)(const float* z, std::ptrdiff_t count, double shift, double factor, T* out),
             bool (*)(const double* z, std::ptrdiff_t count, double shift, double factor, T* out)>
      read;
  /// out[i] = y[i] * factor + shift, likewise
  ForHeights<void (*)(const T* y, std::ptrdiff_t count, double factor, double shift, float* out),
             void (*)(const T* y, std::ptrdiff_t count, double factor, double shift, double* out)>
      write;
  /// out[i] = a[i] * b[i] + c[i], rounded once, for tests; `count` is a multiple of `pad`.
  void (*fma)(const T* a, const T* b, const T* c, std::ptrdiff_t count, T* out);
};

/// out[i] = scale * value of pixel i of a row of point noise of rms 1, as synth/noise.hpp defines it
struct Draws {
  std::uint64_t key;
  std::uint64_t role;
  std::uint64_t row;     // below 2^32
  std::ptrdiff_t count;  // pixels from column 0 on, below 2^33
  double scale;
  bool one_sided;  // of the absolute value
  double* out;     // (count)
};

/// out[i] = sum_k amplitude[k] * sin(2 pi (phase[k] + frequency[k] * i)), phases and frequencies in turns
struct Sines {
  const double* amplitude;
  const double* frequency;
  const double* phase;
  std::ptrdiff_t components;
  std::ptrdiff_t cols;
  double* out;  // (cols)
};

struct RandomKernels {
  /// gaussian, laplace, uniform, triangular, salt and pepper
  void (*draw[5])(const Draws&);
  /// Keeps out[i] where the uniform draw of pixel i is below `scale`, and makes it zero elsewhere.
  void (*thin)(const Draws&);
  void (*sum_sines)(const Sines&);
};

/// Transforms of `pad` columns of complex numbers: see fft.inl. A strip is size / 8 groups of eight rows and a gap of `pad`;
/// in each row come `pad` real parts, then the imaginary ones.
struct Fourier {
  const float* from_re;
  const float* from_im;
  std::ptrdiff_t from_stride;  // from row to row; 2 * pad means a strip, anything else rows without gaps
  float shift_re, shift_im;    // forward takes these off first
  const float* filter;         // strip; inverse takes `from` times its conjugate; null: as it is
  float* work;                 // strip, of inverse; may be where it comes from or goes to
  float* to_re;
  float* to_im;
  std::ptrdiff_t to_stride;
  std::ptrdiff_t to_rows;  // of inverse; further ones are left out
  float add_re, add_im;    // inverse adds these to all of them
  std::ptrdiff_t size;     // product of the radices, at least two of them
  const int* radices;      // 4 or 8, of each pass from the longest blocks
  const float* twiddles;   // of each pass: exp(-2 pi i j k / length), k = 1 ... radix - 1, for j below length / radix
};

struct FourierKernels {
  void (*forward)(const Fourier&);
  void (*inverse)(const Fourier&);
  /// to[b * strip_size + c, r] = strip[b * pad + r, c] for `strips` blocks b of pad x pad complex numbers.
  void (*transpose)(const float* strip, float* to, std::ptrdiff_t strips, std::ptrdiff_t strip_size);
};

struct KernelTable {
  const char* name;
  NetworkKernels<float> f32;
  NetworkKernels<double> f64;
  OnlineKernels online;
  /// Single-precision multiply-adds from registers only; returns how many.
  double (*multiply_adds)(std::ptrdiff_t rounds);
  FourierKernels fourier;
  RandomKernels random;
  MorphologyKernels<float> morphology_f32;
  MorphologyKernels<double> morphology_f64;
};

}  // namespace afmnn::simd
