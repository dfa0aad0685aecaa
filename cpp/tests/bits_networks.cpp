// Digests of networks: trained in every way, applied in every way.
#include <limits>

#include "afmnn/core/quantiles.hpp"
#include "afmnn/nn/apply.hpp"
#include "afmnn/nn/online.hpp"
#include "afmnn/nn/trainer.hpp"
#include "bits.hpp"
#include "plain_network.hpp"

namespace afmnn::test {
namespace {

using index = std::ptrdiff_t;
using nn::Activation;
using nn::BorderMode;
using nn::Network;

constexpr std::int64_t everything = 1000000;

// ---- training -----------------------------------------------------------------------------------------------------

template <typename T>
struct Pair {
  Pair(index r, index c, std::uint64_t key)
      : rows(r), cols(c), ideal(some_surface<T>(r, c, key)), noisy(ideal), previous(ideal), weight(ideal.size()) {
    Numbers numbers(key + 500);
    for (std::size_t i = 0; i < ideal.size(); ++i) {
      noisy[i] += static_cast<T>(numbers(-0.5, 0.5));
      previous[i] += static_cast<T>(numbers(-0.1, 0.1));
      weight[i] = numbers(0.0, 1.0) < 0.3 ? T(0) : T(1);
    }
  }
  View2D<const T> view(const std::vector<T>& image) const { return {image.data(), rows, cols, cols}; }
  nn::TrainingPair<T> pair(const Network<T>& net, bool masked) const {
    return {view(noisy), view(ideal), masked ? view(weight) : View2D<const T>{}, 2e-9,
            net.fovea.sees_residual() ? view(previous) : View2D<const T>{}};
  }

  index rows, cols;
  std::vector<T> ideal, noisy, previous, weight;
};

template <typename T>
void train(Digest& digest, const Network<T>& initial, bool masked, std::int64_t subsets, int threads) {
  const Pair<T> pairs[] = {{44, 58, 91}, {39, 61, 92}, {44, 58, 93}};
  nn::TrainingSettings settings;
  settings.batch = 300;
  settings.adam.rate = 0.01;
  settings.adam.epochs = 4;
  settings.subsets = subsets;
  settings.key = 17;
  nn::Trainer<T> trainer(initial, {pairs[0].pair(initial, masked), pairs[1].pair(initial, masked)}, settings);
  for (int epoch = 0; epoch < 4; ++epoch) {
    if (epoch == 2 && !masked) trainer.replace(0, pairs[2].pair(initial, false));
    const nn::TrainingError error = trainer.run(everything, threads);
    digest.add(error.squares);
    digest.add(error.weights);
  }
  digest.add(trainer.network());
  Network<T> gradient;
  digest.add(trainer.gradient(gradient, threads).squares);
  digest.add(gradient);
}

template <typename T>
void training_results(Results& results) {
  const int threads = results.threads;
  const std::string type = name_of<T>;
  results("train_window_" + type,
          [=](Digest& digest) { train(digest, make_network<T>(9, 7, {6}, Activation::tanh, true, 1), false, 1, threads); });
  results("train_deep_masked_" + type,
          [=](Digest& digest) { train(digest, make_network<T>(5, 4, {7, 3}, Activation::tanh, false, 2), true, 1, threads); });
  results("train_subsets_" + type,
          [=](Digest& digest) { train(digest, make_network<T>(3, 5, {17}, Activation::tanh, true, 3), false, 2, threads); });
  results("train_fovea_" + type, [=](Digest& digest) { train(digest, make_fovea_network<T>({7, 3}, 4), false, 1, threads); });
  results("train_stage_" + type, [=](Digest& digest) { train(digest, make_fovea_network<T>({5}, 5, true), false, 2, threads); });
  results("train_compressing_" + type,
          [=](Digest& digest) { train(digest, make_fovea_network<T>({7, 3}, 6, false, true), false, 1, threads); });
}

struct OnlineCase {
  const char* name;
  index window_rows, window_cols, nodes;
  double momentum, kept;
};
const OnlineCase online_cases[] = {
    {"classic", 27, 27, 6, 0.3, 1.0},
    {"masked", 5, 8, 9, 0.3, 0.6},
    {"without_momentum", 3, 3, 17, 0.0, 1.0},
    {"heavy", 4, 6, 33, 0.9, 0.9},
};

void train_online(Digest& digest, const OnlineCase& a, int threads) {
  constexpr index rows = 38, cols = 131;
  auto noisy = some_surface<double>(rows, cols, 94);
  auto ideal = some_surface<double>(rows, cols, 95);
  for (double& height : noisy) height = 0.5 + 0.3 * height;
  for (double& height : ideal) height = 0.4 + 0.2 * height;
  auto valid = some_numbers<double>(rows * cols, 0.0, 1.0, 96);
  for (double& mark : valid) mark = mark < a.kept ? 1.0 : 0.0;
  nn::OnlineJob job{{noisy.data(), rows, cols, cols}, {ideal.data(), rows, cols, cols}, {}, 0.3, a.momentum};
  if (a.kept < 1.0) job.valid = {valid.data(), rows, cols, cols};
  nn::OnlineTrainer trainer(make_network<double>(a.window_rows, a.window_cols, {a.nodes}, Activation::logistic, false, 6), job);
  for (int epoch = 0; epoch < 2; ++epoch) {
    digest.add(trainer.run(everything, threads).squares);
    digest.add(trainer.last_pixel_error());
    digest.add(trainer.network());
  }
}

// ---- networks at work -----------------------------------------------------------------------------------------------

const nn::LinearScaling level{2e-7, 3e6, 1e-7, 2.5e6};
const nn::LinearScaling tilted{2e-7, 3e6, 1e-7, 2.5e6, 1.3e-8, -0.7e-8};

struct Work {
  index rows, cols;
  nn::LinearScaling scaling = level;
  index fourier_size = 0;
  bool holes = false;
};

template <typename T, typename Height>
void apply(Digest& digest, const Network<T>& net, const Work& work, int threads) {
  std::vector<Height> image = some_surface<Height>(work.rows, work.cols, 97);
  std::vector<Height> previous = some_surface<Height>(work.rows, work.cols, 98);
  for (Height& height : image) height = static_cast<Height>(2e-7 + 2e-7 * static_cast<double>(height));
  for (Height& height : previous) height = static_cast<Height>(2e-7 + 2e-7 * static_cast<double>(height));
  if (work.holes) {
    for (std::size_t i = 0; i < image.size(); i += 1 + i % 5) image[i] = std::numeric_limits<Height>::quiet_NaN();
    for (index c = 0; c < work.cols; ++c)
      image[static_cast<std::size_t>(3 * work.cols + c)] = std::numeric_limits<Height>::infinity();
  }
  std::vector<Height> out(image.size());
  const auto plan = nn::plan_of_size(net, work.fourier_size);
  for (const auto border : {BorderMode::reflect, BorderMode::nearest, BorderMode::mirror, BorderMode::constant}) {
    const StridedView2D<const Height> before{previous.data(), work.rows, work.cols, work.cols, 1};
    const nn::ImageJob<Height> job{{image.data(), work.rows, work.cols, work.cols, 1},
                                   net.fovea.sees_residual() ? before : StridedView2D<const Height>{},
                                   work.scaling,
                                   {border, 4e-7},
                                   {out.data(), work.rows, work.cols, work.cols, 1}};
    nn::apply(net, job, {0, work.rows}, plan, threads);
    digest.add(out);
  }
}

void plan_results(Results& results) {
  results("plan_tiles", [](Digest& digest) {
    for (const index window : {3, 9, 27, 61}) {
      for (const index nodes : {1, 6, 40}) {
        const auto net = make_network<float>(window, window, {nodes}, Activation::tanh, true, 7);
        for (const index size : {10, 200, 1000, 10000}) {
          const nn::TilePlan plan = nn::plan_tiles(net, size, size / 2);
          digest.add(plan.fourier_size);
          digest.add(plan.tile_rows);
        }
      }
    }
  });
}

template <typename T, typename Height>
void applying_results(Results& results) {
  const int threads = results.threads;
  const std::string types = std::string(name_of<T>) + "_" + name_of<Height>;
  const auto result = [&](const std::string& name, const Network<T>& net, const Work& work) {
    results("apply_" + name + "_" + types, [&, threads](Digest& digest) { apply<T, Height>(digest, net, work, threads); });
  };
  result("window", make_network<T>(9, 12, {6}, Activation::tanh, true, 11), {70, 85});
  result("classic", make_network<T>(7, 7, {17}, Activation::logistic, false, 12), {40, 51});
  result("deep", make_network<T>(3, 5, {7, 4}, Activation::tanh, false, 13), {67, 19});
  result("wide_window", make_network<T>(31, 25, {2}, Activation::tanh, true, 14), {12, 9});
  result("holes", make_network<T>(5, 5, {3}, Activation::tanh, true, 15), {20, 31, tilted, 0, true});
  result("fovea", make_fovea_network<T>({7, 3}, 16), {70, 45, tilted});
  result("stage", make_fovea_network<T>({5}, 17, true), {66, 41, tilted});
  result("compressing", make_fovea_network<T>({7, 3}, 19, false, true), {70, 45, tilted});
  result("compressing_stage", make_fovea_network<T>({5}, 20, true, true), {66, 41, tilted});
  if constexpr (sizeof(T) == 4) {
    const auto net = make_network<T>(7, 10, {5}, Activation::tanh, true, 18);
    for (const index size : {32, 64, 128, 256, 512}) {
      result("fourier_" + std::to_string(size), net, {75, size > 100 ? 150 : 83, level, size});
    }
    result("fourier_deep", make_network<T>(9, 9, {4, 3}, Activation::tanh, true, 19), {60, 61, level, 64});
    result("fourier_holes", net, {40, 41, tilted, 32, true});
  }
}

template <typename T>
void quantiles_of(Digest& digest, int threads) {
  for (const index rows : {1, 9, 300}) {
    constexpr index cols = 257;
    std::vector<T> image = some_surface<T>(rows, cols, 99);
    for (std::size_t i = 0; i < image.size(); i += 101) image[i] *= T(1000);
    for (std::size_t i = 50; i < image.size(); i += 113) image[i] = std::numeric_limits<T>::quiet_NaN();
    const StridedView2D<const T> view{image.data(), rows, cols, cols, 1};
    const FiniteRange range = finite_range(view, threads);
    digest.add(range.count);
    digest.add(range.low);
    digest.add(range.high);
    digest.add(quantiles(view, Plane{}, {0.0, 0.05, 0.37, 0.5, 0.95, 1.0}, threads));
  }
}

}  // namespace

void network_results(Results& results) {
  const int threads = results.threads;
  training_results<float>(results);
  training_results<double>(results);
  for (const OnlineCase& a : online_cases) {
    results(std::string("train_online_") + a.name, [&a, threads](Digest& digest) { train_online(digest, a, threads); });
  }
  plan_results(results);
  applying_results<float, float>(results);
  applying_results<float, double>(results);
  applying_results<double, float>(results);
  applying_results<double, double>(results);
  results("quantiles_float", [=](Digest& digest) { quantiles_of<float>(digest, threads); });
  results("quantiles_double", [=](Digest& digest) { quantiles_of<double>(digest, threads); });
}

}  // namespace afmnn::test
