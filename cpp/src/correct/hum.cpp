#include "afmnn/correct/hum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "afmnn/core/to_index.hpp"
#include "hum_lines.hpp"
#include "hum_transform.hpp"

namespace afmnn::correct {
namespace {

constexpr std::ptrdiff_t batch = HumTransform::batch;
constexpr std::ptrdiff_t group = 2 * batch;  // lines: two make the real and the imaginary part of one series

// Least part of a line's weight that must be on pixels that are there.
constexpr double least_weight = 0.25;

// Solves a symmetric system of four equations, whose matrix is given by rows; false if it is close to singular.
bool solve(double (&m)[4][5]) {
  double largest = 0.0;
  for (const auto& row : m) largest = std::max(largest, *std::max_element(row, row + 4));
  for (int i = 0; i < 4; ++i) {
    const double pivot = m[i][i];
    if (!(pivot > 1e-6 * largest)) return false;
    for (int r = i + 1; r < 4; ++r) {
      const double factor = m[r][i] / pivot;
      for (int c = i; c < 5; ++c) m[r][c] -= factor * m[i][c];
    }
  }
  for (int i = 3; i >= 0; --i) {
    for (int c = i + 1; c < 4; ++c) m[i][4] -= m[i][c] * m[c][4];
    m[i][4] /= m[i][i];
  }
  return true;
}

// What the functions of a fit have in common: sums of products of two of them, weighted.
struct WaveFit {
  WaveFit(const LineFit& line, const WaveTable& table, std::ptrdiff_t cols) : table_(&table), cols_(cols) {
    for (std::ptrdiff_t c = 0; c < cols; ++c) places_.push_back(line.place(c));
    std::vector<double> window;
    for (std::ptrdiff_t c = 0; c < cols; ++c) window.push_back(line.window(c));
    whole_ = matrix(window.data());
  }

  struct Matrix {
    double s0, s1, s2, c0, c1, s, sx, cc, cs, ss;
  };

  Matrix matrix(const double* weights) const {
    const double* const w = weights;
    const double* const x = places_.data();
    const double* const cosine = table_->cosine.data();
    const double* const sine = table_->sine.data();
    return {lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c]; }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * x[c]; }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * (x[c] * x[c]); }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * cosine[c]; }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * (x[c] * cosine[c]); }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * sine[c]; }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * (x[c] * sine[c]); }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * (cosine[c] * cosine[c]); }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * (cosine[c] * sine[c]); }),
            lane_sum(cols_, [=](std::ptrdiff_t c) { return w[c] * (sine[c] * sine[c]); })};
  }

  // The wave of a line that has no straight line in it any more: `values` are weighted already. The straight line is in the fit
  // all the same, because it is not independent of the wave.
  bool run(const double* values, const double* weights, double (&wave)[2]) const {
    const Matrix a = weights == nullptr ? whole_ : matrix(weights);
    const double* const cosine = table_->cosine.data();
    const double* const sine = table_->sine.data();
    const double c = lane_sum(cols_, [=](std::ptrdiff_t i) { return values[i] * cosine[i]; });
    const double s = lane_sum(cols_, [=](std::ptrdiff_t i) { return values[i] * sine[i]; });
    double m[4][5] = {
        {a.s0, a.s1, a.c0, a.s, 0.0}, {a.s1, a.s2, a.c1, a.sx, 0.0}, {a.c0, a.c1, a.cc, a.cs, c}, {a.s, a.sx, a.cs, a.ss, s}};
    if (!solve(m)) return false;
    wave[0] = m[2][4];
    wave[1] = m[3][4];
    return true;
  }

 private:
  const WaveTable* table_;
  std::ptrdiff_t cols_;
  std::vector<double> places_;
  Matrix whole_{};
};

}  // namespace

template <typename T>
void hum_power(StridedView2D<const T> image, double scale, float* power, int threads, const Interrupt& interrupt) {
  const std::ptrdiff_t rows = image.rows, cols = image.cols;
  const HumTransform along(transform_length(cols)), across(transform_length(rows));
  const std::ptrdiff_t bins = along.length() / 2 + 1;
  const LineFit fit(cols);
  const std::vector<double> window = hann_window(rows);
  const double down = lane_sum(rows, [&](std::ptrdiff_t r) { return window[at(r)]; });
  const double norm = 2.0 / (fit.whole() * down);

  const int workers = hum_workers(rows * cols, threads);
  struct Space {
    std::vector<T> lines;
    std::vector<double> values, work;
  };
  std::vector<Space> spaces(at(workers));
  for (Space& space : spaces) {
    space.lines.resize(at(group * cols));
    space.values.resize(at(cols));
    space.work.resize(at(std::max(along.work_size(), across.work_size())));
  }
  std::vector<float> spectra(at(2 * bins * rows));  // of the lines: (frequency, line, 2)

  visit_units((rows + group - 1) / group, workers, interrupt, [&](int worker, std::ptrdiff_t unit) {
    Space& space = spaces[at(worker)];
    const std::ptrdiff_t first = unit * group, last = std::min(first + group, rows), part = along.length() * batch;
    copy_lines(image, first, last, space.lines.data(), cols);
    std::fill(space.work.begin(), space.work.begin() + 2 * part, 0.0);
    for (std::ptrdiff_t r = first; r < last; ++r) {
      fit.run(space.lines.data() + (r - first) * cols, scale, space.values.data(), nullptr);
      const double weight = window[at(r)] * norm;
      double* const to = space.work.data() + (r - first) % 2 * part + (r - first) / 2;
      for (std::ptrdiff_t c = 0; c < cols; ++c) to[c * batch] = weight * space.values[at(c)];
    }
    const double* const re = along.run(space.work.data());
    const double* const im = re + part;
    for (std::ptrdiff_t k = 0; k < bins; ++k) {
      const std::ptrdiff_t mirrored = k == 0 ? 0 : along.length() - k;
      float* const to = spectra.data() + 2 * (k * rows + first);
      for (std::ptrdiff_t r = 0; r < last - first; ++r) {
        const std::ptrdiff_t here = k * batch + r / 2, there = mirrored * batch + r / 2;
        if (r % 2 == 0) {
          to[2 * r] = static_cast<float>(0.5 * (re[here] + re[there]));
          to[2 * r + 1] = static_cast<float>(0.5 * (im[here] - im[there]));
        } else {
          to[2 * r] = static_cast<float>(0.5 * (im[here] + im[there]));
          to[2 * r + 1] = static_cast<float>(0.5 * (re[there] - re[here]));
        }
      }
    }
  });

  visit_units((bins + batch - 1) / batch, workers, interrupt, [&](int worker, std::ptrdiff_t unit) {
    Space& space = spaces[at(worker)];
    const std::ptrdiff_t first = unit * batch, last = std::min(first + batch, bins), part = across.length() * batch;
    std::fill(space.work.begin(), space.work.begin() + 2 * part, 0.0);
    for (std::ptrdiff_t k = first; k < last; ++k) {
      const float* const from = spectra.data() + 2 * k * rows;
      double* const to = space.work.data() + (k - first);
      for (std::ptrdiff_t r = 0; r < rows; ++r) {
        to[r * batch] = static_cast<double>(from[2 * r]);
        to[part + r * batch] = static_cast<double>(from[2 * r + 1]);
      }
    }
    const double* const re = across.run(space.work.data());
    const double* const im = re + part;
    for (std::ptrdiff_t k = first; k < last; ++k) {
      float* const to = power + k * across.length();
      for (std::ptrdiff_t j = 0; j < across.length(); ++j) {
        const std::ptrdiff_t i = j * batch + (k - first);
        to[j] = static_cast<float>(re[i] * re[i] + im[i] * im[i]);
      }
    }
  });
}

template <typename T>
void hum_waves(StridedView2D<const T> image, double scale, const double* frequencies, std::ptrdiff_t count, double* waves,
               double* weights, int threads, const Interrupt& interrupt) {
  const std::ptrdiff_t rows = image.rows, cols = image.cols;
  const LineFit fit(cols);
  std::vector<WaveTable> tables;
  for (std::ptrdiff_t k = 0; k < count; ++k) tables.emplace_back(frequencies[k], cols);
  std::vector<WaveFit> fits;
  for (const WaveTable& table : tables) fits.emplace_back(fit, table, cols);

  const int workers = hum_workers(rows * cols, threads);
  struct Space {
    std::vector<T> lines;
    std::vector<double> values, weights;
  };
  std::vector<Space> spaces(at(workers));
  for (Space& space : spaces) {
    space.lines.resize(at(group * cols));
    space.values.resize(at(cols));
    space.weights.resize(at(cols));
  }
  visit_units((rows + group - 1) / group, workers, interrupt, [&](int worker, std::ptrdiff_t unit) {
    Space& space = spaces[at(worker)];
    const std::ptrdiff_t first = unit * group, last = std::min(first + group, rows);
    copy_lines(image, first, last, space.lines.data(), cols);
    for (std::ptrdiff_t r = first; r < last; ++r) {
      const T* const line = space.lines.data() + (r - first) * cols;
      const bool whole = std::none_of(line, line + cols, [](T height) { return std::isnan(height); });
      double weight = fit.run(line, scale, space.values.data(), whole ? nullptr : space.weights.data());
      if (weight < least_weight) weight = 0.0;
      double* const to = waves + 2 * count * r;
      for (std::ptrdiff_t k = 0; k < count; ++k) {
        double wave[2] = {0.0, 0.0};
        if (weight > 0.0 && !fits[at(k)].run(space.values.data(), whole ? nullptr : space.weights.data(), wave)) weight = 0.0;
        to[2 * k] = wave[0];
        to[2 * k + 1] = wave[1];
      }
      if (weight == 0.0) std::fill(to, to + 2 * count, 0.0);
      weights[r] = weight;
    }
  });
}

template <typename T>
void hum_subtract(StridedView2D<const T> image, const double* frequencies, std::ptrdiff_t count, const double* waves,
                  StridedView2D<T> out, int threads, const Interrupt& interrupt) {
  const std::ptrdiff_t rows = image.rows, cols = image.cols;
  std::vector<WaveTable> tables;
  for (std::ptrdiff_t k = 0; k < count; ++k) tables.emplace_back(frequencies[k], cols);
  const int workers = hum_workers(rows * cols, threads);
  struct Space {
    std::vector<T> lines;
    std::vector<double> sum;
  };
  std::vector<Space> spaces(at(workers));
  for (Space& space : spaces) {
    space.lines.resize(at(group * cols));
    space.sum.resize(at(cols));
  }
  visit_units((rows + group - 1) / group, workers, interrupt, [&](int worker, std::ptrdiff_t unit) {
    Space& space = spaces[at(worker)];
    const std::ptrdiff_t first = unit * group, last = std::min(first + group, rows);
    copy_lines(image, first, last, space.lines.data(), cols);
    for (std::ptrdiff_t r = first; r < last; ++r) {
      const double* const of_line = waves + 2 * count * r;
      if (std::all_of(of_line, of_line + 2 * count, [](double wave) { return wave == 0.0; })) continue;
      T* const line = space.lines.data() + (r - first) * cols;
      std::fill(space.sum.begin(), space.sum.end(), 0.0);
      for (std::ptrdiff_t k = 0; k < count; ++k) {
        const double* const cosine = tables[at(k)].cosine.data();
        const double* const sine = tables[at(k)].sine.data();
        const double c = of_line[2 * k], s = of_line[2 * k + 1];
        for (std::ptrdiff_t i = 0; i < cols; ++i) space.sum[at(i)] += c * cosine[i] + s * sine[i];
      }
      for (std::ptrdiff_t i = 0; i < cols; ++i) line[i] = static_cast<T>(static_cast<double>(line[i]) - space.sum[at(i)]);
    }
    if (std::abs(out.row_stride) < std::abs(out.col_stride)) {
      for (std::ptrdiff_t c = 0; c < cols; ++c) {
        for (std::ptrdiff_t r = first; r < last; ++r) out(r, c) = space.lines[at((r - first) * cols + c)];
      }
    } else {
      for (std::ptrdiff_t r = first; r < last; ++r) {
        for (std::ptrdiff_t c = 0; c < cols; ++c) out(r, c) = space.lines[at((r - first) * cols + c)];
      }
    }
  });
}

template void hum_power(StridedView2D<const float>, double, float*, int, const Interrupt&);
template void hum_power(StridedView2D<const double>, double, float*, int, const Interrupt&);
template void hum_waves(StridedView2D<const float>, double, const double*, std::ptrdiff_t, double*, double*, int,
                        const Interrupt&);
template void hum_waves(StridedView2D<const double>, double, const double*, std::ptrdiff_t, double*, double*, int,
                        const Interrupt&);
template void hum_subtract(StridedView2D<const float>, const double*, std::ptrdiff_t, const double*, StridedView2D<float>, int,
                           const Interrupt&);
template void hum_subtract(StridedView2D<const double>, const double*, std::ptrdiff_t, const double*, StridedView2D<double>, int,
                           const Interrupt&);

}  // namespace afmnn::correct
