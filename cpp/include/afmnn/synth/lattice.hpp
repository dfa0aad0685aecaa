// Voronoi tessellations of random and regular arrangements of points, and surfaces made of them.
//
// Behaviour after Gwyddion's "Lattice": D. Necas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Names of the arrangements of points, in the order of their numbers; and of the surfaces.
const std::vector<std::string>& lattice_kinds();
const std::vector<std::string>& lattice_surfaces();

/// A surface, rescaled to 0 ... 1, clamped to its thresholds, times its weight.
struct LatticeLayer {
  int surface = 0;
  double weight = 1.0, lower = 0.0, upper = 1.0;
};

/// Lengths are in pixel widths.
struct Lattice {
  int kind = 0;
  double size = 40.0;  // there is a point per size^2
  double height = 1.0;
  double lattice_relaxation = 0.0;
  double height_relaxation = 0.0;
  double angle = 0.0;              // radians, counter-clockwise on screen
  double deformation = 0.0;        // root mean square displacement in each direction
  double deformation_scale = 1.0;  // autocorrelation exp(-(r / scale)^2 / 4)
  double row_step = 1.0;           // height of a pixel / its width
  std::vector<LatticeLayer> layers;
};

struct LatticePoints {
  std::vector<double> y, x, value;  // from the centre of the image; values from 0 to 1
  std::vector<double> area;         // of the cells; 0 where a cell does not close
};

/// Points of the image and a margin around it, an absurd number of them as a double.
double lattice_point_count(const Lattice& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// The sum of the layers, rescaled to 0 ... height; 0 if it is constant. Returns the points.
///
/// The result does not depend on the number of threads. Costs some 5 us a point, times 1 + its relaxation, and some 50 ns a pixel
/// and layer. Throws std::bad_alloc, std::length_error, and what the team's interrupt throws.
LatticePoints lattice(const Lattice& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
