// Which objects there are: their number, places and sizes.
#include "afmnn/synth/objects.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"

namespace afmnn::synth {
namespace {

enum Quantity : std::uint64_t {
  order_role = role::objects,
  position_role,
  radius_role,
  aspect_role,
  height_role,
  angle_role,
  truncation_role,
  up_role,
};

constexpr std::size_t batch = 16384;  // objects drawn at a time: 8 MB, and many that threads can place side by side

std::int64_t wrap(std::int64_t index, std::int64_t size) { return index % size; }

}  // namespace

double object_count(const ObjectSettings& settings, std::ptrdiff_t rows, std::ptrdiff_t cols) {
  const double area = static_cast<double>(rows) * settings.row_step * static_cast<double>(cols);
  const double square = 4.0 * settings.size.radius * settings.size.radius;
  const double mean_square = afmnn::exp(2.0 * settings.radius_spread * settings.radius_spread);
  const double count = settings.coverage * area / (square * footprint_ratio(settings.kind, settings.size.aspect) * mean_square);
  return std::max(1.0, std::ceil(count * (1.0 - 1e-12)));  // an exact number stays itself in any unit of length
}

ObjectSampler::ObjectSampler(const ObjectSettings& settings, std::ptrdiff_t rows, std::ptrdiff_t cols, std::int64_t count,
                             std::uint64_t key)
    : settings_(settings), rows_(rows), cols_(cols), count_(count), key_(key) {
  const double pixels = static_cast<double>(rows) * static_cast<double>(cols);
  const auto cell = static_cast<std::int64_t>(std::sqrt(std::sqrt(pixels)));  // at least 1
  cells_down_ = (rows_ + cell - 1) / cell;
  cells_across_ = (cols_ + cell - 1) / cell;
}

void ObjectSampler::shuffle_pass() {
  const std::int64_t cells = cells_down_ * cells_across_;
  const std::int64_t visits = std::min(cells, count_ - done_);
  order_.resize(static_cast<std::size_t>(cells));
  std::iota(order_.begin(), order_.end(), 0);
  for (std::int64_t i = 0; i < visits; ++i) {
    const double u = uniform(key_, order_role, static_cast<std::uint64_t>(done_ + i));
    const auto other = i + static_cast<std::int64_t>(u * static_cast<double>(cells - i));
    std::swap(order_[static_cast<std::size_t>(i)], order_[static_cast<std::size_t>(other)]);
  }
}

std::size_t ObjectSampler::next(std::vector<Object>& objects) {
  const std::int64_t cells = cells_down_ * cells_across_;
  const std::int64_t full_passes = count_ / cells;
  const double cap = largest_radius * std::max(static_cast<double>(cols_), static_cast<double>(rows_) * settings_.row_step);
  const ShapeSize& nominal = settings_.size;
  std::size_t made = 0;
  for (; made < objects.size() && done_ < count_; ++made, ++done_) {
    const std::int64_t pass = done_ / cells;
    const std::int64_t visit = done_ % cells;
    if (visit == 0) shuffle_pass();
    const std::int64_t shift = pass < full_passes ? pass + 1 : 0;
    const std::int64_t cell = order_[static_cast<std::size_t>(visit)];
    const std::int64_t down = cell / cells_across_;
    const std::int64_t across = cell % cells_across_;
    const auto index = static_cast<std::uint64_t>(done_);
    const auto word = philox(key_, position_role, index);
    const auto place = [](double u, std::int64_t number, std::int64_t parts, std::int64_t size) {
      const std::int64_t begin = number * size / parts;
      const std::int64_t end = (number + 1) * size / parts;
      return begin + static_cast<std::int64_t>(u * static_cast<double>(end - begin));
    };
    Object& object = objects[made];
    object.row = wrap(place(unit_double(word[0], word[1]), down, cells_down_, rows_) + shift, rows_);
    object.col = wrap(place(unit_double(word[2], word[3]), across, cells_across_, cols_) + shift, cols_);

    const auto log_normal = [&](double spread, std::uint64_t quantity) {
      return spread > 0.0 ? afmnn::exp(spread * normal(key_, quantity, index)) : 1.0;
    };
    object.radius = std::min(nominal.radius * log_normal(settings_.radius_spread, radius_role), cap);
    object.aspect = nominal.aspect * log_normal(settings_.aspect_spread, aspect_role);
    object.height = nominal.height * log_normal(settings_.height_spread, height_role);
    if (settings_.height_scales_with_radius) object.height *= object.radius / nominal.radius;
    object.angle = nominal.angle;
    if (settings_.angle_spread > 0.0) object.angle += 2.0 * settings_.angle_spread * normal(key_, angle_role, index);
    const double odds = log_normal(settings_.truncation_spread, truncation_role);
    object.truncation = odds / (odds + 1.0 / nominal.truncation - 1.0);
    object.up = uniform(key_, up_role, index) >= 1.0 - settings_.up_fraction;
  }
  return made;
}

void scatter_objects(const ObjectSettings& settings, const PlacingRules& rules, View2D<double> surface, std::int64_t count,
                     std::uint64_t key, int threads, Object* objects, Placement* placements) {
  ObjectSampler sampler(settings, surface.rows, surface.cols, count, key);
  ObjectPlacer placer(rules, surface, threads);
  std::vector<Object> drawn(std::min(batch, static_cast<std::size_t>(count)));
  for (std::size_t made = sampler.next(drawn); made > 0; made = sampler.next(drawn)) {
    placer.place(drawn.data(), placements, made);
    if (objects != nullptr) objects = std::copy_n(drawn.begin(), made, objects);
    if (placements != nullptr) placements += made;
  }
}

}  // namespace afmnn::synth
