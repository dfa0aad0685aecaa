// What the bindings of networks have in common.
#pragma once

#include <pybind11/stl.h>

#include "afmnn/nn/network.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {

/// A network as Python knows it: (layers, linear), layers (nodes, 1 + inputs) with the bias first. Because the core's linear
/// path is a node with a bias of its own, that bias goes to the output's.
template <typename T>
py::tuple to_python(const afmnn::nn::Network<T>& net);

constexpr const char* previous_rule = "there for networks that see a residual, and only then";

}  // namespace afmnn_python
