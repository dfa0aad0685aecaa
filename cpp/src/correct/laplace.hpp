// Laplace's equation in holes of an image, by a multigrid method.
//
// The grids: that of the pixels, and below it squares of 2 x 2 cells of the grid before, as long as any lie inside of the holes.
// On each grid stands the finite-volume equation of its cells,
//
//   sum over neighbours n of w_n (u_n - u) = -b,    w = length of the common side / distance of the centres,
//
// where cells outside of the holes are known (on coarse grids, whose u are corrections, 0), and there is no flux across the edge
// of the image. Since a coarse hole is never larger than the fine one, correcting by it is safe for any shape of hole, and what
// it misses along the rim the sweeps on the fine grid do (A. McAdams, E. Sifakis, J. Teran, Proc. SCA 2010, 65).
//
// A cycle on a grid: two red-black Gauss-Seidel sweeps, the residual brought to the coarse grid, solved there, the correction
// brought back (bilinearly; the way down is its transpose), two sweeps in the opposite order. On the coarse grids, each of them
// is done by one or two steps of conjugate gradients that such a cycle preconditions (K-cycle: Y. Notay, P. S. Vassilevski,
// Numer. Linear Algebra Appl. 15 (2008) 473, doi:10.1002/nla.542): known pixels on their own, deep in a hole, look far too large
// on coarse grids, and plain cycles would need a hundred.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "afmnn/core/view2d.hpp"
#include "hole_runs.hpp"
#include "row_team.hpp"

namespace afmnn::correct {

/// Zeros, which take memory only where they are written.
class ZeroArray {
 public:
  ZeroArray() = default;
  explicit ZeroArray(std::ptrdiff_t count)
      : data_(static_cast<float*>(std::calloc(static_cast<std::size_t>(count), sizeof(float)))) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float, Free> data_;
};

/// Cells of a grid: their heights and widths, in pixels. All are alike but those of the last row and the last column.
struct CellSizes {
  std::ptrdiff_t rows, cols;
  float height = 1, last_height = 1, width = 1, last_width = 1;

  float height_of(std::ptrdiff_t r) const { return r == rows - 1 ? last_height : height; }
  float width_of(std::ptrdiff_t c) const { return c == cols - 1 ? last_width : width; }
  CellSizes halved() const;
};

/// The holes of one image.
template <typename T>
class HoleSolver {
 public:
  /// heights  (rows, cols): in the rows of runs and in those beside them, finite heights, which are read where there is no hole
  HoleSolver(View2D<T> heights, HoleRuns runs, RowTeam& team);

  const HoleRuns& runs() const { return runs_; }

  /// One cycle; returns the most by which it changed a height.
  double cycle();

 private:
  struct Level {
    CellSizes sizes;
    HoleRuns runs;
    ZeroArray u, b, kept, of_kept;
    std::vector<double> sums;  // of the rows that have runs

    View2D<float> view(const ZeroArray& a) const { return {a.data(), sizes.rows, sizes.cols, sizes.cols}; }
  };

  // Room to bring residuals of some rows of a grid to the coarse one.
  struct Work {
    std::vector<float> rows[4], sum;
    std::ptrdiff_t held[4];
  };

  template <typename Sum, typename V>
  double relax(const CellSizes& sizes, const HoleRuns& runs, View2D<V> u, const float* b, int colour, bool measure);
  template <typename Sum, typename V>
  void restrict_residual(const CellSizes& sizes, const HoleRuns& runs, View2D<V> u, const float* b, Level& coarse);
  template <typename V>
  double prolong(const HoleRuns& runs, View2D<V> u, const Level& coarse, bool keep = true);
  void divide();
  template <typename Term>
  double sum_over(Level& level, const Term& term);
  void cycle(std::size_t level);
  void solve(std::size_t level);
  void combine(Level& level, double factor, double factor_kept);

  View2D<T> heights_;
  HoleRuns runs_;
  // The holes of one pixel, whose neighbours are all known: one sweep solves them for good; and all others.
  HoleRuns lone_, others_;
  bool begun_ = false;
  CellSizes sizes_;
  RowTeam& team_;
  std::vector<Level> levels_;  // coarse ones
  std::vector<Work> work_;
  std::vector<double> largest_;  // of each worker
};

}  // namespace afmnn::correct
