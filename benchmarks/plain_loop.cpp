// The classic training as its formulas stand (see cpp/include/afmnn/nn/online.hpp): what an ordinary program does, compiled
// with -O2, one thread, double precision. 256 x 256 pixels, 27 x 27 window, 6 nodes; prints the seconds of one pass.
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <random>
#include <vector>

int main() {
  constexpr std::size_t side = 256, window = 27, nodes = 6, inputs = window * window + 1;
  constexpr double rate = 0.3, momentum = 0.3;
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<double> noisy(side * side), ideal(side * side), x(inputs, 1.0), u(nodes);
  std::vector<double> weights(nodes * inputs), velocity(nodes * inputs), output(nodes + 1), output_velocity(nodes + 1);
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    noisy[i] = unit(engine);
    ideal[i] = 0.5 * noisy[i] + 0.25;
  }
  for (double& w : weights) w = 0.2 * unit(engine) - 0.1;
  for (double& w : output) w = 0.2 * unit(engine) - 0.1;

  const auto begun = std::chrono::steady_clock::now();
  double squares = 0.0;
  for (std::size_t row = 0; row < side - window; ++row) {
    for (std::size_t col = 0; col < side - window; ++col) {
      for (std::size_t i = 0; i < window; ++i) {
        for (std::size_t j = 0; j < window; ++j) x[1 + i * window + j] = noisy[(row + i) * side + col + j];
      }
      double sum = output[0];
      for (std::size_t h = 0; h < nodes; ++h) {
        double a = 0.0;
        for (std::size_t k = 0; k < inputs; ++k) a += weights[h * inputs + k] * x[k];
        u[h] = 1.0 / (1.0 + std::exp(-a));
        sum += output[h + 1] * u[h];
      }
      const double o = 1.0 / (1.0 + std::exp(-sum));
      const double error = ideal[(row + window / 2) * side + col + window / 2] - o;
      const double d_o = o * (1.0 - o) * error;
      squares += error * error;
      for (std::size_t h = 0; h < nodes; ++h) {
        const double d_h = u[h] * (1.0 - u[h]) * output[h + 1] * d_o;
        for (std::size_t k = 0; k < inputs; ++k) {
          double& p = velocity[h * inputs + k];
          p = rate * d_h * x[k] + momentum * p;
          weights[h * inputs + k] += p;
        }
      }
      for (std::size_t h = 0; h <= nodes; ++h) {
        output_velocity[h] = rate * d_o * (h == 0 ? 1.0 : u[h - 1]) + momentum * output_velocity[h];
        output[h] += output_velocity[h];
      }
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::printf("%.6f %.6g\n", seconds, squares);
}
