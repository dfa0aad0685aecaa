#include <cstdint>

#include "afmnn/synth/brownian.hpp"
#include "bind.hpp"
#include "fields.hpp"

namespace afmnn_python {
namespace synth_brownian {
namespace {

Array<double> brownian(py::ssize_t rows, py::ssize_t cols, double hurst, double rms, double stationarity_length, int distribution,
                       double power, double row_step, std::uint64_t key, int threads) {
  check_finite({hurst, rms});
  check_range(stationarity_length, 0.0, 1e12, "stationarity_length");
  if (distribution < 0 || distribution > 3) refuse("distribution", "a number from 0 to 3");
  if (!(power > 2.0)) refuse("power", "above 2");
  check_above_zero(row_step, "row_step");
  const afmnn::synth::Brownian settings{
      hurst, rms, stationarity_length, static_cast<afmnn::synth::BrownianDistribution>(distribution), power, row_step};
  return filled(rows, cols, threads,
                [&](const auto& out, auto& team) {
                  afmnn::synth::brownian(settings, key, out, team);
                  return true;
                })
      .first;
}

}  // namespace
}  // namespace synth_brownian

void bind_synth_brownian(Module& m) {
  using namespace synth_brownian;
  using namespace pybind11::literals;
  m.def("brownian", &brownian, "rows"_a, "cols"_a, "hurst"_a, "rms"_a, "stationarity_length"_a, "distribution"_a, "power"_a,
        "row_step"_a, "key"_a, "threads"_a);
}

}  // namespace afmnn_python
