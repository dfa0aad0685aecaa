// Vicinal surfaces: terraces, and steps between them that wander.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Lengths are in pixel widths.
struct Terraces {
  double height = 1.0;           // of a step
  double period = 1.0;           // mean width of a terrace
  double width_spread = 0.0;     // standard deviation of the logarithm of widths
  double wander = 0.0;           // root mean square excursion of an edge
  double wander_length = 1.0;    // over which an edge comes back
  double meander = 0.0;          // fraction of the mean square excursion that all edges share
  double kink = 1.0;             // edges are displaced by multiples of this
  double step_width = 1.0;       // over which a step rises
  double angle = 0.0;            // direction in which steps lead upwards, radians, counter-clockwise on screen
  double row_step = 1.0;         // height of a pixel / its width
  double island_coverage = 0.0;  // mean number of islands and pits that cover a point
  double island_radius = 1.0;    // mean
  double pit_fraction = 0.0;     // of islands
};

struct Islands {
  std::vector<double> y, x, radius;
  std::vector<bool> pit;
};

struct TerraceCounts {
  std::ptrdiff_t edges, places;  // places along an edge at which it may have a kink
};
TerraceCounts count_edges(const Terraces& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// Heights: `height` times the number of edges behind a point, less that of the edges behind the centre of the image where they
/// do not wander; islands add a step, pits take one off, and several at one place count once. Returns the islands and pits.
///
/// Edge n lies at X_n(s) along `angle`, s across it: its mean place, and an excursion u_n(s) in multiples of `kink`, where u is
/// an Ornstein-Uhlenbeck process, sqrt(1 - meander) times one of its own and sqrt(meander) times one of all edges. No edge lies
/// behind the one that follows it.
///
/// The result does not depend on the number of threads. Throws std::bad_alloc, and what the team's interrupt throws.
Islands terraces(const Terraces& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
