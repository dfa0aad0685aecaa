#include <cstdint>

#include "afmnn/synth/spikes.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace synth_spikes {
namespace {

using namespace afmnn::synth;

py::tuple spikes(py::ssize_t rows, py::ssize_t cols, double rms, int distribution, int sign, double density, int size,
                 std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, distribution, sign);
  check_range(density, 0.0, 1.0, "density");
  if (size < 1 || size > largest_spike) refuse("size", "from 1 to 9");
  check_threads(threads);
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  Spikes made;
  {
    const py::gil_scoped_release release;
    made = afmnn::synth::spikes(key, amplitude, density, size, rows, cols, threads);
    write_spikes(made, out, threads);
  }
  return py::make_tuple(result, to_array(made.rows), to_array(made.columns), to_array(made.spikes), to_array(made.heights));
}

}  // namespace
}  // namespace synth_spikes

void bind_synth_spikes(Module& m) {
  using namespace synth_spikes;
  using namespace pybind11::literals;
  m.def("spikes", &spikes, "rows"_a, "cols"_a, "rms"_a, "distribution"_a, "sign"_a, "density"_a, "size"_a, "key"_a, py::kw_only(),
        "threads"_a);
}

}  // namespace afmnn_python
