// The classic network as its formulas stand (see cpp/include/afmnn/nn/online.hpp): what an ordinary program does, compiled
// with -O2, one thread, double precision. As a library it is called by `_plain.py`; as a program it prints the seconds of one
// pass over 256 x 256 pixels, 27 x 27 window, 6 nodes.
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <random>
#include <vector>

extern "C" {

// One pass of online backpropagation over the windows of an image, one fewer per axis than would fit; heights are scaled to
// [0, 1]. weights (nodes, 1 + taps) and output (1 + nodes) begin with the bias, velocities likewise; all are changed. Returns
// the sum of squared errors.
double plain_pass(const double* noisy, const double* ideal, std::size_t rows, std::size_t cols, std::size_t height,
                  std::size_t width, std::size_t nodes, double* weights, double* velocity, double* output,
                  double* output_velocity, double rate, double momentum) {
  const std::size_t inputs = height * width + 1;
  std::vector<double> x(inputs, 1.0), u(nodes);
  double squares = 0.0;
  for (std::size_t row = 0; row < rows - height; ++row) {
    for (std::size_t col = 0; col < cols - width; ++col) {
      for (std::size_t i = 0; i < height; ++i) {
        for (std::size_t j = 0; j < width; ++j) x[1 + i * width + j] = noisy[(row + i) * cols + col + j];
      }
      double sum = output[0];
      for (std::size_t h = 0; h < nodes; ++h) {
        double a = 0.0;
        for (std::size_t k = 0; k < inputs; ++k) a += weights[h * inputs + k] * x[k];
        u[h] = 1.0 / (1.0 + std::exp(-a));
        sum += output[h + 1] * u[h];
      }
      const double o = 1.0 / (1.0 + std::exp(-sum));
      const double error = ideal[(row + height / 2) * cols + col + width / 2] - o;
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
  return squares;
}

// Evaluates the windows inside an image, at all of them, with tanh nodes and a linear path: out (rows - height + 1, cols -
// width + 1).
void plain_apply(const double* image, std::size_t rows, std::size_t cols, std::size_t height, std::size_t width,
                 std::size_t nodes, const double* weights, const double* output, const double* linear, double* out) {
  const std::size_t inputs = height * width + 1;
  std::vector<double> x(inputs, 1.0);
  for (std::size_t row = 0; row + height <= rows; ++row) {
    for (std::size_t col = 0; col + width <= cols; ++col) {
      for (std::size_t i = 0; i < height; ++i) {
        for (std::size_t j = 0; j < width; ++j) x[1 + i * width + j] = image[(row + i) * cols + col + j];
      }
      double sum = output[0];
      for (std::size_t k = 1; k < inputs; ++k) sum += linear[k - 1] * x[k];
      for (std::size_t h = 0; h < nodes; ++h) {
        double a = 0.0;
        for (std::size_t k = 0; k < inputs; ++k) a += weights[h * inputs + k] * x[k];
        sum += output[h + 1] * std::tanh(a);
      }
      out[row * (cols - width + 1) + col] = sum;
    }
  }
}

}  // extern "C"

int main() {
  constexpr std::size_t side = 256, window = 27, nodes = 6, inputs = window * window + 1;
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<double> noisy(side * side), ideal(side * side);
  std::vector<double> weights(nodes * inputs), velocity(nodes * inputs), output(nodes + 1), output_velocity(nodes + 1);
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    noisy[i] = unit(engine);
    ideal[i] = 0.5 * noisy[i] + 0.25;
  }
  for (double& w : weights) w = 0.2 * unit(engine) - 0.1;
  for (double& w : output) w = 0.2 * unit(engine) - 0.1;
  const auto begun = std::chrono::steady_clock::now();
  const double squares = plain_pass(noisy.data(), ideal.data(), side, side, window, window, nodes, weights.data(),
                                    velocity.data(), output.data(), output_velocity.data(), 0.3, 0.3);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::printf("%.6f %.6g\n", seconds, squares);
}
