#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "afmnn/nn/evaluate.hpp"
#include "afmnn/nn/network.hpp"
#include "afmnn/nn/online.hpp"
#include "afmnn/nn/trainer.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace {

using afmnn::nn::Network;

afmnn::nn::Activation activation_of(const std::string& name) {
  if (name == "tanh") return afmnn::nn::Activation::tanh;
  if (name == "logistic") return afmnn::nn::Activation::logistic;
  refuse("activation", "'tanh' or 'logistic'");
}

afmnn::nn::Border border_of(const std::string& name) {
  if (name == "reflect") return afmnn::nn::Border::reflect;
  if (name == "nearest") return afmnn::nn::Border::nearest;
  if (name == "mirror") return afmnn::nn::Border::mirror;
  if (name == "constant") return afmnn::nn::Border::constant;
  refuse("border", "'reflect', 'nearest', 'mirror' or 'constant'");
}

// Rows and columns of box, larger box (0: none), grid and step; gain; whether of the residual.
using BandTuple = std::tuple<std::array<std::ptrdiff_t, 8>, double, bool>;
using FoveaTuple = std::tuple<std::vector<BandTuple>, std::array<std::ptrdiff_t, 2>>;  // bands, base

afmnn::nn::Fovea make_fovea(const FoveaTuple& value) {
  constexpr std::ptrdiff_t longest = 1 << 12;
  const auto is_box = [](std::ptrdiff_t side) {
    for (std::ptrdiff_t box = 1; box <= longest; box *= 3) {
      if (box == side) return true;
    }
    return false;
  };
  const auto& [bands, base] = value;
  afmnn::nn::Fovea fovea;
  fovea.base_rows = base[0];
  fovea.base_cols = base[1];
  if (!is_box(base[0]) || !is_box(base[1])) refuse("base", "powers of three");
  if (bands.empty()) refuse("bands", "at least one");
  for (const auto& [n, gain, residual] : bands) {
    for (int i = 0; i < 4; ++i) {
      const bool none = residual && (i == 2 || i == 3) && n[2] == 0 && n[3] == 0;
      if (!is_box(n[i]) && !none) refuse("boxes", "powers of three");
      if (n[4 + i] < 1 || n[4 + i] > longest || (i < 2 && n[4 + i] % 2 == 0)) refuse("grid", "odd, and grid and step 1 to 4096");
    }
    fovea.bands.push_back({n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], gain, residual});
  }
  if (fovea.reach_rows() > longest || fovea.reach_cols() > longest) refuse("bands", "a reach of at most 4096 pixels");
  return fovea;
}

// Python's layers are (nodes, 1 + inputs) with the bias first; the core's are tap by tap, the linear path a node of the
// first layer.
template <typename T>
Network<T> make_network(std::ptrdiff_t rows, std::ptrdiff_t cols, const std::string& activation,
                        const std::vector<Array<T>>& layers, const std::optional<Array<T>>& linear,
                        const std::optional<FoveaTuple>& fovea) {
  constexpr std::ptrdiff_t longest = 1 << 20;  // rows * cols stays far from overflow
  if (rows < 1 || cols < 1 || rows > longest || cols > longest) refuse("window", "1 x 1 to 2^20 x 2^20");
  if (layers.size() < 2) refuse("layers", "at least two matrices");
  Network<T> net;
  net.window_rows = rows;
  net.window_cols = cols;
  net.linear = linear.has_value();
  net.activation = activation_of(activation);
  if (fovea) {
    net.fovea = make_fovea(*fovea);
    if (rows != 2 * net.fovea.reach_rows() + 1 || cols != 2 * net.fovea.reach_cols() + 1) refuse("window", "the fovea's");
    if (net.activation != afmnn::nn::Activation::tanh) refuse("activation", "'tanh' with a fovea");
  }
  std::ptrdiff_t inputs = net.inputs();
  for (const auto& matrix : layers) {
    const auto view = read_view(matrix, "layers");
    if (view.rows < 1 || view.cols != inputs + 1) refuse("layers", "matrices of shape (nodes, 1 + inputs)");
    const bool path = net.linear && net.layers.empty();
    afmnn::nn::Layer<T> layer;
    layer.inputs = inputs;
    layer.nodes = view.rows + (path ? 1 : 0);
    layer.weights.resize(static_cast<std::size_t>(layer.inputs * layer.nodes));
    layer.bias.resize(static_cast<std::size_t>(layer.nodes));
    for (std::ptrdiff_t n = 0; n < view.rows; ++n) {
      layer.bias[static_cast<std::size_t>(n)] = view(n, 0);
      for (std::ptrdiff_t k = 0; k < inputs; ++k) layer.weights[static_cast<std::size_t>(k * layer.nodes + n)] = view(n, k + 1);
    }
    if (path) {
      const bool fits = fovea ? linear->ndim() == 1 && linear->shape(0) == inputs
                              : linear->ndim() == 2 && linear->shape(0) == rows && linear->shape(1) == cols;
      if (!fits) refuse("linear", "of the window's shape, or one number for each tap of the fovea");
      for (std::ptrdiff_t k = 0; k < inputs; ++k)
        layer.weights[static_cast<std::size_t>(k * layer.nodes + view.rows)] = linear->data()[k];
    }
    inputs = view.rows;
    net.layers.push_back(std::move(layer));
  }
  if (inputs != 1) refuse("layers[-1]", "a matrix of one row");
  return net;
}

// The reverse: (layers, linear). What the linear path has of a bias goes to the output's.
template <typename T>
py::tuple to_python(const Network<T>& net) {
  py::list layers;
  py::object linear = py::none();
  T path_bias = 0;
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    const auto& layer = net.layers[l];
    const std::ptrdiff_t nodes = net.hidden(l);
    Array<T> matrix({nodes, layer.inputs + 1});
    const auto view = write_view(matrix);
    for (std::ptrdiff_t n = 0; n < nodes; ++n) {
      view(n, 0) = layer.bias[static_cast<std::size_t>(n)];
      for (std::ptrdiff_t k = 0; k < layer.inputs; ++k)
        view(n, k + 1) = layer.weights[static_cast<std::size_t>(k * layer.nodes + n)];
    }
    if (l == 0 && net.linear) {
      Array<T> path = net.fovea.empty() ? Array<T>({net.window_rows, net.window_cols}) : Array<T>(layer.inputs);
      for (std::ptrdiff_t k = 0; k < layer.inputs; ++k)
        path.mutable_data()[k] = layer.weights[static_cast<std::size_t>(k * layer.nodes + nodes)];
      path_bias = layer.bias[static_cast<std::size_t>(nodes)];
      linear = path;
    }
    if (l + 1 == net.layers.size()) view(0, 0) += path_bias;
    layers.append(matrix);
  }
  return py::make_tuple(layers, linear);
}

// Lets Python handle what came in since: Ctrl-C raises. Called without the GIL.
void hear_signals() {
  const py::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

template <typename T, typename Height>
void apply(const Network<T>& net, const py::array_t<Height>& image, py::array_t<Height>& out,
           const std::array<double, 4>& scaling, const std::string& border, double constant, std::ptrdiff_t first_row,
           std::optional<std::ptrdiff_t> end_row, std::optional<std::ptrdiff_t> fourier_size, int threads,
           const py::object& progress, const std::array<double, 2>& slopes, const std::optional<py::array_t<Height>>& earlier) {
  const auto in = read_strided<Height>(image, "image");
  const auto to = write_strided<Height>(out);
  if (in.rows < 1 || in.cols < 1) refuse("image", "not empty");
  if (to.rows != in.rows || to.cols != in.cols) refuse("out", "of the image's shape");
  if (earlier.has_value() != net.fovea.sees_residual())
    refuse("earlier", "there for networks that see a residual, and only then");
  afmnn::StridedView2D<const Height> before{};
  if (earlier) {
    before = read_strided<Height>(*earlier, "earlier");
    if (before.rows != in.rows || before.cols != in.cols) refuse("earlier", "of the image's shape");
  }
  const std::ptrdiff_t last_row = end_row.value_or(in.rows);
  if (first_row < 0 || last_row < first_row || last_row > in.rows) refuse("rows", "within the image");
  afmnn::nn::Path path = afmnn::nn::choose_path(net, in.rows, in.cols);
  if (fourier_size && *fourier_size != path.fourier_size) {  // tests take another way than the best
    const std::ptrdiff_t size = *fourier_size;
    const bool power = size >= 32 && size <= 1024 && (size & (size - 1)) == 0;
    const bool possible = std::is_same_v<T, float> && power && size >= std::max(net.window_rows, net.window_cols);
    if (size != 0 && !possible) refuse("fourier_size", "0, or a power of two from 32 to 1024 that the window fits into");
    path = {size, size == 0 ? 64 : size - net.window_rows + 1};
  }
  if (first_row % path.tile_rows != 0 || (last_row != in.rows && last_row % path.tile_rows != 0)) refuse("rows", "whole tiles");
  const afmnn::nn::LinearScaling maps{scaling[0], scaling[1], scaling[2], scaling[3], slopes[0], slopes[1]};
  const afmnn::nn::Continuation beyond{border_of(border), constant};
  check_threads(threads);
  const bool told = !progress.is_none();
  const auto pause = [&](std::ptrdiff_t rows_done) {
    hear_signals();
    const py::gil_scoped_acquire acquire;
    if (told) progress(first_row + rows_done, in.rows);
  };
  const py::gil_scoped_release release;
  afmnn::nn::apply(net, in, before, maps, beyond, to, first_row, last_row, path, threads, pause);
}

template <typename T>
using Pair = std::tuple<Array<T>, Array<T>, std::optional<Array<T>>, double>;  // noisy, ideal, weight, height of a unit

template <typename T>
afmnn::nn::TrainingPair<T> training_pair(const Network<T>& net, const Pair<T>& pair, const std::optional<Array<T>>& earlier) {
  const auto& [noisy, ideal, weight, height] = pair;
  afmnn::nn::TrainingPair<T> view{read_view(noisy, "noisy"), read_view(ideal, "ideal"), {}, height, {}};
  if (view.noisy.rows < net.window_rows || view.noisy.cols < net.window_cols) refuse("noisy", "at least as large as the window");
  if (view.ideal.rows != view.noisy.rows || view.ideal.cols != view.noisy.cols) refuse("ideal", "of the shape of noisy");
  if (weight) {
    view.weight = read_view(*weight, "weight");
    if (view.weight.rows != view.noisy.rows || view.weight.cols != view.noisy.cols) refuse("weight", "of the shape of noisy");
  }
  if (earlier.has_value() != net.fovea.sees_residual())
    refuse("earlier", "there for networks that see a residual, and only then");
  if (earlier) {
    view.earlier = read_view(*earlier, "earlier");
    if (view.earlier.rows != view.noisy.rows || view.earlier.cols != view.noisy.cols) refuse("earlier", "of the shape of noisy");
  }
  return view;
}

template <typename T>
void replace_pair(afmnn::nn::Trainer<T>& trainer, std::size_t index, const Pair<T>& pair,
                  const std::optional<Array<T>>& earlier) {
  if (index >= trainer.pairs()) refuse("index", "one of the pairs");
  if (!trainer.between_passes()) refuse("pair", "replaced between two passes");
  const auto view = training_pair(trainer.layout(), pair, earlier);
  if (std::pair(view.noisy.rows, view.noisy.cols) != trainer.shape(index))
    refuse("noisy", "of the shape of the pair it replaces");
  const py::gil_scoped_release release;
  trainer.replace(index, view);
}

template <typename T>
std::unique_ptr<afmnn::nn::Trainer<T>> make_trainer(const Network<T>& net, const std::vector<Pair<T>>& pairs,
                                                    std::ptrdiff_t batch, bool flips, std::uint64_t key, double rate,
                                                    double last_rate, double beta1, double beta2, double epsilon,
                                                    std::int64_t passes, const std::optional<std::vector<Array<T>>>& earlier,
                                                    std::int64_t parts) {
  if (pairs.empty()) refuse("pairs", "at least one");
  if (earlier && earlier->size() != pairs.size()) refuse("earlier", "as many as pairs");
  if (batch < 1) refuse("batch", "at least 1");
  if (passes < 1) refuse("passes", "at least 1");
  if (parts < 1 || parts > 1024) refuse("parts", "1 to 1024");
  if (!net.linear || net.activation != afmnn::nn::Activation::tanh) refuse("net", "a tanh network with a linear path");
  std::vector<afmnn::nn::TrainingPair<T>> views;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    views.push_back(training_pair(net, pairs[i], earlier ? std::optional((*earlier)[i]) : std::nullopt));
  }
  afmnn::nn::TrainingSettings settings;
  settings.adam = {rate, last_rate, beta1, beta2, epsilon, passes};
  settings.batch = batch;
  settings.flips = flips;
  settings.key = key;
  settings.parts = parts;
  const py::gil_scoped_release release;
  return std::make_unique<afmnn::nn::Trainer<T>>(net, views, settings, hear_signals);
}

template <typename T>
void bind_precision(Module& m, const char* network_name, const char* trainer_name) {
  using namespace pybind11::literals;
  using Trainer = afmnn::nn::Trainer<T>;
  Class<Network<T>>(m, network_name, "A windowed network in the layout of the kernels.")
      .init(&make_network<T>, "rows"_a, "cols"_a, "activation"_a, "layers"_a, "linear"_a, "fovea"_a = py::none())
      .def("arrays", &to_python<T>, "Layers (nodes, 1 + inputs) and linear path.");
  m.def(
      "choose_path",
      [](const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols) {
        constexpr std::ptrdiff_t longest = std::ptrdiff_t{1} << 31;  // costs are counted in integers
        if (rows < 1 || cols < 1 || rows > longest || cols > longest) refuse("shape", "1 x 1 to 2^31 x 2^31");
        const afmnn::nn::Path path = afmnn::nn::choose_path(net, rows, cols);
        return py::make_tuple(path.fourier_size, path.tile_rows);
      },
      "Size of the Fourier transforms (0: direct sum) and rows of a tile.", "net"_a, "rows"_a, "cols"_a);
  m.def("apply", &apply<T, float>, "Evaluates some rows of an image; progress(rows done, rows) is called from time to time.",
        "net"_a, "image"_a.noconvert(), "out"_a.noconvert(), "scaling"_a, "border"_a, "constant"_a, "first_row"_a = 0,
        "last_row"_a = py::none(), "fourier_size"_a = py::none(), "threads"_a = 1, "progress"_a = py::none(),
        "slopes"_a = std::array<double, 2>{0.0, 0.0}, "earlier"_a.noconvert() = py::none());
  m.def("apply", &apply<T, double>, "Evaluates some rows of an image; progress(rows done, rows) is called from time to time.",
        "net"_a, "image"_a.noconvert(), "out"_a.noconvert(), "scaling"_a, "border"_a, "constant"_a, "first_row"_a = 0,
        "last_row"_a = py::none(), "fourier_size"_a = py::none(), "threads"_a = 1, "progress"_a = py::none(),
        "slopes"_a = std::array<double, 2>{0.0, 0.0}, "earlier"_a.noconvert() = py::none());
  Class<Trainer>(m, trainer_name, "Mini-batch training with Adam.")
      .init(&make_trainer<T>, "net"_a, "pairs"_a, py::kw_only(), "batch"_a, "flips"_a, "key"_a, "rate"_a, "last_rate"_a,
            "beta1"_a, "beta2"_a, "epsilon"_a, "passes"_a, "earlier"_a = py::none(), "parts"_a = 1)
      .def_property_readonly("updates_per_pass", &Trainer::updates_per_pass)
      .def(
          "run",
          [](Trainer& trainer, std::int64_t updates, int threads) {
            if (updates < 1) refuse("updates", "at least 1");
            check_threads(threads);
            afmnn::nn::TrainingError error;
            {
              const py::gil_scoped_release release;
              error = trainer.run(updates, threads, hear_signals);
            }
            return py::make_tuple(error.squares, error.weights, error.pass_over);
          },
          "Further updates, at most to the end of the pass: its sums of squared error and of weights, whether it is over.",
          "updates"_a, "threads"_a)
      .def("replace", &replace_pair<T>, "Another pair in the place of one, between two passes.", "index"_a, "pair"_a,
           "earlier"_a = py::none())
      .def(
          "gradient",
          [](Trainer& trainer, int threads) {
            check_threads(threads);
            Network<T> gradient;
            afmnn::nn::TrainingError error;
            {
              const py::gil_scoped_release release;
              error = trainer.gradient(gradient, threads);
            }
            return py::make_tuple(to_python(gradient), error.squares, error.weights);
          },
          "Gradient over all pixels, for tests.", "threads"_a)
      .def(
          "arrays", [](const Trainer& trainer) { return to_python(trainer.network()); },
          "Layers and linear path as they are now.");
}

std::unique_ptr<afmnn::nn::OnlineTrainer> make_online(const Network<double>& net, const Array<double>& noisy,
                                                      const Array<double>& ideal, const std::optional<Array<double>>& usable,
                                                      double rate, double momentum) {
  const auto from = read_view(noisy, "noisy");
  const auto to = read_view(ideal, "ideal");
  afmnn::View2D<const double> marks;
  if (usable) marks = read_view(*usable, "usable");
  if (net.layers.size() != 2 || net.linear || net.activation != afmnn::nn::Activation::logistic)
    refuse("net", "a classic network");
  if (from.rows <= net.window_rows || from.cols <= net.window_cols) refuse("noisy", "larger than the window");
  if (to.rows != from.rows || to.cols != from.cols) refuse("ideal", "of the shape of noisy");
  if (usable && (marks.rows != from.rows || marks.cols != from.cols)) refuse("usable", "of the shape of noisy");
  if (!(momentum >= 0.0 && momentum < 1.0)) refuse("momentum", "at least 0 and below 1");
  const afmnn::nn::OnlineJob job{from, to, marks, rate, momentum};
  const py::gil_scoped_release release;
  return std::make_unique<afmnn::nn::OnlineTrainer>(net, job, hear_signals);
}

void bind_online(Module& m) {
  using namespace pybind11::literals;
  using Trainer = afmnn::nn::OnlineTrainer;
  Class<Trainer>(m, "OnlineTrainer", "Online backpropagation, pixel after pixel.")
      .init(&make_online, "net"_a, "noisy"_a, "ideal"_a, "usable"_a, py::kw_only(), "rate"_a, "momentum"_a)
      .def(
          "run",
          [](Trainer& trainer, std::int64_t pixels, int threads) {
            if (pixels < 1) refuse("pixels", "at least 1");
            check_threads(threads);
            afmnn::nn::OnlineError error;
            {
              const py::gil_scoped_release release;
              error = trainer.run(pixels, threads);
            }
            return py::make_tuple(error.squares, static_cast<double>(error.pixels), error.pass_over);
          },
          "Further pixels, at most to the end of the pass: its sum of squared errors, its pixels, whether it is over.",
          "pixels"_a, "threads"_a)
      .def_property_readonly("last_pixel_error", &Trainer::last_pixel_error)
      .def(
          "arrays", [](const Trainer& trainer) { return to_python(trainer.network()); },
          "Layers and linear path as they are now.");
}

}  // namespace

void bind_nn(Module& m) {
  bind_precision<float>(m, "NetworkF32", "TrainerF32");
  bind_precision<double>(m, "NetworkF64", "TrainerF64");
  bind_online(m);
}

}  // namespace afmnn_python
