#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/correct/level.hpp"
#include "afmnn/correct/polynomial_basis.hpp"
#include "scan_lines.hpp"
#include "used_pixels.hpp"

namespace afmnn::correct {
namespace {

constexpr std::ptrdiff_t band = 4096;  // lines whose sums are held at once: a block of lane_sum

std::ptrdiff_t pairs(std::ptrdiff_t count) { return count * (count + 1) / 2; }
// Where the pair of i and j <= i stands.
std::ptrdiff_t pair_of(std::ptrdiff_t i, std::ptrdiff_t j) { return i < j ? pairs(j) + i : pairs(i) + j; }

// x^along y^across.
struct Term {
  std::ptrdiff_t across, along;
};

std::vector<Term> terms_of(const SurfaceDegrees& degrees) {
  const std::ptrdiff_t highest = degrees.across + degrees.along;
  const std::ptrdiff_t kept = degrees.total ? std::max(degrees.across, degrees.along) : highest;
  std::vector<Term> terms;
  for (std::ptrdiff_t total = 0; total <= kept; ++total) {
    for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, total - degrees.along); i <= std::min(total, degrees.across); ++i) {
      terms.push_back({i, total - i});
    }
  }
  return terms;
}

// A = L L', row after row.
class Cholesky {
 public:
  // Returns whether every term differs enough from those before it.
  bool factor(std::vector<double> matrix, std::ptrdiff_t size) {
    size_ = size;
    lower_ = std::move(matrix);
    for (std::ptrdiff_t i = 0; i < size; ++i) {
      const double length = lower_[at(i * size + i)];
      for (std::ptrdiff_t j = 0; j <= i; ++j) {
        double rest = lower_[at(i * size + j)];
        for (std::ptrdiff_t k = 0; k < j; ++k) rest -= lower_[at(i * size + k)] * lower_[at(j * size + k)];
        if (j < i) {
          lower_[at(i * size + j)] = rest / lower_[at(j * size + j)];
        } else if (rest > 1e-10 * length) {
          lower_[at(i * size + i)] = std::sqrt(rest);
        } else {
          return false;
        }
      }
    }
    return true;
  }

  void solve(std::vector<double>& b) const {
    for (std::ptrdiff_t i = 0; i < size_; ++i) {
      for (std::ptrdiff_t k = 0; k < i; ++k) b[at(i)] -= lower_[at(i * size_ + k)] * b[at(k)];
      b[at(i)] /= lower_[at(i * size_ + i)];
    }
    for (std::ptrdiff_t i = size_ - 1; i >= 0; --i) {
      for (std::ptrdiff_t k = i + 1; k < size_; ++k) b[at(i)] -= lower_[at(k * size_ + i)] * b[at(k)];
      b[at(i)] /= lower_[at(i * size_ + i)];
    }
  }

 private:
  std::ptrdiff_t size_ = 0;
  std::vector<double> lower_;
};

template <typename T>
class SurfaceFit {
 public:
  SurfaceFit(const LevelJob<T>& job, const SurfaceDegrees& degrees)
      : lines_(job),
        rows_(lines_.rows()),
        cols_(lines_.cols()),
        degrees_(degrees),
        terms_(terms_of(degrees)),
        across_(rows_, degrees.across),
        along_(cols_, degrees.along),
        coefficients_(terms_.size()),
        work_(at(lines_.workers()), Work(cols_, degrees.along)) {}

  Levelled run() {
    const Levelled counted = count_pixels();
    if (counted != Levelled::done) return counted;
    along_.build(complete_ ? nullptr : columns_.data(), complete_ ? cols_ : total_, &lines_.timer());
    across_.build(complete_ ? nullptr : counts_.data(), complete_ ? rows_ : total_, &lines_.timer());
    if (!complete_) {
      if (!factor_products()) return Levelled::no_surface;
      // What the normal equations lose is found in the residual.
      add_fit();
    }
    add_fit();
    return write() ? Levelled::done : Levelled::not_representable;
  }

 private:
  struct Work {
    Work(std::ptrdiff_t cols, std::ptrdiff_t along)
        : used(at(cols)), weights(at(cols)), z(at(cols)), curve(at(cols)), factors(at(along + 1)), columns(at(cols)) {}
    std::vector<T> used;
    std::vector<double> weights, z, curve, factors;
    std::vector<std::ptrdiff_t> columns;  // used pixels of each, but for those of complete lines
    std::ptrdiff_t complete_lines = 0;
  };

  // How many pixels are used in each line and column, and a height near theirs.
  Levelled count_pixels() {
    counts_.assign(at(rows_), 0.0);
    std::vector<double> starts(at(rows_));
    std::atomic<bool> infinite{false};
    lines_.read([&](int worker, const ScanLine<T>& line) {
      Work& own = work_[at(worker)];
      if (is_unmasked(line, cols_) && all_finite(line.heights, cols_)) {
        counts_[at(line.index)] = static_cast<double>(cols_);
        starts[at(line.index)] = origin_of(line.heights[0], line.heights[cols_ / 2], line.heights[cols_ - 1]);
        ++own.complete_lines;
        return;
      }
      const Usage usage = find_used(line, cols_, own.used.data(), own.weights.data());
      if (usage.infinite) infinite.store(true);
      counts_[at(line.index)] = static_cast<double>(usage.count);
      starts[at(line.index)] = usage.origin;
      for (std::ptrdiff_t c = 0; c < cols_; ++c) own.columns[at(c)] += own.weights[at(c)] != 0.0 ? 1 : 0;
    });
    if (infinite.load()) return Levelled::infinite;
    std::vector<double> origins;
    for (std::ptrdiff_t r = 0; r < rows_; ++r) {
      if (counts_[at(r)] > 0.0) origins.push_back(starts[at(r)]);
      total_ += static_cast<std::ptrdiff_t>(counts_[at(r)]);
    }
    if (total_ == 0) return Levelled::no_pixel;
    const auto used_lines = static_cast<std::ptrdiff_t>(origins.size());
    origin_ = common_origin(std::move(origins));
    complete_ = total_ == rows_ * cols_;
    std::ptrdiff_t used_columns = 0;
    columns_.assign(at(cols_), 0.0);
    for (std::ptrdiff_t c = 0; c < cols_; ++c) {
      std::ptrdiff_t count = 0;
      for (const Work& own : work_) count += own.columns[at(c)] + own.complete_lines;
      columns_[at(c)] = static_cast<double>(count);
      used_columns += count > 0 ? 1 : 0;
    }
    return used_columns > degrees_.along && used_lines > degrees_.across ? Levelled::done : Levelled::no_surface;
  }

  // The used heights of a line less the origin, 0 where it has none; false if there are none.
  bool read_line(const ScanLine<T>& line, Work& own) const {
    const double count = counts_[at(line.index)];
    if (count == 0.0) return false;
    const double origin = origin_;
    const T* const heights = line.heights;
    double* const z = own.z.data();
    if (count == static_cast<double>(cols_)) {
      for (std::ptrdiff_t c = 0; c < cols_; ++c) z[c] = static_cast<double>(heights[c]) - origin;
    } else {
      find_used(line, cols_, own.used.data(), own.weights.data());
      const double* const weights = own.weights.data();
      for (std::ptrdiff_t c = 0; c < cols_; ++c) z[c] = weights[c] != 0.0 ? static_cast<double>(heights[c]) - origin : 0.0;
    }
    return true;
  }

  // The surface of the coefficients along a line.
  const double* curve_of(std::ptrdiff_t row, Work& own) const {
    std::fill(own.factors.begin(), own.factors.end(), 0.0);
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      own.factors[at(terms_[t].along)] += coefficients_[t] * across_.function(terms_[t].across)[row];
    }
    double* const curve = own.curve.data();
    std::fill(curve, curve + cols_, 0.0);
    for (std::ptrdiff_t j = 0; j <= degrees_.along; ++j) {
      const double* const f = along_.function(j);
      const double factor = own.factors[at(j)];
      for (std::ptrdiff_t c = 0; c < cols_; ++c) curve[c] += factor * f[c];
    }
    return curve;
  }

  // Products of the terms, summed over the used pixels: how they overlap.
  bool factor_products() {
    const std::ptrdiff_t along = pairs(degrees_.along + 1), across = pairs(degrees_.across + 1);
    std::vector<double> products(at(along * cols_)), complete(at(along));
    for (std::ptrdiff_t i = 0; i <= degrees_.along; ++i) {
      for (std::ptrdiff_t j = 0; j <= i; ++j) {
        const double* const f = along_.function(i);
        const double* const g = along_.function(j);
        double* const product = products.data() + pair_of(i, j) * cols_;
        for (std::ptrdiff_t c = 0; c < cols_; ++c) product[c] = f[c] * g[c];
        complete[at(pair_of(i, j))] = lane_sum(cols_, [=](std::ptrdiff_t c) { return product[c]; });
      }
    }
    std::vector<double> sums(at(along * std::min(band, rows_)));  // pair after pair: those of all lines of the band
    std::vector<double> overlap(at(along * across));
    for (std::ptrdiff_t first = 0; first < rows_; first += band) {
      const std::ptrdiff_t count = std::min(band, rows_ - first);
      lines_.read(first, first + count, [&](int worker, const ScanLine<T>& line) {
        Work& own = work_[at(worker)];
        double* const here = sums.data() + (line.index - first);
        const double used = counts_[at(line.index)];
        if (used > 0.0 && used < static_cast<double>(cols_)) find_used(line, cols_, own.used.data(), own.weights.data());
        const double* const weights = own.weights.data();
        for (std::ptrdiff_t pair = 0; pair < along; ++pair) {
          const double* const product = products.data() + pair * cols_;
          here[pair * count] = used == 0.0 ? 0.0
                               : used == static_cast<double>(cols_)
                                   ? complete[at(pair)]
                                   : lane_sum(cols_, [=](std::ptrdiff_t c) { return weights[c] * product[c]; });
        }
      });
      for (std::ptrdiff_t i = 0; i <= degrees_.across; ++i) {
        for (std::ptrdiff_t j = 0; j <= i; ++j) {
          lines_.timer().call_if_due();
          const double* const f = across_.function(i) + first;
          const double* const g = across_.function(j) + first;
          for (std::ptrdiff_t pair = 0; pair < along; ++pair) {
            const double* const sum = sums.data() + pair * count;
            overlap[at(pair_of(i, j) * along + pair)] +=
                lane_sum(count, [=](std::ptrdiff_t r) { return (f[r] * g[r]) * sum[r]; });
          }
        }
      }
    }
    const auto size = static_cast<std::ptrdiff_t>(terms_.size());
    std::vector<double> matrix(at(size * size));
    for (std::ptrdiff_t a = 0; a < size; ++a) {
      for (std::ptrdiff_t b = 0; b < size; ++b) {
        const Term one = terms_[at(a)], other = terms_[at(b)];
        matrix[at(a * size + b)] = overlap[at(pair_of(one.across, other.across) * along + pair_of(one.along, other.along))];
      }
    }
    return overlap_.factor(std::move(matrix), size);
  }

  // Adds the least-squares surface of what the coefficients leave.
  void add_fit() {
    const std::ptrdiff_t width = degrees_.along + 1;
    std::vector<double> sums(at(width * std::min(band, rows_))), found(terms_.size());
    const bool again = begun_;
    for (std::ptrdiff_t first = 0; first < rows_; first += band) {
      const std::ptrdiff_t count = std::min(band, rows_ - first);
      lines_.read(first, first + count, [&](int worker, const ScanLine<T>& line) {
        Work& own = work_[at(worker)];
        double* const here = sums.data() + (line.index - first);
        const bool any = read_line(line, own);
        double* const z = own.z.data();
        if (any && again) {
          const double* const curve = curve_of(line.index, own);
          if (counts_[at(line.index)] == static_cast<double>(cols_)) {
            for (std::ptrdiff_t c = 0; c < cols_; ++c) z[c] -= curve[c];
          } else {
            const double* const weights = own.weights.data();
            for (std::ptrdiff_t c = 0; c < cols_; ++c) z[c] -= weights[c] * curve[c];
          }
        }
        for (std::ptrdiff_t j = 0; j < width; ++j) {
          const double* const f = along_.function(j);
          here[j * count] = any ? lane_sum(cols_, [=](std::ptrdiff_t c) { return z[c] * f[c]; }) : 0.0;
        }
      });
      for (std::size_t t = 0; t < terms_.size(); ++t) {
        lines_.timer().call_if_due();
        const double* const f = across_.function(terms_[t].across) + first;
        const double* const sum = sums.data() + terms_[t].along * count;
        found[t] += lane_sum(count, [=](std::ptrdiff_t r) { return f[r] * sum[r]; });
      }
    }
    if (!complete_) overlap_.solve(found);
    for (std::size_t t = 0; t < terms_.size(); ++t) coefficients_[t] += found[t];
    begun_ = true;
  }

  bool write() {
    std::atomic<bool> representable{true};
    lines_.write(0, rows_, [&](int worker, const ScanLine<T>& line) {
      const double* const curve = curve_of(line.index, work_[at(worker)]);
      if (!write_less(line, cols_, origin_, [=](std::ptrdiff_t c) { return curve[c]; })) representable.store(false);
    });
    return representable.load();
  }

  ScanLines<T> lines_;
  std::ptrdiff_t rows_, cols_;
  SurfaceDegrees degrees_;
  std::vector<Term> terms_;
  PolynomialBasis across_, along_;
  std::vector<double> coefficients_;
  std::vector<Work> work_;
  std::vector<double> counts_, columns_;  // used pixels of each line and column
  std::ptrdiff_t total_ = 0;
  double origin_ = 0.0;
  bool complete_ = false, begun_ = false;
  Cholesky overlap_;
};

}  // namespace

template <typename T>
Levelled level_surface(const LevelJob<T>& job, const SurfaceDegrees& degrees) {
  return SurfaceFit<T>(job, degrees).run();
}

template Levelled level_surface(const LevelJob<float>&, const SurfaceDegrees&);
template Levelled level_surface(const LevelJob<double>&, const SurfaceDegrees&);

}  // namespace afmnn::correct
