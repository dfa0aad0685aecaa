#include "afmnn/synth/torus_distances.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

// The lower envelope of the parabolas (i - k)^2 + f[k] on a ring of places, into f. Whatever lies beyond the least of f is never
// nearer than that, so that the ring may be cut there.
struct Ring {
  std::vector<double> f, border;
  std::vector<index> parabola;

  void transform(double* values, index n) {
    f.resize(at(n + 1));
    border.resize(at(n + 2));
    parabola.resize(at(n + 1));
    const index cut = std::min_element(values, values + n) - values;
    if (values[cut] >= far_away) return;
    std::copy(values + cut, values + n, f.begin());
    std::copy(values, values + cut + 1, f.begin() + (n - cut));
    index k = -1;
    for (index i = 0; i <= n; ++i) {
      if (f[at(i)] >= far_away) continue;
      double from = -std::numeric_limits<double>::infinity();
      while (k >= 0) {
        const index j = parabola[at(k)];
        const double a = static_cast<double>(i), b = static_cast<double>(j);
        from = 0.5 * ((f[at(i)] - f[at(j)]) / (a - b) + a + b);
        if (from > border[at(k)]) break;
        --k;
      }
      ++k;
      parabola[at(k)] = i;
      border[at(k)] = k == 0 ? -std::numeric_limits<double>::infinity() : from;
    }
    border[at(k + 1)] = std::numeric_limits<double>::infinity();
    index here = 0;
    index place = cut;  // on the ring
    for (index i = 0; i < n; ++i) {
      while (border[at(here + 1)] < static_cast<double>(i)) ++here;
      const double distance = static_cast<double>(i - parabola[at(here)]);
      values[place] = distance * distance + f[at(parabola[at(here)])];
      place = place + 1 == n ? 0 : place + 1;
    }
  }
};

// Squared distances within columns first to last. Rows are added up from the last pixel that is 0, twice around the torus, and
// back: all columns at once, because a column by itself would miss the cache at every step.
void measure_columns(View2D<double> square, double row_step, index first, index last) {
  const index rows = square.rows;
  const auto sweep = [&](index to, index from) {
    double* const here = square.row(to);
    const double* const beside = square.row(from);
    for (index c = first; c < last; ++c) here[c] = beside[c] + 1.0 < here[c] ? beside[c] + 1.0 : here[c];
  };
  for (index r = 0; r < 2 * rows; ++r) sweep((r + 1) % rows, r % rows);
  for (index r = 2 * rows - 1; r >= 0; --r) sweep(r % rows, (r + 1) % rows);
  const double step = row_step * row_step;
  for (index r = 0; r < rows; ++r) {
    double* const row = square.row(r);
    for (index c = first; c < last; ++c) row[c] = row[c] < far_away ? step * row[c] * row[c] : far_away;
  }
}

// Squared distances along a row where none is far: all places at most `reach` pixels away, one distance after the other. Because
// they are whole numbers, they are the same as those of the envelope; eight of 16 bits are compared at once.
struct Near {
  using Number = std::int16_t;
  static constexpr index reach = 32;
  static constexpr double most_kept = 16000.0;  // with the square of `reach` it still is a number of 16 bits
  std::vector<Number> wide, best;               // the row with `reach` more on both sides, and what is least so far

  // Whether that was enough; if not, nothing is changed.
  bool transform(double* values, index n) {
    wide.resize(at(n + 2 * reach));
    best.resize(at(n));
    Number* const here = wide.data() + reach;
    for (index i = 0; i < n; ++i) here[i] = static_cast<Number>(static_cast<int>(std::min(values[i], most_kept)));
    std::copy_n(here, n, best.data());
    for (index i = 1, j = 0; i <= reach; ++i, j = j + 1 == n ? 0 : j + 1) {
      here[-i] = here[n - 1 - j];
      here[n - 1 + i] = here[j];
    }
    bool enough = false;
    for (index d = 1; d <= reach && !enough; ++d) enough = lower(here - d, here + d, d, n) <= (d + 1) * (d + 1);
    if (enough) std::copy_n(best.data(), n, values);
    return enough;
  }

  // Takes in what lies d pixels on the left and on the right, and returns what is still the farthest.
  index lower(const Number* left, const Number* right, index d, index n) {
    const auto square = static_cast<Number>(d * d);
    Number* const least = best.data();
    Number most = 0;
    for (index i = 0; i < n; ++i) {
      const auto found = static_cast<Number>(std::min(left[i], right[i]) + square);
      least[i] = std::min(least[i], found);
      most = std::max(most, least[i]);
    }
    return most;
  }
};

void visit_columns(View2D<double> square, double row_step, UnitTeam& team) {
  constexpr index columns = 64;  // of a unit
  const double cost = 2.0 * static_cast<double>(square.rows) * static_cast<double>(square.cols);
  team.visit((square.cols + columns - 1) / columns, cost, [&](int, index unit) {
    measure_columns(square, row_step, unit * columns, std::min(square.cols, (unit + 1) * columns));
  });
}

// Calls transform(worker, row) for all rows, some at a time.
template <typename Transform>
void visit_rows(View2D<double> square, double nanoseconds, UnitTeam& team, const Transform& transform) {
  constexpr index rows = 16;  // of a unit
  const double cost = nanoseconds * static_cast<double>(square.rows) * static_cast<double>(square.cols);
  team.visit((square.rows + rows - 1) / rows, cost, [&](int worker, index unit) {
    const index last = std::min(square.rows, (unit + 1) * rows);
    for (index r = unit * rows; r < last; ++r) transform(at(worker), square.row(r));
  });
}

}  // namespace

void squared_distances(View2D<double> square, double row_step, UnitTeam& team) {
  visit_columns(square, row_step, team);
  std::vector<Ring> rings(at(team.workers()));
  visit_rows(square, 10.0, team, [&](std::size_t worker, double* row) { rings[worker].transform(row, square.cols); });
}

std::vector<double> squared_distances(const Bitmap& image, UnitTeam& team) {
  std::vector<double> result(at(image.rows * image.cols));
  const View2D<double> square{result.data(), image.rows, image.cols, image.cols};
  for (index r = 0; r < image.rows; ++r) {
    for (index c = 0; c < image.cols; ++c) square(r, c) = image.at(r, c) ? 0.0 : far_away;
  }
  visit_columns(square, 1.0, team);
  std::vector<Ring> rings(at(team.workers()));
  std::vector<Near> nears(at(team.workers()));
  visit_rows(square, 2.0, team, [&](std::size_t worker, double* row) {
    if (!nears[worker].transform(row, image.cols)) rings[worker].transform(row, image.cols);
  });
  return result;
}

}  // namespace afmnn::synth
