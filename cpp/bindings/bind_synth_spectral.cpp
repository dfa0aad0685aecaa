#include <cstdint>

#include "afmnn/synth/spectral.hpp"
#include "bind.hpp"
#include "fields.hpp"

namespace afmnn_python {
namespace synth_spectral {
namespace {

using afmnn::synth::Spectral;

Spectral settings_of(double rms, double k_min, double k_max, double gaussian_length, double gaussian_power,
                     double exponential_length, double power_exponent, double row_step) {
  check_finite({rms, k_min, k_max, power_exponent});
  check_range(gaussian_length, 0.0, 1e12, "gaussian_length");
  check_above_zero(gaussian_power, "gaussian_power");
  check_range(exponential_length, 0.0, 1e12, "exponential_length");
  check_above_zero(row_step, "row_step");
  return {rms, k_min, k_max, gaussian_length, gaussian_power, exponential_length, power_exponent, row_step};
}

bool has_waves(py::ssize_t rows, py::ssize_t cols, double k_min, double k_max, double row_step) {
  if (rows < 1 || cols < 1) refuse("rows and cols", "at least 1");
  return afmnn::synth::has_waves(settings_of(1.0, k_min, k_max, 0.0, 2.0, 0.0, 0.0, row_step), rows, cols);
}

std::pair<Array<double>, double> spectral(py::ssize_t rows, py::ssize_t cols, double rms, double k_min, double k_max,
                                          double gaussian_length, double gaussian_power, double exponential_length,
                                          double power_exponent, double row_step, std::uint64_t key, int threads) {
  const Spectral settings =
      settings_of(rms, k_min, k_max, gaussian_length, gaussian_power, exponential_length, power_exponent, row_step);
  return filled(rows, cols, threads,
                [&](const auto& out, auto& team) { return afmnn::synth::spectral(settings, key, out, team); });
}

}  // namespace
}  // namespace synth_spectral

void bind_synth_spectral(Module& m) {
  using namespace synth_spectral;
  using namespace pybind11::literals;
  m.def("has_waves", &has_waves, "Whether any wave of an image lies in a band.", "rows"_a, "cols"_a, "k_min"_a, "k_max"_a,
        "row_step"_a);
  m.def("spectral", &spectral, "Heights, and the rms of their gradient.", "rows"_a, "cols"_a, "rms"_a, "k_min"_a, "k_max"_a,
        "gaussian_length"_a, "gaussian_power"_a, "exponential_length"_a, "power_exponent"_a, "row_step"_a, "key"_a, "threads"_a);
}

}  // namespace afmnn_python
