#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "afmnn/synth/atomic_lattice.hpp"
#include "bind.hpp"
#include "fields.hpp"

namespace afmnn_python {
namespace synth_atomic_lattice {
namespace {

using afmnn::synth::AtomicLattice;

Array<bool> flags(const std::vector<bool>& values) {
  Array<bool> result(static_cast<py::ssize_t>(values.size()));
  std::copy(values.begin(), values.end(), result.mutable_data());
  return result;
}

AtomicLattice settings_of(std::array<double, 4> vectors, std::array<double, 2> second, double height, double second_height,
                          double width, double position_spread, double vacancies, double row_step) {
  check_finite({vectors[0], vectors[1], vectors[2], vectors[3], second[0], second[1], height, second_height});
  if (!(std::abs(vectors[0] * vectors[3] - vectors[1] * vectors[2]) >= 1.0)) refuse("vectors", "those of a cell of a pixel");
  check_range(width, 0.05, 1e9, "width");
  check_range(position_spread, 0.0, 1e9, "position_spread");
  check_range(vacancies, 0.0, 1.0, "vacancies");
  check_above_zero(row_step, "row_step");
  return {vectors[0], vectors[1],    vectors[2], vectors[3],      second[0], second[1],
          height,     second_height, width,      position_spread, vacancies, row_step};
}

double lattice_sites(py::ssize_t rows, py::ssize_t cols, std::array<double, 4> vectors, std::array<double, 2> second,
                     double height, double second_height, double width, double position_spread, double vacancies,
                     double row_step) {
  return afmnn::synth::sites_at_most(
      settings_of(vectors, second, height, second_height, width, position_spread, vacancies, row_step), rows, cols);
}

py::tuple atomic_lattice(py::ssize_t rows, py::ssize_t cols, std::array<double, 4> vectors, std::array<double, 2> second,
                         double height, double second_height, double width, double position_spread, double vacancies,
                         double row_step, std::uint64_t key, int threads) {
  const AtomicLattice settings = settings_of(vectors, second, height, second_height, width, position_spread, vacancies, row_step);
  const auto made = filled(rows, cols, threads,
                           [&](const auto& out, auto& team) { return afmnn::synth::atomic_lattice(settings, key, out, team); });
  const auto& atoms = made.second;
  return py::make_tuple(made.first, to_array(atoms.y), to_array(atoms.x), flags(atoms.present), flags(atoms.second));
}

}  // namespace
}  // namespace synth_atomic_lattice

void bind_synth_atomic_lattice(Module& m) {
  using namespace synth_atomic_lattice;
  using namespace pybind11::literals;
  m.def("lattice_sites", &lattice_sites, "How many sites are looked at, at most.", "rows"_a, "cols"_a, "vectors"_a, "second"_a,
        "height"_a, "second_height"_a, "width"_a, "position_spread"_a, "vacancies"_a, "row_step"_a);
  m.def("atomic_lattice", &atomic_lattice, "Heights; of the sites y, x, whether there is an atom, whether it is the second one.",
        "rows"_a, "cols"_a, "vectors"_a, "second"_a, "height"_a, "second_height"_a, "width"_a, "position_spread"_a, "vacancies"_a,
        "row_step"_a, "key"_a, "threads"_a);
}

}  // namespace afmnn_python
