#include "afmnn/synth/turing_pattern.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "afmnn/core/aligned.hpp"
#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr index pixels_at_once = 1 << 14;
constexpr index margin = 16;  // columns beside a row: one is needed, more keep rows on lines of the cache

// Rows with margins that continue them around the torus.
class Field {
 public:
  Field() = default;
  Field(index rows, index cols) : cols_(cols), stride_((cols + 2 * margin + 15) / 16 * 16), cells_(at(rows * stride_)) {}
  float* row(index r) { return cells_.data() + r * stride_ + margin; }
  void close(index r) {
    float* const cells = row(r);
    cells[-1] = cells[cols_ - 1];
    cells[cols_] = cells[0];
  }

 private:
  index cols_ = 0;
  index stride_ = 0;
  AlignedVector<float> cells_;
};

struct Reaction {
  float own, other, diffusion;
};

// Rates of one row: own F(c) + other d + diffusion L(c). `above` and `below` are the rows beside it.
void rates(const Reaction& k, const float* above, const float* c, const float* below, const float* d, index cols, float* out) {
  for (index i = 0; i < cols; ++i) {
    const float x = c[i];
    const float nearest = (above[i] + below[i]) + (c[i - 1] + c[i + 1]);
    const float diagonal = (above[i - 1] + above[i + 1]) + (below[i - 1] + below[i + 1]);
    const float laplacian = (nearest + 0.25f * diagonal) - 5.0f * x;
    const float bent = x / (1.0f + 0.01f * (x * x)) - 0.01f * x;
    out[i] = (k.own * bent + k.other * d[i]) + k.diffusion * laplacian;
  }
}

void smooth(const float* above, const float* r, const float* below, index cols, float* out) {
  constexpr float scale = 1.0f / 1.625f;
  for (index i = 0; i < cols; ++i) {
    const float nearest = (above[i] + below[i]) + (r[i - 1] + r[i + 1]);
    const float diagonal = (above[i - 1] + above[i + 1]) + (below[i - 1] + below[i + 1]);
    out[i] = ((r[i] + 0.125f * nearest) + 0.03125f * diagonal) * scale;
  }
}

double squares(const float* values, index count) {
  return lane_sum(count, [values](index i) { return static_cast<double>(values[i]) * static_cast<double>(values[i]); });
}

}  // namespace

void turing_pattern(std::int64_t iterations, double size, double chaos, View2D<double> field, int threads,
                    const Progress& progress) {
  constexpr double pi = 3.14159265358979323846;
  const index rows = field.rows;
  const index cols = field.cols;
  const double h = pi / ((138.0 - 18.0 * chaos) * size);
  const Reaction reaction[2] = {
      {static_cast<float>(0.75 + 0.5 * chaos), -1.4f, static_cast<float>(1e-5 / (h * h))},
      {static_cast<float>(-1.10 - 0.9 * chaos), 1.12f, static_cast<float>(1e-4 / (h * h))},
  };
  std::array<Field, 2> c = {Field(rows, cols), Field(rows, cols)};
  std::array<Field, 2> change = {Field(rows, cols), Field(rows, cols)};
  const index rows_at_once = 1 + pixels_at_once / (cols + 1);
  const index blocks = (rows + rows_at_once - 1) / rows_at_once;
  // Each block has three rows of rates for each field, which follow each other around.
  std::vector<Field> rings(at(2 * blocks));
  for (Field& ring : rings) ring = Field(3, cols);
  std::vector<double> sums(at(4 * rows));  // of squares, row by row: of both fields, and of their changes
  const auto above = [rows](index r) { return r == 0 ? rows - 1 : r - 1; };
  const auto below = [rows](index r) { return r + 1 == rows ? 0 : r + 1; };
  for (index r = 0; r < rows; ++r) {
    for (Field& one : c) {
      for (index i = 0; i < cols; ++i) one.row(r)[i] = static_cast<float>(field(r, i));
      one.close(r);
    }
    for (index f = 0; f < 2; ++f) sums[at(f * rows + r)] = squares(c[at(f)].row(r), cols);
  }
  ProgressTimer timer(progress);
  for (std::int64_t iteration = 0; iteration < iterations; ++iteration) {
    for_each_block(blocks, threads, [&](index block) {
      const index first = block * rows_at_once;
      const index last = std::min(rows, first + rows_at_once);
      for (index f = 0; f < 2; ++f) {
        Field& ring = rings[at(2 * block + f)];
        Field& own = c[at(f)];
        const auto fill = [&](index r, index place) {
          rates(reaction[f], own.row(above(r)), own.row(r), own.row(below(r)), c[at(1 - f)].row(r), cols, ring.row(place));
          ring.close(place);
        };
        fill(above(first), 0);
        fill(first, 1);
        for (index r = first; r < last; ++r) {
          const index place = r - first;  // of the row before in the ring
          fill(below(r), (place + 2) % 3);
          float* const out = change[at(f)].row(r);
          smooth(ring.row(place % 3), ring.row((place + 1) % 3), ring.row((place + 2) % 3), cols, out);
          sums[at((2 + f) * rows + r)] = squares(out, cols);
        }
      }
    });
    double step = 0.0;
    for (index f = 0; f < 2; ++f) {
      double values = 0.0;
      double changes = 0.0;
      for (index r = 0; r < rows; ++r) {
        values += sums[at(f * rows + r)];
        changes += sums[at((2 + f) * rows + r)];
      }
      const double most = changes > 0.0 ? 0.5 * std::sqrt(values / changes) : 0.0;
      step = f == 0 ? most : std::min(step, most);
    }
    const auto time = static_cast<float>(step);
    for_each_block(blocks, threads, [&](index block) {
      for (index r = block * rows_at_once; r < std::min(rows, (block + 1) * rows_at_once); ++r) {
        for (index f = 0; f < 2; ++f) {
          float* const values = c[at(f)].row(r);
          const float* const changes = change[at(f)].row(r);
          for (index i = 0; i < cols; ++i) values[i] += time * changes[i];
          c[at(f)].close(r);
          sums[at(f * rows + r)] = squares(values, cols);
        }
      }
    });
    timer.call_if_due(static_cast<index>(iteration + 1), static_cast<index>(iterations));
  }
  for (index r = 0; r < rows; ++r) {
    for (index i = 0; i < cols; ++i) field(r, i) = static_cast<double>(c[0].row(r)[i]);
  }
}

}  // namespace afmnn::synth
