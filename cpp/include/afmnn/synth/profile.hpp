// Piecewise linear functions of one coordinate: the cross-sections of staircases and gratings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace afmnn::synth {

/// A step: height * clamp((t - position) / width + 1/2, 0, 1).
struct Ramp {
  std::int64_t index = 0;
  double position = 0.0;
  double width = 0.0;
  double height = 0.0;
};

/// A ridge: `height` where |t - position| <= top / 2, falling to 0 over `left` and `right` beyond.
struct Ridge {
  std::int64_t index = 0;
  double position = 0.0;
  double top = 0.0;
  double left = 0.0;
  double right = 0.0;
  double height = 0.0;
};

/// Widths up to this are none, and a sharp edge belongs to its upper side with this tolerance, so that pixels that lie
/// on it do not fall to either side by rounding. In periods.
constexpr double edge_tolerance = 1e-9;

/// A piecewise linear function, tabulated exactly for fast evaluation.
class Profile {
 public:
  /// offset + the sum of all ramps, in any order.
  static Profile sum_of(std::vector<Ramp> ramps, double offset);
  /// The upper envelope of all ridges, in any order, and of 0.
  static Profile envelope_of(const std::vector<Ridge>& ridges);

  /// out[i] = value at t[i]; about 3 ns each.
  void evaluate(const double* t, std::ptrdiff_t count, double* out) const {
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const double bin = (t[i] - low_) * bins_per_unit_;
      const Segment* segment =
          segments_.data() + first_[bin > 0.0 ? static_cast<std::size_t>(bin < last_bin_ ? bin : last_bin_) : 0];
      while (t[i] >= segment->end) ++segment;
      out[i] = segment->value + segment->slope * (t[i] - segment->middle);
    }
  }

 private:
  struct Segment {
    double end;     // where the next one begins; infinite for the last
    double middle;  // where `value` is
    double value;
    double slope;
  };
  void add(double begin, double end, double value_at_middle, double slope);
  void index();

  std::vector<Segment> segments_;
  std::vector<std::uint32_t> first_;  // per bin of equal width: the segment at its beginning
  double low_ = 0.0;
  double bins_per_unit_ = 0.0;
  double last_bin_ = 0.0;
};

}  // namespace afmnn::synth
