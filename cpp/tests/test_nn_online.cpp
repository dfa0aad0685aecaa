#include "afmnn/nn/online.hpp"
#include "check.hpp"
#include "plain_network.hpp"

namespace {

using afmnn::View2D;
using afmnn::nn::Network;
using afmnn::nn::OnlineError;
using afmnn::nn::OnlineJob;
using afmnn::nn::OnlineTrainer;

constexpr std::int64_t everything = 1000000;

struct Image {
  std::ptrdiff_t rows, cols;
  std::vector<double> pixels;
  View2D<const double> view() const { return {pixels.data(), rows, cols, cols}; }
  double operator()(std::ptrdiff_t r, std::ptrdiff_t c) const { return pixels[static_cast<std::size_t>(r * cols + c)]; }
};

Image some_image(std::ptrdiff_t rows, std::ptrdiff_t cols, double low, double high, std::uint64_t key) {
  afmnn::test::Numbers numbers(key);
  Image image{rows, cols, {}};
  for (std::ptrdiff_t i = 0; i < rows * cols; ++i) image.pixels.push_back(numbers(low, high));
  return image;
}

// The formulas of nn/online.hpp, one pixel after the other.
class Plain {
 public:
  Plain(Network<double> initial, const OnlineJob& job)
      : net(std::move(initial)),
        job_(job),
        taps_(static_cast<std::size_t>(net.window())),
        nodes_(static_cast<std::size_t>(net.layers[0].nodes)),
        velocity_((taps_ + 1) * nodes_),
        output_velocity_(nodes_ + 1),
        x_(taps_ + 1, 1.0),
        u_(nodes_ + 1, 1.0),
        d_h_(nodes_) {}

  // Up to `used` further pixels, to the end of the epoch at most.
  OnlineError run(std::int64_t used) {
    if (row_ == 0 && col_ == 0) epoch_error_ = OnlineError{};
    epoch_error_.epoch_over = false;
    const std::int64_t until = epoch_error_.pixels + used;
    while (!epoch_error_.epoch_over && epoch_error_.pixels < until) {
      const double* const marks = job_.valid.data;
      const std::ptrdiff_t r = row_ + net.window_rows / 2;
      const std::ptrdiff_t c = col_ + net.window_cols / 2;
      if (marks == nullptr || job_.valid(r, c) != 0.0) learn(job_.ideal(r, c));
      if (++col_ < job_.noisy.cols - net.window_cols) continue;
      col_ = 0;
      if (++row_ < job_.noisy.rows - net.window_rows) continue;
      row_ = 0;
      epoch_error_.epoch_over = true;
    }
    return epoch_error_;
  }

  Network<double> net;
  double last = 0.0;

 private:
  void learn(double target) {
    auto& first = net.layers[0];
    auto& second = net.layers[1];
    std::size_t k = 0;
    for (std::ptrdiff_t i = 0; i < net.window_rows; ++i) {
      for (std::ptrdiff_t j = 0; j < net.window_cols; ++j) x_[k++] = job_.noisy(row_ + i, col_ + j);
    }
    const auto hidden = [&](std::size_t tap, std::size_t n) -> double& {
      return tap < taps_ ? first.weights[tap * nodes_ + n] : first.bias[n];
    };
    const auto output = [&](std::size_t n) -> double& { return n < nodes_ ? second.weights[n] : second.bias[0]; };
    double sum = output(nodes_);
    for (std::size_t n = 0; n < nodes_; ++n) {
      double a = 0.0;
      for (k = 0; k <= taps_; ++k) a += hidden(k, n) * x_[k];
      u_[n] = 1.0 / (1.0 + std::exp(-a));
      sum += output(n) * u_[n];
    }
    const double o = 1.0 / (1.0 + std::exp(-sum));
    const double d_o = o * (1.0 - o) * (target - o);
    last = std::abs(d_o);
    for (std::size_t n = 0; n < nodes_; ++n) {
      d_h_[n] = u_[n] * (1.0 - u_[n]) * output(n) * d_o;
      last += std::abs(d_h_[n]);
    }
    for (std::size_t n = 0; n <= nodes_; ++n) {
      output_velocity_[n] = job_.rate * d_o * u_[n] + job_.momentum * output_velocity_[n];
      output(n) += output_velocity_[n];
    }
    for (k = 0; k <= taps_; ++k) {
      for (std::size_t n = 0; n < nodes_; ++n) {
        double& v = velocity_[k * nodes_ + n];
        v = job_.rate * d_h_[n] * x_[k] + job_.momentum * v;
        hidden(k, n) += v;
      }
    }
    epoch_error_.squares += (target - o) * (target - o);
    ++epoch_error_.pixels;
  }

  OnlineJob job_;
  std::size_t taps_, nodes_;
  std::vector<double> velocity_, output_velocity_, x_, u_, d_h_;
  std::ptrdiff_t row_ = 0, col_ = 0;
  OnlineError epoch_error_;
};

double distance(const Network<double>& a, const Network<double>& b) {
  double largest = 0.0;
  for (std::size_t l = 0; l < 2; ++l) {
    for (std::size_t i = 0; i < a.layers[l].weights.size(); ++i) {
      const double d = std::abs(a.layers[l].weights[i] - b.layers[l].weights[i]);
      largest = d <= largest ? largest : d;  // NaN stays
    }
    for (std::size_t i = 0; i < a.layers[l].bias.size(); ++i) {
      const double d = std::abs(a.layers[l].bias[i] - b.layers[l].bias[i]);
      largest = d <= largest ? largest : d;
    }
  }
  return largest;
}

struct Case {
  std::ptrdiff_t window_rows, window_cols, nodes;
  double momentum;
  double kept;  // share of the pixels, or 1: no mask
  std::ptrdiff_t rows = 21, cols = 26;
};

struct Problem {
  explicit Problem(const Case& a)
      : noisy(some_image(a.rows, a.cols, 0.0, 1.0, 9)),
        ideal(some_image(a.rows, a.cols, 0.2, 0.8, 10)),
        valid(some_image(a.rows, a.cols, 0.0, 1.0, 11)),
        net(afmnn::test::make_network<double>(a.window_rows, a.window_cols, {a.nodes}, afmnn::nn::Activation::logistic, false,
                                              13)),
        job{noisy.view(), ideal.view(), {}, 0.3, a.momentum} {
    for (double& mark : valid.pixels) mark = mark < a.kept ? 1.0 : 0.0;
    if (a.kept < 1.0) job.valid = valid.view();
  }
  Image noisy, ideal, valid;
  Network<double> net;
  OnlineJob job;
};

const Case cases[] = {
    {1, 1, 1, 0.3, 1.0},           {3, 5, 4, 0.3, 1.0},
    {4, 6, 9, 0.3, 1.0},           {2, 2, 29, 0.5, 1.0},
    {20, 25, 2, 0.3, 1.0},         {1, 9, 6, 0.0, 1.0},
    {9, 1, 17, 0.9, 1.0},          {3, 5, 6, 0.3, 0.6},
    {4, 6, 29, 0.9, 0.6},          {3, 3, 6, 0.3, 0.02},
    {2, 7, 33, 0.3, 0.0},          {20, 25, 2, 0.3, 0.5},
    {27, 27, 6, 0.3, 1.0, 34, 90}, {27, 27, 6, 0.3, 0.5, 33, 180},
    {26, 40, 1, 0.3, 1.0, 32, 99}, {11, 3, 9, 0.3, 1.0, 16, 200},
    {5, 5, 6, 0.3, 1.0, 8, 54},    {5, 5, 6, 0.3, 0.9, 300, 9},
    {5, 24, 40, 0.7, 1.0, 9, 77},
};

AFMNN_TEST(online_training_agrees_with_its_formulas) {
  for (const Case& a : cases) {
    const Problem problem(a);
    OnlineTrainer trainer(problem.net, problem.job);
    Plain plain(problem.net, problem.job);
    for (int epoch = 0; epoch < 3; ++epoch) {
      bool over = false;
      std::int64_t done = 0;
      while (!over) {
        const OnlineError got = trainer.run(epoch == 1 ? 1 : everything, 1);
        over = got.epoch_over;
        const OnlineError expected = plain.run(over ? everything : got.pixels - done);
        AFMNN_CHECK(expected.pixels == got.pixels);
        done = got.pixels;
        AFMNN_CHECK_NEAR(got.squares, expected.squares, 1e-11);
        AFMNN_CHECK_NEAR(trainer.last_pixel_error(), plain.last, 1e-13);
        AFMNN_CHECK_NEAR(distance(trainer.network(), plain.net), 0.0, 1e-12);
      }
    }
  }
}

AFMNN_TEST(online_training_gives_the_same_bits_however_it_is_run) {
  for (const Case& a : cases) {
    const Problem problem(a);
    OnlineTrainer whole(problem.net, problem.job);
    const OnlineError expected = whole.run(everything, 1);
    whole.run(everything, 1);
    for (const int threads : {1, 2, 3}) {
      OnlineTrainer trainer(problem.net, problem.job);
      OnlineError error;
      while (!error.epoch_over) error = trainer.run(7 * threads, threads);
      AFMNN_CHECK(error.squares == expected.squares);
      AFMNN_CHECK(error.pixels == expected.pixels);
      AFMNN_CHECK(trainer.run(everything, threads).epoch_over);
      AFMNN_CHECK(distance(trainer.network(), whole.network()) == 0.0);
      AFMNN_CHECK(trainer.last_pixel_error() == whole.last_pixel_error());
    }
  }
}

// With large windows rounding grows until the weights are others, but not better or worse ones.
AFMNN_TEST(online_training_comes_to_the_error_of_its_formulas) {
  Problem problem({13, 13, 4, 0.3, 1.0, 40, 70});
  for (std::ptrdiff_t r = 0; r < 40; ++r) {  // something to learn: what is smooth in noise
    for (std::ptrdiff_t c = 0; c < 70; ++c) {
      const auto at = static_cast<std::size_t>(r * 70 + c);
      problem.ideal.pixels[at] = 0.5 + 0.4 * std::sin(0.3 * static_cast<double>(r)) * std::cos(0.2 * static_cast<double>(c));
      problem.noisy.pixels[at] = 0.6 * problem.ideal.pixels[at] + 0.4 * problem.noisy.pixels[at];
    }
  }
  OnlineTrainer trainer(problem.net, problem.job);
  Plain plain(problem.net, problem.job);
  double ours = 0.0;
  double theirs = 0.0;
  double first = 0.0;
  for (int epoch = 0; epoch < 75; ++epoch) {
    const OnlineError a = trainer.run(everything, 2);
    const OnlineError b = plain.run(everything);
    AFMNN_CHECK(a.epoch_over && b.epoch_over && a.pixels == b.pixels);
    if (epoch == 0) first = b.squares;
    if (epoch < 65) continue;
    ours += a.squares / 10.0;
    theirs += b.squares / 10.0;
  }
  AFMNN_CHECK(theirs < 0.5 * first);
  AFMNN_CHECK_NEAR(std::sqrt(ours / theirs), 1.0, 0.03);
}

AFMNN_TEST(online_training_pauses_while_it_prepares_large_images) {
  const Problem problem({27, 27, 2, 0.3, 1.0, 3000, 2000});
  int pauses = 0;
  const auto made = OnlineTrainer(problem.net, problem.job, [&] { ++pauses; }).network();
  AFMNN_CHECK(pauses > 0);
  AFMNN_CHECK(distance(made, problem.net) < 1e-15);
  bool ended = false;
  try {
    const OnlineTrainer trainer(problem.net, problem.job, [] { throw 1; });
  } catch (int) {
    ended = true;
  }
  AFMNN_CHECK(ended);
}

}  // namespace
