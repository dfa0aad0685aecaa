#include "afmnn/synth/terraces.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

enum TerraceRole : std::uint64_t {
  width_role = role::terraces,
  wander_role,
  meander_role,
  offset_role,
  island_place_role,
  island_radius_role,
  island_shape_role,
  island_kind_role,
};

constexpr int harmonics = 4;  // of the outline of an island, from the second one on: the first would only move it
constexpr index block_rows = 16;
constexpr double two_pi = 6.28318530717958647692;

double half_diagonal(const Terraces& s, index rows, index cols) {
  return 0.5 * afmnn::hypot(static_cast<double>(rows) * s.row_step, static_cast<double>(cols));
}

// Where an edge has no excursion, the widths before it summed up; widths vary, so there are enough of them for any.
struct Edges {
  index count, places;
  std::vector<double> at_place;  // (places, count): of all edges at one place along them
  index before_centre;           // edges behind the centre of the image, but for their excursions
};

Edges make_edges(const Terraces& s, std::uint64_t key, index rows, index cols, UnitTeam& team) {
  const TerraceCounts counts = count_edges(s, rows, cols);
  Edges edges{counts.edges, counts.places, std::vector<double>(at(counts.edges * counts.places)), 0};
  std::vector<double> mean_place(at(edges.count)), draws(at(edges.count));
  const Amplitude standard{1.0, Distribution::gaussian, Sign::both};
  draw_row(key, width_role, 0, edges.count, standard, draws.data());
  // Width n lies before edge n. Outwards from the middle, so that widths that are off by chance do not move all of them to one
  // side.
  const double median = s.period * afmnn::exp(-0.5 * s.width_spread * s.width_spread);
  const auto width = [&](index n) { return median * afmnn::exp(s.width_spread * draws[at(n)]); };
  const index middle = edges.count / 2;
  mean_place[at(middle)] = width(middle) * uniform(key, offset_role, 0);
  for (index n = middle + 1; n < edges.count; ++n) mean_place[at(n)] = mean_place[at(n - 1)] + width(n);
  for (index n = middle - 1; n >= 0; --n) mean_place[at(n)] = mean_place[at(n + 1)] - width(n + 1);
  edges.before_centre = middle;

  const index places = edges.places;
  const double memory = afmnn::exp(-1.0 / s.wander_length), fresh = std::sqrt(1.0 - memory * memory);
  // Turns independent numbers into a stationary process that forgets over `wander_length`.
  const auto process = [&](double* values) {
    for (index p = 1; p < places; ++p) values[p] = memory * values[p - 1] + fresh * values[p];
  };
  std::vector<double> shared(at(places));
  draw_row(key, meander_role, 0, places, standard, shared.data());
  process(shared.data());
  const double own_part = s.wander * std::sqrt(1.0 - s.meander), shared_part = s.wander * std::sqrt(s.meander);
  std::vector<double> works(at(places * team.workers()));
  const double values = static_cast<double>(edges.count) * static_cast<double>(places);
  team.visit(edges.count, 20.0 * values, [&](int worker, index n) {
    double* const own = works.data() + places * worker;
    draw_row(key, wander_role, static_cast<std::uint64_t>(n), places, standard, own);
    process(own);
    for (index p = 0; p < places; ++p) {
      const double excursion = own_part * own[p] + shared_part * shared[at(p)];
      edges.at_place[at(p * edges.count + n)] = mean_place[at(n)] + s.kink * std::floor(excursion / s.kink + 0.5);
    }
  });
  // Steps do not cross: one that would waits beside the one before.
  team.visit(places, 2.0 * values, [&](int, index p) {
    double* const here = edges.at_place.data() + p * edges.count;
    for (index n = 1; n < edges.count; ++n) here[n] = std::max(here[n], here[n - 1]);
  });
  return edges;
}

// cos(n t) and sin(n t) of all outlines are made from cos t and sin t.
struct Outline {
  double even[harmonics], odd[harmonics];
};

Islands make_islands(const Terraces& s, std::uint64_t key, index rows, index cols) {
  Islands islands;
  if (!(s.island_coverage > 0.0)) return islands;
  const double width = static_cast<double>(cols), height = static_cast<double>(rows) * s.row_step, margin = 3.0 * s.island_radius;
  const double area = (width + 2.0 * margin) * (height + 2.0 * margin);
  // The mean square of radii, which are within half of their mean on both sides, is 13 / 12 of that of the mean.
  const double wanted = s.island_coverage * area / (0.5 * two_pi * s.island_radius * s.island_radius * 13.0 / 12.0);
  const index count = to_index(std::floor(wanted + uniform(key, island_kind_role, ~std::uint64_t{0})));
  for (index k = 0; k < count; ++k) {
    const auto i = static_cast<std::uint64_t>(k);
    const auto word = philox(key, island_place_role, i);
    islands.y.push_back((height + 2.0 * margin) * unit_double(word[0], word[1]) - margin);
    islands.x.push_back((width + 2.0 * margin) * unit_double(word[2], word[3]) - margin);
    islands.radius.push_back(s.island_radius * (0.5 + uniform(key, island_radius_role, i)));
    islands.pit.push_back(uniform(key, island_kind_role, i) < s.pit_fraction);
  }
  return islands;
}

// Amplitudes fall as 1 / n, as those of an edge that wanders; no outline leaves 1.6 radii.
Outline outline_of(std::uint64_t key, index island) {
  Outline outline;
  for (int h = 0; h < harmonics; ++h) {
    const auto word = philox(key, island_shape_role, static_cast<std::uint64_t>(island * harmonics + h));
    const double most = 0.2 / static_cast<double>(h + 2);
    outline.even[h] = most * (2.0 * unit_double(word[0], word[1]) - 1.0);
    outline.odd[h] = most * (2.0 * unit_double(word[2], word[3]) - 1.0);
  }
  return outline;
}

double ramp(double distance, double width) {
  const double t = distance / width + 0.5;
  return t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
}

}  // namespace

TerraceCounts count_edges(const Terraces& settings, index rows, index cols) {
  const double half = half_diagonal(settings, rows, cols) + 1.0;
  // Enough for chance: sums of n widths vary by sqrt(n) times those of one.
  const double reach = half + 8.0 * settings.wander + settings.step_width + settings.kink;
  const double on_a_side = reach / settings.period;
  const double more = 6.0 * (afmnn::exp(settings.width_spread) - 1.0) * (std::sqrt(on_a_side) + 1.0) + 3.0;
  return {2 * to_index(std::ceil(on_a_side + more)), 2 * to_index(std::ceil(half)) + 3};
}

Islands terraces(const Terraces& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  const index rows = out.rows, cols = out.cols;
  const Edges edges = make_edges(settings, key, rows, cols, team);
  Islands islands = make_islands(settings, key, rows, cols);
  std::vector<Outline> outlines;
  for (index k = 0; k < static_cast<index>(islands.y.size()); ++k) outlines.push_back(outline_of(key, k));

  const double cosine = afmnn::cos(settings.angle), sine = afmnn::sin(settings.angle);
  const double middle_x = 0.5 * static_cast<double>(cols - 1), middle_y = 0.5 * static_cast<double>(rows - 1) * settings.row_step;
  const double half_step = 0.5 * settings.step_width, centre = 0.5 * static_cast<double>(edges.places - 1);
  const index blocks = (rows + block_rows - 1) / block_rows;
  std::vector<double> layers(at(2 * block_rows * cols * team.workers()));
  const double pixels = static_cast<double>(rows) * static_cast<double>(cols);
  team.visit(blocks, pixels * (15.0 + 30.0 * settings.island_coverage), [&](int worker, index block) {
    const index top = block * block_rows, bottom = std::min(rows, top + block_rows);
    for (index r = top; r < bottom; ++r) {
      double* const row = out.row(r);
      const double y = static_cast<double>(r) * settings.row_step - middle_y;
      index passed = edges.before_centre;
      for (index c = 0; c < cols; ++c) {
        const double x = static_cast<double>(c) - middle_x;
        const double along = x * cosine - y * sine, across = x * sine + y * cosine;
        const double* const here = edges.at_place.data() + to_index(across + centre + 0.5) * edges.count;
        while (passed > 0 && here[passed - 1] > along - half_step) --passed;
        while (passed < edges.count && here[passed] <= along - half_step) ++passed;
        double level = static_cast<double>(passed - edges.before_centre);
        for (index n = passed; n < edges.count && here[n] < along + half_step; ++n) {
          level += ramp(along - here[n], settings.step_width);
        }
        row[c] = level;
      }
    }
    if (!islands.y.empty()) {
      double* const layer = layers.data() + 2 * block_rows * cols * worker;
      std::fill_n(layer, 2 * block_rows * cols, 0.0);
      for (std::size_t k = 0; k < islands.y.size(); ++k) {
        const double radius = islands.radius[k], reach = 1.6 * radius + settings.step_width;
        const index first = std::max(top, to_index(std::ceil((islands.y[k] - reach) / settings.row_step)));
        const index last = std::min(bottom - 1, to_index(std::floor((islands.y[k] + reach) / settings.row_step)));
        const index left = std::max(index{0}, to_index(std::ceil(islands.x[k] - reach)));
        const index right = std::min(cols - 1, to_index(std::floor(islands.x[k] + reach)));
        for (index r = first; r <= last; ++r) {
          double* const line = layer + ((islands.pit[k] ? block_rows : 0) + r - top) * cols;
          const double dy = static_cast<double>(r) * settings.row_step - islands.y[k];
          for (index c = left; c <= right; ++c) {
            const double dx = static_cast<double>(c) - islands.x[k];
            const double distance = std::sqrt(dx * dx + dy * dy);
            if (distance > reach) continue;
            const double c1 = distance > 0.0 ? dx / distance : 1.0, s1 = distance > 0.0 ? dy / distance : 0.0;
            double cn = c1, sn = s1, edge = 1.0;
            for (int h = 0; h < harmonics; ++h) {
              const double next = cn * c1 - sn * s1;
              sn = sn * c1 + cn * s1;
              cn = next;
              edge += outlines[k].even[h] * cn + outlines[k].odd[h] * sn;
            }
            line[c] = std::max(line[c], ramp(radius * edge - distance, settings.step_width));
          }
        }
      }
      for (index r = top; r < bottom; ++r) {
        const double* const up = layer + (r - top) * cols;
        const double* const down = up + block_rows * cols;
        for (index c = 0; c < cols; ++c) out.row(r)[c] += up[c] - down[c];
      }
    }
    for (index r = top; r < bottom; ++r) {
      for (index c = 0; c < cols; ++c) out.row(r)[c] *= settings.height;
    }
  });
  return islands;
}

}  // namespace afmnn::synth
