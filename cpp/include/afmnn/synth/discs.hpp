// Discs that nearly touch, and tiles that are grown from them.
//
// Behaviour after Gwyddion's "Discs": D. Necas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Lengths are in pixel widths.
struct Discs {
  double radius = 30.0;
  double radius_spread = 0.0;  // standard deviation of the logarithm
  double min_radius = 12.0;    // of the discs that fill holes
  double separation = 3.0;
  double height = 1.0;
  double height_spread = 0.5;
  bool tiles = true;
  double gap = 3.0;
  double opening = 0.0;   // diameter; 0: none
  double row_step = 1.0;  // height of a pixel / its width
};

struct Disc {
  double y = 0.0, x = 0.0;  // from the centre of the first pixel, in pixel widths
  double radius = 1.0;
  double height = 1.0;
};

struct DiscSet {
  std::vector<Disc> discs;
  std::ptrdiff_t thrown = 0;  // the first ones, before holes were filled
};

/// Discs on a torus: thrown at random, apart by more than the separation, until 15 in a row find no room; then the largest disc
/// with the separation from three others, one after the other, while its radius is at least `min_radius`.
DiscSet place_discs(const Discs& settings, std::uint64_t key, std::ptrdiff_t rows, std::ptrdiff_t cols, UnitTeam& team);

/// Heights: of the disc or tile at a pixel, 0 in gaps. A pixel belongs to the tile of the disc whose edge is nearest; gaps are
/// what is near another tile, opened and closed by discs.
///
/// Costs some 100 ns a pixel. The result does not depend on the number of threads. Throws std::bad_alloc, and what the team's
/// interrupt throws.
void draw_discs(const Discs& settings, const DiscSet& set, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
