#include "afmnn/synth/bulk_draws.hpp"
#include "afmnn/synth/domains.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_domains {
namespace {

Array<double> domains(Array<double>& spins, std::int64_t iterations, double temperature, double strength, double coupling,
                      double bias, double time_step, std::uint64_t key, int threads, const py::object& progress) {
  const auto view = write_view(spins, "spins");
  if (view.rows < 2 || view.cols < 2) refuse("spins", "at least 2 x 2");
  for (std::ptrdiff_t i = 0; i < view.size(); ++i) {
    if (view.data[i] != 1.0 && view.data[i] != -1.0) refuse("spins", "-1 or 1");
  }
  if (iterations < 1 || iterations > 10000000) refuse("iterations", "from 1 to 1e7");
  check_range(temperature, 1e-6, 1e6, "temperature");
  check_range(strength, 0.0, 1e6, "strength");
  check_range(coupling, 0.0, 1e6, "coupling");
  check_range(bias, -1e6, 1e6, "bias");
  check_range(time_step, 0.0, 1.0, "time_step");
  check_threads(threads);
  auto inhibitor = new_image(view.rows, view.cols);
  const auto out = write_view(inhibitor);
  const auto report = report_to(progress);
  {
    const py::gil_scoped_release release;
    afmnn::synth::domains({key, iterations, temperature, strength, coupling, bias, time_step}, view, out, threads, report);
  }
  return inhibitor;
}

Array<double> domain_draws(py::ssize_t rows, py::ssize_t cols, std::uint64_t key) {
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  for (py::ssize_t r = 0; r < rows; ++r) {
    afmnn::synth::draw_uniform(key, afmnn::role::domains, static_cast<std::uint64_t>(r), cols, out.row(r));
  }
  return result;
}

}  // namespace
}  // namespace synth_domains

void bind_synth_domains(Module& m) {
  using namespace synth_domains;
  using namespace pybind11::literals;
  m.def("domain_draws", &domain_draws, "Draws on [0, 1) of every pixel.", "rows"_a, "cols"_a, "key"_a);
  m.def("domains", &domains, "Changes spins to the mean of their last two states, and returns the inhibitor.",
        "spins"_a.noconvert(), "iterations"_a, "temperature"_a, "strength"_a, "coupling"_a, "bias"_a, "time_step"_a, "key"_a,
        "threads"_a, "progress"_a);
}

}  // namespace afmnn_python
