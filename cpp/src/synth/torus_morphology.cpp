#include "afmnn/synth/torus_morphology.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

double pixels_of(const Bitmap& image) { return static_cast<double>(image.rows) * static_cast<double>(image.cols); }

index wrapped(index i, index n) { return (i % n + n) % n; }

// Marks pixels that one half of a step takes away: those of the edge that leave what is 1 connected.
void mark(const Bitmap& image, Bitmap& marks, int half, index r) {
  const index rows = image.rows, cols = image.cols;
  const std::uint8_t* const above = image.row(r == 0 ? rows - 1 : r - 1);
  const std::uint8_t* const here = image.row(r);
  const std::uint8_t* const below = image.row(r + 1 == rows ? 0 : r + 1);
  std::uint8_t* const out = marks.row(r);
  for (index c = 0; c < cols; ++c) {
    out[c] = 0;
    if (here[c] == 0) continue;
    const index left = c == 0 ? cols - 1 : c - 1, right = c + 1 == cols ? 0 : c + 1;
    // From above, clockwise.
    const int p[9] = {above[c],    above[right], here[right], below[right], below[c],
                      below[left], here[left],   above[left], above[c]};
    int count = 0, rises = 0;
    for (int i = 0; i < 8; ++i) {
      count += p[i];
      rises += p[i] == 0 && p[i + 1] == 1 ? 1 : 0;
    }
    if (count < 2 || count > 6 || rises != 1) continue;
    const int up = p[0], east = p[2], down = p[4], west = p[6];
    const bool free =
        half == 0 ? up * east * down == 0 && east * down * west == 0 : up * east * west == 0 && up * down * west == 0;
    out[c] = free ? 1 : 0;
  }
}

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

}  // namespace

void thin(Bitmap& image, UnitTeam& team) {
  Bitmap marks(image.rows, image.cols);
  std::vector<std::uint8_t> changed(at(image.rows));
  for (bool any = true; any;) {
    any = false;
    for (const int half : {0, 1}) {
      team.visit(image.rows, 4.0 * pixels_of(image), [&](int, index r) { mark(image, marks, half, r); });
      team.visit(image.rows, pixels_of(image), [&](int, index r) {
        std::uint8_t* const row = image.row(r);
        const std::uint8_t* const out = marks.row(r);
        std::uint8_t found = 0;
        for (index c = 0; c < image.cols; ++c) {
          row[c] = static_cast<std::uint8_t>(row[c] & ~out[c]);
          found = static_cast<std::uint8_t>(found | out[c]);
        }
        changed[at(r)] = found;
      });
      any = any || std::any_of(changed.begin(), changed.end(), [](std::uint8_t c) { return c != 0; });
    }
  }
}

void squared_distances(View2D<double> square, double row_step, UnitTeam& team) {
  constexpr index columns = 64, rows = 16;  // of a unit
  const double cost = 10.0 * static_cast<double>(square.rows) * static_cast<double>(square.cols);
  team.visit((square.cols + columns - 1) / columns, 0.2 * cost, [&](int, index unit) {
    measure_columns(square, row_step, unit * columns, std::min(square.cols, (unit + 1) * columns));
  });
  std::vector<Ring> rings(at(team.workers()));
  team.visit((square.rows + rows - 1) / rows, cost, [&](int worker, index unit) {
    const index last = std::min(square.rows, (unit + 1) * rows);
    for (index r = unit * rows; r < last; ++r) rings[at(worker)].transform(square.row(r), square.cols);
  });
}

std::vector<double> squared_distances(const Bitmap& image, UnitTeam& team) {
  std::vector<double> result(image.bits.size());
  std::transform(image.bits.begin(), image.bits.end(), result.begin(),
                 [](std::uint8_t bit) { return bit != 0 ? 0.0 : far_away; });
  squared_distances({result.data(), image.rows, image.cols, image.cols}, 1.0, team);
  return result;
}

void dilate(Bitmap& image, index radius, UnitTeam& team) {
  const index rows = image.rows, cols = image.cols, length = cols + 2 * radius;
  const Bitmap before = image;
  std::vector<index> halves;
  for (index dy = 0; dy <= radius; ++dy) {
    halves.push_back(to_index(std::floor(std::sqrt(static_cast<double>(radius * radius - dy * dy)))));
  }
  std::vector<std::uint8_t> works(at(length * team.workers()));
  const double time = 0.2 * static_cast<double>(2 * radius + 1) * pixels_of(image);
  team.visit(rows, time, [&](int worker, index r) {
    std::uint8_t* const work = works.data() + length * worker;
    std::uint8_t* const out = image.row(r);
    for (index dy = -radius; dy <= radius; ++dy) {
      const std::uint8_t* const from = before.row(wrapped(r + dy, rows));
      for (index i = 0; i < radius; ++i) {
        work[i] = from[wrapped(i - radius, cols)];
        work[radius + cols + i] = from[wrapped(i, cols)];
      }
      std::copy_n(from, cols, work + radius);
      // Whether any of `window` pixels from here on is 1, by doubling.
      const index half = halves[at(dy < 0 ? -dy : dy)], window = 2 * half + 1;
      index have = 1;
      for (; 2 * have <= window; have *= 2) {
        for (index i = 0; i + have < length; ++i) work[i] = static_cast<std::uint8_t>(work[i] | work[i + have]);
      }
      const std::uint8_t* const first = work + radius - half;
      const std::uint8_t* const second = first + window - have;
      for (index c = 0; c < cols; ++c) out[c] = static_cast<std::uint8_t>(out[c] | first[c] | second[c]);
    }
  });
}

void erode(Bitmap& image, index radius, UnitTeam& team) {
  for (std::uint8_t& bit : image.bits) bit ^= 1;
  dilate(image, radius, team);
  for (std::uint8_t& bit : image.bits) bit ^= 1;
}

}  // namespace afmnn::synth
