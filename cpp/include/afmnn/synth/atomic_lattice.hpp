// Atoms on a lattice, as an image of atomic resolution shows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Lengths are in pixel widths; x runs to the right, y downwards, from the centre of the image.
struct AtomicLattice {
  double ax = 1.0, ay = 0.0;  // lattice vectors
  double bx = 0.0, by = 1.0;
  double second_a = 0.5, second_b = 0.5;  // place of the second atom of a cell, in lattice vectors
  double height = 1.0;                    // of the first atom
  double second_height = 0.0;             // of the second atom; 0: there is none
  double width = 0.25;                    // standard deviation of an atom
  double position_spread = 0.0;           // standard deviation of its place, in each direction
  double vacancies = 0.0;                 // probability that it is missing
  double row_step = 1.0;                  // height of a pixel / its width
};

struct Atoms {
  std::vector<double> y, x;
  std::vector<bool> present, second;
};

/// Largest number of lattice sites that are looked at for an image: those of a parallelogram around it and its margin.
double sites_at_most(const AtomicLattice& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// Adds up Gaussian bumps height exp(-r^2 / (2 width^2)), up to r = 6 width, of all atoms on a zero base. The lattice lies at
/// random. Returns the sites that the image may show, row by row of the lattice. The result does not depend on the number of
/// threads.
///
/// Throws std::bad_alloc, and what the team's interrupt throws.
Atoms atomic_lattice(const AtomicLattice& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
