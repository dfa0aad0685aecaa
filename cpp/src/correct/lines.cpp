#include "afmnn/correct/lines.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "line_blocks.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

constexpr index lines_of_block = 32;

struct Work {
  std::vector<double> heights;  // of the lines of a block and those near
  std::vector<double> distances, spare;
};

// How far a height lies outside of the interval that others leave, above (positive) or below; NaN if one is missing.
double distance(const double* const* near, index count, index c, double height) {
  double low, high;
  if (count == 4) {
    const double a = near[0][c], b = near[1][c], d = near[2][c], e = near[3][c];
    const double one = std::max(std::min(a, b), std::min(d, e)), other = std::min(std::max(a, b), std::max(d, e));
    low = std::min(one, other);
    high = std::max(one, other);
    if (std::isnan((a + b) + (d + e))) return std::numeric_limits<double>::quiet_NaN();
  } else {
    low = high = near[0][c];
    double sum = low;
    for (index i = 1; i < count; ++i) {
      low = std::min(low, near[i][c]);
      high = std::max(high, near[i][c]);
      sum += near[i][c];
    }
    if (std::isnan(sum)) return sum;
  }
  if (height > high) return height - high;
  return height < low ? height - low : height - height;
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

  std::vector<double> offsets(at(rows));
  for (index r = 1; r < rows; ++r) offsets[at(r)] = offsets[at(r - 1)] + figures.jumps[at(r)];
  const index near_count = std::min<index>(rows - 1, 4);
  std::vector<Work> works(at(job.threads));
  for (Work& work : works) {
    work.heights.resize(at((lines_of_block + 8) * cols));
    work.distances.resize(at(cols));
    work.spare.resize(at(cols));
  }
  visit_blocks((rows + lines_of_block - 1) / lines_of_block, job.threads, job.interrupt, [&](int worker, index block) {
    Work& work = works[at(worker)];
    const index first = block * lines_of_block;
    const index last = std::min(first + lines_of_block, rows);
    // Lines near the first or the last line of the image may be four lines away.
    const index top = std::max<index>(first - 4, 0), bottom = std::min(last + 4, rows);
    const auto line = [&](index r) { return work.heights.data() + (r - top) * cols; };
    for (index r = top; r < bottom; ++r) {
      for (index c = 0; c < cols; ++c) line(r)[c] = static_cast<double>(job.image(r, c)) - offsets[at(r)];
    }
    const auto median_distance = [&](index r) {
      const double* near[4] = {};
      const index start = std::clamp<index>(r - 2, 0, std::max<index>(rows - 5, 0));
      for (index i = 0, other = start; i < near_count; ++other) {
        if (other != r) near[i++] = line(other);
      }
      index count = 0;
      for (index c = 0; c < cols; ++c) {
        const double away = distance(near, near_count, c, line(r)[c]);
        work.distances[at(count)] = std::fabs(away);
        count += std::isnan(away) ? 0 : 1;
      }
      return count == 0 ? none : median(work.distances.data(), count, work.spare.data());
    };
    for (index r = first; r < last; ++r) {
      if (near_count > 0) figures.disagreement[at(r)] = median_distance(r);
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
