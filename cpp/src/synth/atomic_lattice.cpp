#include "afmnn/synth/atomic_lattice.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/to_index.hpp"
#include "pattern_random.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

constexpr double widths_drawn = 6.0;  // exp(-18): what is left out is 1e-8 of the height
constexpr index block_rows = 16;

enum AtomRole : std::uint64_t { place_role = role::atoms, missing_role, shift_y_role, shift_x_role, roles_of_an_atom = 8 };

// Which a and b may lie in the image or so near that they show in it.
struct Range {
  index a_low, a_high, b_low, b_high;
};
Range range_of(const AtomicLattice& s, index rows, index cols) {
  const double margin = widths_drawn * s.width + 8.0 * s.position_spread;
  const double half_x = 0.5 * static_cast<double>(cols) + margin, half_y = 0.5 * static_cast<double>(rows) * s.row_step + margin;
  const double area = std::abs(s.ax * s.by - s.bx * s.ay);
  // The coordinates of a corner of the image and its margin, at most; the place in the cell is two lattice vectors at most.
  const double a_most = (half_x * std::abs(s.by) + half_y * std::abs(s.bx)) / area + 2.0;
  const double b_most = (half_x * std::abs(s.ay) + half_y * std::abs(s.ax)) / area + 2.0;
  const index a = to_index(std::ceil(a_most)), b = to_index(std::ceil(b_most));
  return {-a, a, -b, b};
}

}  // namespace

double sites_at_most(const AtomicLattice& settings, index rows, index cols) {
  const Range range = range_of(settings, rows, cols);
  const double cells = static_cast<double>(range.a_high - range.a_low + 1) * static_cast<double>(range.b_high - range.b_low + 1);
  return settings.second_height > 0.0 ? 2.0 * cells : cells;
}

Atoms atomic_lattice(const AtomicLattice& settings, std::uint64_t key, View2D<double> out, UnitTeam& team) {
  const index rows = out.rows, cols = out.cols;
  const double step = settings.row_step;
  const double middle_x = 0.5 * static_cast<double>(cols - 1), middle_y = 0.5 * static_cast<double>(rows - 1) * step;
  const double reach = widths_drawn * settings.width;
  const Range range = range_of(settings, rows, cols);
  const int sites = settings.second_height > 0.0 ? 2 : 1;
  const double place_a = uniform(key, place_role, 0), place_b = uniform(key, place_role, 1);

  Atoms atoms;
  for (index b = range.b_low; b <= range.b_high; ++b) {
    for (index a = range.a_low; a <= range.a_high; ++a) {
      for (int site = 0; site < sites; ++site) {
        const double at_a = static_cast<double>(a) + place_a + (site == 1 ? settings.second_a : 0.0);
        const double at_b = static_cast<double>(b) + place_b + (site == 1 ? settings.second_b : 0.0);
        double x = middle_x + at_a * settings.ax + at_b * settings.bx;
        double y = middle_y + at_a * settings.ay + at_b * settings.by;
        const std::uint64_t own = roles_of_an_atom * static_cast<std::uint64_t>(site);
        if (settings.position_spread > 0.0) {
          x += settings.position_spread * normal(key, shift_x_role + own, node_index(b, a));
          y += settings.position_spread * normal(key, shift_y_role + own, node_index(b, a));
        }
        if (std::abs(x - middle_x) > middle_x + reach || std::abs(y - middle_y) > middle_y + reach) continue;
        atoms.x.push_back(x);
        atoms.y.push_back(y);
        atoms.second.push_back(site == 1);
        atoms.present.push_back(!(settings.vacancies > 0.0) ||
                                uniform(key, missing_role + own, node_index(b, a)) >= settings.vacancies);
      }
    }
  }

  // Atoms by the block of rows in which they begin, in their order.
  const auto count = static_cast<index>(atoms.x.size());
  const index blocks = (rows + block_rows - 1) / block_rows;
  const auto first_row = [&](index k) {
    return std::clamp(to_index(std::ceil((atoms.y[at(k)] - reach) / step)), index{0}, rows - 1);
  };
  std::vector<index> ends(at(blocks + 1)), order(at(count));
  for (index k = 0; k < count; ++k) ++ends[at(first_row(k) / block_rows + 1)];
  for (index b = 0; b < blocks; ++b) ends[at(b + 1)] += ends[at(b)];
  std::vector<index> next(ends.begin(), ends.end() - 1);
  for (index k = 0; k < count; ++k) order[at(next[at(first_row(k) / block_rows)]++)] = k;

  const index blocks_of_an_atom = to_index(2.0 * reach / step) / block_rows + 1;
  const double falling = -0.5 / (settings.width * settings.width);
  const index widest = std::min(cols, to_index(2.0 * reach) + 2);
  std::vector<double> profiles(at(widest * team.workers()));
  const double time = 3.0 * static_cast<double>(rows) * static_cast<double>(cols) +
                      static_cast<double>(count) * (4.0 * reach * reach / step + 200.0);
  team.visit(blocks, time, [&](int worker, index block) {
    double* const across = profiles.data() + widest * worker;
    const index top = block * block_rows, bottom = std::min(rows, top + block_rows);
    for (index r = top; r < bottom; ++r) std::fill_n(out.row(r), cols, 0.0);
    for (index i = ends[at(std::max(index{0}, block - blocks_of_an_atom))]; i < ends[at(block + 1)]; ++i) {
      const index k = order[at(i)];
      if (!atoms.present[at(k)]) continue;
      const double x = atoms.x[at(k)], y = atoms.y[at(k)];
      const index first = std::max(top, to_index(std::ceil((y - reach) / step)));
      const index last = std::min(bottom - 1, to_index(std::floor((y + reach) / step)));
      const index left = std::max(index{0}, to_index(std::ceil(x - reach)));
      const index right = std::min(cols - 1, to_index(std::floor(x + reach)));
      if (first > last || left > right) continue;
      const double height = settings.height * (atoms.second[at(k)] ? settings.second_height : 1.0);
      const double from = static_cast<double>(left) - x;
      for (index c = 0; c <= right - left; ++c) {
        const double d = from + static_cast<double>(static_cast<int>(c));
        across[c] = height * exp_fast(falling * d * d);
      }
      for (index r = first; r <= last; ++r) {
        const double d = static_cast<double>(r) * step - y;
        const double factor = exp_fast(falling * d * d);
        double* const row = out.row(r) + left;
        for (index c = 0; c <= right - left; ++c) row[c] += factor * across[c];
      }
    }
  });
  return atoms;
}

}  // namespace afmnn::synth
