#include "afmnn/core/quantiles.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "afmnn/core/parallel.hpp"

namespace afmnn {
namespace {

constexpr std::int64_t sorted_size = 16384;  // values of an image that are searched directly
constexpr std::int64_t crowd = 65536;        // values of a bin that is divided again
constexpr std::int32_t bins = 16384;         // their counts stay in the second-level cache
constexpr int most_threads = 16;             // each has its own bins
constexpr std::ptrdiff_t rows_at_once = 64;
constexpr std::ptrdiff_t values_at_least = 100000;  // for each thread
constexpr std::ptrdiff_t chunk = 512;               // values looked at together

// Heights as they are.
template <typename T>
struct Plain {
  using Value = T;
  StridedView2D<const T> image;

  const T* values(std::ptrdiff_t r, std::ptrdiff_t first, std::ptrdiff_t count, T* together) const {
    if (image.col_stride == 1) return &image(r, first);
    for (std::ptrdiff_t i = 0; i < count; ++i) together[i] = image(r, first + i);
    return together;
  }
};

// Heights less a plane.
template <typename T>
struct Levelled {
  using Value = double;
  StridedView2D<const T> image;
  Plane plane;

  const double* values(std::ptrdiff_t r, std::ptrdiff_t first, std::ptrdiff_t count, double* together) const {
    for (std::ptrdiff_t i = 0; i < count; ++i) together[i] = static_cast<double>(image(r, first + i)) - plane(r, first + i);
    return together;
  }
};

// Calls visit(thread, values, count) for adjacent values of a row, `chunk` at most; rows are divided among the threads.
template <typename Source, typename Visit>
void for_chunks(const Source& source, int threads, const Visit& visit) {
  const auto& image = source.image;
  Phase phase((image.rows + rows_at_once - 1) / rows_at_once);
  run_team(threads, [&](int thread) {
    typename Source::Value together[chunk];
    for (std::ptrdiff_t block = phase.claim(); block >= 0; block = phase.claim()) {
      const std::ptrdiff_t last = std::min((block + 1) * rows_at_once, image.rows);
      for (std::ptrdiff_t r = block * rows_at_once; r < last; ++r) {
        for (std::ptrdiff_t first = 0; first < image.cols; first += chunk) {
          const std::ptrdiff_t count = std::min(chunk, image.cols - first);
          visit(thread, source.values(r, first, count, together), count);
        }
      }
    }
  });
}

// As many threads as have something to do: starting one costs as much as looking at a hundred thousand values.
int workers(std::ptrdiff_t rows, std::ptrdiff_t cols, int threads) {
  const std::ptrdiff_t most = std::min((rows + rows_at_once - 1) / rows_at_once, rows * cols / values_at_least);
  return static_cast<int>(std::clamp<std::ptrdiff_t>(most, 1, threads));
}

template <typename T>
using Key = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// Integers in the order of the numbers they are made of.
template <typename T>
Key<T> key_of(T value) {
  Key<T> bits;
  std::memcpy(&bits, &value, sizeof bits);
  constexpr Key<T> sign = Key<T>(1) << (8 * sizeof bits - 1);
  return (bits & sign) != 0 ? static_cast<Key<T>>(~bits) : static_cast<Key<T>>(bits | sign);
}

// Divides the values between low and high into bins: any function does that never falls. Equal parts of the interval
// suit most images; equal parts of the keys divide by `bins` whatever the values are.
template <typename T>
class Bins {
 public:
  Bins(T low, T high, bool equal) : low_(low), high_(high) {
    const T width = high - low;
    per_height_ = static_cast<T>(bins) / width;
    equal_ = equal && std::isfinite(width) && std::isfinite(per_height_);
    low_key_ = key_of(low);
    for (Key<T> keys = key_of(high) - low_key_; (keys >> shift_) >= static_cast<Key<T>>(bins);) ++shift_;
  }

  // The bins of `count` values; `bins` for those beyond low and high, and for what is not a number.
  void find(const T* values, std::ptrdiff_t count, std::int32_t* bin) const {
    constexpr T last = static_cast<T>(bins - 1);
    if (equal_) {
      const T low = low_;
      const T high = high_;
      const T per_height = per_height_;
      for (std::ptrdiff_t i = 0; i < count; ++i) {
        const T value = values[i];
        const bool inside = (value >= low) & (value <= high);
        const T place = ((inside ? value : low) - low) * per_height;
        const auto at = static_cast<std::int32_t>(place < last ? place : last);
        bin[i] = inside ? at : bins;
      }
    } else {
      for (std::ptrdiff_t i = 0; i < count; ++i) {
        const bool inside = values[i] >= low_ && values[i] <= high_;
        bin[i] = inside ? static_cast<std::int32_t>((key_of(values[i]) - low_key_) >> shift_) : bins;
      }
    }
  }

 private:
  T low_, high_, per_height_;
  Key<T> low_key_;
  int shift_ = 0;
  bool equal_;
};

template <typename Source, typename T = typename Source::Value>
std::vector<std::int64_t> count(const Source& source, const Bins<T>& division, int threads) {
  std::vector<std::vector<std::int64_t>> counts(static_cast<std::size_t>(threads), std::vector<std::int64_t>(bins + 1));
  for_chunks(source, threads, [&](int thread, const T* values, std::ptrdiff_t size) {
    std::int32_t bin[chunk];
    division.find(values, size, bin);
    std::int64_t* const here = counts[static_cast<std::size_t>(thread)].data();
    for (std::ptrdiff_t i = 0; i < size; ++i) ++here[bin[i]];
  });
  for (std::size_t t = 1; t < counts.size(); ++t) {
    for (std::size_t i = 0; i < counts[0].size(); ++i) counts[0][i] += counts[t][i];
  }
  return counts[0];
}

// Vectors that every machine has: the compiler does not use them by itself in a search for the smallest.
template <typename T>
struct VectorOf {
  typedef T type __attribute__((vector_size(16)));
  typedef T unaligned __attribute__((vector_size(16), aligned(sizeof(T)), may_alias));
};

// Adds range and number of those values that lie between least and most.
template <typename T>
void extend(FiniteRange& range, const T* values, std::ptrdiff_t size, T least, T most) {
  using Vector = typename VectorOf<T>::type;
  constexpr auto lanes = static_cast<std::ptrdiff_t>(sizeof(Vector) / sizeof(T));
  constexpr T infinity = std::numeric_limits<T>::infinity();
  Vector low = infinity - Vector{};
  Vector high = -infinity - Vector{};
  decltype(low < high) count = {};  // a comparison that holds is -1
  const auto look = [&](Vector value) {
    const auto counts = (value >= least) & (value <= most);
    low = (counts & (value < low)) ? value : low;
    high = (counts & (value > high)) ? value : high;
    count -= counts;
  };
  std::ptrdiff_t i = 0;
  for (; i + lanes <= size; i += lanes) look(*reinterpret_cast<const typename VectorOf<T>::unaligned*>(values + i));
  if (i < size) {
    Vector rest = infinity - Vector{};
    for (std::ptrdiff_t lane = 0; i + lane < size; ++lane) rest[lane] = values[i + lane];
    look(rest);
  }
  for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) {
    range.count += static_cast<std::ptrdiff_t>(count[lane]);
    range.low = std::min(range.low, static_cast<double>(low[lane]));
    range.high = std::max(range.high, static_cast<double>(high[lane]));
  }
}

constexpr FiniteRange nothing = {0, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};

FiniteRange united(const std::vector<FiniteRange>& parts) {
  FiniteRange all = nothing;
  for (const FiniteRange& part : parts) {
    all = {all.count + part.count, std::min(all.low, part.low), std::max(all.high, part.high)};
  }
  return all;
}

// A value that is wanted: the one that has `rank` values before it in order.
struct Wanted {
  std::int64_t rank;
  double value;
};

// Finds what is wanted among the values in [low, high], of which the first has the rank `below`. Somebody may be writing
// to the image meanwhile: the result is then worth nothing, but no count is trusted to be the same in the next pass.
template <typename Source, typename T = typename Source::Value>
void select(const Source& source, T low, T high, std::int64_t below, Wanted* first, Wanted* last, int level, int threads) {
  if (!(low < high)) {
    for (Wanted* wanted = first; wanted != last; ++wanted) wanted->value = static_cast<double>(low);
    return;
  }
  const Bins<T> division(low, high, level < 2);
  const auto counts = count(source, division, threads);
  std::vector<std::uint8_t> few(bins + 1);
  std::int64_t gathered = 0;
  struct Group {
    std::int32_t bin;
    std::int64_t below;
    Wanted *first, *last;
  };
  std::vector<Group> groups;
  std::int32_t bin = 0;
  for (Wanted* wanted = first; wanted != last; ++wanted) {
    while (bin + 1 < bins && below + counts[static_cast<std::size_t>(bin)] <= wanted->rank) {
      below += counts[static_cast<std::size_t>(bin++)];
    }
    if (!groups.empty() && groups.back().bin == bin) {
      groups.back().last = wanted + 1;
      continue;
    }
    groups.push_back({bin, below, wanted, wanted + 1});
    if (counts[static_cast<std::size_t>(bin)] > crowd) continue;
    few[static_cast<std::size_t>(bin)] = 1;
    gathered += counts[static_cast<std::size_t>(bin)];
  }

  std::vector<T> values(static_cast<std::size_t>(gathered));
  if (gathered > 0) {
    std::atomic<std::size_t> next{0};
    for_chunks(source, threads, [&](int, const T* chunk_values, std::ptrdiff_t size) {
      std::int32_t found[chunk];
      division.find(chunk_values, size, found);
      for (std::ptrdiff_t i = 0; i < size; ++i) {
        if (few[static_cast<std::size_t>(found[i])] == 0) continue;
        const std::size_t at = next.fetch_add(1, std::memory_order_relaxed);
        if (at < values.size()) values[at] = chunk_values[i];
      }
    });
    std::sort(values.begin(), values.end());
  }
  std::int64_t before = 0;  // gathered values of the bins done
  for (const Group& group : groups) {
    const std::int64_t size = counts[static_cast<std::size_t>(group.bin)];
    if (size <= crowd) {
      for (Wanted* wanted = group.first; wanted != group.last; ++wanted) {
        const std::int64_t at = before + std::min(wanted->rank - group.below, size - 1);
        wanted->value = static_cast<double>(at < 0 ? low : values[static_cast<std::size_t>(at)]);
      }
      before += size;
      continue;
    }
    std::vector<FiniteRange> ranges(static_cast<std::size_t>(threads), nothing);
    for_chunks(source, threads, [&](int thread, const T* chunk_values, std::ptrdiff_t chunk_size) {
      std::int32_t found[chunk];
      division.find(chunk_values, chunk_size, found);
      T inside[chunk];
      std::ptrdiff_t inside_size = 0;
      for (std::ptrdiff_t i = 0; i < chunk_size; ++i) {
        inside[inside_size] = chunk_values[i];
        inside_size += found[i] == group.bin ? 1 : 0;
      }
      extend(ranges[static_cast<std::size_t>(thread)], inside, inside_size, low, high);
    });
    const FiniteRange narrow = united(ranges);
    select(source, static_cast<T>(narrow.low), static_cast<T>(narrow.high), group.below, group.first, group.last, level + 1,
           threads);
  }
}

template <typename Source, typename T = typename Source::Value>
FiniteRange range_of(const Source& source, int threads) {
  threads = workers(source.image.rows, source.image.cols, threads);
  std::vector<FiniteRange> parts(static_cast<std::size_t>(threads), nothing);
  for_chunks(source, threads, [&](int thread, const T* values, std::ptrdiff_t size) {
    constexpr T largest = std::numeric_limits<T>::max();
    extend(parts[static_cast<std::size_t>(thread)], values, size, -largest, largest);
  });
  // Of zeros with both signs, the one that was met first is the smallest, which depends on the threads: 0.0 makes it positive.
  const FiniteRange all = united(parts);
  return {all.count, all.low + 0.0, all.high + 0.0};
}

template <typename Source, typename T = typename Source::Value>
std::vector<double> quantiles_of(const Source& source, const std::vector<double>& fractions, int threads) {
  const FiniteRange range = range_of(source, threads);
  if (range.count == 0) return std::vector<double>(fractions.size(), std::numeric_limits<double>::quiet_NaN());
  const auto position = [&](double fraction) { return fraction * static_cast<double>(range.count - 1); };
  std::vector<Wanted> wanted;
  for (const double fraction : fractions) {
    const auto rank = std::min(static_cast<std::int64_t>(position(fraction)), static_cast<std::int64_t>(range.count) - 1);
    wanted.push_back({rank, 0.0});
    wanted.push_back({std::min(rank + 1, static_cast<std::int64_t>(range.count) - 1), 0.0});
  }
  std::vector<Wanted> ordered = wanted;
  const auto by_rank = [](const Wanted& a, const Wanted& b) { return a.rank < b.rank; };
  std::sort(ordered.begin(), ordered.end(), by_rank);
  // The ends are known.
  Wanted* first = ordered.data();
  Wanted* last = first + ordered.size();
  for (; first != last && first->rank == 0; ++first) first->value = range.low;
  for (; first != last && (last - 1)->rank == range.count - 1; --last) (last - 1)->value = range.high;

  if (range.count <= sorted_size) {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(range.count));
    for_chunks(source, 1, [&](int, const T* chunk_values, std::ptrdiff_t size) {
      for (std::ptrdiff_t i = 0; i < size; ++i) {
        if (std::isfinite(chunk_values[i])) values.push_back(static_cast<double>(chunk_values[i]));
      }
    });
    // All before a value that was found are in their place: only the rest is searched.
    auto begin = values.begin();
    for (bool found = false; first != last; ++first, found = true) {
      const auto nth = values.begin() + static_cast<std::ptrdiff_t>(first->rank);
      if (found && nth == begin + 1) {
        std::iter_swap(nth, std::min_element(nth, values.end()));
      } else {
        std::nth_element(begin, nth, values.end());
      }
      begin = nth;
      first->value = *nth;
    }
  } else if (first != last) {
    select(source, static_cast<T>(range.low), static_cast<T>(range.high), 0, first, last, 0,
           workers(source.image.rows, source.image.cols, std::min(threads, most_threads)));
  }

  std::vector<double> result;
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    const auto value = [&](const Wanted& w) { return std::lower_bound(ordered.begin(), ordered.end(), w, by_rank)->value; };
    const double low = value(wanted[2 * i]);
    const double high = value(wanted[2 * i + 1]);
    const double part = position(fractions[i]) - static_cast<double>(wanted[2 * i].rank);
    const double step = high - low;  // infinite at the ends of the number range
    result.push_back(std::isfinite(step) ? low + step * part : low * (1.0 - part) + high * part);
  }
  return result;
}

}  // namespace

template <typename T>
FiniteRange finite_range(StridedView2D<const T> image, int threads) {
  return range_of(Plain<T>{image}, threads);
}

template <typename T>
std::vector<double> quantiles(StridedView2D<const T> image, const Plane& plane, const std::vector<double>& fractions,
                              int threads) {
  if (plane.level()) return quantiles_of(Plain<T>{image}, fractions, threads);
  return quantiles_of(Levelled<T>{image, plane}, fractions, threads);
}

template FiniteRange finite_range(StridedView2D<const float>, int);
template FiniteRange finite_range(StridedView2D<const double>, int);
template std::vector<double> quantiles(StridedView2D<const float>, const Plane&, const std::vector<double>&, int);
template std::vector<double> quantiles(StridedView2D<const double>, const Plane&, const std::vector<double>&, int);

}  // namespace afmnn
