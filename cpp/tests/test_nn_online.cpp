#include "afmnn/nn/online.hpp"
#include "check.hpp"
#include "plain_network.hpp"

namespace {

using afmnn::View2D;
using afmnn::nn::Network;

double logistic(double a) { return 1.0 / (1.0 + std::exp(-a)); }

// The formulas of nn/online.hpp, one pixel after the other. Returns the last pixel's error.
double plain_pass(Network<double>& net, std::vector<double>& velocity, std::vector<double>& output_velocity, const double* noisy,
                  const double* ideal, const double* usable, std::ptrdiff_t rows, std::ptrdiff_t cols, double rate,
                  double momentum) {
  const auto nodes = static_cast<std::size_t>(net.layers[0].nodes);
  const auto taps = static_cast<std::size_t>(net.window());
  auto& first = net.layers[0];
  auto& second = net.layers[1];
  double last = 0.0;
  for (std::ptrdiff_t r = 0; r < rows - net.window_rows; ++r) {
    for (std::ptrdiff_t c = 0; c < cols - net.window_cols; ++c) {
      const std::ptrdiff_t at = (r + net.window_rows / 2) * cols + c + net.window_cols / 2;
      if (usable != nullptr && usable[at] == 0.0) continue;
      std::vector<double> x;
      for (std::ptrdiff_t i = 0; i < net.window_rows; ++i) {
        for (std::ptrdiff_t j = 0; j < net.window_cols; ++j) x.push_back(noisy[(r + i) * cols + c + j]);
      }
      std::vector<double> u(nodes);
      double sum = second.bias[0];
      for (std::size_t n = 0; n < nodes; ++n) {
        double a = first.bias[n];
        for (std::size_t k = 0; k < taps; ++k) a += first.weights[k * nodes + n] * x[k];
        u[n] = logistic(a);
        sum += second.weights[n] * u[n];
      }
      const double o = logistic(sum);
      const double d_o = o * (1.0 - o) * (ideal[at] - o);
      last = std::abs(d_o);
      std::vector<double> d_h(nodes);
      for (std::size_t n = 0; n < nodes; ++n) {
        d_h[n] = u[n] * (1.0 - u[n]) * second.weights[n] * d_o;
        last += std::abs(d_h[n]);
      }
      for (std::size_t n = 0; n <= nodes; ++n) {
        double& weight = n < nodes ? second.weights[n] : second.bias[0];
        output_velocity[n] = rate * d_o * (n < nodes ? u[n] : 1.0) + momentum * output_velocity[n];
        weight += output_velocity[n];
      }
      for (std::size_t n = 0; n < nodes; ++n) {
        for (std::size_t k = 0; k <= taps; ++k) {
          double& weight = k < taps ? first.weights[k * nodes + n] : first.bias[n];
          double& v = velocity[k * nodes + n];
          v = rate * d_h[n] * (k < taps ? x[k] : 1.0) + momentum * v;
          weight += v;
        }
      }
    }
  }
  return last;
}

void compare(std::ptrdiff_t window_rows, std::ptrdiff_t window_cols, std::ptrdiff_t nodes, bool masked) {
  constexpr std::ptrdiff_t rows = 21;
  constexpr std::ptrdiff_t cols = 26;
  afmnn::test::Numbers numbers(9);
  std::vector<double> noisy;
  std::vector<double> ideal;
  std::vector<double> usable;
  for (std::ptrdiff_t i = 0; i < rows * cols; ++i) {
    noisy.push_back(numbers(0.0, 1.0));
    ideal.push_back(numbers(0.2, 0.8));
    usable.push_back(numbers(0.0, 1.0) < 0.4 ? 0.0 : 1.0);
  }
  auto net = afmnn::test::make_network<double>(window_rows, window_cols, {nodes}, afmnn::nn::Activation::logistic, false, 13);
  const auto view = [&](const std::vector<double>& image) { return View2D<const double>{image.data(), rows, cols, cols}; };
  afmnn::nn::OnlineTrainer trainer(net, view(noisy), view(ideal), masked ? view(usable) : View2D<const double>{}, 0.3, 0.3);
  std::vector<double> velocity(static_cast<std::size_t>((net.window() + 1) * nodes));
  std::vector<double> output_velocity(static_cast<std::size_t>(nodes + 1));
  for (int pass = 0; pass < 3; ++pass) {
    const double last = plain_pass(net, velocity, output_velocity, noisy.data(), ideal.data(), masked ? usable.data() : nullptr,
                                   rows, cols, 0.3, 0.3);
    while (!trainer.run(17).pass_over) {
    }
    AFMNN_CHECK_NEAR(trainer.last_pixel_error(), last, 1e-13);
  }
  const auto result = trainer.network();
  for (std::size_t l = 0; l < 2; ++l) {
    for (std::size_t i = 0; i < net.layers[l].weights.size(); ++i) {
      AFMNN_CHECK_NEAR(result.layers[l].weights[i], net.layers[l].weights[i], 1e-12);
    }
    for (std::size_t i = 0; i < net.layers[l].bias.size(); ++i) {
      AFMNN_CHECK_NEAR(result.layers[l].bias[i], net.layers[l].bias[i], 1e-12);
    }
  }
}

AFMNN_TEST(online_training_agrees_with_its_formulas) {
  for (const bool masked : {false, true}) {
    compare(1, 1, 1, masked);
    compare(3, 5, 4, masked);
    compare(4, 6, 9, masked);
    compare(20, 25, 2, masked);  // one pixel
  }
}

}  // namespace
