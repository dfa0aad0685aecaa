#include "afmnn/nn/online.hpp"

#include <algorithm>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::nn {
namespace {

constexpr std::ptrdiff_t node_pad = 8;  // doubles in the widest register

std::vector<double> copied(const View2D<const double>& image) {
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(image.size()));
  for (std::ptrdiff_t r = 0; r < image.rows; ++r) result.insert(result.end(), image.row(r), image.row(r) + image.cols);
  return result;
}

}  // namespace

OnlineTrainer::OnlineTrainer(const Network<double>& initial, View2D<const double> noisy, View2D<const double> ideal,
                             View2D<const double> usable, double rate, double momentum)
    : net_(initial),
      rows_(noisy.rows),
      cols_(noisy.cols),
      nodes_(initial.layers[0].nodes),
      stride_((nodes_ + node_pad - 1) / node_pad * node_pad),
      noisy_(copied(noisy)),
      ideal_(copied(ideal)),
      offsets_(window_offsets(initial.window_rows, initial.window_cols, noisy.cols)),
      previous_(noisy_.data()),
      rate_(rate),
      momentum_(momentum) {
  if (usable.data != nullptr) usable_ = copied(usable);
  const Layer<double>& window = net_.layers[0];
  const auto width = static_cast<std::size_t>(stride_);
  weights_.resize(static_cast<std::size_t>(window.inputs) * width);
  velocity_.resize(weights_.size());
  for (auto* vector : {&bias_, &bias_velocity_, &step_, &values_}) vector->resize(width);
  for (std::ptrdiff_t k = 0; k < window.inputs; ++k) {
    std::copy_n(window.weights.data() + k * nodes_, nodes_, weights_.data() + k * stride_);
  }
  std::copy(window.bias.begin(), window.bias.end(), bias_.begin());
  output_ = net_.layers[1].weights;
  output_.push_back(net_.layers[1].bias[0]);
  output_velocity_.resize(output_.size());
}

OnlineError OnlineTrainer::run(std::int64_t pixels) {
  // Sums go on where the last call left them: their rounding does not depend on how a pass is cut into calls.
  OnlineError error = row_ == 0 ? OnlineError{} : so_far_;
  const std::ptrdiff_t last_row = rows_ - net_.window_rows;
  const std::ptrdiff_t width = cols_ - net_.window_cols;
  do {
    const std::ptrdiff_t centre = (row_ + net_.window_rows / 2) * cols_ + net_.window_cols / 2;
    simd::Online a{};
    a.x = noisy_.data() + row_ * cols_;
    a.previous = previous_;
    a.offsets = offsets_.data();
    a.taps = net_.window();
    a.target = ideal_.data() + centre;
    a.usable = usable_.empty() ? nullptr : usable_.data() + centre;
    a.pixels = width;
    a.nodes = nodes_;
    a.stride = stride_;
    a.weights = weights_.data();
    a.velocity = velocity_.data();
    a.bias = bias_.data();
    a.bias_velocity = bias_velocity_.data();
    a.step = step_.data();
    a.values = values_.data();
    a.output = output_.data();
    a.output_velocity = output_velocity_.data();
    a.rate = rate_;
    a.momentum = momentum_;
    a.last_error = last_error_;
    simd::kernels().online(a);
    previous_ = a.previous;
    last_error_ = a.last_error;
    error.squares += a.squares;
    error.pixels += usable_.empty() ? width : std::count_if(a.usable, a.usable + width, [](double u) { return u != 0.0; });
    pixels -= width;
    ++row_;
  } while (row_ < last_row && pixels > 0);
  error.pass_over = row_ == last_row;
  if (error.pass_over) row_ = 0;
  so_far_ = error;
  return error;
}

Network<double> OnlineTrainer::network() const {
  Network<double> net = net_;
  for (std::ptrdiff_t n = 0; n < nodes_; ++n) {
    const auto node = static_cast<std::size_t>(n);
    // The update that the last pixel asked for is still due.
    for (std::ptrdiff_t k = 0; k < net.window(); ++k) {
      const auto at = static_cast<std::size_t>(k * stride_ + n);
      const double due = step_[node] * previous_[offsets_[static_cast<std::size_t>(k)]] + momentum_ * velocity_[at];
      net.layers[0].weights[static_cast<std::size_t>(k * nodes_ + n)] = weights_[at] + due;
    }
    net.layers[0].bias[node] = bias_[node] + (step_[node] + momentum_ * bias_velocity_[node]);
    net.layers[1].weights[node] = output_[node];
  }
  net.layers[1].bias[0] = output_.back();
  return net;
}

}  // namespace afmnn::nn
