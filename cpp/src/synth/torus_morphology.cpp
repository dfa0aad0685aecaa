#include "afmnn/synth/torus_morphology.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;

double pixels_of(const Bitmap& image) { return static_cast<double>(image.rows) * static_cast<double>(image.cols); }

index wrapped(index i, index n) { return (i % n + n) % n; }

// Marks pixels that one half of a step takes away: those of the edge that leave what is 1 connected.
void mark(const Bitmap& image, Bitmap& marks, int half, index r) {
  const index rows = image.rows, cols = image.cols;
  const std::uint8_t* const above = image.row(r == 0 ? rows - 1 : r - 1);
  const std::uint8_t* const here = image.row(r);
  const std::uint8_t* const below = image.row(r + 1 == rows ? 0 : r + 1);
  std::uint8_t* const out = marks.row(r);
  for (index c = 0; c < cols; ++c) {
    out[c] = 0;
    if (here[c] == 0) continue;
    const index left = c == 0 ? cols - 1 : c - 1, right = c + 1 == cols ? 0 : c + 1;
    // From above, clockwise.
    const int p[9] = {above[c],    above[right], here[right], below[right], below[c],
                      below[left], here[left],   above[left], above[c]};
    int count = 0, rises = 0;
    for (int i = 0; i < 8; ++i) {
      count += p[i];
      rises += p[i] == 0 && p[i + 1] == 1 ? 1 : 0;
    }
    if (count < 2 || count > 6 || rises != 1) continue;
    const int up = p[0], east = p[2], down = p[4], west = p[6];
    const bool free =
        half == 0 ? up * east * down == 0 && east * down * west == 0 : up * east * west == 0 && up * down * west == 0;
    out[c] = free ? 1 : 0;
  }
}

// Lower envelope of the parabolas f[i] + (x - i)^2 (P. F. Felzenszwalb, D. P. Huttenlocher, Theory of Computing 8 (2012) 415).
struct Envelope {
  explicit Envelope(index n) : heights(at(n)), borders(at(n + 1)), places(at(n)) {}
  std::vector<double> heights, borders;
  std::vector<index> places;
};

void lower_envelope(Envelope& e, index count, index wanted_from, index wanted, double* out) {
  index top = -1;
  for (index i = 0; i < count; ++i) {
    if (!(e.heights[at(i)] < 1e300)) continue;
    double border = -1e300;
    while (top >= 0) {
      const index k = e.places[at(top)];
      const double di = static_cast<double>(i), dk = static_cast<double>(k);
      border = ((e.heights[at(i)] + di * di) - (e.heights[at(k)] + dk * dk)) / (2.0 * (di - dk));
      if (border > e.borders[at(top)]) break;
      --top;
    }
    if (top < 0) border = -1e300;
    ++top;
    e.places[at(top)] = i;
    e.borders[at(top)] = border;
  }
  index k = 0;
  for (index x = 0; x < wanted; ++x) {
    const double place = static_cast<double>(wanted_from + x);
    if (top < 0) {
      out[x] = 1e300;
      continue;
    }
    while (k < top && e.borders[at(k + 1)] < place) ++k;
    const double d = place - static_cast<double>(e.places[at(k)]);
    out[x] = e.heights[at(e.places[at(k)])] + d * d;
  }
}

}  // namespace

void thin(Bitmap& image, UnitTeam& team) {
  Bitmap marks(image.rows, image.cols);
  std::vector<std::uint8_t> changed(at(image.rows));
  for (bool any = true; any;) {
    any = false;
    for (const int half : {0, 1}) {
      team.visit(image.rows, 4.0 * pixels_of(image), [&](int, index r) { mark(image, marks, half, r); });
      team.visit(image.rows, pixels_of(image), [&](int, index r) {
        std::uint8_t* const row = image.row(r);
        const std::uint8_t* const out = marks.row(r);
        std::uint8_t found = 0;
        for (index c = 0; c < image.cols; ++c) {
          row[c] = static_cast<std::uint8_t>(row[c] & ~out[c]);
          found = static_cast<std::uint8_t>(found | out[c]);
        }
        changed[at(r)] = found;
      });
      any = any || std::any_of(changed.begin(), changed.end(), [](std::uint8_t c) { return c != 0; });
    }
  }
}

std::vector<double> squared_distances(const Bitmap& image, UnitTeam& team) {
  const index rows = image.rows, cols = image.cols;
  std::vector<double> result(at(rows * cols), 1e300);
  // Down the columns: rows since the last pixel that is 1, twice around, and back.
  std::vector<index> since(at(cols), rows);
  const auto sweep = [&](index r) {
    const std::uint8_t* const row = image.row(r);
    double* const out = result.data() + r * cols;
    for (index c = 0; c < cols; ++c) {
      since[at(c)] = row[c] != 0 ? 0 : since[at(c)] + 1;
      const auto d = static_cast<double>(since[at(c)]);
      if (since[at(c)] < rows && d * d < out[c]) out[c] = d * d;
    }
  };
  for (index r = 0; r < 2 * rows; ++r) sweep(r % rows);
  std::fill(since.begin(), since.end(), rows);
  for (index r = 2 * rows - 1; r >= 0; --r) sweep(r % rows);
  // Along the rows, with half a row more on both sides: nothing that is nearer lies beyond.
  const index margin = cols / 2 + 1, count = cols + 2 * margin;
  std::vector<Envelope> envelopes(at(team.workers()), Envelope(count));
  team.visit(rows, 30.0 * pixels_of(image), [&](int worker, index r) {
    Envelope& e = envelopes[at(worker)];
    double* const row = result.data() + r * cols;
    for (index i = 0; i < count; ++i) e.heights[at(i)] = row[wrapped(i - margin, cols)];
    lower_envelope(e, count, margin, cols, row);
  });
  return result;
}

void dilate(Bitmap& image, index radius, UnitTeam& team) {
  const index rows = image.rows, cols = image.cols, length = cols + 2 * radius;
  const Bitmap before = image;
  std::vector<index> halves;
  for (index dy = 0; dy <= radius; ++dy) {
    halves.push_back(to_index(std::floor(std::sqrt(static_cast<double>(radius * radius - dy * dy)))));
  }
  std::vector<std::uint8_t> works(at(length * team.workers()));
  const double time = 0.2 * static_cast<double>(2 * radius + 1) * pixels_of(image);
  team.visit(rows, time, [&](int worker, index r) {
    std::uint8_t* const work = works.data() + length * worker;
    std::uint8_t* const out = image.row(r);
    for (index dy = -radius; dy <= radius; ++dy) {
      const std::uint8_t* const from = before.row(wrapped(r + dy, rows));
      for (index i = 0; i < radius; ++i) {
        work[i] = from[wrapped(i - radius, cols)];
        work[radius + cols + i] = from[wrapped(i, cols)];
      }
      std::copy_n(from, cols, work + radius);
      // Whether any of `window` pixels from here on is 1, by doubling.
      const index half = halves[at(dy < 0 ? -dy : dy)], window = 2 * half + 1;
      index have = 1;
      for (; 2 * have <= window; have *= 2) {
        for (index i = 0; i + have < length; ++i) work[i] = static_cast<std::uint8_t>(work[i] | work[i + have]);
      }
      const std::uint8_t* const first = work + radius - half;
      const std::uint8_t* const second = first + window - have;
      for (index c = 0; c < cols; ++c) out[c] = static_cast<std::uint8_t>(out[c] | first[c] | second[c]);
    }
  });
}

void erode(Bitmap& image, index radius, UnitTeam& team) {
  for (std::uint8_t& bit : image.bits) bit ^= 1;
  dilate(image, radius, team);
  for (std::uint8_t& bit : image.bits) bit ^= 1;
}

}  // namespace afmnn::synth
