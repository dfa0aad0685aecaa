#include <cstdint>

#include "afmnn/synth/line_errors.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace synth_line_errors {
namespace {

using namespace afmnn::synth;

py::tuple line_errors(Array<double>& heights, double rms, int distribution, int sign, int kind, py::ssize_t count,
                      std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, distribution, sign);
  const auto view = write_view(heights, "heights");
  if (view.rows < 1 || view.cols < 1 || view.rows >= py::ssize_t{1} << 32) refuse("heights", "an image of at most 2^32 - 1 rows");
  if (kind < 0 || kind > line_error_kinds) refuse("kind", "a number from 0 to 5");
  if (count < 0 || count > view.rows) refuse("count", "from 0 to the number of rows");
  check_threads(threads);
  LineErrors errors;
  {
    const py::gil_scoped_release release;
    errors = afmnn::synth::line_errors(key, amplitude, kind, count, view, threads);
  }
  return py::make_tuple(to_array(errors.rows), to_array(errors.kinds), to_array(errors.heights));
}

}  // namespace
}  // namespace synth_line_errors

void bind_synth_line_errors(Module& m) {
  using namespace synth_line_errors;
  using namespace pybind11::literals;
  m.def("line_errors", &line_errors, "Makes lines of `heights` wrong, in place.", "heights"_a.noconvert(), "rms"_a,
        "distribution"_a, "sign"_a, "kind"_a, "count"_a, "key"_a, py::kw_only(), "threads"_a);
}

}  // namespace afmnn_python
