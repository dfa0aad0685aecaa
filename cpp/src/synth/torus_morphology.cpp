#include "afmnn/synth/torus_morphology.hpp"

#include <algorithm>
#include <cmath>

#include "afmnn/core/to_index.hpp"

namespace afmnn::synth {
namespace {

using index = std::ptrdiff_t;
using word = std::uint64_t;

double pixels_of(const Bitmap& image) { return static_cast<double>(image.rows) * static_cast<double>(image.cols); }

index wrapped(index i, index n) { return (i % n + n) % n; }

// The bits of a last word that are pixels.
word last_mask(index cols) { return ~word{0} >> (64 * ((cols + 63) / 64) - cols); }

// A row with one more pixel on both sides, from the other end.
class Wide {
 public:
  explicit Wide(const Bitmap& image) : cols_(image.cols), words_(image.words), bits_(at(image.words + 2)) {}

  void read(const word* row) {
    std::copy_n(row, words_, bits_.data() + 1);
    bits_[0] = row[(cols_ - 1) / 64] >> ((cols_ - 1) % 64) << 63;
    bits_[at(words_ + 1)] = 0;
    bits_[at(1 + cols_ / 64)] |= (row[0] & 1) << (cols_ % 64);
  }

  // Each pixel of word w, and the neighbours on its left and right; the bits beyond the last column mean nothing.
  word here(index w) const { return bits_[at(w + 1)]; }
  word left(index w) const { return bits_[at(w + 1)] << 1 | bits_[at(w)] >> 63; }
  word right(index w) const { return bits_[at(w + 1)] >> 1 | bits_[at(w + 2)] << 63; }

 private:
  index cols_, words_;
  std::vector<word> bits_;
};

// The sum of three bits: ones and twos.
struct Sum {
  word ones, twos;
  Sum(word a, word b, word c) : ones(a ^ b ^ c), twos((a & b) | (c & (a ^ b))) {}
};

// Pixels that one half of a step takes away: those of the edge that leave what is 1 connected.
word marked(const Wide& above, const Wide& here, const Wide& below, int half, index w) {
  // From above, clockwise.
  const word p[9] = {above.here(w), above.right(w), here.right(w), below.right(w), below.here(w),
                     below.left(w), here.left(w),   above.left(w), above.here(w)};
  const Sum first(p[0], p[1], p[2]), second(p[3], p[4], p[5]), third(p[6], p[7], 0);
  const Sum ones(first.ones, second.ones, third.ones), twos(first.twos, second.twos, third.twos);
  const Sum pairs(twos.ones, ones.twos, 0);
  const word fours = twos.twos ^ pairs.twos, eight = twos.twos & pairs.twos;
  const word two_to_six = (pairs.ones | fours) & ~(ones.ones & pairs.ones & fours) & ~eight;
  word rises = 0, more = 0;  // from 0 to 1 on the way round: at least one, at least two
  for (int i = 0; i < 8; ++i) {
    const word rise = ~p[i] & p[i + 1];
    more |= rises & rise;
    rises |= rise;
  }
  const word up = p[0], east = p[2], down = p[4], west = p[6];
  const word needed = half == 0 ? east & down & (up | west) : up & west & (east | down);
  return here.here(w) & two_to_six & rises & ~more & ~needed;
}

}  // namespace

void Bitmap::invert() {
  const word last = last_mask(cols);
  for (index r = 0; r < rows; ++r) {
    for (index w = 0; w < words; ++w) row(r)[w] = ~row(r)[w];
    row(r)[words - 1] &= last;
  }
}

void thin(Bitmap& image, UnitTeam& team) {
  constexpr index rows = 16;  // of a unit
  Bitmap marks(image.rows, image.cols);
  const word last = last_mask(image.cols);
  std::vector<Wide> wide(at(3 * team.workers()), Wide(image));
  for (bool any = true; any;) {
    any = false;
    for (const int half : {0, 1}) {
      team.visit((image.rows + rows - 1) / rows, pixels_of(image), [&](int worker, index unit) {
        Wide* const three = wide.data() + 3 * worker;  // row r is in that of r % 3, counted from the first row above
        const index first = unit * rows, end = std::min(image.rows, first + rows);
        for (index i = 0; i < 2; ++i) three[i].read(image.row(wrapped(first + i - 1, image.rows)));
        for (index r = first; r < end; ++r) {
          const index i = r - first;
          three[(i + 2) % 3].read(image.row(wrapped(r + 1, image.rows)));
          word* const out = marks.row(r);
          for (index w = 0; w < image.words; ++w) out[w] = marked(three[i % 3], three[(i + 1) % 3], three[(i + 2) % 3], half, w);
          out[image.words - 1] &= last;
        }
      });
      word found = 0;
      for (std::size_t i = 0; i < marks.bits.size(); ++i) {
        found |= marks.bits[i];
        image.bits[i] &= ~marks.bits[i];
      }
      any = any || found != 0;
    }
  }
}

void dilate(Bitmap& image, index radius, UnitTeam& team) {
  const Bitmap before = image;
  const word last = last_mask(image.cols);
  std::vector<index> halves;  // half the width of the disc, by the distance of a row from its centre
  for (index dy = 0; dy <= radius; ++dy) {
    halves.push_back(to_index(std::floor(std::sqrt(static_cast<double>(radius * radius - dy * dy)))));
  }
  std::vector<Wide> wides(at(team.workers()), Wide(image));
  const double time = 0.2 * static_cast<double>(radius + 1) * pixels_of(image);
  team.visit(image.rows, time, [&](int worker, index r) {
    Wide& wide = wides[at(worker)];
    word* const out = image.row(r);
    // The middle row of the disc spreads most: it begins, and others join when what is left to spread is their share.
    for (index dy = 1; dy <= radius; ++dy) {
      for (index step = halves[at(dy)]; step < halves[at(dy - 1)]; ++step) {
        wide.read(out);
        for (index w = 0; w < image.words; ++w) out[w] = wide.here(w) | wide.left(w) | wide.right(w);
        out[image.words - 1] &= last;
      }
      const word* const above = before.row(wrapped(r - dy, image.rows));
      const word* const below = before.row(wrapped(r + dy, image.rows));
      for (index w = 0; w < image.words; ++w) out[w] |= above[w] | below[w];
    }
  });
}

void erode(Bitmap& image, index radius, UnitTeam& team) {
  image.invert();
  dilate(image, radius, team);
  image.invert();
}

}  // namespace afmnn::synth
