#include "afmnn/correct/scars.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "line_blocks.hpp"
#include "line_unit.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

constexpr index lines_of_block = 32;  // and some around them: a few megabytes of a line of 4096 pixels, in L2
constexpr index windows_of_part = 64;
constexpr index shortest_window = 4;
constexpr index aspect = 8;                     // of a block of more than one line, at least
constexpr double at_edges = 5.0, within = 2.5;  // times the spread of the jumps
constexpr double strict_slope = 2.0, strict_range = 1.5, loose_slope = 1.0, loose_range = 0.5;

// Bits of a pixel while marks are made: of seeds, and of all; upwards, downwards.
constexpr std::uint8_t seed_bit[2] = {1, 2}, mark_bit[2] = {4, 8};

struct Span {
  index row, width, first, last;
  bool downwards, strict;
};

// Spans that a thread has found; where there are more than it has room for, the block is looked at again.
struct Found {
  std::vector<Span> spans;
  index count = 0;
};

template <typename T>
class Marker {
 public:
  explicit Marker(const ScarJob<T>& job)
      : job_(job), rows_(job.image.rows), cols_(job.image.cols), parts_((cols_ + windows_of_part - 1) / windows_of_part) {
    for (index length = std::min(job.min_length, shortest_window); length <= cols_; length *= 2) {
      lengths_.push_back(length);
      if (length / aspect >= job.max_width) break;
    }
    works_.resize(at(job.threads));
    const index lines = lines_of_block + job.max_width + 3;
    for (Work& work : works_) {
      work.sums.resize(at(lines * (cols_ + 1)));
      work.missing.resize(at(lines * (cols_ + 1)));
      work.has_missing.resize(at(lines));
      work.heights.resize(at(lines * cols_));
      work.means.resize(at(lines * cols_));
      work.bends.resize(at(3 * cols_));
      work.rises.resize(at(lines * parts_));
      work.falls.resize(at(lines * parts_));
    }
  }

  void run() {
    for (index r = 0; r < rows_; ++r) {
      for (index c = 0; c < cols_; ++c) job_.result(r, c) = 0;
    }
    if (rows_ < 3 || lengths_.empty()) return;
    jumps_ = line_jumps(job_.image, job_.threads, job_.interrupt, true);
    spread_ = jump_spread(jumps_);
    offsets_.resize(at(rows_));
    for (index r = 1; r < rows_; ++r) offsets_[at(r)] = offsets_[at(r - 1)] + jumps_[at(r)];
    base_ = first_height();
    measure();
    find();
    write();
  }

 private:
  struct Work {
    std::vector<double> sums;    // of the heights of a line before each column
    std::vector<index> missing;  // pixels before each column
    std::vector<std::uint8_t> has_missing;
    std::vector<double> heights, means, bends;
    // Of each line and part of it: whether a window lies above that of the line before by more than a scar does, or below.
    std::vector<std::uint8_t> rises, falls;
  };

  double first_height() const {
    for (index r = 0; r < rows_; ++r) {
      for (index c = 0; c < cols_; ++c) {
        const auto height = static_cast<double>(job_.image(r, c));
        if (!std::isnan(height)) return height;
      }
    }
    return 0.0;
  }

  // Heights on one level, and their sums, of the lines from `first` to `last` - 1.
  void read(index first, index last, Work& work) const {
    for (index r = first; r < last; ++r) {
      double* const heights = work.heights.data() + (r - first) * cols_;
      double* const sums = work.sums.data() + (r - first) * (cols_ + 1);
      const double offset = offsets_[at(r)];
      const T* const from = &job_.image(r, 0);
      const index step = job_.image.col_stride;
      if (step == 1) {
        for (index c = 0; c < cols_; ++c) heights[c] = (static_cast<double>(from[c]) - base_) - offset;
      } else {
        for (index c = 0; c < cols_; ++c) heights[c] = (static_cast<double>(from[c * step]) - base_) - offset;
      }
      double sum = 0.0;
      for (index c = 0; c < cols_; ++c) {
        sums[c] = sum;
        sum += heights[c];
      }
      sums[cols_] = sum;
      work.has_missing[at(r - first)] = std::isnan(sum) ? 1 : 0;
      if (!std::isnan(sum)) continue;
      index* const missing = work.missing.data() + (r - first) * (cols_ + 1);
      index count = 0;
      sum = 0.0;
      for (index c = 0; c < cols_; ++c) {
        sums[c] = sum;
        missing[c] = count;
        const bool gone = std::isnan(heights[c]);
        sum += gone ? 0.0 : heights[c];
        count += gone ? 1 : 0;
      }
      sums[cols_] = sum;
      missing[cols_] = count;
    }
  }

  // Means of windows that begin at every `step`-th column, of the line `i` of a block.
  void average(const Work& work, index i, index length, index step, double* means) const {
    const double* const sums = work.sums.data() + i * (cols_ + 1);
    const double divisor = static_cast<double>(length);
    const index count = (cols_ - length) / step + 1;
    if (step == 1 && (length & (length - 1)) == 0) {
      const double factor = 1.0 / divisor;  // exact
      for (index k = 0; k < count; ++k) means[k] = (sums[k + length] - sums[k]) * factor;
    } else {
      for (index k = 0; k < count; ++k) means[k] = (sums[k * step + length] - sums[k * step]) / divisor;
    }
    if (work.has_missing[at(i)] == 0) return;
    const index* const missing = work.missing.data() + i * (cols_ + 1);
    for (index k = 0; k < count; ++k) {
      if (missing[k * step + length] > missing[k * step]) means[k] = std::numeric_limits<double>::quiet_NaN();
    }
  }

  // The units of all lengths.
  void measure() {
    const index count = rows_ - 2;
    const auto levels = static_cast<index>(lengths_.size());
    std::vector<LineBends> bends(at(levels), LineBends(count));
    visit_blocks((count + lines_of_block - 1) / lines_of_block, job_.threads, job_.interrupt, [&](int worker, index block) {
      Work& work = works_[at(worker)];
      const index first = block * lines_of_block;
      const index last = std::min(first + lines_of_block, count);
      read(first, last + 2, work);
      for (index k = 0; k < levels; ++k) {
        const index length = lengths_[at(k)];
        const index windows = (cols_ - length) / length + 1;
        for (index i = 0; i < last - first + 2; ++i) average(work, i, length, length, work.means.data() + i * windows);
        for (index r = first; r < last; ++r) {
          const double* const before = work.means.data() + (r - first) * windows;
          const double* const here = before + windows;
          const double* const behind = here + windows;
          index used = 0;
          for (index c = 0; c < windows; ++c) {
            const double bend = std::fabs(here[c] - 0.5 * (before[c] + behind[c]));
            work.bends[at(used)] = bend;
            used += bend == bend ? 1 : 0;
          }
          bends[at(k)].add(r, work.bends.data(), used, work.bends.data() + cols_);
        }
      }
    });
    for (const LineBends& level : bends) units_.push_back(level.unit());
  }

  void find() {
    const index count = rows_ - 2;  // of lines that blocks may begin with
    index room = 256 + count / 4;
    for (;;) {
      std::atomic<bool> full{false};
      found_.assign(at(job_.threads), Found{std::vector<Span>(at(room)), 0});
      visit_blocks((count + lines_of_block - 1) / lines_of_block, job_.threads, job_.interrupt, [&](int worker, index block) {
        if (full.load()) return;
        const index first = 1 + block * lines_of_block;
        if (!find_in(first, std::min(first + lines_of_block, rows_ - 1), works_[at(worker)], found_[at(worker)]))
          full.store(true);
      });
      if (!full.load()) return;
      room *= 4;
    }
  }

  // Blocks of lines that begin at `first` to `last` - 1.
  bool find_in(index first, index last, Work& work, Found& found) {
    const index top = std::max<index>(first - 2, 0);
    const index bottom = std::min(last + job_.max_width + 1, rows_);
    read(top, bottom, work);
    for (std::size_t k = 0; k < lengths_.size(); ++k) {
      if (units_[k] == 0.0) continue;
      const index length = lengths_[k];
      const index windows = cols_ - length + 1;
      for (index r = top; r < bottom; ++r) {
        average(work, r - top, length, 1, work.means.data() + (r - top) * cols_);
        if (r > top) compare(work, r - top, windows, job_.hard * units_[k]);
      }
      const index widest = std::max<index>(std::min(job_.max_width, length / aspect), 1);
      for (index r = first; r < last; ++r) {
        for (index width = 1; width <= widest && r + width < rows_; ++width) {
          if (job_.upwards && !follow(work, top, {r, width, 0, 0, false, false}, k, found)) return false;
          if (job_.downwards && !follow(work, top, {r, width, 0, 0, true, false}, k, found)) return false;
        }
      }
    }
    return true;
  }

  // Whether the windows of line `i` of a block differ from those of the line before by more than the limit, part by part.
  void compare(Work& work, index i, index windows, double limit) const {
    const double* const here = work.means.data() + i * cols_;
    const double* const before = here - cols_;
    for (index part = 0; part * windows_of_part < windows; ++part) {
      const index first = part * windows_of_part, last = std::min(first + windows_of_part, windows);
      std::int64_t rises = 0, falls = 0;  // as wide as the numbers: compilers make vector instructions of it
      for (index c = first; c < last; ++c) {
        rises |= static_cast<std::int64_t>(here[c] - before[c] > limit);
        falls |= static_cast<std::int64_t>(before[c] - here[c] > limit);
      }
      work.rises[at(i * parts_ + part)] = rises != 0 ? 1 : 0;
      work.falls[at(i * parts_ + part)] = falls != 0 ? 1 : 0;
    }
  }

  // What a window is: how far it stands out, and how well that is shaped.
  struct Window {
    double height;
    bool loose, strict;
  };
  Window window_at(const Work& work, index top, const Span& span, index c) const {
    const double* const means = work.means.data() + c;
    const double sign = span.downwards ? -1.0 : 1.0;
    const auto mean = [&](index r) { return sign * means[(r - top) * cols_]; };
    double low = mean(span.row), high = low;
    for (index i = 0; i < span.width; ++i) {
      const double value = mean(span.row + i);
      if (std::isnan(value)) return {0.0, false, false};
      low = std::min(low, value);
      high = std::max(high, value);
    }
    const index before = span.row - 1, behind = span.row + span.width;
    if (std::isnan(mean(before)) || std::isnan(mean(behind))) return {0.0, false, false};
    double descent = 0.0;
    if (before > 0 && mean(before) - mean(before - 1) > descent) descent = mean(before) - mean(before - 1);
    if (behind + 1 < rows_ && mean(behind) - mean(behind + 1) > descent) descent = mean(behind) - mean(behind + 1);
    const double height = low - std::max(mean(before), mean(behind));
    return {height, height > loose_slope * descent && height > loose_range * (high - low),
            height > strict_slope * descent && height > strict_range * (high - low)};
  }

  // How far the window stands out, if none of the numbers is missing.
  double height_at(const Work& work, index top, const Span& span, index c) const {
    const double* const means = work.means.data() + (span.row - top) * cols_ + c;
    const double before = *(means - cols_), behind = means[span.width * cols_];
    double edge = means[0];
    for (index i = 1; i < span.width; ++i) {
      const double mean = means[i * cols_];
      edge = (span.downwards ? mean > edge : mean < edge) ? mean : edge;
    }
    return span.downwards ? (before < behind ? before : behind) - edge : edge - (before > behind ? before : behind);
  }

  // Adds the stretches of one block to `found`; false where there is no room.
  bool follow(const Work& work, index top, Span span, std::size_t k, Found& found) const {
    const index length = lengths_[k];
    const index windows = cols_ - length + 1;
    const double hard = job_.hard * units_[k], soft = job_.soft * units_[k];
    const auto is_weak = [&](const Window& window) { return window.loose && window.height > soft; };
    bool passed = false;  // the part of the line that was looked at last
    // Because nearly no part of a line has anything, only those are looked at that lie high, or low, against both sides.
    const std::vector<std::uint8_t>& up = span.downwards ? work.falls : work.rises;
    const std::vector<std::uint8_t>& down = span.downwards ? work.rises : work.falls;
    const index line = (span.row - top) * parts_, behind = line + span.width * parts_;
    for (index c = 0; c < windows; ++c) {
      if (c % windows_of_part == 0 || passed) {
        const index part = c / windows_of_part;
        passed = false;
        if (up[at(line + part)] == 0 || down[at(behind + part)] == 0) {
          c = (part + 1) * windows_of_part - 1;
          continue;
        }
      }
      if (!(height_at(work, top, span, c) > hard)) continue;
      if (!is_weak(window_at(work, top, span, c))) continue;
      index first = c, last = c;
      while (first > 0 && is_weak(window_at(work, top, span, first - 1))) --first;
      double most = 0.0;
      span.strict = false;
      for (last = first; last < windows; ++last) {
        const Window window = window_at(work, top, span, last);
        if (!is_weak(window)) break;
        most = std::max(most, window.height);
        span.strict = span.strict || (window.height > hard && window.strict);
      }
      c = last;
      passed = true;
      span.first = first;
      span.last = last - 1 + length;
      if (!trim(work, top, k, most, span)) continue;
      if (found.count == static_cast<index>(found.spans.size())) return false;
      found.spans[at(found.count++)] = span;
    }
    return true;
  }

  // Cuts the ends of a stretch to where pixels stand out; false if nothing is left that is a scar.
  bool trim(const Work& work, index top, std::size_t k, double most, Span& span) const {
    const double limit = most / 3.0;
    const double sign = span.downwards ? -1.0 : 1.0;
    const auto stands_out = [&](index c) {
      const double* const heights = work.heights.data() + c;
      double low = sign * heights[(span.row - top) * cols_];
      for (index i = 1; i < span.width; ++i) low = std::min(low, sign * heights[(span.row + i - top) * cols_]);
      const double before = sign * heights[(span.row - 1 - top) * cols_];
      const double behind = sign * heights[(span.row + span.width - top) * cols_];
      return low - std::max(before, behind) >= limit;
    };
    while (span.first < span.last && !stands_out(span.first)) ++span.first;
    while (span.last > span.first && !stands_out(span.last - 1)) --span.last;
    const index length = span.last - span.first;
    if (length < (span.width == 1 ? job_.min_length : lengths_[k] / 2)) return false;
    if (most < within * spread_) return false;
    if ((span.first == 0 || span.last == cols_) && most < at_edges * spread_) return false;
    index count = 0;
    for (index c = span.first; c < span.last; ++c) count += stands_out(c) ? 1 : 0;
    return 5 * count >= 4 * length;
  }

  template <typename Body>
  void for_each_found(bool strict, const Body& body) const {
    for (const Found& found : found_) {
      for (index i = 0; i < found.count; ++i) {
        if (found.spans[at(i)].strict == strict) body(found.spans[at(i)]);
      }
    }
  }
  void add(const Span& span, std::uint8_t bits) {
    for (index r = span.row; r < span.row + span.width; ++r) {
      for (index c = span.first; c < span.last; ++c) job_.result(r, c) = static_cast<std::uint8_t>(job_.result(r, c) | bits);
    }
  }

  void write() {
    for_each_found(true, [&](const Span& span) {
      add(span, static_cast<std::uint8_t>(seed_bit[span.downwards ? 1 : 0] | mark_bit[span.downwards ? 1 : 0]));
    });
    for_each_found(false, [&](const Span& span) {
      const std::uint8_t bit = seed_bit[span.downwards ? 1 : 0];
      index count = 0;
      for (index r = span.row; r < span.row + span.width; ++r) {
        for (index c = span.first; c < span.last; ++c) count += (job_.result(r, c) & bit) != 0 ? 1 : 0;
      }
      if (2 * count > span.last - span.first) add(span, mark_bit[span.downwards ? 1 : 0]);
    });
    for (const std::uint8_t bit : mark_bit) {
      for (index r = 0; r + 1 < rows_; ++r) {
        const bool forward = is_marked(r, cols_ - 1, bit) && is_marked(r + 1, 0, bit);
        const bool back = is_marked(r, 0, bit) && is_marked(r + 1, cols_ - 1, bit);
        if (forward) {
          clear(r, cols_ - 1, -1, bit);
          clear(r + 1, 0, 1, bit);
        }
        if (back) {
          clear(r, 0, 1, bit);
          clear(r + 1, cols_ - 1, -1, bit);
        }
      }
    }
    const auto marks = static_cast<std::uint8_t>(mark_bit[0] | mark_bit[1]);
    for (index r = 0; r < rows_; ++r) {
      std::uint8_t* const row = &job_.result(r, 0);
      const index step = job_.result.col_stride;
      if (step == 1) {
        for (index c = 0; c < cols_; ++c) row[c] = (row[c] & marks) != 0 ? 1 : 0;
      } else {
        for (index c = 0; c < cols_; ++c) row[c * step] = (row[c * step] & marks) != 0 ? 1 : 0;
      }
    }
  }
  bool is_marked(index r, index c, std::uint8_t bit) const { return (job_.result(r, c) & bit) != 0; }
  void clear(index r, index c, index step, std::uint8_t bit) {
    for (; c >= 0 && c < cols_ && is_marked(r, c, bit); c += step) {
      job_.result(r, c) = static_cast<std::uint8_t>(job_.result(r, c) & ~bit);
    }
  }

  const ScarJob<T>& job_;
  index rows_, cols_, parts_;
  std::vector<index> lengths_;
  std::vector<double> jumps_, offsets_, units_;
  double spread_ = 0.0, base_ = 0.0;
  std::vector<Work> works_;
  std::vector<Found> found_;
};

}  // namespace

template <typename T>
void mark_scars(const ScarJob<T>& job) {
  Marker<T>(job).run();
}

template void mark_scars(const ScarJob<float>&);
template void mark_scars(const ScarJob<double>&);

}  // namespace afmnn::correct
