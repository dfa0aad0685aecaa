#include <cstdint>

#include "afmnn/synth/lines.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace synth_lines {
namespace {

using namespace afmnn::synth;

py::tuple line_steps(py::ssize_t rows, py::ssize_t cols, double rms, int distribution, int sign, double per_line,
                     double within_line, bool cumulative, std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, distribution, sign);
  check_range(per_line, 0.0, 1e6, "steps_per_line");
  check_range(within_line, 0.0, 1.0, "within_line");
  check_threads(threads);
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  Offsets offsets;
  {
    const py::gil_scoped_release release;
    offsets = afmnn::synth::line_steps(key, amplitude, per_line, within_line, cumulative, rows, cols, threads);
    write_offsets(offsets, out, threads);
  }
  return py::make_tuple(result, to_array(offsets.places), to_array(offsets.heights));
}

py::tuple line_ridges(py::ssize_t rows, py::ssize_t cols, double rms, int distribution, int sign, double per_line, double width,
                      double within_line, std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, distribution, sign);
  check_range(per_line, 0.0, 1e6, "ridges_per_line");
  check_range(width, 0.0, 1e6, "duration");
  check_range(within_line, 0.0, 1.0, "within_line");
  check_threads(threads);
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  Ridges ridges;
  {
    const py::gil_scoped_release release;
    ridges = afmnn::synth::line_ridges(key, amplitude, per_line, width, rows, threads);
    write_offsets(ridge_offsets(ridges, within_line, rows, cols), out, threads);
  }
  return py::make_tuple(result, to_array(ridges.starts), to_array(ridges.durations), to_array(ridges.heights));
}

py::tuple line_scars(py::ssize_t rows, py::ssize_t cols, double rms, int distribution, int sign, double coverage, double length,
                     double spread, py::ssize_t width, py::ssize_t width_range, std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, distribution, sign);
  check_range(coverage, 0.0, 1e6, "coverage");
  check_range(length, 1e-3, 1e12, "length");
  check_range(spread, 0.0, 10.0, "length_spread");
  if (width < 1 || width > 1 << 20) refuse("width", "from 1 to 2^20");
  if (width_range < 0 || width_range >= width) refuse("width_range", "from 0 to width - 1");
  check_threads(threads);
  auto result = new_image(rows, cols);
  const auto out = write_view(result);
  Scars scars;
  {
    const py::gil_scoped_release release;
    scars = afmnn::synth::line_scars(key, amplitude, coverage, {length, spread, width, width_range}, rows, cols, threads);
    write_scars(scars, out, threads);
  }
  return py::make_tuple(result, to_array(scars.rows), to_array(scars.widths), to_array(scars.starts), to_array(scars.lengths),
                        to_array(scars.heights));
}

py::tuple line_tilt(py::ssize_t rows, py::ssize_t cols, double rms, int distribution, int sign, double pivot_spread,
                    std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, distribution, sign);
  check_range(pivot_spread, 0.0, 1e6, "pivot_spread");
  check_threads(threads);
  auto result = new_image(rows, cols);
  Array<double> heights(rows);
  Array<double> pivots(rows);
  double* const heights_out = heights.mutable_data();
  double* const pivots_out = pivots.mutable_data();
  const auto out = write_view(result);
  {
    const py::gil_scoped_release release;
    afmnn::synth::line_tilt(key, amplitude, pivot_spread, heights_out, pivots_out, out, threads);
  }
  return py::make_tuple(result, heights, pivots);
}

py::tuple line_hum(py::ssize_t rows, py::ssize_t cols, double rms, int distribution, double wavelength, double spread,
                   py::ssize_t components, std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, distribution, 0);
  check_range(wavelength, 1e-6, 1e12, "wavelength");
  check_range(spread, 0.0, 0.9999999, "wavelength_spread");
  if (components < 1 || components > 1 << 20) refuse("components", "from 1 to 2^20");
  check_threads(threads);
  auto result = new_image(rows, cols);
  auto table = new_image(rows, 3 * components);
  const auto out = write_view(result);
  const auto waves = write_view(table);
  {
    const py::gil_scoped_release release;
    afmnn::synth::line_hum(key, {amplitude.rms, amplitude.distribution, wavelength, spread, components}, waves, out, threads);
  }
  return py::make_tuple(result, table);
}

}  // namespace
}  // namespace synth_lines

void bind_synth_lines(Module& m) {
  using namespace synth_lines;
  using namespace pybind11::literals;
  m.def("line_steps", &line_steps, "rows"_a, "cols"_a, "rms"_a, "distribution"_a, "sign"_a, "per_line"_a, "within_line"_a,
        "cumulative"_a, "key"_a, py::kw_only(), "threads"_a);
  m.def("line_ridges", &line_ridges, "rows"_a, "cols"_a, "rms"_a, "distribution"_a, "sign"_a, "per_line"_a, "width"_a,
        "within_line"_a, "key"_a, py::kw_only(), "threads"_a);
  m.def("line_scars", &line_scars, "rows"_a, "cols"_a, "rms"_a, "distribution"_a, "sign"_a, "coverage"_a, "length"_a, "spread"_a,
        "width"_a, "width_range"_a, "key"_a, py::kw_only(), "threads"_a);
  m.def("line_tilt", &line_tilt, "rows"_a, "cols"_a, "rms"_a, "distribution"_a, "sign"_a, "pivot_spread"_a, "key"_a,
        py::kw_only(), "threads"_a);
  m.def("line_hum", &line_hum, "rows"_a, "cols"_a, "rms"_a, "distribution"_a, "wavelength"_a, "spread"_a, "components"_a, "key"_a,
        py::kw_only(), "threads"_a);
}

}  // namespace afmnn_python
