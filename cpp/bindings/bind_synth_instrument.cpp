#include <cstdint>
#include <limits>
#include <vector>

#include "afmnn/synth/instrument.hpp"
#include "bind.hpp"
#include "noise_arguments.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace synth_instrument {
namespace {

using namespace afmnn::synth;

constexpr double huge = 1e300;
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Both directions, or the trace alone: (1 or 2, rows, cols).
Directions directions(Array<double>& out, py::ssize_t turn) {
  if (out.ndim() != 3 || out.shape(0) < 1 || out.shape(0) > 2) refuse("out", "of shape (1 or 2, rows, columns)");
  const py::ssize_t rows = out.shape(1);
  const py::ssize_t cols = out.shape(2);
  if (rows < 1 || rows >= py::ssize_t{1} << 31) refuse("rows", "from 1 to 2^31 - 1");
  if (cols < 1 || cols >= py::ssize_t{1} << 28) refuse("columns", "from 1 to 2^28 - 1");
  if (turn < 0 || turn > py::ssize_t{1} << 28) refuse("turn", "from 0 to 2^28");
  double* const data = out.mutable_data();  // raises if read-only
  const afmnn::View2D<double> trace{data, rows, cols, cols};
  if (out.shape(0) == 1) return {trace, {}, turn};
  return {trace, {data + rows * cols, rows, cols, cols}, turn};
}

void white(Array<double>& out, py::ssize_t turn, double rms, std::uint64_t key, int threads) {
  const Directions to = directions(out, turn);
  check_range(rms, 0.0, huge, "rms");
  check_threads(threads);
  const py::gil_scoped_release release;
  instrument_white(key, rms, to, threads);
}

void check_filters(double rms, double exponent, double corner) {
  check_range(rms, 0.0, huge, "rms");
  check_range(exponent, 0.1, 2.0, "exponent");
  check_range(corner, 1e-12, 0.5, "corner");
}

void wander(Array<double>& out, py::ssize_t turn, double rms, double exponent, double corner, std::uint64_t key, int threads) {
  const Directions to = directions(out, turn);
  check_filters(rms, exponent, corner);
  check_threads(threads);
  const py::gil_scoped_release release;
  instrument_wander(key, rms, exponent, corner, to, threads, check_signals);
}

py::tuple filters(double rms, double exponent, double corner) {
  check_filters(rms, exponent, corner);
  const WanderFilters made = wander_filters(rms, exponent, corner);
  const auto n = static_cast<py::ssize_t>(made.poles.size());
  return py::make_tuple(to_array(made.poles), to_array(made.weights), made.direct, Array<double>({n, n}, made.start.data()));
}

void hum(Array<double>& out, py::ssize_t turn, double rms, double frequency, py::ssize_t harmonics, std::uint64_t key,
         int threads) {
  const Directions to = directions(out, turn);
  check_range(rms, 0.0, huge, "rms");
  check_range(frequency, 0.0, 1e9, "frequency");
  if (harmonics < 1 || harmonics > 1 << 10) refuse("harmonics", "from 1 to 2^10");
  check_threads(threads);
  const py::gil_scoped_release release;
  instrument_hum(key, rms, frequency, harmonics, to, threads);
}

py::tuple offsets(Array<double>& out, py::ssize_t turn, double rms, double per_line, double within, double memory,
                  std::uint64_t key, int threads) {
  const Directions to = directions(out, turn);
  check_range(rms, 0.0, huge, "rms");
  check_range(per_line, 1e-9, 1e6, "per_line");
  check_range(within, 0.0, 1.0, "within");
  check_range(memory, 0.0, huge, "memory");
  check_threads(threads);
  TimeSteps steps;
  {
    const py::gil_scoped_release release;
    steps = instrument_offsets(key, rms, per_line, within, memory, to.rows(), to.line());
    write_time_steps(steps, to, threads);
  }
  return py::make_tuple(to_array(steps.times), to_array(steps.heights));
}

py::tuple jumps(Array<double>& out, py::ssize_t turn, double rms, double expected, std::uint64_t key, int threads) {
  const Directions to = directions(out, turn);
  check_range(rms, 0.0, huge, "rms");
  check_range(expected, 1e-9, 1e6, "expected");
  check_threads(threads);
  TimeSteps steps;
  {
    const py::gil_scoped_release release;
    steps = instrument_jumps(key, rms, expected, to.rows(), to.line());
    write_time_steps(steps, to, threads);
  }
  return py::make_tuple(to_array(steps.times), to_array(steps.heights));
}

py::tuple scars(int direction, double rms, int sign, double density, double length, double spread,
                const Array<std::uint8_t>& steep, double likelier, std::uint64_t key, int threads) {
  const Amplitude amplitude = amplitude_of(rms, 0, sign);
  const auto marks = read_view(steep, "steep");
  if (direction != 0 && direction != 1) refuse("direction", "0 or 1");
  check_range(density, 0.0, 1.0, "density");
  check_range(length, 1.0, 1e12, "length");
  check_range(spread, 0.0, 10.0, "spread");
  check_range(likelier, 1e-9, 1e9, "likelier");
  check_threads(threads);
  auto result = new_image(marks.rows, marks.cols);
  const auto out = write_view(result);
  Scars made;
  {
    const py::gil_scoped_release release;
    made = instrument_scars(key, direction, amplitude, density, length, spread, marks, likelier);
    write_scars(made, out, threads);
  }
  return py::make_tuple(result, to_array(made.rows), to_array(made.starts), to_array(made.lengths), to_array(made.heights));
}

Creep creep_of(bool logarithmic, double time) {
  check_range(time, 1e-300, huge, "creep_time");
  return {logarithmic, time};
}

void path(const Array<double>& surface, Array<double>& out, py::ssize_t turn, double drift_y, double drift_x, double creep_y,
          double creep_x, bool logarithmic, double creep_time, double lag, double hysteresis, int threads) {
  const auto from = read_view(surface, "surface");
  const Directions to = directions(out, turn);
  if (from.rows != to.rows() || from.cols != to.cols()) refuse("out", "of the surface's shape");
  for (const double number : {drift_y, drift_x, creep_y, creep_x, lag, hysteresis}) check_range(number, -1e12, 1e12, "path");
  const Path way{drift_x, drift_y, creep_x, creep_y, creep_of(logarithmic, creep_time), lag, hysteresis};
  check_threads(threads);
  const py::gil_scoped_release release;
  instrument_path(from, way, to, threads);
}

void background(Array<double>& heights, py::ssize_t turn, const Array<double>& along_y, const Array<double>& along_x,
                double speed, double amplitude, bool logarithmic, double creep_time, int threads) {
  const Directions to = directions(heights, turn);
  const double* const y = read_vector(along_y, to.rows(), "along_y");
  const double* const x = read_vector(along_x, to.cols(), "along_x");
  const Creep creep = creep_of(logarithmic, creep_time);
  check_threads(threads);
  const py::gil_scoped_release release;
  instrument_background(y, x, speed, amplitude, creep, to, threads);
}

void feedback(Array<double>& heights, py::ssize_t turn, double gain, double momentum, double rise, double fall) {
  const Directions to = directions(heights, turn);
  if (to.count() != 2) refuse("heights", "both directions");
  check_range(gain, 0.0, 4.0, "gain");
  check_range(momentum, 0.0, 1.0, "momentum");
  check_range(rise, 0.0, infinite, "rise");
  check_range(fall, 0.0, infinite, "fall");
  const py::gil_scoped_release release;
  instrument_feedback(gain, momentum, rise, fall, to, check_signals);
}

}  // namespace
}  // namespace synth_instrument

void bind_synth_instrument(Module& m) {
  using namespace synth_instrument;
  using namespace pybind11::literals;
  m.def("instrument_white", &white, "out"_a.noconvert(), "turn"_a, "rms"_a, "key"_a, py::kw_only(), "threads"_a);
  m.def("instrument_wander", &wander, "out"_a.noconvert(), "turn"_a, "rms"_a, "exponent"_a, "corner"_a, "key"_a, py::kw_only(),
        "threads"_a);
  m.def("wander_filters", &filters, "Poles, weights, direct weight and start of the filters of wander, for tests.", "rms"_a,
        "exponent"_a, "corner"_a);
  m.def("instrument_hum", &hum, "out"_a.noconvert(), "turn"_a, "rms"_a, "frequency"_a, "harmonics"_a, "key"_a, py::kw_only(),
        "threads"_a);
  m.def("instrument_offsets", &offsets, "out"_a.noconvert(), "turn"_a, "rms"_a, "per_line"_a, "within"_a, "memory"_a, "key"_a,
        py::kw_only(), "threads"_a);
  m.def("instrument_jumps", &jumps, "out"_a.noconvert(), "turn"_a, "rms"_a, "expected"_a, "key"_a, py::kw_only(), "threads"_a);
  m.def("instrument_scars", &scars, "direction"_a, "rms"_a, "sign"_a, "density"_a, "length"_a, "spread"_a, "steep"_a.noconvert(),
        "likelier"_a, "key"_a, py::kw_only(), "threads"_a);
  m.def("instrument_path", &path, "surface"_a.noconvert(), "out"_a.noconvert(), "turn"_a, "drift_y"_a, "drift_x"_a, "creep_y"_a,
        "creep_x"_a, "logarithmic"_a, "creep_time"_a, "lag"_a, "hysteresis"_a, py::kw_only(), "threads"_a);
  m.def("instrument_background", &background, "Adds to `heights`, in place.", "heights"_a.noconvert(), "turn"_a,
        "along_y"_a.noconvert(), "along_x"_a.noconvert(), "speed"_a, "amplitude"_a, "logarithmic"_a, "creep_time"_a,
        py::kw_only(), "threads"_a);
  m.def("instrument_feedback", &feedback, "Changes `heights`, in place.", "heights"_a.noconvert(), "turn"_a, "gain"_a,
        "momentum"_a, "rise"_a, "fall"_a);
}

}  // namespace afmnn_python
