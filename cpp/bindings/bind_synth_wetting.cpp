#include <cmath>

#include "afmnn/synth/bulk_draws.hpp"
#include "afmnn/synth/wetting.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_wetting {
namespace {

py::tuple wetting(Array<double>& priorities, std::int64_t count, double diffusion, std::uint64_t key,
                  const py::object& progress) {
  const auto view = write_view(priorities, "priorities");
  if (view.rows < 2 || view.cols < 2) refuse("priorities", "at least 2 x 2");
  if (view.size() >= std::ptrdiff_t{1} << 30) refuse("priorities", "of less than 2^30 pixels");
  for (std::ptrdiff_t i = 0; i < view.size(); ++i) {
    if (!std::isfinite(view.data[i])) refuse("priorities", "finite");
  }
  if (count < 0) refuse("count", "at least 0");
  check_range(diffusion, 0.0, 1.0, "diffusion");
  const auto report = report_to(progress);
  afmnn::synth::WettingResult result;
  {
    const py::gil_scoped_release release;
    result = afmnn::synth::wetting(key, count, diffusion, view, report);
  }
  return py::make_tuple(result.layers, result.holes);
}

Array<double> wetting_priorities(py::ssize_t rows, py::ssize_t cols, std::uint64_t key) {
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  for (py::ssize_t r = 0; r < rows; ++r) {
    afmnn::synth::draw_uniform(key, afmnn::role::wetting, static_cast<std::uint64_t>(r), cols, out.row(r));
  }
  return result;
}

}  // namespace
}  // namespace synth_wetting

void bind_synth_wetting(Module& m) {
  using namespace synth_wetting;
  using namespace pybind11::literals;
  m.def("wetting_priorities", &wetting_priorities, "Draws of the lowest layer.", "rows"_a, "cols"_a, "key"_a);
  m.def("wetting", &wetting,
        "Changes priorities of the lowest layer to the highest layers filled; returns numbers of layers and holes.",
        "priorities"_a.noconvert(), "count"_a, "diffusion"_a, "key"_a, "progress"_a);
}

}  // namespace afmnn_python
