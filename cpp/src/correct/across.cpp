#include "afmnn/correct/across.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "afmnn/core/median.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/correct/level.hpp"
#include "line_blocks.hpp"
#include "line_offsets.hpp"

namespace afmnn::correct {
namespace {

using index = std::ptrdiff_t;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Bits of a pixel: whether others are filled from it, and whether it is to be filled.
constexpr std::uint8_t good = 1, hole = 2;

template <typename T>
class Filling {
 public:
  explicit Filling(const AcrossJob<T>& job)
      : job_(job), rows_(job.image.rows), cols_(job.image.cols), pixels_(at(rows_ * cols_)), kinds_(at(rows_)) {}

  Across run() {
    copy();
    if (std::none_of(kinds_.begin(), kinds_.end(), [](std::uint8_t kind) { return (kind & hole) != 0; })) return Across::nothing;
    if (std::none_of(kinds_.begin(), kinds_.end(), [](std::uint8_t kind) { return (kind & good) != 0; })) return Across::no_pixel;
    if (!level()) return Across::not_representable;
    find_before();
    return fill() ? Across::done : Across::not_representable;
  }

 private:
  // Copies the image, and says what its pixels are.
  void copy() {
    constexpr index lines = 16;
    complete_.resize(at(rows_));
    visit_blocks((rows_ + lines - 1) / lines, job_.threads, job_.interrupt, [&](int, index block) {
      for (index r = block * lines; r < std::min((block + 1) * lines, rows_); ++r) {
        std::uint8_t* const pixels = pixels_.data() + r * cols_;
        const T* const from = &job_.image(r, 0);
        const std::uint8_t* const marks = &job_.marks(r, 0);
        T* const to = &job_.result(r, 0);
        const index step = job_.image.col_stride, marks_step = job_.marks.col_stride, to_step = job_.result.col_stride;
        const auto pixel = [](T height, std::uint8_t mark) {
          return static_cast<std::uint8_t>(height != height ? 0 : mark != 0 ? hole : good);
        };
        if (step == 1 && marks_step == 1 && to_step == 1) {
          std::copy(from, from + cols_, to);
          for (index c = 0; c < cols_; ++c) pixels[c] = pixel(from[c], marks[c]);
        } else {
          for (index c = 0; c < cols_; ++c) {
            to[c * to_step] = from[c * step];
            pixels[c] = pixel(from[c * step], marks[c * marks_step]);
          }
        }
        std::uint8_t any = 0, all = good;
        for (index c = 0; c < cols_; ++c) {
          any = static_cast<std::uint8_t>(any | pixels[c]);
          all = static_cast<std::uint8_t>(all & pixels[c]);
        }
        kinds_[at(r)] = any;
        complete_[at(r)] = all == good ? 1 : 0;
      }
    });
  }

  // The offsets of the lines over good pixels.
  bool level() {
    // A mask of the good pixels: holes have an even number.
    std::vector<std::uint8_t> mask(pixels_);
    for (std::uint8_t& pixel : mask) pixel &= good;
    LevelJob<T> job;
    job.image = job_.image;
    job.mask = {mask.data(), rows_, cols_, cols_, 1};
    job.result = job_.result;
    job.threads = job_.threads;
    job.interrupt = job_.interrupt;
    ScanLines<T> lines(job);
    std::vector<std::vector<double>> spare(at(lines.workers()), std::vector<double>(at(cols_)));
    ImageSums sums;
    const Levelled outcome = find_offsets(
        lines, [&](int worker, double* changes, index count) { return median(changes, count, spare[at(worker)].data()); }, sums,
        offsets_);
    if (outcome != Levelled::done) return false;
    complete_offsets(sums, offsets_);
    origin_ = sums.origin;
    return true;
  }

  // Rounded as a levelled image of the heights' type has it.
  double levelled(index r, index c) const {
    return static_cast<double>(static_cast<T>((static_cast<double>(job_.image(r, c)) - origin_) - offsets_[at(r)]));
  }

  // Calls body(row, last) for rows with holes, from the first to the last or the other way round; last[c] is the row passed last
  // with a good pixel in the column, `none` if there is none.
  template <typename Body>
  void sweep(bool forwards, index none, const Body& body) {
    InterruptTimer timer(job_.interrupt);
    constexpr std::int32_t unknown = std::numeric_limits<std::int32_t>::min();
    std::vector<std::int32_t> last(at(cols_), unknown);
    std::int32_t all = unknown;  // because most lines are good all over, they are not written to every column
    for (index i = 0; i < rows_; ++i) {
      timer.call_if_due();
      const index r = forwards ? i : rows_ - 1 - i;
      const auto number = static_cast<std::int32_t>(i);  // of rows passed
      if (complete_[at(r)] != 0) {
        all = number;
        continue;
      }
      for (std::int32_t& place : last) place = place > all ? place : all;
      if ((kinds_[at(r)] & hole) != 0) {
        body(r, [&](index c) {
          const std::int32_t place = last[at(c)];
          return place == unknown ? none : forwards ? static_cast<index>(place) : rows_ - 1 - place;
        });
      }
      const std::uint8_t* const pixels = pixels_.data() + r * cols_;
      for (index c = 0; c < cols_; ++c) last[at(c)] = pixels[c] == good ? number : last[at(c)];
    }
  }

  void find_before() {
    std::vector<index> counts(at(rows_));
    starts_.assign(at(rows_ + 1), 0);
    for (index r = 0; r < rows_; ++r) {
      index count = 0;
      const std::uint8_t* const pixels = pixels_.data() + r * cols_;
      for (index c = 0; (kinds_[at(r)] & hole) != 0 && c < cols_; ++c) count += pixels[c] == hole ? 1 : 0;
      starts_[at(r + 1)] = starts_[at(r)] + count;
    }
    before_.resize(at(starts_.back()));
    sweep(true, -1, [&](index r, const auto& last) {
      index next = starts_[at(r)];
      const std::uint8_t* const pixels = pixels_.data() + r * cols_;
      for (index c = 0; c < cols_; ++c) {
        if (pixels[c] == hole) before_[at(next++)] = static_cast<std::int32_t>(last(c));
      }
    });
  }

  bool fill() {
    bool representable = true;
    std::vector<double> values(at(cols_));
    sweep(false, rows_, [&](index r, const auto& last) {
      const std::uint8_t* const pixels = pixels_.data() + r * cols_;
      index next = starts_[at(r)];
      bool unknown = false;
      for (index c = 0; c < cols_; ++c) {
        if (pixels[c] != hole) continue;
        const index before = before_[at(next++)], behind = last(c);
        const double first = before >= 0 ? levelled(before, c) : missing, second = behind < rows_ ? levelled(behind, c) : missing;
        const double part = static_cast<double>(r - before) / static_cast<double>(behind - before);
        values[at(c)] = before < 0 ? second : behind == rows_ ? first : first + part * (second - first);
        unknown = unknown || std::isnan(values[at(c)]);
      }
      if (unknown) fill_beside(r, values);
      // What levelling took off the line, as its first height says.
      index known = 0;
      while (pixels[known] == 0) ++known;
      const double offset = static_cast<double>(job_.image(r, known)) - levelled(r, known);
      for (index c = 0; c < cols_; ++c) {
        if (pixels[c] != hole) continue;
        const auto height = static_cast<T>(values[at(c)] + offset);
        representable = representable && std::isfinite(height);
        job_.result(r, c) = height;
      }
    });
    return representable;
  }

  // Values of columns without a good pixel: between those beside them.
  void fill_beside(index r, std::vector<double>& values) const {
    const std::uint8_t* const pixels = pixels_.data() + r * cols_;
    std::vector<index> places;
    std::vector<double> heights;
    for (index c = 0; c < cols_; ++c) {
      if (pixels[c] == 0 || (pixels[c] == hole && std::isnan(values[at(c)]))) continue;
      places.push_back(c);
      heights.push_back(pixels[c] == good ? levelled(r, c) : values[at(c)]);
    }
    std::size_t behind = 0;
    for (index c = 0; c < cols_; ++c) {
      if (pixels[c] != hole || !std::isnan(values[at(c)])) continue;
      while (behind < places.size() && places[behind] < c) ++behind;
      if (places.empty()) {
        values[at(c)] = 0.0;
      } else if (behind == 0 || behind == places.size()) {
        values[at(c)] = behind == 0 ? heights.front() : heights.back();
      } else {
        const std::size_t before = behind - 1;
        const double slope = (heights[behind] - heights[before]) / static_cast<double>(places[behind] - places[before]);
        values[at(c)] = slope * static_cast<double>(c - places[before]) + heights[before];
      }
    }
  }

  const AcrossJob<T>& job_;
  index rows_, cols_;
  std::vector<std::uint8_t> pixels_, kinds_, complete_;  // of pixels; what a line has any of; whether all of it is good
  std::vector<double> offsets_;                          // of the lines, beside the origin
  double origin_ = 0.0;
  std::vector<index> starts_;         // of each line's holes
  std::vector<std::int32_t> before_;  // the line that a hole is filled from, before it
};

}  // namespace

template <typename T>
Across fill_across(const AcrossJob<T>& job) {
  return Filling<T>(job).run();
}

template <typename T>
std::vector<double> medians_of_lines(StridedView2D<const T> image, const std::uint8_t* chosen, int threads,
                                     const Interrupt& interrupt) {
  constexpr index lines = 16;
  std::vector<double> medians(at(image.rows), missing);
  std::vector<std::vector<T>> works(at(threads), std::vector<T>(at(2 * image.cols)));
  visit_blocks((image.rows + lines - 1) / lines, threads, interrupt, [&](int worker, index block) {
    T* const values = works[at(worker)].data();
    for (index r = block * lines; r < std::min((block + 1) * lines, image.rows); ++r) {
      if (chosen[r] == 0) continue;
      index count = 0;
      for (index c = 0; c < image.cols; ++c) {
        values[count] = image(r, c);
        count += values[count] == values[count] ? 1 : 0;
      }
      if (count > 0) medians[at(r)] = median(values, count, values + image.cols);
    }
  });
  return medians;
}

template Across fill_across(const AcrossJob<float>&);
template Across fill_across(const AcrossJob<double>&);
template std::vector<double> medians_of_lines(StridedView2D<const float>, const std::uint8_t*, int, const Interrupt&);
template std::vector<double> medians_of_lines(StridedView2D<const double>, const std::uint8_t*, int, const Interrupt&);

}  // namespace afmnn::correct
