#include <cmath>

#include "afmnn/synth/bulk_draws.hpp"
#include "afmnn/synth/turing_pattern.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_turing_pattern {
namespace {

void turing_pattern(Array<double>& field, std::int64_t iterations, double size, double chaos, int threads,
                    const py::object& progress) {
  const auto view = write_view(field, "field");
  if (view.rows < 2 || view.cols < 2) refuse("field", "at least 2 x 2");
  for (std::ptrdiff_t i = 0; i < view.size(); ++i) {
    if (!(std::abs(view.data[i]) <= 1.0)) refuse("field", "within -1 and 1");
  }
  if (iterations < 0) refuse("iterations", "at least 0");
  check_range(size, 1.0, 1e4, "size");
  check_range(chaos, 0.0, 1.0, "chaos");
  check_threads(threads);
  const auto report = report_to(progress);
  const py::gil_scoped_release release;
  afmnn::synth::turing_pattern(iterations, size, chaos, view, threads, report);
}

Array<double> turing_draws(py::ssize_t rows, py::ssize_t cols, std::uint64_t key) {
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  for (py::ssize_t r = 0; r < rows; ++r) {
    afmnn::synth::draw_uniform(key, afmnn::role::turing_pattern, static_cast<std::uint64_t>(r), cols, out.row(r));
  }
  return result;
}

}  // namespace
}  // namespace synth_turing_pattern

void bind_synth_turing_pattern(Module& m) {
  using namespace synth_turing_pattern;
  using namespace pybind11::literals;
  m.def("turing_draws", &turing_draws, "Draws on [0, 1) of every pixel.", "rows"_a, "cols"_a, "key"_a);
  m.def("turing_pattern", &turing_pattern, "Lets a field, which both are at first, become the first of the two.",
        "field"_a.noconvert(), "iterations"_a, "size"_a, "chaos"_a, "threads"_a, "progress"_a);
}

}  // namespace afmnn_python
