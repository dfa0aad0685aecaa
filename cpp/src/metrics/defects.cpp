#include "afmnn/metrics/defects.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "afmnn/core/median.hpp"

namespace afmnn::metrics {
namespace {

// Standard deviation of a normal distribution, in units of its median distance from the median.
constexpr double spread_of_median = 1.4826022185056018;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

// Numbers of which a median is wanted, and room to find it.
class Values {
 public:
  explicit Values(std::ptrdiff_t most) : values_(static_cast<std::size_t>(most)), work_(values_.size()) {}

  // Because a branch would be taken at random where pixels are missing at random, every value is written.
  void add(double value) {
    values_[static_cast<std::size_t>(count_)] = value;
    count_ += value == value ? 1 : 0;
  }
  void clear() { count_ = 0; }
  std::ptrdiff_t count() const { return count_; }
  double median() { return afmnn::median(values_.data(), count_, work_.data()); }

 private:
  std::vector<double> values_, work_;
  std::ptrdiff_t count_ = 0;
};

}  // namespace

double row_steps(StridedView2D<const double> heights) {
  Values changes(heights.cols + 1), distances(heights.rows + 1);
  std::vector<double> jumps;
  for (std::ptrdiff_t r = 1; r < heights.rows; ++r) {
    changes.clear();
    for (std::ptrdiff_t c = 0; c < heights.cols; ++c) changes.add(heights(r, c) - heights(r - 1, c));
    if (changes.count() > 0) jumps.push_back(changes.median());
  }
  if (jumps.size() < 2) return none;
  for (const double jump : jumps) distances.add(jump);
  const double middle = distances.median();
  distances.clear();
  for (const double jump : jumps) distances.add(std::fabs(jump - middle));
  return spread_of_median * distances.median();
}

double x_noise(StridedView2D<const double> heights) {
  if (heights.cols < 3) return none;
  Values bends(heights.rows * (heights.cols - 2) + 1);
  for (std::ptrdiff_t r = 0; r < heights.rows; ++r)
    for (std::ptrdiff_t c = 2; c < heights.cols; ++c)
      bends.add(std::fabs(heights(r, c - 2) - 2.0 * heights(r, c - 1) + heights(r, c)));
  if (bends.count() == 0) return none;
  return spread_of_median / std::sqrt(6.0) * bends.median();
}

}  // namespace afmnn::metrics
