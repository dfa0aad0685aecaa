#include "afmnn/synth/profile.hpp"

#include <algorithm>
#include <limits>

namespace afmnn::synth {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void sort_and_unite(std::vector<double>& places) {
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
}

}  // namespace

void Profile::add(double begin, double end, double value_at_middle, double slope) {
  segments_.push_back({end, begin + 0.5 * (end - begin), value_at_middle, slope});
}

void Profile::index() {
  // The outer segments are flat and without bounds; the bins cover what lies between them, if anything does.
  low_ = segments_.front().end;
  const double high = segments_.size() > 2 ? segments_[segments_.size() - 2].end : low_;
  const std::size_t bins = high > low_ ? 2 * segments_.size() : 1;
  bins_per_unit_ = high > low_ ? static_cast<double>(bins) / (high - low_) : 0.0;
  last_bin_ = static_cast<double>(bins - 1);
  first_.resize(bins);
  std::size_t segment = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    // A hair below the beginning, so that rounding cannot skip a segment. Bin 0 starts at the first one.
    const double begin = bin == 0 ? -infinity : low_ + (static_cast<double>(bin) - 1e-6) / bins_per_unit_;
    while (segments_[segment].end <= begin) ++segment;
    first_[bin] = static_cast<std::uint32_t>(segment);
  }
}

Profile Profile::sum_of(std::vector<Ramp> ramps, double offset) {
  std::vector<double> places;
  places.reserve(2 * ramps.size());
  for (Ramp& ramp : ramps) {
    if (ramp.width <= edge_tolerance) {
      ramp.width = 0.0;
      ramp.position -= edge_tolerance;
    }
    places.push_back(ramp.position - 0.5 * ramp.width);
    places.push_back(ramp.position + 0.5 * ramp.width);
  }
  sort_and_unite(places);
  const auto begin_of = [](const Ramp& ramp) { return ramp.position - 0.5 * ramp.width; };
  // Stable, here and below: features that begin at one place are added up in the order of their numbers.
  std::stable_sort(ramps.begin(), ramps.end(), [&](const Ramp& a, const Ramp& b) { return begin_of(a) < begin_of(b); });

  Profile profile;
  std::vector<Ramp> rising;  // those that the current segment is within
  std::size_t begun = 0;
  double level = offset;
  profile.segments_.reserve(places.size() + 1);
  profile.segments_.push_back({places.empty() ? infinity : places.front(), 0.0, offset, 0.0});
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double begin = places[i];
    const bool last = i + 1 == places.size();
    const double end = last ? infinity : places[i + 1];
    const double middle = last ? begin : begin + 0.5 * (end - begin);
    while (begun < ramps.size() && begin_of(ramps[begun]) <= begin) rising.push_back(ramps[begun++]);
    for (std::size_t k = 0; k < rising.size();) {
      if (rising[k].position + 0.5 * rising[k].width <= begin) {
        level += rising[k].height;
        rising.erase(rising.begin() + static_cast<std::ptrdiff_t>(k));
      } else {
        ++k;
      }
    }
    double value = level;
    double slope = 0.0;
    for (const Ramp& ramp : rising) {
      value += ramp.height * ((middle - ramp.position) / ramp.width + 0.5);
      slope += ramp.height / ramp.width;
    }
    profile.segments_.push_back({end, middle, value, slope});
  }
  profile.index();
  return profile;
}

Profile Profile::envelope_of(const std::vector<Ridge>& ridges) {
  struct Corners {
    double begin, top_begin, top_end, end, height;
  };
  struct Line {
    double value, slope;  // at the beginning of the interval
  };
  std::vector<Corners> all;
  std::vector<double> places;
  for (const Ridge& ridge : ridges) {
    if (ridge.top + ridge.left + ridge.right <= edge_tolerance || ridge.height <= 0.0) continue;
    const double top_begin = ridge.position - 0.5 * ridge.top;
    const double top_end = ridge.position + 0.5 * ridge.top;
    Corners c{top_begin - ridge.left, top_begin, top_end, top_end + ridge.right, ridge.height};
    if (ridge.left <= edge_tolerance) c.begin = c.top_begin = top_begin - edge_tolerance;
    if (ridge.right <= edge_tolerance) c.end = c.top_end = top_end + edge_tolerance;
    all.push_back(c);
    places.insert(places.end(), {c.begin, c.top_begin, c.top_end, c.end});
  }
  sort_and_unite(places);
  std::stable_sort(all.begin(), all.end(), [](const Corners& a, const Corners& b) { return a.begin < b.begin; });

  Profile profile;
  std::vector<Corners> active;
  std::vector<Line> lines;
  std::size_t begun = 0;
  profile.segments_.push_back({places.empty() ? infinity : places.front(), 0.0, 0.0, 0.0});
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    const double begin = places[i];
    const double end = places[i + 1];
    while (begun < all.size() && all[begun].begin <= begin) active.push_back(all[begun++]);
    active.erase(std::remove_if(active.begin(), active.end(), [&](const Corners& c) { return c.end <= begin; }), active.end());
    lines.assign(1, {0.0, 0.0});
    for (const Corners& c : active) {
      if (begin < c.top_begin) {
        const double slope = c.height / (c.top_begin - c.begin);
        lines.push_back({(begin - c.begin) * slope, slope});
      } else if (begin < c.top_end) {
        lines.push_back({c.height, 0.0});
      } else {
        const double slope = c.height / (c.end - c.top_end);
        lines.push_back({(c.end - begin) * slope, -slope});
      }
    }
    // Follow the highest line to where a steeper one crosses it.
    const auto higher = [](const Line& a, const Line& b) {
      return a.value < b.value || (a.value == b.value && a.slope < b.slope);
    };
    Line best = *std::max_element(lines.begin(), lines.end(), higher);
    double from = begin;
    while (from < end) {
      double to = end;
      Line next = best;
      for (const Line& line : lines) {
        if (line.slope <= best.slope) continue;
        const double crossing = std::max(from, begin + (best.value - line.value) / (line.slope - best.slope));
        if (crossing < to || (crossing == to && line.slope > next.slope && to < end)) {
          to = crossing;
          next = line;
        }
      }
      if (to > from) profile.add(from, to, best.value + best.slope * (0.5 * (from + to) - begin), best.slope);
      best = next;
      from = to;
    }
  }
  if (!places.empty()) profile.segments_.push_back({infinity, places.back(), 0.0, 0.0});
  profile.index();
  return profile;
}

}  // namespace afmnn::synth
