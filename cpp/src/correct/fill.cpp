#include "afmnn/correct/fill.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/to_index.hpp"
#include "fill_offsets.hpp"
#include "hole_runs.hpp"
#include "laplace.hpp"
#include "row_team.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

constexpr double tolerance = 1e-7;  // of the range, as estimated; what is promised is ten times that
constexpr int most_cycles = 200;

// The power of two that brings a number to [1, 2); 1 for 0.
double power_to_one(double x) {
  if (x == 0.0) return 1.0;
  const auto exponent = static_cast<int>(bits_of(x) >> 52 & 0x7FF) - 1023;
  return double_of(static_cast<std::uint64_t>(1023 - std::clamp(exponent, -1000, 1000)) << 52);
}

template <typename T>
class Filling {
 public:
  explicit Filling(const FillJob<T>& job)
      : job_(job), rows_(job.image.rows), cols_(job.image.cols), team_(job.threads, job.interrupt) {}

  FillReport run() {
    FillReport report;
    HoleRuns runs;
    report.outcome = find_holes(runs);
    report.pixels = runs.pixels();
    if (report.outcome != Filled::done || report.pixels == 0) return report;
    if (job_.keep_offsets) find_offsets(runs);
    find_touched(runs);
    if (!find_range(runs)) {
      report.outcome = Filled::not_representable;
      return report;
    }
    bring_to_one(runs);
    HoleSolver<T> solver(job_.result, std::move(runs), team_);
    solve(solver, report);
    if (!bring_back(solver.runs())) report.outcome = Filled::not_representable;
    return report;
  }

 private:
  // Copies the image to the result, NaN where it is to be filled.
  Filled find_holes(HoleRuns& runs) {
    std::vector<index> counts(at(rows_));
    std::atomic<bool> infinite{false};
    team_.visit(rows_, rows_ * cols_, [&](int, index begin, index end) {
      for (index r = begin; r < end; ++r) counts[at(r)] = copy_row(r, infinite);
    });
    if (infinite.load()) return Filled::infinite;
    index most = 0;
    for (const index count : counts) most += count;
    runs = HoleRuns(rows_);
    runs.reserve(most);
    for (index r = 0; r < rows_; ++r) {
      const T* const heights = job_.result.row(r);
      for (index c = 0; counts[at(r)] > 0 && c < cols_;) {
        while (c < cols_ && !std::isnan(heights[c])) ++c;
        const index first = c;
        while (c < cols_ && std::isnan(heights[c])) ++c;
        if (first < c) runs.add(first, c);
      }
      runs.end_row(r);
    }
    return runs.pixels() == rows_ * cols_ ? Filled::no_pixel : Filled::done;
  }

  // Returns how many runs the row has.
  index copy_row(index r, std::atomic<bool>& infinite) const {
    T* const to = job_.result.row(r);
    const T* const from = &job_.image(r, 0);
    const index step = job_.image.col_stride;
    if (step == 1) {
      std::copy(from, from + cols_, to);
    } else {
      for (index c = 0; c < cols_; ++c) to[c] = from[c * step];
    }
    const bool finite = lane_sum(cols_, [=](index c) { return static_cast<double>(to[c]) * 0.0; }) == 0.0;
    for (index c = 0; !finite && c < cols_; ++c) {
      if (std::isinf(to[c])) infinite.store(true);
    }
    if (job_.marks.data != nullptr) {
      const std::uint8_t* const marks = &job_.marks(r, 0);
      const index marks_step = job_.marks.col_stride;
      constexpr T nan = std::numeric_limits<T>::quiet_NaN();
      for (index c = 0; c < cols_; ++c) to[c] = marks[c * marks_step] != 0 ? nan : to[c];
    } else if (finite) {
      return 0;
    }
    index count = std::isnan(to[0]) ? 1 : 0;
    for (index c = 1; c < cols_; ++c) count += static_cast<index>(std::isnan(to[c])) & static_cast<index>(!std::isnan(to[c - 1]));
    return count;
  }

  void find_offsets(const HoleRuns& runs) {
    const View2D<T>& z = job_.result;
    const bool rows = job_.axis == 1;
    std::vector<std::uint8_t> holed(at(rows ? rows_ : cols_));
    for (const index r : runs.used()) {
      if (rows) holed[at(r)] = 1;
      for (const Run* run = runs.begin(r); !rows && run != runs.end(r); ++run)
        std::fill(holed.begin() + run->first, holed.begin() + run->last, std::uint8_t{1});
    }
    offsets_ = line_offsets<T>(rows ? StridedView2D<const T>{z.data, rows_, cols_, z.stride, 1}
                                    : StridedView2D<const T>{z.data, cols_, rows_, 1, z.stride},
                               holed, team_);
  }

  double offset(index r, index c) const { return offsets_.empty() ? 0.0 : offsets_[at(job_.axis == 1 ? r : c)]; }

  // Rows that have holes, and those beside them.
  void find_touched(const HoleRuns& runs) {
    for (const index r : runs.used()) {
      for (index i = std::max<index>(r - 1, 0); i <= std::min(r + 1, rows_ - 1); ++i) {
        if (touched_.empty() || touched_.back() < i) touched_.push_back(i);
      }
    }
  }

  // The range of the heights around the holes.
  bool find_range(const HoleRuns& runs) {
    struct Range {
      double low = std::numeric_limits<double>::infinity(), high = -low;
    };
    std::vector<Range> ranges(at(job_.threads));
    team_.visit(static_cast<index>(runs.used().size()), runs.pixels(), [&](int worker, index begin, index end) {
      Range range = ranges[at(worker)];
      const auto add = [&](index r, index c) {
        const T height = job_.result(r, c);
        if (std::isnan(height)) return;
        const double z = static_cast<double>(height) - offset(r, c);
        range.low = std::min(range.low, z);
        range.high = std::max(range.high, z);
      };
      for (index i = begin; i < end; ++i) {
        const index r = runs.used()[at(i)];
        for (const Run* run = runs.begin(r); run != runs.end(r); ++run) {
          if (run->first > 0) add(r, run->first - 1);
          if (run->last < cols_) add(r, run->last);
          for (index c = run->first; c < run->last; ++c) {
            if (r > 0) add(r - 1, c);
            if (r + 1 < rows_) add(r + 1, c);
          }
        }
      }
      ranges[at(worker)] = range;
    });
    Range whole;
    for (const Range& range : ranges) {
      whole.low = std::min(whole.low, range.low);
      whole.high = std::max(whole.high, range.high);
    }
    const double range = whole.high - whole.low;
    if (!std::isfinite(range)) return false;
    // Zero in the middle: no digits are lost to an offset. Around one: no square is too large or too small for any number.
    origin_ = whole.low + 0.5 * range;
    scale_ = power_to_one(range);
    range_ = range * scale_;
    return true;
  }

  void bring_to_one(const HoleRuns& runs) {
    team_.visit(static_cast<index>(touched_.size()), static_cast<index>(touched_.size()) * cols_,
                [&](int, index begin, index end) {
                  for (index i = begin; i < end; ++i) {
                    const index r = touched_[at(i)];
                    T* const z = job_.result.row(r);
                    for (index c = 0; c < cols_; ++c) {
                      z[c] = static_cast<T>(((static_cast<double>(z[c]) - offset(r, c)) - origin_) * scale_);
                    }
                    for (const Run* run = runs.begin(r); run != runs.end(r); ++run) draw_line(z, *run);
                  }
                });
  }

  // What to begin with: a straight line from end to end of the run.
  void draw_line(T* z, const Run& run) const {
    const bool left = run.first > 0, right = run.last < cols_;
    const double from = left ? static_cast<double>(z[run.first - 1]) : right ? static_cast<double>(z[run.last]) : 0.0;
    const double to = right ? static_cast<double>(z[run.last]) : from;
    const double step = (to - from) / static_cast<double>(run.last - run.first + 1);
    for (index c = run.first; c < run.last; ++c) z[c] = static_cast<T>(from + step * static_cast<double>(c - run.first + 1));
  }

  void solve(HoleSolver<T>& solver, FillReport& report) {
    // Rounding changes heights in their last places for ever.
    constexpr double rounding = 2.0 * std::numeric_limits<T>::epsilon();
    double before = 0.0;
    while (report.cycles < most_cycles) {
      const double change = solver.cycle();
      ++report.cycles;
      // Changes shrink by the same factor from cycle to cycle, and what is still to come is a geometric series.
      const double factor = before > 0.0 ? std::clamp(change / before, 0.25, 0.9) : 0.5;
      report.error = change * factor / (1.0 - factor);
      if (change <= rounding) report.error = std::min(report.error, rounding);
      if (report.error <= tolerance * range_ || change <= rounding) break;
      before = change;
    }
    report.error = report.error / scale_;
  }

  // Heights where there were holes, what was there elsewhere; returns whether all of them are finite.
  bool bring_back(const HoleRuns& runs) {
    std::atomic<bool> representable{true};
    const double factor = 1.0 / scale_;
    team_.visit(static_cast<index>(touched_.size()), static_cast<index>(touched_.size()) * cols_,
                [&](int, index begin, index end) {
                  for (index i = begin; i < end; ++i) {
                    const index r = touched_[at(i)];
                    T* const z = job_.result.row(r);
                    const auto copy = [&](index first, index last) {
                      for (index c = first; c < last; ++c) z[c] = job_.image(r, c);
                    };
                    index done = 0;
                    for (const Run* run = runs.begin(r); run != runs.end(r); ++run) {
                      copy(done, run->first);
                      for (index c = run->first; c < run->last; ++c) {
                        z[c] = static_cast<T>((static_cast<double>(z[c]) * factor + origin_) + offset(r, c));
                        if (!std::isfinite(z[c])) representable.store(false);
                      }
                      done = run->last;
                    }
                    copy(done, cols_);
                  }
                });
    return representable.load();
  }

  const FillJob<T>& job_;
  index rows_, cols_;
  RowTeam team_;
  std::vector<double> offsets_;  // of the scan lines; empty: none
  std::vector<index> touched_;
  double origin_ = 0.0, scale_ = 1.0, range_ = 0.0;
};

}  // namespace

template <typename T>
FillReport fill(const FillJob<T>& job) {
  return Filling<T>(job).run();
}

template FillReport fill(const FillJob<float>&);
template FillReport fill(const FillJob<double>&);

}  // namespace afmnn::correct
