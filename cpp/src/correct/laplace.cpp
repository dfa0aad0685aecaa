#include "laplace.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

// Two steps of conjugate gradients, unless the first has left so little of the square of the residual.
constexpr double enough = 0.0625;

// Weights of the neighbours of a cell, and their sum.
template <typename A>
struct Stencil {
  A up, down, left, right, diagonal, inverse;
};

template <typename A>
Stencil<A> stencil(const CellSizes& sizes, index r, index c) {
  const auto h = static_cast<A>(sizes.height_of(r));
  const auto w = static_cast<A>(sizes.width_of(c));
  const auto conductance = [](A side, A one, A other) { return 2 * side / (one + other); };
  Stencil<A> s;
  s.up = r > 0 ? conductance(w, h, static_cast<A>(sizes.height_of(r - 1))) : A(0);
  s.down = r + 1 < sizes.rows ? conductance(w, h, static_cast<A>(sizes.height_of(r + 1))) : A(0);
  s.left = c > 0 ? conductance(h, w, static_cast<A>(sizes.width_of(c - 1))) : A(0);
  s.right = c + 1 < sizes.cols ? conductance(h, w, static_cast<A>(sizes.width_of(c + 1))) : A(0);
  s.diagonal = (s.up + s.down) + (s.left + s.right);
  s.inverse = 1 / s.diagonal;
  return s;
}

// A row of a grid with its neighbours; where there is none, its weight is 0, and the row itself stands for it.
template <typename V, typename A>
struct GridRow {
  const CellSizes& sizes;
  index r;
  V* here;
  const V* up;
  const V* down;
  const float* source;  // nullptr: none
  Stencil<A> inside;    // of columns that have neighbours of the common width on both sides

  GridRow(const CellSizes& sizes_, View2D<V> u, const float* b, index row)
      : sizes(sizes_),
        r(row),
        here(u.row(row)),
        up(row > 0 ? u.row(row - 1) : here),
        down(row + 1 < sizes.rows ? u.row(row + 1) : here),
        source(b == nullptr ? nullptr : b + row * sizes.cols),
        inside(stencil<A>(sizes, row, sizes.cols > 3 ? 1 : 0)) {}

  A source_at(index c) const { return source == nullptr ? A(0) : static_cast<A>(source[c]); }

  // Weighted sum of the neighbours and the source.
  A sum_inside(index c) const {
    return (inside.up * static_cast<A>(up[c]) + inside.down * static_cast<A>(down[c])) +
           inside.left * (static_cast<A>(here[c - 1]) + static_cast<A>(here[c + 1])) + source_at(c);
  }
  A sum_at(index c, const Stencil<A>& s) const {
    const A left = s.left != 0 ? static_cast<A>(here[c - 1]) : A(0);
    const A right = s.right != 0 ? static_cast<A>(here[c + 1]) : A(0);
    return (s.up * static_cast<A>(up[c]) + s.down * static_cast<A>(down[c])) + (s.left * left + s.right * right) + source_at(c);
  }

  // Calls edge(column, stencil) for columns of a run at the edges, every `step` from `first` on, and inside(begin, end) for what
  // lies between.
  template <typename Edge, typename Inside>
  void walk(index first, index last, index step, const Edge& edge, const Inside& between) const {
    index c = first;
    if (c < last && c == 0) {
      edge(c, stencil<A>(sizes, r, c));
      c += step;
    }
    const index end = std::min(last, sizes.cols - 2);
    if (c < end) {
      between(c, end);
      c += (end - c + step - 1) / step * step;
    }
    for (; c < last; c += step) edge(c, stencil<A>(sizes, r, c));
  }
};

}  // namespace

CellSizes CellSizes::halved() const {
  CellSizes coarse = *this;
  if (rows > 1) {
    coarse.rows = (rows + 1) / 2;
    coarse.height = 2 * height;
    coarse.last_height = rows % 2 == 0 ? height + last_height : last_height;
  }
  if (cols > 1) {
    coarse.cols = (cols + 1) / 2;
    coarse.width = 2 * width;
    coarse.last_width = cols % 2 == 0 ? width + last_width : last_width;
  }
  return coarse;
}

template <typename T>
HoleSolver<T>::HoleSolver(View2D<T> heights, HoleRuns runs, RowTeam& team)
    : heights_(heights),
      runs_(std::move(runs)),
      sizes_{heights.rows, heights.cols},
      team_(team),
      work_(at(team.workers())),
      largest_(at(team.workers())) {
  divide();
  const HoleRuns* finer = &runs_;
  for (CellSizes sizes = sizes_; finer->pixels() > 0;) {
    HoleRuns inside = squares_inside(*finer, sizes.rows, sizes.cols);
    sizes = sizes.halved();
    if (inside.pixels() == 0) break;
    const index cells = sizes.rows * sizes.cols;
    std::vector<double> sums(inside.used().size());
    levels_.push_back(
        {sizes, std::move(inside), ZeroArray(cells), ZeroArray(cells), ZeroArray(cells), ZeroArray(cells), std::move(sums)});
    // Because the vector grows, the level is looked up again.
    finer = &levels_.back().runs;
  }
  if (levels_.empty()) return;
  for (Work& work : work_) {
    for (auto& row : work.rows) row.resize(at(heights.cols + 4));
    work.sum.resize(at(heights.cols + 4));
  }
}

template <typename T>
void HoleSolver<T>::divide() {
  const index rows = sizes_.rows;
  lone_ = HoleRuns(rows);
  others_ = HoleRuns(rows);
  for (index r = 0; r < rows; ++r) {
    const Run* up = r > 0 ? runs_.begin(r - 1) : nullptr;
    const Run* const up_end = r > 0 ? runs_.end(r - 1) : nullptr;
    const Run* down = r + 1 < rows ? runs_.begin(r + 1) : nullptr;
    const Run* const down_end = r + 1 < rows ? runs_.end(r + 1) : nullptr;
    for (const Run* run = runs_.begin(r); run != runs_.end(r); ++run) {
      while (up != up_end && up->last <= run->first) ++up;
      while (down != down_end && down->last <= run->first) ++down;
      const bool hole_above = up != up_end && up->first <= run->first;
      const bool hole_below = down != down_end && down->first <= run->first;
      const bool lone = run->last - run->first == 1 && !hole_above && !hole_below;
      (lone ? lone_ : others_).add(run->first, run->last);
    }
    lone_.end_row(r);
    others_.end_row(r);
  }
}

// One colour of a red-black sweep.
template <typename T>
template <typename Sum, typename V>
double HoleSolver<T>::relax(const CellSizes& sizes, const HoleRuns& runs, View2D<V> u, const float* b, int colour, bool measure) {
  std::fill(largest_.begin(), largest_.end(), 0.0);
  team_.visit(static_cast<index>(runs.used().size()), runs.pixels(), [&](int worker, index begin, index end) {
    double largest = largest_[at(worker)];
    for (index i = begin; i < end; ++i) {
      const index r = runs.used()[at(i)];
      const GridRow<V, Sum> row(sizes, u, b, r);
      V* const here = row.here;
      for (const Run* run = runs.begin(r); run != runs.end(r); ++run) {
        const index first = run->first + ((r + run->first + colour) & 1);
        row.walk(
            first, run->last, 2,
            [&](index c, const Stencil<Sum>& s) {
              const auto value = static_cast<V>(row.sum_at(c, s) * s.inverse);
              if (measure) largest = std::max(largest, std::fabs(static_cast<double>(value) - static_cast<double>(here[c])));
              here[c] = value;
            },
            [&](index c, index last) {
              const Sum inverse = row.inside.inverse;
              if (measure) {
                for (; c < last; c += 2) {
                  const auto value = static_cast<V>(row.sum_inside(c) * inverse);
                  largest = std::max(largest, std::fabs(static_cast<double>(value) - static_cast<double>(here[c])));
                  here[c] = value;
                }
              } else {
                for (; c < last; c += 2) here[c] = static_cast<V>(row.sum_inside(c) * inverse);
              }
            });
      }
    }
    largest_[at(worker)] = largest;
  });
  return *std::max_element(largest_.begin(), largest_.end());
}

template <typename T>
template <typename Sum, typename V>
void HoleSolver<T>::restrict_residual(const CellSizes& sizes, const HoleRuns& runs, View2D<V> u, const float* b, Level& coarse) {
  const index rows = sizes.rows, cols = sizes.cols;
  const HoleRuns& coarse_runs = coarse.runs;
  const View2D<float> target = coarse.view(coarse.b);
  team_.visit(static_cast<index>(coarse_runs.used().size()), 4 * coarse_runs.pixels(), [&](int worker, index begin, index end) {
    Work& work = work_[at(worker)];
    for (index& held : work.held) held = -1;
    // Buffers begin two columns before the image.
    const auto clear = [&](index slot) {
      if (work.held[slot] < 0) return;
      float* const to = work.rows[slot].data() + 2;
      for (const Run* run = runs.begin(work.held[slot]); run != runs.end(work.held[slot]); ++run)
        std::fill(to + run->first, to + run->last, 0.0F);
      to[-1] = to[cols] = 0.0F;
      work.held[slot] = -1;
    };
    const auto residual = [&](index r) -> const float* {
      const index slot = r & 3;
      float* const to = work.rows[slot].data() + 2;
      if (work.held[slot] == r) return to;
      clear(slot);
      work.held[slot] = r;
      const GridRow<V, Sum> row(sizes, u, b, r);
      const V* const here = row.here;
      for (const Run* run = runs.begin(r); run != runs.end(r); ++run) {
        row.walk(
            run->first, run->last, 1,
            [&](index c, const Stencil<Sum>& s) {
              to[c] = static_cast<float>(row.sum_at(c, s) - s.diagonal * static_cast<Sum>(here[c]));
            },
            [&](index c, index last) {
              const Sum diagonal = row.inside.diagonal;
              for (; c < last; ++c) to[c] = static_cast<float>(row.sum_inside(c) - diagonal * static_cast<Sum>(here[c]));
            });
      }
      // What the edge mirrors.
      to[-1] = to[0];
      if (cols % 2 == 0) to[cols] = to[cols - 1];
      return to;
    };
    float* const sum = work.sum.data() + 2;
    for (index i = begin; i < end; ++i) {
      const index coarse_row = coarse_runs.used()[at(i)];
      const index r = 2 * coarse_row;
      const bool second = r + 1 < rows;
      const float* const b0 = residual(r > 0 ? r - 1 : 0);
      const float* const b1 = residual(r);
      const float* const b2 = second ? residual(r + 1) : nullptr;
      const float* const b3 = !second ? nullptr : residual(r + 2 < rows ? r + 2 : r + 1);
      float* const to = target.row(coarse_row);
      for (const Run* run = coarse_runs.begin(coarse_row); run != coarse_runs.end(coarse_row); ++run) {
        const index first = 2 * static_cast<index>(run->first) - 1;
        const index last = std::min<index>(2 * static_cast<index>(run->last) + 1, cols + 1);
        if (second) {
          for (index c = first; c < last; ++c) sum[c] = 0.25F * (b0[c] + b3[c]) + 0.75F * (b1[c] + b2[c]);
        } else {
          for (index c = first; c < last; ++c) sum[c] = 0.25F * b0[c] + 0.75F * b1[c];
        }
        if (last < 2 * static_cast<index>(run->last) + 1) sum[last] = 0.0F;
        for (index c = run->first; c < run->last; ++c) {
          to[c] = 0.25F * (sum[2 * c - 1] + sum[2 * c + 2]) + 0.75F * (sum[2 * c] + sum[2 * c + 1]);
        }
      }
    }
    for (index slot = 0; slot < 4; ++slot) clear(slot);
  });
}

// Adds the correction of the coarse grid, or, unless it is to be kept, says only what it would change: then and back again.
template <typename T>
template <typename V>
double HoleSolver<T>::prolong(const HoleRuns& runs, View2D<V> u, const Level& coarse, bool keep) {
  const View2D<float> from = coarse.view(coarse.u);
  const index last_row = from.rows - 1, last_col = from.cols - 1;
  std::fill(largest_.begin(), largest_.end(), 0.0);
  team_.visit(static_cast<index>(runs.used().size()), runs.pixels(), [&](int worker, index begin, index end) {
    float largest = 0.0F;
    double back = 0.0;
    for (index i = begin; i < end; ++i) {
      const index r = runs.used()[at(i)];
      const index near_row = r / 2;
      const index far_row = r % 2 == 0 ? std::max<index>(near_row - 1, 0) : std::min(near_row + 1, last_row);
      if (coarse.runs.empty(near_row) && coarse.runs.empty(far_row)) continue;
      const float* const a = from.row(near_row);
      const float* const b = from.row(far_row);
      V* const here = u.row(r);
      const auto column = [=](index c) { return 0.75F * a[c] + 0.25F * b[c]; };
      for (const Run* run = runs.begin(r); run != runs.end(r); ++run) {
        for (index c = run->first; c < run->last; ++c) {
          const index near_col = c / 2;
          const index far_col = c % 2 == 0 ? std::max<index>(near_col - 1, 0) : std::min(near_col + 1, last_col);
          const float change = 0.75F * column(near_col) + 0.25F * column(far_col);
          largest = std::max(largest, std::fabs(change));
          const auto value = static_cast<V>(here[c] + static_cast<V>(change));
          if (keep) {
            here[c] = value;
          } else if (change != 0.0F) {
            back = std::max(back, std::fabs(static_cast<double>(here[c]) - static_cast<double>(value)));
          }
        }
      }
    }
    largest_[at(worker)] = std::max({largest_[at(worker)], static_cast<double>(largest), back});
  });
  return *std::max_element(largest_.begin(), largest_.end());
}

// Sum of term(row, run) over all runs.
template <typename T>
template <typename Term>
double HoleSolver<T>::sum_over(Level& level, const Term& term) {
  const auto count = static_cast<index>(level.runs.used().size());
  team_.visit(count, level.runs.pixels(), [&](int, index begin, index end) {
    for (index i = begin; i < end; ++i) {
      const index r = level.runs.used()[at(i)];
      double sum = 0.0;
      for (const Run* run = level.runs.begin(r); run != level.runs.end(r); ++run) sum += term(r, *run);
      level.sums[at(i)] = sum;
    }
  });
  return lane_sum(count, [&](index i) { return level.sums[at(i)]; });
}

template <typename T>
void HoleSolver<T>::cycle(std::size_t k) {
  Level& level = levels_[k];
  const View2D<float> u = level.view(level.u);
  team_.visit(static_cast<index>(level.runs.used().size()), level.runs.pixels(), [&](int, index begin, index end) {
    for (index i = begin; i < end; ++i) {
      const index r = level.runs.used()[at(i)];
      for (const Run* run = level.runs.begin(r); run != level.runs.end(r); ++run)
        std::fill(u.row(r) + run->first, u.row(r) + run->last, 0.0F);
    }
  });
  const float* const b = level.b.data();
  for (const int colour : {0, 1, 0, 1}) relax<float>(level.sizes, level.runs, u, b, colour, false);
  if (k + 1 < levels_.size()) {
    restrict_residual<float>(level.sizes, level.runs, u, b, levels_[k + 1]);
    solve(k + 1);
    prolong(level.runs, u, levels_[k + 1]);
  }
  for (const int colour : {1, 0, 1, 0}) relax<float>(level.sizes, level.runs, u, b, colour, false);
}

// Solves the equations of a coarse grid roughly, for u; b is spoilt.
// Writes the left-hand side of the equations of a run, A u.
void apply(const GridRow<float, float>& row, const Run& run, float* out) {
  const float* const u = row.here;
  row.walk(
      run.first, run.last, 1, [&](index c, const Stencil<float>& s) { out[c] = s.diagonal * u[c] - row.sum_at(c, s); },
      [&](index c, index last) {
        const float diagonal = row.inside.diagonal;
        for (; c < last; ++c) out[c] = diagonal * u[c] - row.sum_inside(c);
      });
}

// Solves the equations of a coarse grid roughly, for u; b is spoilt.
template <typename T>
void HoleSolver<T>::solve(std::size_t k) {
  Level& level = levels_[k];
  const HoleRuns& runs = level.runs;
  const View2D<float> u = level.view(level.u), b = level.view(level.b), kept = level.view(level.kept);
  const View2D<float> of_kept = level.view(level.of_kept);
  cycle(k);
  // u and A u are kept as the first direction.
  const auto product = [&](const View2D<float>& one, const View2D<float>& other) {
    return sum_over(level, [&](index r, const Run& run) {
      const float* const x = one.row(r);
      const float* const y = other.row(r);
      return lane_sum(run.last - run.first,
                      [=](index i) { return static_cast<double>(x[run.first + i]) * static_cast<double>(y[run.first + i]); });
    });
  };
  const double energy = sum_over(level, [&](index r, const Run& run) {
    float* const v = of_kept.row(r);
    apply(GridRow<float, float>(level.sizes, u, nullptr, r), run, v);
    const float* const x = u.row(r);
    return lane_sum(run.last - run.first,
                    [=](index i) { return static_cast<double>(x[run.first + i]) * static_cast<double>(v[run.first + i]); });
  });
  if (!(energy > 0.0)) return;
  const double length = product(u, b) / energy;
  const bool again = k + 1 < levels_.size() && 3 * levels_[k + 1].runs.pixels() <= runs.pixels();
  if (!again) {
    combine(level, length, 0.0);
    return;
  }
  const double before = product(b, b);
  const auto step = static_cast<float>(length);
  const double after = sum_over(level, [&](index r, const Run& run) {
    float* const source = b.row(r);
    const float* const v = of_kept.row(r);
    std::copy(u.row(r) + run.first, u.row(r) + run.last, kept.row(r) + run.first);
    for (index c = run.first; c < run.last; ++c) source[c] -= step * v[c];
    return lane_sum(run.last - run.first, [=](index i) {
      return static_cast<double>(source[run.first + i]) * static_cast<double>(source[run.first + i]);
    });
  });
  if (after <= enough * before) {
    combine(level, length, 0.0);
    return;
  }
  cycle(k);
  const double mixed = product(u, of_kept);
  const double part = product(u, b);
  const double own = sum_over(level, [&](index r, const Run& run) {
    float* const v = of_kept.row(r);
    apply(GridRow<float, float>(level.sizes, u, nullptr, r), run, v);
    const float* const x = u.row(r);
    return lane_sum(run.last - run.first,
                    [=](index i) { return static_cast<double>(x[run.first + i]) * static_cast<double>(v[run.first + i]); });
  });
  // What is left of the second direction across the first.
  const double across = own - mixed * mixed / energy;
  if (!(across > 1e-6 * own)) {
    std::swap(level.u, level.kept);
    combine(level, length, 0.0);
    return;
  }
  combine(level, part / across, length - mixed * part / (energy * across));
}

// u becomes factor * u + factor_kept * kept.
template <typename T>
void HoleSolver<T>::combine(Level& level, double factor, double factor_kept) {
  const View2D<float> u = level.view(level.u), kept = level.view(level.kept);
  const auto f = static_cast<float>(factor), g = static_cast<float>(factor_kept);
  const HoleRuns& runs = level.runs;
  team_.visit(static_cast<index>(runs.used().size()), runs.pixels(), [&](int, index begin, index end) {
    for (index i = begin; i < end; ++i) {
      const index r = runs.used()[at(i)];
      float* const x = u.row(r);
      const float* const y = kept.row(r);
      for (const Run* run = runs.begin(r); run != runs.end(r); ++run) {
        if (factor_kept == 0.0) {
          for (index c = run->first; c < run->last; ++c) x[c] = f * x[c];
        } else {
          for (index c = run->first; c < run->last; ++c) x[c] = f * x[c] + g * y[c];
        }
      }
    }
  });
}

template <typename T>
double HoleSolver<T>::cycle() {
  double change = 0.0;
  if (!begun_) {
    for (const int colour : {0, 1}) relax<double>(sizes_, lone_, heights_, nullptr, colour, false);
    begun_ = true;
  }
  for (const int colour : {0, 1, 0, 1}) relax<double>(sizes_, others_, heights_, nullptr, colour, false);
  if (!levels_.empty()) {
    restrict_residual<double>(sizes_, runs_, heights_, nullptr, levels_[0]);
    solve(0);
    // Where a hole of one pixel lies beside a larger one, its height would be changed, and the sweeps would bring it back.
    change = std::max(prolong(others_, heights_, levels_[0]), prolong(lone_, heights_, levels_[0], false));
  }
  for (const int colour : {1, 0, 1, 0})
    change = std::max(change, relax<double>(sizes_, others_, heights_, nullptr, colour, true));
  return change;
}

template class HoleSolver<float>;
template class HoleSolver<double>;

}  // namespace afmnn::correct
