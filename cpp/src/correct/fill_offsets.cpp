#include "fill_offsets.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "afmnn/core/median.hpp"
#include "afmnn/core/to_index.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

constexpr index reach = 8;            // lines on each side that say what the trend is
constexpr index least = 8;            // differences that say something
constexpr index lines_of_group = 16;  // where lines are columns, each cache line of memory is read once
constexpr double spread_of_median =
    1.4826022185056018;  // of a normal distribution, in units of its median distance from the median
constexpr double error_of_median = 1.2533141373155003;  // of a normal distribution's median, in units of that of its mean
constexpr double chance = 2.0;                          // standard errors

// How one line lies to one before it.
struct Step {
  index count = 0;  // differences
  double height = 0.0;
  double error = 0.0;  // of the height, by chance
};

// Room for the differences between two lines.
class Differences {
 public:
  explicit Differences(index most) : ordered_(at(most)), values_(at(most)), work_(at(most)) {}

  template <typename T>
  Step step(const T* before, const T* line, index count) {
    index found = 0;
    // Because a branch would be taken at random where pixels are missing at random, every difference is written.
    for (index c = 0; c < count; ++c) {
      const double difference = static_cast<double>(line[c]) - static_cast<double>(before[c]);
      ordered_[at(found)] = difference;
      found += difference == difference ? 1 : 0;
    }
    Step step;
    step.count = found;
    if (found == 0) return step;
    std::copy(ordered_.begin(), ordered_.begin() + found, values_.begin());
    step.height = median(values_.data(), found, work_.data());
    bool was_above = false, crossed_any = false;
    index crossings = 0;
    for (index i = 0; i < found; ++i) {
      const double distance = ordered_[at(i)] - step.height;
      values_[at(i)] = std::fabs(distance);
      if (distance == 0.0) continue;
      const bool above = distance > 0.0;
      crossings += crossed_any && above != was_above ? 1 : 0;
      crossed_any = true;
      was_above = above;
    }
    const double spread = spread_of_median * median(values_.data(), found, work_.data());
    step.error = error_of_median * spread / std::sqrt(static_cast<double>(crossings + 1));
    return step;
  }

  double median_of(std::vector<double>& values) {
    if (values.size() > work_.size()) work_.resize(values.size());
    return values.empty() ? 0.0 : median(values.data(), static_cast<index>(values.size()), work_.data());
  }

 private:
  std::vector<double> ordered_, values_, work_;
};

// What of a step is more than the trend and chance.
double beyond_chance(const Step& step, double trend) {
  if (step.count < least) return 0.0;
  const double height = step.height - trend;
  const double limit = chance * step.error;
  if (!(std::fabs(height) > limit)) return 0.0;
  const double part = limit / height;
  return height * (1.0 - part * part);
}

template <typename T>
class Offsets {
 public:
  Offsets(StridedView2D<const T> heights, const std::vector<std::uint8_t>& holed, RowTeam& team)
      : heights_(heights),
        holed_(holed),
        team_(team),
        lines_(heights.rows),
        length_(heights.cols),
        steps_(at(lines_)),
        known_(at(lines_), 1) {}

  std::vector<double> find() {
    find_wanted();
    measure_neighbours();
    return add_up();
  }

 private:
  // Steps to the line before, of lines with holes, the lines behind them, and those that say what the trend is.
  void find_wanted() {
    wanted_.assign(at(lines_), 0);
    index until = 0;
    for (index i = 1; i < lines_; ++i) {
      if (holed_[at(i)] == 0 && holed_[at(i - 1)] == 0) continue;
      for (index j = std::max({i - reach, until, index{1}}); j <= std::min(i + reach, lines_ - 1); ++j) wanted_[at(j)] = 1;
      until = i + reach + 1;
    }
  }

  void read(index first, index last, T* to) const {
    if (std::abs(heights_.row_stride) < std::abs(heights_.col_stride)) {
      for (index c = 0; c < length_; ++c)
        for (index i = first; i < last; ++i) to[(i - first) * length_ + c] = heights_(i, c);
    } else {
      for (index i = first; i < last; ++i)
        for (index c = 0; c < length_; ++c) to[(i - first) * length_ + c] = heights_(i, c);
    }
  }

  void measure_neighbours() {
    const index groups = (lines_ + lines_of_group - 1) / lines_of_group;
    std::vector<Differences> differences(at(team_.workers()), Differences(length_));
    std::vector<std::vector<T>> buffers(at(team_.workers()));
    team_.visit(groups, lines_ * length_, [&](int worker, index begin, index end) {
      for (index g = begin; g < end; ++g) {
        const index first = g * lines_of_group, last = std::min(first + lines_of_group, lines_);
        const auto is_wanted = [&](index i) { return wanted_[at(i)] != 0; };
        index from = first, to = last;
        while (from < to && !is_wanted(from)) ++from;
        while (from < to && !is_wanted(to - 1)) --to;
        if (from == to) continue;
        std::vector<T>& buffer = buffers[at(worker)];
        buffer.resize(at((lines_of_group + 1) * length_));
        read(from - 1, to, buffer.data());
        for (index i = from; i < to; ++i) {
          const T* const line = buffer.data() + (i - from + 1) * length_;
          if (is_wanted(i)) steps_[at(i)] = differences[at(worker)].step(line - length_, line, length_);
        }
      }
    });
    for (index i = 0; i < lines_; ++i) {
      if (holed_[at(i)] == 0) continue;
      index c = 0;
      while (c < length_ && std::isnan(heights_(i, c))) ++c;
      known_[at(i)] = c < length_ ? 1 : 0;
    }
  }

  // The median step from a line to the next, from line `first` to line `last`.
  double trend(index first, index last) {
    around_.clear();
    for (index i = std::max<index>(first, 1); i <= std::min(last, lines_ - 1); ++i) {
      if (steps_[at(i)].count > 0) around_.push_back(steps_[at(i)].height);
    }
    return spare_.median_of(around_);
  }

  std::vector<double> add_up() {
    std::vector<double> offsets(at(lines_));
    std::vector<T> lines(at(2 * length_));
    Differences differences(length_);
    index before = -1;  // the last known line
    for (index i = 0; i < lines_; ++i) {
      if (known_[at(i)] == 0) continue;
      const index gap = i - before;
      if (before < 0) {
        std::fill(offsets.begin(), offsets.begin() + i, 0.0);
      } else if (gap == 1 && wanted_[at(i)] == 0) {
        offsets[at(i)] = offsets[at(before)];
      } else {
        const double usual = static_cast<double>(gap) * trend(before + 1 - reach, i + reach);
        Step step = steps_[at(i)];
        if (gap > 1) {
          read(before, before + 1, lines.data());
          read(i, i + 1, lines.data() + length_);
          step = differences.step(lines.data(), lines.data() + length_, length_);
        }
        offsets[at(i)] = offsets[at(before)] + beyond_chance(step, usual);
        for (index j = before + 1; j < i; ++j) {
          const double part = static_cast<double>(j - before) / static_cast<double>(gap);
          offsets[at(j)] = offsets[at(before)] + part * (offsets[at(i)] - offsets[at(before)]);
        }
      }
      before = i;
    }
    for (index i = before + 1; i < lines_; ++i) offsets[at(i)] = offsets[at(before)];
    return offsets;
  }

  StridedView2D<const T> heights_;
  const std::vector<std::uint8_t>& holed_;
  RowTeam& team_;
  index lines_, length_;
  std::vector<Step> steps_;          // to the line before
  std::vector<std::uint8_t> known_;  // whether a line has any height
  std::vector<std::uint8_t> wanted_;
  std::vector<double> around_;
  Differences spare_{1};
};

}  // namespace

template <typename T>
std::vector<double> line_offsets(StridedView2D<const T> heights, const std::vector<std::uint8_t>& holed, RowTeam& team) {
  return Offsets<T>(heights, holed, team).find();
}

template std::vector<double> line_offsets(StridedView2D<const float>, const std::vector<std::uint8_t>&, RowTeam&);
template std::vector<double> line_offsets(StridedView2D<const double>, const std::vector<std::uint8_t>&, RowTeam&);

}  // namespace afmnn::correct
