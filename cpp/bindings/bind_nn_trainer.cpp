#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "afmnn/nn/trainer.hpp"
#include "bind.hpp"
#include "bind_nn.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace nn_trainer {
namespace {

using afmnn::nn::Network;

// afmnn.training.pairs.ScaledPair: noisy, ideal, weight, height of one unit, result of the networks before.
template <typename T>
using PairTuple = std::tuple<Array<T>, Array<T>, std::optional<Array<T>>, double, std::optional<Array<T>>>;

template <typename T>
afmnn::View2D<const T> view_like(const Array<T>& array, const char* name, const afmnn::View2D<const T>& noisy) {
  const auto view = read_view(array, name);
  if (view.rows != noisy.rows || view.cols != noisy.cols) refuse(name, "of the shape of noisy");
  return view;
}

template <typename T>
afmnn::nn::TrainingPair<T> pair_of(const Network<T>& net, const PairTuple<T>& value) {
  const auto& [noisy, ideal, weight, height, previous] = value;
  afmnn::nn::TrainingPair<T> pair;
  pair.noisy = read_view(noisy, "noisy");
  if (pair.noisy.rows < net.window_rows || pair.noisy.cols < net.window_cols) refuse("noisy", "at least as large as the window");
  pair.ideal = view_like(ideal, "ideal", pair.noisy);
  if (weight) pair.weight = view_like(*weight, "weight", pair.noisy);
  pair.height = height;
  if (previous.has_value() != net.fovea.sees_residual()) refuse("previous", previous_rule);
  if (previous) pair.previous = view_like(*previous, "previous", pair.noisy);
  return pair;
}

template <typename T>
void replace_pair(afmnn::nn::Trainer<T>& trainer, std::size_t index, const PairTuple<T>& pair) {
  if (index >= trainer.pairs()) refuse("index", "one of the pairs");
  if (!trainer.between_epochs()) refuse("pair", "replaced between two epochs");
  const auto view = pair_of(trainer.layout(), pair);
  if (std::pair(view.noisy.rows, view.noisy.cols) != trainer.shape(index)) {
    refuse("noisy", "of the shape of the pair it replaces");
  }
  const py::gil_scoped_release release;
  trainer.replace(index, view);
}

template <typename T>
void fall(afmnn::nn::Trainer<T>& trainer, std::int64_t epochs) {
  if (epochs < 1) refuse("epochs", "at least 1");
  if (!trainer.between_epochs()) refuse("fall", "called between two epochs");
  trainer.fall(epochs);
}

template <typename T>
std::unique_ptr<afmnn::nn::Trainer<T>> make_trainer(const Network<T>& net, const std::vector<PairTuple<T>>& pairs,
                                                    std::ptrdiff_t batch, bool flips, std::uint64_t key, std::int64_t subsets,
                                                    double rate, double last_rate, double beta1, double beta2, double epsilon,
                                                    std::int64_t epochs, std::int64_t constant_epochs) {
  if (pairs.empty()) refuse("pairs", "at least one");
  if (batch < 1) refuse("batch", "at least 1");
  if (epochs < 1) refuse("epochs", "at least 1");
  if (constant_epochs < 0) refuse("constant_epochs", "at least 0");
  if (subsets < 1 || subsets > 1024) refuse("subsets", "1 to 1024");
  if (!net.linear || net.activation != afmnn::nn::Activation::tanh) refuse("net", "a tanh network with a linear path");
  std::vector<afmnn::nn::TrainingPair<T>> views;
  for (const auto& pair : pairs) views.push_back(pair_of(net, pair));
  const afmnn::nn::TrainingSettings settings{
      {rate, last_rate, beta1, beta2, epsilon, epochs, constant_epochs}, batch, flips, key, subsets};
  const py::gil_scoped_release release;
  return std::make_unique<afmnn::nn::Trainer<T>>(net, views, settings, check_signals);
}

template <typename T>
py::tuple run(afmnn::nn::Trainer<T>& trainer, std::int64_t updates, int threads) {
  if (updates < 1) refuse("updates", "at least 1");
  check_threads(threads);
  afmnn::nn::TrainingError error;
  {
    const py::gil_scoped_release release;
    error = trainer.run(updates, threads, check_signals);
  }
  return py::make_tuple(error.squares, error.weights, error.epoch_over);
}

template <typename T>
py::tuple gradient(afmnn::nn::Trainer<T>& trainer, int threads) {
  check_threads(threads);
  Network<T> gradient;
  afmnn::nn::TrainingError error;
  {
    const py::gil_scoped_release release;
    error = trainer.gradient(gradient, threads);
  }
  return py::make_tuple(to_python(gradient), error.squares, error.weights);
}

template <typename T>
void bind_precision(Module& m, const char* name) {
  using namespace pybind11::literals;
  using Trainer = afmnn::nn::Trainer<T>;
  Class<Trainer>(m, name, "Mini-batch training with Adam.")
      .init(&make_trainer<T>, "net"_a, "pairs"_a, py::kw_only(), "batch"_a, "flips"_a, "key"_a, "subsets"_a = 1, "rate"_a,
            "last_rate"_a, "beta1"_a, "beta2"_a, "epsilon"_a, "epochs"_a, "constant_epochs"_a = 0)
      .def_property_readonly("updates_per_epoch", &Trainer::updates_per_epoch)
      .def("run", &run<T>,
           "Further updates, at most to the end of the epoch: its sums of squared error and of weights, whether it is over.",
           "updates"_a, "threads"_a)
      .def("replace", &replace_pair<T>, "Another pair in the place of one, between two epochs.", "index"_a, "pair"_a)
      .def("fall", &fall<T>, "From here on the rate falls, over so many epochs; between two epochs.", "epochs"_a)
      .def("gradient", &gradient<T>, "Gradient over all pixels, for tests.", "threads"_a)
      .def(
          "arrays", [](const Trainer& trainer) { return to_python(trainer.network()); },
          "Layers and linear path as they are now.");
}

}  // namespace
}  // namespace nn_trainer

void bind_nn_trainer(Module& m) {
  using namespace nn_trainer;
  bind_precision<float>(m, "TrainerF32");
  bind_precision<double>(m, "TrainerF64");
}

}  // namespace afmnn_python
