#include "afmnn/synth/ballistic.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_ballistic {
namespace {

void ballistic(Array<double>& heights, std::int64_t first, std::int64_t last, double spread, bool whole, std::uint64_t key,
               const py::object& progress) {
  const auto view = write_view(heights, "heights");
  if (view.size() < 1) refuse("heights", "not empty");
  if (first < 0 || last < first) refuse("first and last", "0 <= first <= last");
  check_range(spread, 0.0, 1.0, "spread");
  if (whole && spread > 0.0) refuse("spread", "0 where whole");
  const auto report = report_to(progress);
  const py::gil_scoped_release release;
  afmnn::synth::ballistic({key, first, last, spread}, view, whole, report);
}

}  // namespace
}  // namespace synth_ballistic

void bind_synth_ballistic(Module& m) {
  using namespace synth_ballistic;
  using namespace pybind11::literals;
  m.def("ballistic", &ballistic,
        "Lets the particles first ... last - 1 fall on `heights`, in place; progress(done, all) or None.",
        "heights"_a.noconvert(), "first"_a, "last"_a, "spread"_a, "whole"_a, "key"_a, "progress"_a);
}

}  // namespace afmnn_python
