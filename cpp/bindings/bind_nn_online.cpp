#include <cstdint>
#include <memory>
#include <optional>

#include "afmnn/nn/online.hpp"
#include "bind.hpp"
#include "bind_nn.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace nn_online {
namespace {

using afmnn::nn::Network;
using Trainer = afmnn::nn::OnlineTrainer;

std::unique_ptr<Trainer> make_trainer(const Network<double>& net, const Array<double>& noisy, const Array<double>& ideal,
                                      const std::optional<Array<double>>& valid, double rate, double momentum) {
  afmnn::nn::OnlineJob job{read_view(noisy, "noisy"), read_view(ideal, "ideal"), {}, rate, momentum};
  if (valid) job.valid = read_view(*valid, "valid");
  if (net.layers.size() != 2 || net.linear || net.activation != afmnn::nn::Activation::logistic) {
    refuse("net", "a classic network");
  }
  if (job.noisy.rows <= net.window_rows || job.noisy.cols <= net.window_cols) refuse("noisy", "larger than the window");
  if (job.ideal.rows != job.noisy.rows || job.ideal.cols != job.noisy.cols) refuse("ideal", "of the shape of noisy");
  if (valid && (job.valid.rows != job.noisy.rows || job.valid.cols != job.noisy.cols)) refuse("valid", "of the shape of noisy");
  if (!(momentum >= 0.0 && momentum < 1.0)) refuse("momentum", "at least 0 and below 1");
  const py::gil_scoped_release release;
  return std::make_unique<Trainer>(net, job, check_signals);
}

py::tuple run(Trainer& trainer, std::int64_t pixels, int threads) {
  if (pixels < 1) refuse("pixels", "at least 1");
  check_threads(threads);
  afmnn::nn::OnlineError error;
  {
    const py::gil_scoped_release release;
    error = trainer.run(pixels, threads);
  }
  return py::make_tuple(error.squares, static_cast<double>(error.pixels), error.epoch_over);
}

}  // namespace
}  // namespace nn_online

void bind_nn_online(Module& m) {
  using namespace nn_online;
  using namespace pybind11::literals;
  Class<Trainer>(m, "OnlineTrainer", "Online backpropagation, pixel after pixel.")
      .init(&make_trainer, "net"_a, "noisy"_a, "ideal"_a, "valid"_a, py::kw_only(), "rate"_a, "momentum"_a)
      .def("run", &run,
           "Further pixels, at most to the end of the epoch: its sum of squared errors, its pixels, whether it is over.",
           "pixels"_a, "threads"_a)
      .def_property_readonly("last_pixel_error", &Trainer::last_pixel_error)
      .def(
          "arrays", [](const Trainer& trainer) { return to_python(trainer.network()); },
          "Layers and linear path as they are now.");
}

}  // namespace afmnn_python
