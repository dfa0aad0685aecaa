// The median of a list of numbers, and the number of any other rank.
#pragma once

#include <cstddef>

namespace afmnn {

/// The number in the middle of the order; of an even count, the mean of the two in the middle: half of each, added, so that the
/// sum cannot overflow. Exact, whatever the order of the values and however many are equal; zero is never negative.
///
/// values  count >= 1 numbers, none of them NaN; what is left of them is worth nothing
/// work    room for as many
///
/// Costs some four passes over the values. Throws nothing.
template <typename T>
double median(T* values, std::ptrdiff_t count, T* work);

/// The number at `rank` in the order, 0 <= rank < count. All else as above; the median of an odd count is at rank count / 2.
template <typename T>
double order_statistic(T* values, std::ptrdiff_t count, std::ptrdiff_t rank, T* work);

}  // namespace afmnn
