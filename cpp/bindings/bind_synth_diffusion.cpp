#include <pybind11/stl.h>

#include <array>

#include "afmnn/synth/diffusion.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_diffusion {
namespace {

py::tuple diffusion(Array<double>& heights, std::int64_t count, double flux, const std::array<double, 5>& sticks,
                    const std::array<double, 5>& breaks, double descends, std::uint64_t key, const py::object& progress) {
  const auto view = write_view(heights, "heights");
  if (view.rows < 2 || view.cols < 2) refuse("heights", "at least 2 x 2");
  if (view.size() >= std::ptrdiff_t{1} << 31) refuse("heights", "of less than 2^31 pixels");
  for (std::ptrdiff_t i = 0; i < view.size(); ++i) {
    if (!(view.data[i] >= 0.0 && view.data[i] <= 1e6)) refuse("heights", "whole numbers from 0 to 1e6");
  }
  if (count < 0 || count > std::int64_t{1} << 40) refuse("count", "from 0 to 2^40");
  check_range(flux, 1e-13, 1.0, "flux");
  for (std::size_t k = 0; k < 5; ++k) {
    check_range(sticks[k], 0.0, 1.0, "sticks");
    check_range(breaks[k], 0.0, 1.0, "breaks");
  }
  check_range(descends, 0.0, 1.0, "descends");
  const auto report = report_to(progress);
  afmnn::synth::WanderingResult result;
  {
    const py::gil_scoped_release release;
    result = afmnn::synth::diffusion({key, flux, sticks, breaks, descends}, count, view, report);
  }
  return py::make_tuple(result.stuck, result.removed, result.moves, result.islands);
}

}  // namespace
}  // namespace synth_diffusion

void bind_synth_diffusion(Module& m) {
  using namespace synth_diffusion;
  using namespace pybind11::literals;
  m.def("diffusion", &diffusion,
        "Lets particles wander over `heights`, in place; returns how many stuck, were removed, moves, islands.",
        "heights"_a.noconvert(), "count"_a, "flux"_a, "sticks"_a, "breaks"_a, "descends"_a, "key"_a, "progress"_a);
}

}  // namespace afmnn_python
