#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/lane_sums.hpp"
#include "afmnn/core/median.hpp"
#include "afmnn/correct/level.hpp"
#include "line_offsets.hpp"
#include "scan_lines.hpp"

namespace afmnn::correct {
namespace {

constexpr double spread_of_median = 1.4826;  // standard deviation over median distance, of normally distributed numbers
constexpr double least_weight = 1e-3;        // of neighbours without a pixel alike: lines stay connected
constexpr std::ptrdiff_t far = 16;           // lines
constexpr std::ptrdiff_t distances[] = {4, far};

// 1 up to two spreads, 0 from four on, smooth in between; without a spread, 1 for zero alone.
struct Likeness {
  explicit Likeness(double spread) : scale(spread > 0.0 ? 0.5 / spread : 0.0), any(spread > 0.0) {}
  double operator()(double distance) const {
    double t = any ? 2.0 - distance * scale : (distance == 0.0 ? 1.0 : 0.0);
    t = t > 0.0 ? (t < 1.0 ? t : 1.0) : 0.0;
    return t * t * (3.0 - 2.0 * t);
  }
  double scale;
  bool any;
};

// By how much one line lies above another, over how many pixels that are alike.
struct Link {
  double height = 0.0, weight = 0.0;
  double spread = -1.0, bend = -1.0;  // of the differences and of their slopes; below zero: not known
};

class Matching {
 public:
  explicit Matching(std::ptrdiff_t cols) : bends_(at(cols)), alike_(at(cols)), weights_(at(cols)), spare_(at(cols)) {}

  // Of neighbours: from the median of the differences on, with spreads of their own.
  Link match(const double* changes, std::ptrdiff_t count) {
    Link link;
    if (count == 0) return link;
    std::copy(changes, changes + count, weights_.data());
    link.height = median(weights_.data(), count, spare_.data());
    if (!all_finite(changes, count)) return link;  // heights that far apart are refused later
    find_bends(changes, count);
    std::copy(bends_.data(), bends_.data() + count, weights_.data());
    link.bend = spread_of_median * median(weights_.data(), count, spare_.data());
    for (std::ptrdiff_t i = 0; i < count; ++i) weights_[at(i)] = std::abs(changes[i] - link.height);
    link.spread = spread_of_median * median(weights_.data(), count, spare_.data());
    refine(changes, count, link, 2);
    return link;
  }

  // Of lines further apart: from `height` on, with given spreads.
  Link match_near(const double* changes, std::ptrdiff_t count, double height, double spread, double bend) {
    Link link{height, 0.0, spread, bend};
    find_bends(changes, count);
    refine(changes, count, link, 2);
    return link;
  }

 private:
  // How much the differences change from the pixel before to the pixel behind; at the ends, as beside them.
  void find_bends(const double* changes, std::ptrdiff_t count) {
    double* const bends = bends_.data();
    for (std::ptrdiff_t i = 1; i + 1 < count; ++i) bends[i] = std::abs(changes[i + 1] - changes[i - 1]);
    if (count > 0) bends[0] = count > 2 ? bends[1] : 0.0;
    if (count > 1) bends[count - 1] = count > 2 ? bends[count - 2] : 0.0;
  }

  void refine(const double* changes, std::ptrdiff_t count, Link& link, int rounds) {
    double* const alike = alike_.data();
    double* const weights = weights_.data();
    const Likeness likeness(link.spread);
    const Likeness bend_likeness(link.bend);
    for (std::ptrdiff_t i = 0; i < count; ++i) alike[i] = bend_likeness(bends_[at(i)]);
    for (int round = 0; round < rounds; ++round) {
      const double height = link.height;
      for (std::ptrdiff_t i = 0; i < count; ++i) weights[i] = likeness(std::abs(changes[i] - height)) * alike[i];
      const auto [weight, distance] = two_lane_sums(
          count, [=](std::ptrdiff_t i) { return weights[i]; },
          [=](std::ptrdiff_t i) { return weights[i] * (changes[i] - height); });
      link.weight = weight;
      if (!(weight > 0.0)) return;
      link.height += distance / weight;
    }
  }

  std::vector<double> bends_, alike_, weights_, spare_;
};

// Normal equations of heights that links connect, each line with those up to `band` before it; a Cholesky factorisation (without
// roots) solves them in place.
class BandedEquations {
 public:
  BandedEquations(std::ptrdiff_t count, std::ptrdiff_t band)
      : count_(count), band_(band), matrix_(at(count * (band + 1))), right_(at(count)) {}

  void add(std::ptrdiff_t line, std::ptrdiff_t before, double height, double weight) {
    entry(line, line) += weight;
    entry(before, before) += weight;
    entry(line, before) -= weight;
    right_[at(line)] += weight * height;
    right_[at(before)] -= weight * height;
  }

  const std::vector<double>& solve() {
    // Links say nothing of all heights together: the first one is held.
    entry(0, 0) += entry(0, 0);
    for (std::ptrdiff_t i = 0; i < count_; ++i) {
      const std::ptrdiff_t first = std::max<std::ptrdiff_t>(i - band_, 0);
      for (std::ptrdiff_t j = first; j <= i; ++j) {
        double value = entry(i, j);
        for (std::ptrdiff_t k = std::max(first, j - band_); k < j; ++k) value -= entry(i, k) * entry(j, k) * entry(k, k);
        entry(i, j) = j < i ? value / entry(j, j) : value;
        if (j < i) right_[at(i)] -= entry(i, j) * right_[at(j)];
      }
    }
    for (std::ptrdiff_t i = 0; i < count_; ++i) right_[at(i)] /= entry(i, i);
    for (std::ptrdiff_t i = count_ - 1; i >= 0; --i) {
      for (std::ptrdiff_t j = std::max<std::ptrdiff_t>(i - band_, 0); j < i; ++j) right_[at(j)] -= entry(i, j) * right_[at(i)];
    }
    return right_;
  }

 private:
  double& entry(std::ptrdiff_t i, std::ptrdiff_t j) { return matrix_[at(i * (band_ + 1) + (i - j))]; }

  std::ptrdiff_t count_, band_;
  std::vector<double> matrix_, right_;
};

// Median of a number of the links that know it; below zero if none does.
double median_of(const std::vector<Link>& links, double Link::* member) {
  std::vector<double> values;
  for (const Link& link : links) {
    if (link.*member >= 0.0) values.push_back(link.*member);
  }
  if (values.empty()) return -1.0;
  std::vector<double> spare(values.size());
  return median(values.data(), static_cast<std::ptrdiff_t>(values.size()), spare.data());
}

}  // namespace

template <typename T>
Levelled level_rows_matching(const LevelJob<T>& job) {
  ScanLines<T> lines(job);
  const std::ptrdiff_t rows = lines.rows();
  const std::ptrdiff_t cols = lines.cols();
  ImageSums sums;
  const Levelled outcome = sum_lines(lines, sums);
  if (outcome != Levelled::done) return outcome;

  const std::vector<std::uint8_t>& known = sums.known;
  std::vector<Matching> matchings(at(lines.workers()), Matching(cols));
  std::vector<std::vector<Link>> links(1, std::vector<Link>(at(rows)));  // of each line to the known one before
  visit_changes(lines, known, [&](int worker, std::ptrdiff_t index, const double* changes, std::ptrdiff_t count) {
    links[0][at(index)] = matchings[at(worker)].match(changes, count);
  });
  std::vector<std::ptrdiff_t> place(at(rows));  // of each line among the known ones
  std::vector<double> offsets(at(rows));
  std::ptrdiff_t count = 0;
  double offset = 0.0;
  for (std::ptrdiff_t i = 0; i < rows; ++i) {
    if (known[at(i)] == 0) continue;
    place[at(i)] = count++;
    offset += links[0][at(i)].height;
    offsets[at(i)] = offset;
  }

  const double spread = median_of(links[0], &Link::spread);
  const double bend = median_of(links[0], &Link::bend);
  std::vector<std::vector<double>> changes(at(lines.workers()), std::vector<double>(at(cols)));
  for (const std::ptrdiff_t distance : distances) {
    if (distance >= rows || spread < 0.0) break;
    links.emplace_back(at(rows));
    lines.read_pairs(distance, [&](int worker, const ScanLine<T>& line, const ScanLine<T>& before) {
      if (known[at(line.index)] == 0 || known[at(before.index)] == 0) return;
      double* const own = changes[at(worker)].data();
      const std::ptrdiff_t shared = find_changes(line, before, cols, own);
      const double height = offsets[at(line.index)] - offsets[at(before.index)];
      Link& link = links.back()[at(line.index)];
      link = matchings[at(worker)].match_near(own, shared, height, spread, bend);
      // From the outermost pixels of another terrace on, the mean would walk to that terrace. Nearer lines share a part of each,
      // and may have drifted that far.
      if (distance == far && !(std::abs(link.height - height) <= 2.0 * spread)) link.weight = 0.0;
    });
    // What is found is added to the offsets, and not the offsets anew: they may be large against it.
    BandedEquations equations(count, distance);
    for (std::size_t apart = 0; apart < links.size(); ++apart) {
      std::ptrdiff_t neighbour = -1;
      for (std::ptrdiff_t i = 0; i < rows; ++i) {
        const std::ptrdiff_t before = apart == 0 ? neighbour : i - distances[apart - 1];
        if (known[at(i)] == 0) continue;
        neighbour = i;
        if (before < 0 || known[at(before)] == 0) continue;
        const Link& link = links[apart][at(i)];
        const double weight = apart == 0 ? std::max(link.weight, least_weight) : link.weight;
        equations.add(place[at(i)], place[at(before)], link.height - (offsets[at(i)] - offsets[at(before)]), weight);
      }
    }
    const std::vector<double>& found = equations.solve();
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
      if (known[at(i)] != 0) offsets[at(i)] += found[at(place[at(i)])];
    }
  }
  return write_offsets(lines, sums, offsets);
}

template Levelled level_rows_matching(const LevelJob<float>&);
template Levelled level_rows_matching(const LevelJob<double>&);

}  // namespace afmnn::correct
