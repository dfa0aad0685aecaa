#include <complex>

#include "afmnn/nn/trainer.hpp"
#include "check.hpp"
#include "plain_network.hpp"

namespace {

using afmnn::View2D;
using afmnn::nn::Activation;
using afmnn::nn::Network;
using afmnn::nn::Trainer;
using afmnn::nn::TrainingPair;

template <typename T>
struct Data {
  std::ptrdiff_t rows, cols;
  std::vector<T> noisy, ideal, weight, previous;

  Data(std::ptrdiff_t r, std::ptrdiff_t c, std::uint64_t key) : rows(r), cols(c) {
    afmnn::test::Numbers numbers(key);
    for (std::ptrdiff_t i = 0; i < rows * cols; ++i) {
      const double z = std::sin(static_cast<double>(i % cols) / 3.0) + 0.2;
      ideal.push_back(static_cast<T>(z));
      noisy.push_back(static_cast<T>(z + numbers(-0.5, 0.5)));
      weight.push_back(numbers(0.0, 1.0) < 0.3 ? T(0) : T(1));
    }
    afmnn::test::Numbers others(key + 1000);
    for (const T z : ideal) previous.push_back(z + static_cast<T>(others(-0.2, 0.2)));
  }
  View2D<const T> view(const std::vector<T>& image) const { return {image.data(), rows, cols, cols}; }
  // What networks are given that see no residual, and those that do.
  TrainingPair<T> pair(bool masked, const Network<T>& net) const {
    return {view(noisy), view(ideal), masked ? view(weight) : View2D<const T>{}, 2e-9,
            net.fovea.sees_residual() ? view(previous) : View2D<const T>{}};
  }
};

// 1/2 sum(weight e^2) / sum(weight) of the centred network, y = m + net(x - m); with a fovea, m is its base, or what there was
// previous, and nothing is taken off its taps.
template <typename C, typename T>
C loss(const Network<T>& net, const std::vector<std::vector<C>>& weights, const std::vector<std::vector<C>>& biases,
       const std::vector<Data<T>>& images, bool masked) {
  C squares(0.0);
  double total = 0.0;
  for (const auto& data : images) {
    for (std::ptrdiff_t r = 0; r + net.window_rows <= data.rows; ++r) {
      for (std::ptrdiff_t c = 0; c + net.window_cols <= data.cols; ++c) {
        std::vector<double> window;
        std::vector<double> residual;
        double mean = 0.0;
        for (std::ptrdiff_t i = 0; i < net.window_rows; ++i) {
          for (std::ptrdiff_t j = 0; j < net.window_cols; ++j) {
            const auto pixel = static_cast<std::size_t>((r + i) * data.cols + c + j);
            window.push_back(static_cast<double>(data.noisy[pixel]));
            residual.push_back(window.back() - static_cast<double>(data.previous[pixel]));
            mean += window.back() / static_cast<double>(net.window());
          }
        }
        const auto at = static_cast<std::size_t>((r + net.window_rows / 2) * data.cols + c + net.window_cols / 2);
        if (net.fovea.empty()) {
          for (auto& x : window) x -= mean;
        } else {
          mean = net.fovea.sees_residual() ? static_cast<double>(data.previous[at]) : afmnn::test::fovea_base(net, window);
          window = afmnn::test::fovea_taps(net, window, residual);
        }
        const double weight = masked ? static_cast<double>(data.weight[at]) : 1.0;
        const C error = afmnn::test::evaluate<C>(net, weights, biases, window) + mean - static_cast<double>(data.ideal[at]);
        squares += 0.5 * weight * error * error;
        total += weight;
      }
    }
  }
  return squares / total;
}

template <typename T>
void compare_gradient(const Network<T>& net, bool masked, double tolerance) {
  const bool linear = net.linear;
  const std::vector<Data<T>> images{Data<T>(std::max<std::ptrdiff_t>(12, net.window_rows + 3), 15 + net.fovea.reach_cols(), 1),
                                    Data<T>(net.window_rows, net.window_cols + 3, 2)};
  afmnn::nn::TrainingSettings settings;
  settings.batch = 40;
  Trainer<T> trainer(net, {images[0].pair(masked, net), images[1].pair(masked, net)}, settings);
  Network<T> gradient;
  trainer.gradient(gradient, 2);

  using Complex = std::complex<double>;
  std::vector<std::vector<Complex>> weights;
  std::vector<std::vector<Complex>> biases;
  afmnn::test::copy_weights(net, weights, biases);
  constexpr double step = 1e-30;  // no subtraction follows, so the derivative is exact to rounding
  const auto derivative = [&](Complex& parameter) {
    const Complex before = parameter;
    parameter += Complex(0.0, step);
    const double slope = loss(net, weights, biases, images, masked).imag() / step;
    parameter = before;
    return slope;
  };
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    for (std::size_t i = 0; i < weights[l].size(); ++i) {
      AFMNN_CHECK_NEAR(gradient.layers[l].weights[i], derivative(weights[l][i]), tolerance);
    }
    for (std::size_t i = 0; i < biases[l].size(); ++i) {
      // The bias of the linear path is one with the output's, and counted there.
      if (l == 0 && linear && i + 1 == biases[l].size()) continue;
      AFMNN_CHECK_NEAR(gradient.layers[l].bias[i], derivative(biases[l][i]), tolerance);
    }
  }
}

template <typename T>
Network<T> trained(int threads, std::int64_t updates_at_once, bool fovea = false, double* first_error = nullptr,
                   double* last_error = nullptr) {
  const Data<T> data(40, 37, 3);
  const auto net = fovea ? afmnn::test::make_fovea_network<T>({3, 2}, 12)
                         : afmnn::test::make_network<T>(5, 4, {3, 2}, Activation::tanh, true, 12);
  afmnn::nn::TrainingSettings settings;
  settings.batch = 100;
  settings.adam.rate = 0.01;
  settings.adam.epochs = 12;
  Trainer<T> trainer(net, {data.pair(true, net)}, settings);
  for (int epoch = 0; epoch < 12; ++epoch) {
    afmnn::nn::TrainingError total;
    while (!total.epoch_over) total = trainer.run(updates_at_once, threads);
    double* const report = epoch == 0 ? first_error : last_error;
    if (report != nullptr) *report = std::sqrt(total.squares / total.weights);
  }
  return trainer.network();
}

template <typename T>
bool same(const Network<T>& a, const Network<T>& b) {
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    if (a.layers[l].weights != b.layers[l].weights || a.layers[l].bias != b.layers[l].bias) return false;
  }
  return true;
}

template <typename T>
Network<T> make(std::ptrdiff_t rows, std::ptrdiff_t cols, const std::vector<std::ptrdiff_t>& hidden, bool linear) {
  return afmnn::test::make_network<T>(rows, cols, hidden, Activation::tanh, linear, 11);
}

AFMNN_TEST(trainer_gradient_is_the_derivative_of_the_loss) {
  for (const bool linear : {false, true}) {
    compare_gradient(make<double>(1, 1, {1}, linear), false, 1e-13);
    compare_gradient(make<double>(3, 4, {5}, linear), true, 1e-13);
    compare_gradient(make<double>(2, 7, {3, 2}, linear), false, 1e-13);
    compare_gradient(make<float>(5, 5, {2}, linear), true, 1e-6);
  }
  compare_gradient(afmnn::test::make_fovea_network<double>({5}, 21), true, 1e-13);
  compare_gradient(afmnn::test::make_fovea_network<double>({4, 3}, 22), false, 1e-13);
  compare_gradient(afmnn::test::make_fovea_network<float>({3}, 23), false, 1e-6);
  compare_gradient(afmnn::test::make_fovea_network<double>({5}, 24, true), true, 1e-13);
  compare_gradient(afmnn::test::make_fovea_network<double>({4, 3}, 25, true), false, 1e-13);
  compare_gradient(afmnn::test::make_fovea_network<float>({3}, 26, true), false, 1e-6);
}

AFMNN_TEST(trainer_gives_the_same_bits_however_the_work_is_divided) {
  const auto expected = trained<float>(1, 1000);
  for (const int threads : {1, 2, 3, 5}) {
    for (const std::int64_t at_once : {1, 3, 1000}) AFMNN_CHECK(same(trained<float>(threads, at_once), expected));
  }
  AFMNN_CHECK(same(trained<double>(3, 2), trained<double>(1, 1000)));
  const auto fovea = trained<float>(1, 1000, true);
  for (const int threads : {2, 3}) AFMNN_CHECK(same(trained<float>(threads, 5, true), fovea));
}

AFMNN_TEST(trainer_learns) {
  double first = 0.0;
  double last = 0.0;
  trained<float>(2, 1000, false, &first, &last);
  // Noise is uniform within half a unit, rms 0.29 units of 2e-9; a mean of 20 pixels would leave a good fifth of it.
  AFMNN_CHECK(first > 0.2 * 2e-9);
  AFMNN_CHECK(last < 0.6 * first);
  trained<float>(2, 1000, true, &first, &last);
  AFMNN_CHECK(first > 0.2 * 2e-9);
  AFMNN_CHECK(last < 0.6 * first);
}

// After pairs are exchanged, a trainer stands where one that was given the new ones stands, in the middle of flips too.
template <typename T>
void compare_replaced(const Network<T>& net) {
  const std::vector<Data<T>> old{Data<T>(20, 33, 1), Data<T>(18, 29, 2)};
  const std::vector<Data<T>> fresh{Data<T>(20, 33, 3), Data<T>(18, 29, 4)};
  afmnn::nn::TrainingSettings settings;
  settings.batch = 100;
  settings.adam.rate = 1e-30;  // weights stay as they are
  settings.adam.epochs = 100;
  Trainer<T> trainer(net, {old[0].pair(false, net), old[1].pair(false, net)}, settings);
  Trainer<T> expected(net, {old[0].pair(false, net), fresh[1].pair(false, net)}, settings);
  const auto epoch = [](Trainer<T>& which) {
    afmnn::nn::TrainingError error;
    while (!error.epoch_over) error = which.run(2, 2);
    return error.squares;
  };
  for (int i = 0; i < 5; ++i) AFMNN_CHECK(epoch(trainer) != epoch(expected));
  AFMNN_CHECK(trainer.between_epochs());
  trainer.replace(1, fresh[1].pair(false, net));
  for (int i = 0; i < 4; ++i) AFMNN_CHECK(epoch(trainer) == epoch(expected));
  Network<T> a;
  Network<T> b;
  trainer.gradient(a, 2);
  expected.gradient(b, 1);
  AFMNN_CHECK(same(a, b));
  trainer.run(1, 1);
  AFMNN_CHECK(!trainer.between_epochs());
}

AFMNN_TEST(trainer_takes_another_pair) {
  compare_replaced(afmnn::test::make_network<double>(5, 3, {3}, Activation::tanh, true, 13));
  compare_replaced(afmnn::test::make_fovea_network<double>({3}, 14));
  compare_replaced(afmnn::test::make_fovea_network<float>({3}, 15));
  compare_replaced(afmnn::test::make_fovea_network<float>({3}, 27, true));
}

// An interrupt that throws in the middle of a mini-batch leaves the network as the one before left it, and training goes on from
// there. (A machine that makes the mini-batch in a twentieth of a second is not interrupted.)
AFMNN_TEST(trainer_goes_on_where_a_pause_ended_it) {
  const auto net = afmnn::test::make_network<float>(31, 31, {32}, Activation::tanh, true, 3);
  const Data<float> data(330, 330, 4);
  afmnn::nn::TrainingSettings settings;
  settings.batch = 1000000;  // all there is
  Trainer<float> whole(net, {data.pair(false, net)}, settings);
  Trainer<float> broken(net, {data.pair(false, net)}, settings);
  const auto before = whole.network().layers[0].weights;
  whole.run(1, 2);
  struct Enough {};
  try {
    broken.run(1, 1, [] { throw Enough{}; });
  } catch (const Enough&) {
    AFMNN_CHECK(broken.network().layers[0].weights == before);
    broken.run(1, 2, [] {});
  }
  AFMNN_CHECK(broken.network().layers[0].weights == whole.network().layers[0].weights);
}

// An epoch that sees flipped images finds the errors that a first epoch over flipped images finds.
template <typename T>
void compare_flipped(const Network<T>& net) {
  const Data<T> data(19, 31, 5);
  afmnn::nn::TrainingSettings settings;
  settings.adam.rate = 1e-30;  // weights stay as they are
  settings.adam.epochs = 100;
  const auto epoch = [](Trainer<T>& which) {
    const auto error = which.run(1000, 1);
    AFMNN_CHECK(error.epoch_over);
    return error.squares / error.weights / 4e-18;
  };
  Trainer<T> trainer(net, {data.pair(true, net)}, settings);
  for (unsigned flips = 0; flips < 8; ++flips) {
    Data<T> flipped_beforehand = data;
    for (std::ptrdiff_t r = 0; r < data.rows; ++r) {
      for (std::ptrdiff_t c = 0; c < data.cols; ++c) {
        const auto to = static_cast<std::size_t>(r * data.cols + c);
        const auto from = static_cast<std::size_t>(((flips & 2U) != 0 ? data.rows - 1 - r : r) * data.cols +
                                                   ((flips & 1U) != 0 ? data.cols - 1 - c : c));
        const T sign = (flips & 4U) != 0 ? T(-1) : T(1);
        flipped_beforehand.noisy[to] = sign * data.noisy[from];
        flipped_beforehand.ideal[to] = sign * data.ideal[from];
        flipped_beforehand.previous[to] = sign * data.previous[from];
        flipped_beforehand.weight[to] = data.weight[from];
      }
    }
    Trainer<T> expected(net, {flipped_beforehand.pair(true, net)}, settings);
    AFMNN_CHECK_NEAR(epoch(trainer), epoch(expected), 1e-12);
  }
}

AFMNN_TEST(trainer_flips_what_it_sees) {
  compare_flipped(afmnn::test::make_network<double>(5, 3, {3}, Activation::tanh, true, 16));
  compare_flipped(afmnn::test::make_fovea_network<double>({3}, 17));
  compare_flipped(afmnn::test::make_fovea_network<double>({3}, 28, true));
}

// As many epochs as subsets see each pixel once: their errors sum up to those of an epoch over all of them. With flips, all of
// them see the images the same way.
template <typename T>
void compare_subsets(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols, bool flips) {
  const std::vector<Data<T>> data{Data<T>(rows, cols, 6), Data<T>(rows + 1, cols + 9, 7)};
  for (const std::int64_t subsets : {2, 3, 5, 40}) {
    afmnn::nn::TrainingSettings settings;
    settings.batch = 64;
    settings.flips = flips;
    settings.adam.rate = 1e-30;  // weights stay as they are
    settings.adam.epochs = 100;
    Trainer<T> whole(net, {data[0].pair(true, net), data[1].pair(true, net)}, settings);
    settings.subsets = subsets;
    Trainer<T> trainer(net, {data[0].pair(true, net), data[1].pair(true, net)}, settings);
    AFMNN_CHECK(trainer.updates_per_epoch() * subsets <= whole.updates_per_epoch() + subsets);
    for (int view = 0; view < 9; ++view) {
      afmnn::nn::TrainingError sum;
      double most = 0.0;
      for (std::int64_t subset = 0; subset < subsets; ++subset) {
        const auto error = trainer.run(1000, 1 + view % 3);
        AFMNN_CHECK(error.epoch_over);
        sum.squares += error.squares;
        sum.weights += error.weights;
        most = std::max(most, error.weights);
      }
      AFMNN_CHECK(most < 0.9 * sum.weights);
      const auto expected = whole.run(1000, 1);
      AFMNN_CHECK(expected.epoch_over);
      AFMNN_CHECK_NEAR(sum.weights, expected.weights, 0.0);
      AFMNN_CHECK_NEAR(sum.squares / expected.squares, 1.0, 1e-12);
    }
    Network<T> a;
    Network<T> b;
    AFMNN_CHECK_NEAR(trainer.gradient(a, 2).squares / whole.gradient(b, 1).squares, 1.0, 1e-12);
    for (std::size_t i = 0; i < a.layers[0].weights.size(); ++i) {
      AFMNN_CHECK_NEAR(a.layers[0].weights[i], b.layers[0].weights[i], 1e-12);
    }
  }
}

AFMNN_TEST(trainer_visits_every_run_in_as_many_epochs_as_subsets) {
  for (const bool flips : {false, true}) {
    compare_subsets(afmnn::test::make_network<double>(3, 3, {3}, Activation::tanh, true, 18), 8, 150, flips);
    compare_subsets(afmnn::test::make_network<double>(2, 3, {3}, Activation::tanh, true, 18), 2, 40, flips);
    compare_subsets(afmnn::test::make_fovea_network<double>({3}, 19), 14, 60, flips);
    compare_subsets(afmnn::test::make_fovea_network<double>({3}, 29, true), 10, 60, flips);
  }
}

// One row, one run, one pixel: all that is read lies in the buffers, which the sanitizers see.
AFMNN_TEST(trainer_learns_from_a_single_window) {
  for (const std::ptrdiff_t more : {0, 1, 14, 15, 16, 17, 47, 48, 49}) {
    const auto window = afmnn::test::make_network<float>(1, 2, {3}, Activation::tanh, true, 20);
    const auto fovea = afmnn::test::make_fovea_network<float>({3}, 21);
    for (const auto* net : {&window, &fovea}) {
      const Data<float> data(net->window_rows, net->window_cols + more, 9);
      afmnn::nn::TrainingSettings settings;
      settings.adam.epochs = 20;
      Trainer<float> trainer(*net, {data.pair(false, *net)}, settings);
      const auto first = trainer.run(1, 1);
      afmnn::nn::TrainingError error;
      for (int i = 0; i < 8; ++i) error = trainer.run(1, 2);
      AFMNN_CHECK(first.epoch_over && first.weights == static_cast<double>(more + 1));
      AFMNN_CHECK(error.squares < first.squares);
    }
  }
}

}  // namespace
