#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "afmnn/nn/fovea.hpp"
#include "afmnn/nn/network.hpp"
#include "bind.hpp"
#include "bind_nn.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace nn_network {
namespace {

using afmnn::nn::Network;

afmnn::nn::Activation activation_of(const std::string& name) {
  if (name == "tanh") return afmnn::nn::Activation::tanh;
  if (name == "logistic") return afmnn::nn::Activation::logistic;
  refuse("activation", "'tanh' or 'logistic'");
}

// Rows and columns of box, larger box (0: none), grid and step; gain; whether of the residual.
using BandTuple = std::tuple<std::array<std::ptrdiff_t, 8>, double, bool>;
using FoveaTuple = std::tuple<std::vector<BandTuple>, std::array<std::ptrdiff_t, 2>, bool>;  // bands, base, compresses

afmnn::nn::Fovea fovea_of(const FoveaTuple& value) {
  const auto& [bands, base, compresses] = value;
  afmnn::nn::Fovea fovea;
  fovea.base_rows = base[0];
  fovea.base_cols = base[1];
  fovea.compresses = compresses;
  for (const auto& [n, gain, residual] : bands) {
    fovea.bands.push_back({n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], gain, residual});
  }
  afmnn::nn::validate(fovea);
  return fovea;
}

// Python's layers are (nodes, 1 + inputs) with the bias first; the core's are tap by tap, and have room for one more node where
// the linear path belongs to them.
template <typename T>
afmnn::nn::Layer<T> layer_of(const Array<T>& matrix, std::ptrdiff_t inputs, bool with_path) {
  const auto view = read_view(matrix, "layers");
  if (view.rows < 1 || view.cols != inputs + 1) refuse("layers", "matrices of shape (nodes, 1 + inputs)");
  afmnn::nn::Layer<T> layer;
  layer.inputs = inputs;
  layer.nodes = view.rows + (with_path ? 1 : 0);
  layer.weights.resize(static_cast<std::size_t>(layer.inputs * layer.nodes));
  layer.bias.resize(static_cast<std::size_t>(layer.nodes));
  for (std::ptrdiff_t n = 0; n < view.rows; ++n) {
    layer.bias[static_cast<std::size_t>(n)] = view(n, 0);
    for (std::ptrdiff_t k = 0; k < inputs; ++k) layer.weights[static_cast<std::size_t>(k * layer.nodes + n)] = view(n, k + 1);
  }
  return layer;
}

template <typename T>
void set_path(Network<T>& net, const Array<T>& linear) {
  auto& layer = net.layers[0];
  const bool fits = net.fovea.empty()
                        ? linear.ndim() == 2 && linear.shape(0) == net.window_rows && linear.shape(1) == net.window_cols
                        : linear.ndim() == 1 && linear.shape(0) == layer.inputs;
  if (!fits) refuse("linear", "of the window's shape, or one number for each tap of the fovea");
  const std::ptrdiff_t path = layer.nodes - 1;
  for (std::ptrdiff_t k = 0; k < layer.inputs; ++k) {
    layer.weights[static_cast<std::size_t>(k * layer.nodes + path)] = linear.data()[k];
  }
}

template <typename T>
Network<T> make_network(std::ptrdiff_t rows, std::ptrdiff_t cols, const std::string& activation,
                        const std::vector<Array<T>>& layers, const std::optional<Array<T>>& linear,
                        const std::optional<FoveaTuple>& fovea) {
  Network<T> net;
  net.window_rows = rows;
  net.window_cols = cols;
  net.linear = linear.has_value();
  net.activation = activation_of(activation);
  if (fovea) net.fovea = fovea_of(*fovea);
  afmnn::nn::validate_window(net);
  if (layers.size() < 2) refuse("layers", "at least two matrices");
  std::ptrdiff_t inputs = net.inputs();
  for (const auto& matrix : layers) {
    const bool first = net.layers.empty();
    net.layers.push_back(layer_of(matrix, inputs, first && linear));
    if (first && linear) set_path(net, *linear);
    inputs = matrix.shape(0);
  }
  afmnn::nn::validate(net);
  return net;
}

template <typename T>
Array<T> matrix_of(const afmnn::nn::Layer<T>& layer, std::ptrdiff_t nodes) {
  Array<T> matrix({nodes, layer.inputs + 1});
  const auto view = write_view(matrix);
  for (std::ptrdiff_t n = 0; n < nodes; ++n) {
    view(n, 0) = layer.bias[static_cast<std::size_t>(n)];
    for (std::ptrdiff_t k = 0; k < layer.inputs; ++k)
      view(n, k + 1) = layer.weights[static_cast<std::size_t>(k * layer.nodes + n)];
  }
  return matrix;
}

template <typename T>
Array<T> path_of(const Network<T>& net) {
  const auto& layer = net.layers[0];
  Array<T> path = net.fovea.empty() ? Array<T>({net.window_rows, net.window_cols}) : Array<T>(layer.inputs);
  for (std::ptrdiff_t k = 0; k < layer.inputs; ++k) {
    path.mutable_data()[k] = layer.weights[static_cast<std::size_t>(k * layer.nodes + net.hidden(0))];
  }
  return path;
}

template <typename T>
void bind_precision(Module& m, const char* name) {
  using namespace pybind11::literals;
  Class<Network<T>>(m, name, "A windowed network in the layout of the kernels.")
      .init(&make_network<T>, "rows"_a, "cols"_a, "activation"_a, "layers"_a, "linear"_a, "fovea"_a = py::none())
      .def("arrays", &to_python<T>, "Layers (nodes, 1 + inputs) and linear path.");
}

}  // namespace
}  // namespace nn_network

template <typename T>
py::tuple to_python(const afmnn::nn::Network<T>& net) {
  py::list layers;
  for (std::size_t l = 0; l < net.layers.size(); ++l) {
    auto matrix = nn_network::matrix_of(net.layers[l], net.hidden(l));
    if (l + 1 == net.layers.size() && net.linear) {
      matrix.mutable_at(0, 0) += net.layers[0].bias[static_cast<std::size_t>(net.hidden(0))];
    }
    layers.append(matrix);
  }
  return py::make_tuple(layers, net.linear ? py::object(nn_network::path_of(net)) : py::none());
}

template py::tuple to_python(const afmnn::nn::Network<float>&);
template py::tuple to_python(const afmnn::nn::Network<double>&);

void bind_nn_network(Module& m) {
  using namespace nn_network;
  bind_precision<float>(m, "NetworkF32");
  bind_precision<double>(m, "NetworkF64");
}

}  // namespace afmnn_python
