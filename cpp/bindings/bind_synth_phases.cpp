#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "afmnn/synth/phases.hpp"
#include "afmnn/synth/torus_distances.hpp"
#include "afmnn/synth/torus_morphology.hpp"
#include "bind.hpp"
#include "fields.hpp"
#include "progress.hpp"

namespace afmnn_python {
namespace synth_phases {
namespace {

Array<double> phases(py::ssize_t rows, py::ssize_t cols, double size, double spread, double height, double row_step,
                     const std::optional<Array<double>>& base, std::uint64_t key, int threads, const py::object& progress) {
  check_above_zero(size, "size");
  check_above_zero(spread, "spread");
  check_finite({height});
  check_above_zero(row_step, "row_step");
  afmnn::View2D<const double> given;
  if (base) {
    given = read_view(*base, "base");
    if (given.rows != rows || given.cols != cols) refuse("base", "of the shape of the image");
  }
  const afmnn::synth::Phases settings{size, spread, height, row_step};
  return filled(
             rows, cols, threads,
             [&](const auto& out, auto& team) {
               afmnn::synth::phases(settings, key, given, out, team);
               return true;
             },
             report_to(progress))
      .first;
}

afmnn::synth::Bitmap read_bits(const Array<std::uint8_t>& image) {
  const auto view = read_view(image, "image");
  if (view.rows < 1 || view.cols < 1) refuse("image", "of at least one pixel");
  afmnn::synth::Bitmap bits(view.rows, view.cols);
  for (py::ssize_t r = 0; r < view.rows; ++r) {
    for (py::ssize_t c = 0; c < view.cols; ++c) bits.set(r, c, view(r, c) != 0);
  }
  return bits;
}

Array<std::uint8_t> write_bits(const afmnn::synth::Bitmap& bits) {
  Array<std::uint8_t> result({bits.rows, bits.cols});
  std::uint8_t* out = result.mutable_data();
  for (py::ssize_t r = 0; r < bits.rows; ++r) {
    for (py::ssize_t c = 0; c < bits.cols; ++c) *out++ = bits.at(r, c) ? 1 : 0;
  }
  return result;
}

/// For tests: what phases are made with.
Array<std::uint8_t> torus_thin(const Array<std::uint8_t>& image) {
  auto bits = read_bits(image);
  afmnn::UnitTeam team(1);
  afmnn::synth::thin(bits, team);
  return write_bits(bits);
}

Array<std::uint8_t> torus_dilate(const Array<std::uint8_t>& image, py::ssize_t radius) {
  if (radius < 0 || radius > 10000) refuse("radius", "from 0 to 10000");
  auto bits = read_bits(image);
  afmnn::UnitTeam team(1);
  afmnn::synth::dilate(bits, radius, team);
  return write_bits(bits);
}

Array<double> torus_squared_distances(const Array<std::uint8_t>& image) {
  const auto bits = read_bits(image);
  afmnn::UnitTeam team(1);
  const auto distances = afmnn::synth::squared_distances(bits, team);
  Array<double> result({bits.rows, bits.cols});
  std::copy(distances.begin(), distances.end(), result.mutable_data());
  return result;
}

}  // namespace
}  // namespace synth_phases

void bind_synth_phases(Module& m) {
  using namespace synth_phases;
  using namespace pybind11::literals;
  m.def("phases", &phases, "rows"_a, "cols"_a, "size"_a, "spread"_a, "height"_a, "row_step"_a, "base"_a, "key"_a, "threads"_a,
        "progress"_a);
  m.def("torus_thin", &torus_thin, "image"_a.noconvert());
  m.def("torus_dilate", &torus_dilate, "image"_a.noconvert(), "radius"_a);
  m.def("torus_squared_distances", &torus_squared_distances, "image"_a.noconvert());
}

}  // namespace afmnn_python
