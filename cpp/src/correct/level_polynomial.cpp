#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/to_index.hpp"
#include "afmnn/correct/level.hpp"
#include "afmnn/correct/polynomial_basis.hpp"
#include "scan_lines.hpp"
#include "used_pixels.hpp"

namespace afmnn::correct {
namespace {

// What is taken off a line: a height of the line, and a polynomial on all of its pixels.
struct Curve {
  explicit Curve(std::ptrdiff_t cols) : heights(at(cols)) {}
  double origin = 0.0;
  std::vector<double> heights;
};

enum class Fit { done, too_few, no_pixel, infinite };

// Fits the polynomial of one line after the other.
template <typename T>
class LineFit {
 public:
  // `complete` is the basis of lines all of whose pixels are used.
  LineFit(std::ptrdiff_t cols, std::ptrdiff_t degree, const PolynomialBasis& complete)
      : cols_(cols),
        degree_(degree),
        complete_(&complete),
        basis_(cols, degree),
        coefficients_(at(degree + 1)),
        used_(at(cols)),
        weights_(at(cols)),
        built_for_(at(cols)) {}

  Fit fit(const ScanLine<T>& line, Curve& curve) {
    double* const z = curve.heights.data();
    const T* const heights = line.heights;
    if (is_unmasked(line, cols_)) {
      const double origin = origin_of(heights[0], heights[cols_ / 2], heights[cols_ - 1]);
      for (std::ptrdiff_t c = 0; c < cols_; ++c) z[c] = static_cast<double>(heights[c]) - origin;
      if (all_finite(z, cols_)) {
        curve.origin = origin;
        complete_->fit(z, coefficients_.data(), z);
        return Fit::done;
      }
    }
    const Usage usage = find_used(line, cols_, used_.data(), weights_.data());
    if (usage.infinite) return Fit::infinite;
    if (usage.count <= degree_) return usage.count == 0 ? Fit::no_pixel : Fit::too_few;
    // Neighbouring lines often have the same mask.
    if (weights_ != built_for_) {
      basis_.build(weights_.data(), usage.count);
      built_for_ = weights_;
    }
    curve.origin = usage.origin;
    for (std::ptrdiff_t c = 0; c < cols_; ++c) {
      z[c] = weights_[at(c)] != 0.0 ? static_cast<double>(heights[c]) - usage.origin : 0.0;
    }
    basis_.fit(z, coefficients_.data(), z);
    return Fit::done;
  }

 private:
  std::ptrdiff_t cols_, degree_;
  const PolynomialBasis* complete_;
  PolynomialBasis basis_;
  std::vector<double> coefficients_;
  std::vector<T> used_;
  std::vector<double> weights_, built_for_;
};

// Corrects the lines from `first` to `last` - 1, which have too few used pixels, by what lies between the curves of both lines
// beside them; beyond the image (nullptr), by the other one's.
template <typename T>
bool write_gap(ScanLines<T>& lines, std::ptrdiff_t first, std::ptrdiff_t last, const Curve* before, const Curve* behind) {
  const Curve& from = before == nullptr ? *behind : *before;
  const Curve& to = behind == nullptr ? *before : *behind;
  const double rise = to.origin - from.origin;
  std::atomic<bool> representable{true};
  lines.write(first, last, [&](int, const ScanLine<T>& line) {
    const double part = static_cast<double>(line.index - first + 1) / static_cast<double>(last - first + 1);
    const auto height = [&](std::ptrdiff_t c) {
      const double low = from.heights[at(c)];
      return low + part * (rise + (to.heights[at(c)] - low));
    };
    if (!write_less(line, lines.cols(), from.origin, height)) representable.store(false);
  });
  return representable.load();
}

}  // namespace

template <typename T>
Levelled level_rows_polynomial(const LevelJob<T>& job, std::ptrdiff_t degree) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t rows = lines.rows();
  const std::ptrdiff_t cols = lines.cols();
  PolynomialBasis complete(cols, degree);
  complete.build(nullptr, cols, &lines.timer());
  std::vector<LineFit<T>> fits(at(lines.workers()), LineFit<T>(cols, degree, complete));
  std::vector<Curve> curves(at(lines.workers()), Curve(cols));
  std::vector<std::uint8_t> known(at(rows));
  std::atomic<bool> infinite{false}, any_pixel{false}, representable{true};
  lines.write(0, rows, [&](int worker, const ScanLine<T>& line) {
    Curve& curve = curves[at(worker)];
    const Fit fit = fits[at(worker)].fit(line, curve);
    if (fit == Fit::infinite) infinite.store(true);
    if (fit != Fit::no_pixel) any_pixel.store(true);
    if (fit != Fit::done) return;
    known[at(line.index)] = 1;
    const double* const height = curve.heights.data();
    if (!write_less(line, cols, curve.origin, [=](std::ptrdiff_t c) { return height[c]; })) representable.store(false);
  });
  if (infinite.load()) return Levelled::infinite;
  if (!any_pixel.load()) return Levelled::no_pixel;
  if (std::find(known.begin(), known.end(), 1) == known.end()) return Levelled::no_line;

  std::vector<T> heights(at(cols));
  std::vector<std::uint8_t> mask(at(lines.masked() ? cols : 0));
  Curve before(cols), behind(cols);
  const auto curve_of = [&](std::ptrdiff_t index, Curve& curve) -> const Curve* {
    if (index < 0 || index >= rows) return nullptr;
    fits[0].fit(lines.line(index, heights.data(), mask.data()), curve);
    return &curve;
  };
  for (auto gap = std::find(known.begin(), known.end(), 0); gap != known.end();) {
    const auto end = std::find(gap, known.end(), 1);
    const std::ptrdiff_t first = gap - known.begin();
    const std::ptrdiff_t last = end - known.begin();
    if (!write_gap(lines, first, last, curve_of(first - 1, before), curve_of(last, behind))) representable.store(false);
    gap = std::find(end, known.end(), 0);
  }
  return representable.load() ? Levelled::done : Levelled::not_representable;
}

template Levelled level_rows_polynomial(const LevelJob<float>&, std::ptrdiff_t);
template Levelled level_rows_polynomial(const LevelJob<double>&, std::ptrdiff_t);

}  // namespace afmnn::correct
