#include <cstdint>

#include "afmnn/synth/noise.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace synth_noise {
namespace {

Array<double> noise(py::ssize_t rows, py::ssize_t cols, double rms, int distribution, int sign, double density, std::uint64_t key,
                    int threads) {
  const auto amplitude = amplitude_of(rms, distribution, sign);
  check_threads(threads);
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  {
    const py::gil_scoped_release release;
    afmnn::synth::noise(key, amplitude, density, out, threads);
  }
  return result;
}

}  // namespace
}  // namespace synth_noise

void bind_synth_noise(Module& m) {
  using namespace synth_noise;
  using namespace pybind11::literals;
  m.def("noise", &noise, "rows"_a, "cols"_a, "rms"_a, "distribution"_a, "sign"_a, "density"_a, "key"_a, py::kw_only(),
        "threads"_a);
}

}  // namespace afmnn_python
