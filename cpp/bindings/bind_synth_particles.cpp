#include <pybind11/stl.h>

#include <array>
#include <optional>

#include "afmnn/synth/particles.hpp"
#include "afmnn/synth/render_bodies.hpp"
#include "afmnn/synth/rods.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace synth_particles {
namespace {

using namespace pybind11::literals;
using afmnn::synth::Canvas;
using afmnn::synth::Spheres;
using DoubleImage = Array<double>;

Canvas make_canvas(std::ptrdiff_t rows, std::ptrdiff_t cols, double dy, double dx, const std::optional<DoubleImage>& base,
                   double margin) {
  if (rows < 1 || cols < 1) refuse("shape", "at least one pixel");
  if (!(dy > 0.0 && dx > 0.0)) refuse("pixel size", "positive");
  if (!(margin >= 0.0)) refuse("margin", "at least 0");
  Canvas canvas{rows, cols, dy, dx, {}, margin};
  if (base) {
    canvas.base = read_view(*base, "base");
    if (canvas.base.rows != rows || canvas.base.cols != cols) refuse("base", "of the shape of the image");
  }
  return canvas;
}

py::array_t<double> places(const Spheres& spheres) {
  py::array_t<double> result({spheres.size(), std::ptrdiff_t{3}});
  double* out = result.mutable_data();
  for (std::ptrdiff_t k = 0; k < spheres.size(); ++k) {
    *out++ = spheres.y[k];
    *out++ = spheres.x[k];
    *out++ = spheres.z[k];
  }
  return result;
}

py::array_t<double> vector_of(const std::vector<double>& values) {
  return py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

Spheres read_spheres(const DoubleImage& positions, const DoubleImage& radii) {
  const auto place = read_view(positions, "positions");
  if (place.cols != 3) refuse("positions", "an array with three columns y, x, z");
  const double* radius = read_vector(radii, place.rows, "radii");
  Spheres spheres;
  for (std::ptrdiff_t k = 0; k < place.rows; ++k) {
    if (!(radius[k] > 0.0)) refuse("radii", "positive");
    spheres.add(place(k, 0), place(k, 1), place(k, 2), radius[k]);
  }
  return spheres;
}

/// Forces in units of the simulation at positions in lateral units.
py::tuple particle_forces(const DoubleImage& positions, const DoubleImage& radii, std::ptrdiff_t rows, std::ptrdiff_t cols,
                          double dy, double dx, const std::optional<DoubleImage>& base, double margin) {
  const afmnn::synth::Ground ground(make_canvas(rows, cols, dy, dx, base, margin));
  Spheres spheres = read_spheres(positions, radii);
  afmnn::synth::enter_simulation(ground, spheres);
  Spheres pairs;
  Spheres substrate;
  afmnn::synth::particle_forces(ground, spheres, pairs, substrate);
  return py::make_tuple(places(pairs), places(substrate));
}

py::tuple settle_particles(const DoubleImage& positions, const DoubleImage& radii, std::ptrdiff_t rows, std::ptrdiff_t cols,
                           double dy, double dx, const std::optional<DoubleImage>& base, double margin, std::ptrdiff_t steps,
                           bool exact) {
  const afmnn::synth::Ground ground(make_canvas(rows, cols, dy, dx, base, margin));
  Spheres spheres = read_spheres(positions, radii);
  afmnn::synth::SettleCounts counts;
  {
    const py::gil_scoped_release release;
    afmnn::synth::enter_simulation(ground, spheres);
    counts = afmnn::synth::settle(ground, spheres, steps, exact);
    afmnn::synth::leave_simulation(ground, spheres);
  }
  return py::make_tuple(places(spheres), vector_of(spheres.radius), counts.pair_evaluations, counts.lists);
}

py::tuple particles(std::ptrdiff_t rows, std::ptrdiff_t cols, double dy, double dx, const std::optional<DoubleImage>& base,
                    double margin, std::ptrdiff_t count, double radius, double radius_std, double radius_low, double radius_high,
                    std::ptrdiff_t steps, std::uint64_t key, int threads) {
  const Canvas canvas = make_canvas(rows, cols, dy, dx, base, margin);
  check_threads(threads);
  if (count < 0) refuse("count", "at least 0");
  if (!(radius_low > 0.0 && radius_low <= radius && radius <= radius_high)) refuse("radius", "within its positive limits");
  if (!(radius_std >= 0.0)) refuse("radius_std", "at least 0");
  const afmnn::synth::ParticleOptions options{count, radius, radius_std, radius_low, radius_high, steps, key};
  DoubleImage heights({rows, cols});
  const auto out = write_view(heights);
  afmnn::synth::ParticleResult result;
  {
    const py::gil_scoped_release release;
    result = afmnn::synth::particles(canvas, options, out, threads);
  }
  return py::make_tuple(heights, places(result.spheres), vector_of(result.spheres.radius), result.counts.pair_evaluations,
                        result.counts.lists);
}

py::tuple rods(std::ptrdiff_t rows, std::ptrdiff_t cols, double dy, double dx, const std::optional<DoubleImage>& base,
               double margin, std::ptrdiff_t count, const std::array<double, 4>& radius, const std::array<double, 4>& aspect,
               double particle_strength, double surface_strength, double mobility, double gravity, std::ptrdiff_t steps,
               std::uint64_t key, int threads) {
  const Canvas canvas = make_canvas(rows, cols, dy, dx, base, margin);
  check_threads(threads);
  if (count < 0) refuse("count", "at least 0");
  if (!(radius[2] > 0.0 && radius[2] <= radius[0] && radius[0] <= radius[3])) refuse("radius", "within its positive limits");
  if (!(aspect[2] >= 1.0 && aspect[2] <= aspect[0] && aspect[0] <= aspect[3])) refuse("aspect", "within limits from 1");
  const afmnn::synth::RodOptions options{count,     radius[0], radius[1], radius[2],         radius[3],        aspect[0],
                                         aspect[1], aspect[2], aspect[3], particle_strength, surface_strength, mobility,
                                         gravity,   steps,     key};
  DoubleImage heights({rows, cols});
  const auto out = write_view(heights);
  afmnn::synth::RodResult result;
  {
    const py::gil_scoped_release release;
    result = afmnn::synth::rods(canvas, options, out, threads);
  }
  const auto& all = result.rods;
  Spheres axes;
  for (std::size_t k = 0; k < all.half.size(); ++k) axes.add(all.axis_y[k], all.axis_x[k], all.axis_z[k], 1.0);
  return py::make_tuple(heights, places(all.centres), places(axes), vector_of(all.centres.radius), vector_of(all.half),
                        result.pair_evaluations, result.moves);
}

/// Draws capsules over a copy of the base.
DoubleImage draw_capsules(const DoubleImage& base, double dy, double dx, const DoubleImage& positions, const DoubleImage& axes,
                          const DoubleImage& radii, const DoubleImage& halves, int threads) {
  const auto from = read_view(base, "base");
  const Spheres centres = read_spheres(positions, radii);
  const Spheres axis = read_spheres(axes, radii);
  const double* const half = read_vector(halves, centres.size(), "halves");
  check_threads(threads);
  if (!(dy > 0.0 && dx > 0.0)) refuse("pixel size", "positive");
  DoubleImage heights({from.rows, from.cols});
  const auto out = write_view(heights);
  {
    const py::gil_scoped_release release;
    afmnn::synth::fill_with_base(out, from, threads);
    afmnn::synth::draw_capsules(out, dy, dx,
                                {{centres.size(), centres.y.data(), centres.x.data(), centres.z.data(), centres.radius.data()},
                                 half,
                                 axis.y.data(),
                                 axis.x.data(),
                                 axis.z.data()},
                                threads);
  }
  return heights;
}

}  // namespace
}  // namespace synth_particles

void bind_synth_particles(Module& m) {
  using namespace synth_particles;
  m.def("particles", &particles, "Heights, positions (y, x, z), radii, pair forces evaluated, neighbour lists made.", "rows"_a,
        "cols"_a, "dy"_a, "dx"_a, "base"_a.noconvert(), "margin"_a, "count"_a, "radius"_a, "radius_std"_a, "radius_low"_a,
        "radius_high"_a, "steps"_a, "key"_a, "threads"_a);
  m.def("particle_forces", &particle_forces, "Pair forces and forces of the ground (y, x, z) on every sphere.",
        "positions"_a.noconvert(), "radii"_a.noconvert(), "rows"_a, "cols"_a, "dy"_a, "dx"_a, "base"_a.noconvert(), "margin"_a);
  m.def("settle_particles", &settle_particles,
        "Positions and radii (in another order) after some steps, pair forces evaluated, neighbour lists made.",
        "positions"_a.noconvert(), "radii"_a.noconvert(), "rows"_a, "cols"_a, "dy"_a, "dx"_a, "base"_a.noconvert(), "margin"_a,
        "steps"_a, "exact"_a);
  m.def("rods", &rods,
        "Heights, positions (y, x, z), axes (y, x, z), radii, half distances of the ends, pair forces evaluated, moves.",
        "rows"_a, "cols"_a, "dy"_a, "dx"_a, "base"_a.noconvert(), "margin"_a, "count"_a, "radius"_a, "aspect"_a,
        "particle_strength"_a, "surface_strength"_a, "mobility"_a, "gravity"_a, "steps"_a, "key"_a, "threads"_a);
  m.def("draw_capsules", &draw_capsules, "Upper envelope of capsules over a base.", "base"_a.noconvert(), "dy"_a, "dx"_a,
        "positions"_a.noconvert(), "axes"_a.noconvert(), "radii"_a.noconvert(), "halves"_a.noconvert(), "threads"_a);
}

}  // namespace afmnn_python
