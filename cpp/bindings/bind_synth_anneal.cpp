#include "afmnn/synth/anneal.hpp"
#include "afmnn/synth/bulk_draws.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_anneal {
namespace {

void anneal(Array<double>& cells, std::int64_t sweeps, double first_temperature, double last_temperature, double ab, double ac,
            double bc, std::int64_t averaged, std::uint64_t key, int threads, const py::object& progress) {
  const auto view = write_view(cells, "cells");
  if (view.rows < 2 || view.cols < 2) refuse("cells", "at least 2 x 2");
  for (std::ptrdiff_t i = 0; i < view.size(); ++i) {
    if (view.data[i] != 0.0 && view.data[i] != 1.0 && view.data[i] != 2.0) refuse("cells", "0, 1 or 2");
  }
  if (sweeps < 1 || sweeps > 100000000) refuse("sweeps", "from 1 to 1e8");
  if (averaged < 1 || averaged > sweeps) refuse("averaged", "from 1 to sweeps");
  check_range(first_temperature, 1e-6, 1e6, "first_temperature");
  check_range(last_temperature, 1e-6, 1e6, "last_temperature");
  for (const double energy : {ab, ac, bc}) check_range(energy, 0.0, 1.0, "energies");
  check_threads(threads);
  afmnn::synth::Anneal settings{key, sweeps, first_temperature, last_temperature, {}, averaged};
  settings.energy = {{{0.0, ab, ac}, {ab, 0.0, bc}, {ac, bc, 0.0}}};
  const auto report = report_to(progress);
  const py::gil_scoped_release release;
  afmnn::synth::anneal(settings, view, threads, report);
}

Array<double> anneal_draws(py::ssize_t rows, py::ssize_t cols, std::uint64_t key) {
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  for (py::ssize_t r = 0; r < rows; ++r) {
    afmnn::synth::draw_uniform(key, afmnn::role::anneal, static_cast<std::uint64_t>(r), cols, out.row(r));
  }
  return result;
}

}  // namespace
}  // namespace synth_anneal

void bind_synth_anneal(Module& m) {
  using namespace synth_anneal;
  using namespace pybind11::literals;
  m.def("anneal_draws", &anneal_draws, "Draws on [0, 1) of every pixel.", "rows"_a, "cols"_a, "key"_a);
  m.def("anneal", &anneal, "Changes kinds of cells to the sum of their last states.", "cells"_a.noconvert(), "sweeps"_a,
        "first_temperature"_a, "last_temperature"_a, "ab"_a, "ac"_a, "bc"_a, "averaged"_a, "key"_a, "threads"_a, "progress"_a);
}

}  // namespace afmnn_python
