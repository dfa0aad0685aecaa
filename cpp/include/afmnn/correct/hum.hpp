// Periodic disturbances in time: the spectrum that shows them, the wave of one frequency in every line, and taking waves off.
//
// A wave of f cycles a pixel along the lines, whose phase advances by p cycles from line to line, is one point (f, p) of the
// two-dimensional spectrum. Everything is computed in double precision, by + - * /, square roots and our own sines, in an order
// that the source fixes: the result is the same to the last bit for any number of threads, any strides, any compiler and any CPU.
#pragma once

#include <cstddef>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::correct {

/// The smallest number that is at least `count` and has no prime factor but 2, 3 and 5: as many values are transformed for so
/// many pixels, the rest being zero.
std::ptrdiff_t transform_length(std::ptrdiff_t count);

/// Writes the squared amplitude of the wave at each frequency: power[k * R + j] for k / K cycles a pixel, k from 0 to K / 2, and
/// an advance of j / R cycles a line, where R and K are the transform lengths of rows and columns. A wave alone on the image has
/// its own squared amplitude there. From each line, its mean and slope are taken off before; lines and columns are weighted by a
/// raised cosine (Hann's window), so that a wave is seen over two frequencies to each side and hardly beyond. Missing pixels
/// count as zero.
///
/// image  scan lines are rows; NaN where a pixel is missing; no infinite heights
/// scale  heights are multiplied by it, so that squares fit into single precision
/// power  K / 2 + 1 rows of R
///
/// Needs 4 * rows * K bytes. Throws std::bad_alloc, and what `interrupt` throws.
template <typename T>
void hum_power(StridedView2D<const T> image, double scale, float* power, int threads, const Interrupt& interrupt);

/// Fits a + b x + c cos(2 pi f x) + s sin(2 pi f x) to every line, x being its columns, with the least squared distance weighted
/// by Hann's window over the pixels that are there; each frequency for itself.
///
/// frequencies  `count` of them, in cycles a pixel, above 0 and below 1 / 2
/// waves        (rows, count, 2): c and s, times `scale`; zero where the weight is
/// weights      (rows): which part of the line's weight is on pixels that are there; 0 where they are too few for a fit
template <typename T>
void hum_waves(StridedView2D<const T> image, double scale, const double* frequencies, std::ptrdiff_t count, double* waves,
               double* weights, int threads, const Interrupt& interrupt);

/// Writes the image less the sum over the frequencies of c cos(2 pi f x) + s sin(2 pi f x), rounded once to the image's type. A
/// line whose waves are all zero is copied.
///
/// waves  (rows, count, 2): c and s
/// out    of the image's shape; must not overlap it
template <typename T>
void hum_subtract(StridedView2D<const T> image, const double* frequencies, std::ptrdiff_t count, const double* waves,
                  StridedView2D<T> out, int threads, const Interrupt& interrupt);

}  // namespace afmnn::correct
