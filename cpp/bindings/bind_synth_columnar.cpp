#include "afmnn/synth/columnar.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_columnar {
namespace {

void columnar(Array<double>& heights, std::int64_t first, std::int64_t last, double size_spread, double cosine,
              double cosine_spread, double direction, double direction_spread, bool strong, double melting, std::uint64_t key,
              const py::object& progress) {
  const auto view = write_view(heights, "heights");
  if (view.rows < 2 || view.cols < 2) refuse("heights", "at least 2 x 2");
  for (std::ptrdiff_t i = 0; i < view.size(); ++i) {
    if (!(std::abs(view.data[i]) < 1e15)) refuse("heights", "finite and below 1e15");
  }
  if (first < 0 || last < first) refuse("first and last", "0 <= first <= last");
  check_range(size_spread, 0.0, 1.0, "size_spread");
  check_range(cosine, 0.0, 1.0, "cosine");
  check_range(cosine_spread, 0.0, 10.0, "cosine_spread");
  check_range(direction, -1e4, 1e4, "direction");
  check_range(direction_spread, 0.0, 10.0, "direction_spread");
  check_range(melting, 0.0, 1.0, "melting");
  const auto report = report_to(progress);
  const py::gil_scoped_release release;
  afmnn::synth::columnar({key, size_spread, cosine, cosine_spread, direction, direction_spread, strong, melting}, first, last,
                         view, report);
}

}  // namespace
}  // namespace synth_columnar

void bind_synth_columnar(Module& m) {
  using namespace synth_columnar;
  using namespace pybind11::literals;
  m.def("columnar", &columnar,
        "Lets the particles first ... last - 1 settle on `heights`, in place; progress(done, all) or None.",
        "heights"_a.noconvert(), "first"_a, "last"_a, "size_spread"_a, "cosine"_a, "cosine_spread"_a, "direction"_a,
        "direction_spread"_a, "strong"_a, "melting"_a, "key"_a, "progress"_a);
}

}  // namespace afmnn_python
