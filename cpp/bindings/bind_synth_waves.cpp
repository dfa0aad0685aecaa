#include <cstdint>

#include "afmnn/synth/waves.hpp"
#include "bind.hpp"
#include "fields.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_waves {
namespace {

using namespace afmnn::synth;

py::tuple waves(py::ssize_t rows, py::ssize_t cols, py::ssize_t count, int quantity, int form, double amplitude,
                double amplitude_spread, double wavelength, double wavelength_spread, double decay, double decay_spread,
                double center_y, double center_x, double spread_y, double spread_x, double row_step, std::uint64_t key,
                int threads, const py::object& progress) {
  if (count < 1 || count > 1'000'000) refuse("count", "from 1 to 1000000");
  if (quantity < 0 || quantity > 2) refuse("quantity", "a number from 0 to 2");
  if (form < 0 || form > 2) refuse("form", "a number from 0 to 2");
  check_finite({amplitude, amplitude_spread, wavelength_spread, decay, decay_spread, center_y, center_x, spread_y, spread_x});
  check_above_zero(wavelength, "wavelength");
  check_above_zero(row_step, "row_step");
  const Waves settings{count,
                       static_cast<WaveQuantity>(quantity),
                       static_cast<WaveForm>(form),
                       amplitude,
                       amplitude_spread,
                       wavelength,
                       wavelength_spread,
                       decay,
                       decay_spread,
                       center_y,
                       center_x,
                       spread_y,
                       spread_x,
                       row_step};
  const auto made = filled(
      rows, cols, threads, [&](const auto& out, auto& team) { return afmnn::synth::waves(settings, key, out, team); },
      report_to(progress));
  const Sources& sources = made.second;
  return py::make_tuple(made.first, to_array(sources.y), to_array(sources.x), to_array(sources.wavelength),
                        to_array(sources.amplitude), to_array(sources.decay));
}

}  // namespace
}  // namespace synth_waves

void bind_synth_waves(Module& m) {
  using namespace synth_waves;
  using namespace pybind11::literals;
  m.def("waves", &waves, "Heights; of the sources y, x, wavelength, amplitude, decay.", "rows"_a, "cols"_a, "count"_a,
        "quantity"_a, "form"_a, "amplitude"_a, "amplitude_spread"_a, "wavelength"_a, "wavelength_spread"_a, "decay"_a,
        "decay_spread"_a, "center_y"_a, "center_x"_a, "spread_y"_a, "spread_x"_a, "row_step"_a, "key"_a, "threads"_a,
        "progress"_a);
}

}  // namespace afmnn_python
