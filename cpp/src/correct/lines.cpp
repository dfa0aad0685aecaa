#include "afmnn/correct/lines.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "line_blocks.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

constexpr index lines_of_block = 32;

// More columns do not make medians better.
constexpr index enough = 1024;

// How the lines near differ along the scan line, at one pixel: an interval that leaves room for a line that is like them.
struct Interval {
  double low, high;  // NaN if one is missing

  double distance(double value) const { return value > high ? value - high : value < low ? low - value : value - value; }
};

// From the second lowest to the second highest of four with two on each side, else from the lowest to the highest.
Interval interval(const double* const* near, index count, bool between, index i) {
  double sum = near[0][i], low = sum, high = sum;
  for (index k = 1; k < count; ++k) {
    low = std::min(low, near[k][i]);
    high = std::max(high, near[k][i]);
    sum += near[k][i];
  }
  if (std::isnan(sum)) return {sum, sum};
  if (!between) return {low, high};
  const double a = near[0][i], b = near[1][i], c = near[2][i], d = near[3][i];
  const double one = std::max(std::min(a, b), std::min(c, d)), other = std::min(std::max(a, b), std::max(c, d));
  return {std::min(one, other), std::max(one, other)};
}

struct Work {
  std::vector<double> changes;  // of the lines of a block and those near
  std::vector<double> away, width, turned, spare;
};

// Changes along lines, over a lag: offsets of lines are not in them, and of jumps within lines only what is nearer than the lag.
template <typename T>
struct Changes {
  StridedView2D<const T> image;
  index lag, step, count;

  explicit Changes(StridedView2D<const T> heights) : image(heights) {
    lag = std::max<index>(image.cols / 8, 1);
    step = std::max<index>(image.cols / enough, 1);
    count = (image.cols - lag + step - 1) / step;
  }
  void of_line(index r, double* values) const {
    for (index i = 0; i < count; ++i) {
      values[i] = static_cast<double>(image(r, i * step + lag)) - static_cast<double>(image(r, i * step));
    }
  }
};

// The change that is common to the image: the median line's median.
template <typename T>
double common_change(const Changes<T>& changes, const LinesJob<T>& job) {
  std::vector<double> medians(at(changes.image.rows));
  std::vector<std::uint8_t> is_known(at(changes.image.rows));
  std::vector<std::vector<double>> works(at(job.threads), std::vector<double>(at(2 * changes.count)));
  visit_blocks(
      (changes.image.rows + lines_of_block - 1) / lines_of_block, job.threads, job.interrupt, [&](int worker, index block) {
        double* const values = works[at(worker)].data();
        for (index r = block * lines_of_block; r < std::min((block + 1) * lines_of_block, changes.image.rows); ++r) {
          changes.of_line(r, values);
          const index known = std::remove_if(values, values + changes.count, [](double v) { return std::isnan(v); }) - values;
          if (known == 0) continue;
          medians[at(r)] = median(values, known, values + changes.count);
          is_known[at(r)] = 1;
        }
      });
  index known = 0;
  for (std::size_t r = 0; r < medians.size(); ++r) {
    medians[at(known)] = medians[r];
    known += is_known[r];
  }
  std::vector<double> spare(medians.size());
  return known == 0 ? 0.0 : median(medians.data(), known, spare.data());
}

}  // namespace

template <typename T>
LineFigures line_figures(const LinesJob<T>& job) {
  const index rows = job.image.rows, cols = job.image.cols;
  const double none = std::numeric_limits<double>::quiet_NaN();
  LineFigures figures;
  figures.jumps = line_jumps(job.image, job.threads, job.interrupt);
  figures.disagreement.assign(at(rows), none);
  figures.held.assign(at(rows), none);

  figures.width.assign(at(rows), none);
  figures.turned.assign(at(rows), none);

  const Changes<T> changes(job.image);
  const index near_count = std::min<index>(rows - 1, 4), count = changes.count;
  const double common = common_change(changes, job);
  std::vector<Work> works(at(job.threads));
  for (Work& work : works) {
    work.changes.resize(at((lines_of_block + 8) * count));
    for (std::vector<double>* values : {&work.away, &work.width, &work.turned, &work.spare}) values->resize(at(count));
  }
  visit_blocks((rows + lines_of_block - 1) / lines_of_block, job.threads, job.interrupt, [&](int worker, index block) {
    Work& work = works[at(worker)];
    const index first = block * lines_of_block;
    const index last = std::min(first + lines_of_block, rows);
    // Lines near the first or the last line of the image may be four lines away.
    const index top = std::max<index>(first - 4, 0), bottom = std::min(last + 4, rows);
    const auto line = [&](index r) { return work.changes.data() + (r - top) * count; };
    for (index r = top; r < bottom; ++r) changes.of_line(r, line(r));
    const auto compare = [&](index r) {
      const double* near[4] = {};
      const index start = std::clamp<index>(r - 2, 0, std::max<index>(rows - 5, 0));
      for (index i = 0, other = start; i < near_count; ++other) {
        if (other != r) near[i++] = line(other);
      }
      const bool between = near_count == 4 && r - start == 2;
      const double* const here = line(r);
      index known = 0;
      for (index i = 0; i < count; ++i) {
        const Interval usual = interval(near, near_count, between, i);
        const double away = usual.distance(here[i]);
        work.away[at(known)] = away;
        work.width[at(known)] = usual.high - usual.low;
        work.turned[at(known)] = usual.distance(2.0 * common - here[i]);
        known += std::isnan(away + usual.low) ? 0 : 1;
      }
      if (known == 0) return;
      figures.disagreement[at(r)] = median(work.away.data(), known, work.spare.data());
      figures.width[at(r)] = median(work.width.data(), known, work.spare.data());
      figures.turned[at(r)] = median(work.turned.data(), known, work.spare.data());
    };
    for (index r = first; r < last; ++r) {
      if (near_count > 0) compare(r);
      double low = std::numeric_limits<double>::infinity(), high = -low;
      index pixels = 0;
      for (index c = 0; c < cols; ++c) {
        const auto height = static_cast<double>(job.image(r, c));
        low = height < low ? height : low;
        high = height > high ? height : high;
        pixels += std::isnan(height) ? 0 : 1;
      }
      index lowest = 0, highest = 0;
      for (index c = 0; c < cols; ++c) {
        lowest += static_cast<double>(job.image(r, c)) == low ? 1 : 0;
        highest += static_cast<double>(job.image(r, c)) == high ? 1 : 0;
      }
      if (pixels > 0) figures.held[at(r)] = static_cast<double>(std::max(lowest, highest)) / static_cast<double>(pixels);
    }
  });
  return figures;
}

template LineFigures line_figures(const LinesJob<float>&);
template LineFigures line_figures(const LinesJob<double>&);

}  // namespace afmnn::correct
