#include "afmnn/correct/lines.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "afmnn/core/lane_sums.hpp"
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
  std::vector<double> changes, details;  // of the lines of a block and those near
  std::vector<double> shapes;            // changes less their mean, with a sum of squares of 1
  std::vector<double> correlations;      // of each line with the four that follow
  std::vector<double> away, width, spare;
};

// Changes along lines, over a lag: offsets of lines are not in them, and of jumps within lines only what is nearer than the lag.
template <typename T>
struct Changes {
  StridedView2D<const T> image;
  index lag, step, count;

  Changes(StridedView2D<const T> heights, index part) : image(heights) {
    lag = std::max<index>(image.cols / part, 1);
    step = std::max<index>(image.cols / enough, 1);
    count = (image.cols - lag + step - 1) / step;
  }
  void of_line(index r, double* values) const {
    for (index i = 0; i < count; ++i) {
      values[i] = static_cast<double>(image(r, i * step + lag)) - static_cast<double>(image(r, i * step));
    }
  }
};

// Changes less their mean, with a sum of squares of 1; 0 where they are missing, and where there are none but equal ones.
void shape_of(const double* changes, index count, double* shape) {
  double known = 0.0;
  for (index i = 0; i < count; ++i) known += std::isnan(changes[i]) ? 0.0 : 1.0;
  const auto value = [=](index i) { return std::isnan(changes[i]) ? 0.0 : changes[i]; };
  const double mean = known > 0.0 ? lane_sum(count, value) / known : 0.0;
  for (index i = 0; i < count; ++i) shape[i] = std::isnan(changes[i]) ? 0.0 : changes[i] - mean;
  const double length = std::sqrt(lane_sum(count, [=](index i) { return shape[i] * shape[i]; }));
  for (index i = 0; i < count; ++i) shape[i] = length > 0.0 ? shape[i] / length : 0.0;
}

// How far a line lies outside of those near it, and how wide the interval is that they leave; false where nothing is known.
bool compare(const double* here, const double* const* near, index near_count, bool between, index count, Work& work,
             double& distance, double& width) {
  index known = 0;
  for (index i = 0; i < count; ++i) {
    const Interval usual = interval(near, near_count, between, i);
    const double away = usual.distance(here[i]);
    work.away[at(known)] = away;
    work.width[at(known)] = usual.high - usual.low;
    known += std::isnan(away + usual.low) ? 0 : 1;
  }
  if (known == 0) return false;
  distance = median(work.away.data(), known, work.spare.data());
  width = median(work.width.data(), known, work.spare.data());
  return true;
}

}  // namespace

template <typename T>
LineFigures line_figures(const LinesJob<T>& job) {
  const index rows = job.image.rows, cols = job.image.cols;
  const double none = std::numeric_limits<double>::quiet_NaN();
  LineFigures figures;
  figures.jumps = line_jumps(job.image, job.threads, job.interrupt);
  for (std::vector<double>* values : {&figures.disagreement, &figures.width, &figures.detail, &figures.detail_width,
                                      &figures.alike, &figures.near_alike, &figures.held}) {
    values->assign(at(rows), none);
  }
  const Changes<T> changes(job.image, 8), details(job.image, 128);
  const index near_count = std::min<index>(rows - 1, 4), count = changes.count;
  std::vector<Work> works(at(job.threads));
  for (Work& work : works) {
    work.changes.resize(at((lines_of_block + 8) * count));
    work.shapes.resize(work.changes.size());
    work.details.resize(at((lines_of_block + 8) * details.count));
    work.correlations.resize(at((lines_of_block + 8) * 4));
    for (std::vector<double>* values : {&work.away, &work.width, &work.spare}) values->resize(at(std::max(count, details.count)));
  }
  visit_blocks((rows + lines_of_block - 1) / lines_of_block, job.threads, job.interrupt, [&](int worker, index block) {
    Work& work = works[at(worker)];
    const index first = block * lines_of_block;
    const index last = std::min(first + lines_of_block, rows);
    // Lines near the first or the last line of the image may be four lines away.
    const index top = std::max<index>(first - 4, 0), bottom = std::min(last + 4, rows);
    const auto line = [&](std::vector<double>& of, index length, index r) { return of.data() + (r - top) * length; };
    for (index r = top; r < bottom; ++r) {
      changes.of_line(r, line(work.changes, count, r));
      details.of_line(r, line(work.details, details.count, r));
      shape_of(line(work.changes, count, r), count, line(work.shapes, count, r));
    }
    for (index r = top; r < bottom; ++r) {
      const double* const here = line(work.shapes, count, r);
      for (index k = 1; k <= 4 && r + k < bottom; ++k) {
        const double* const there = line(work.shapes, count, r + k);
        line(work.correlations, 4, r)[k - 1] = lane_sum(count, [=](index i) { return here[i] * there[i]; });
      }
    }
    const auto compare_shape = [&](index r, const index* near) {
      const auto correlation = [&](index a, index b) { return line(work.correlations, 4, std::min(a, b))[std::abs(a - b) - 1]; };
      double own[4], among[6];
      index pairs = 0;
      for (index i = 0; i < near_count; ++i) {
        own[i] = correlation(r, near[i]);
        for (index k = i + 1; k < near_count; ++k) among[pairs++] = correlation(near[i], near[k]);
      }
      std::sort(own, own + near_count);
      std::sort(among, among + pairs);
      figures.alike[at(r)] = own[std::max<index>(near_count - 2, 0)];
      figures.near_alike[at(r)] = pairs > 0 ? among[pairs / 2] : 0.0;
    };
    const auto compare_line = [&](index r) {
      index near[4] = {};
      const index start = std::clamp<index>(r - 2, 0, std::max<index>(rows - 5, 0));
      for (index i = 0, other = start; i < near_count; ++other) {
        if (other != r) near[i++] = other;
      }
      const bool between = near_count == 4 && r - start == 2;
      const auto compare_values = [&](std::vector<double>& of, index length, double& distance, double& width) {
        const double* lines[4] = {};
        for (index i = 0; i < near_count; ++i) lines[i] = line(of, length, near[i]);
        return compare(line(of, length, r), lines, near_count, between, length, work, distance, width);
      };
      compare_values(work.details, details.count, figures.detail[at(r)], figures.detail_width[at(r)]);
      if (compare_values(work.changes, count, figures.disagreement[at(r)], figures.width[at(r)])) compare_shape(r, near);
    };
    for (index r = first; r < last; ++r) {
      if (near_count > 0) compare_line(r);
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
