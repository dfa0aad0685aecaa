// A virtual microscope: what it records of a surface, as one signal in time.
//
// A scan is rows of `cols` samples in both directions: trace of line 0, turn-around, retrace, turn-around, trace of line 1 and so
// on. Retraces are stored as files store them, in the order of the columns, so that they lie on the traces. Time is counted in
// samples from the first one on: sample (r, c) of the trace has the time r line + c, that of the retrace r line + 2 cols + turn -
// 1 - c. Everything below writes both directions or the trace alone, which is then the same to the bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "afmnn/core/interrupt.hpp"
#include "afmnn/core/view2d.hpp"
#include "afmnn/synth/lines.hpp"
#include "afmnn/synth/noise.hpp"

namespace afmnn::synth {

/// Where the directions go: (rows, cols) each; `retrace` without data is left out.
struct Directions {
  View2D<double> trace;
  View2D<double> retrace;
  std::ptrdiff_t turn;  // samples of a turn-around, at least 0

  std::ptrdiff_t rows() const { return trace.rows; }
  std::ptrdiff_t cols() const { return trace.cols; }
  /// Samples from one trace to the next.
  std::ptrdiff_t line() const { return 2 * (trace.cols + turn); }
  int count() const { return retrace.data == nullptr ? 1 : 2; }
  View2D<double> operator[](int direction) const { return direction == 0 ? trace : retrace; }
  /// Time of column 0; the times of the columns after it rise in the trace and fall in the retrace.
  std::ptrdiff_t first(int direction, std::ptrdiff_t row) const {
    return row * line() + (direction == 0 ? 0 : 2 * trace.cols + turn - 1);
  }
};

// ---- noise --------------------------------------------------------------------------------------------------------

/// White noise of an rms: row 2 r + direction of Gaussian point noise.
void instrument_white(std::uint64_t key, double rms, const Directions& out, int threads);

/// Wander: Gaussian noise of an rms with the spectrum, f in cycles a sample,
///
///   S(f) ~ ((sin(pi f) / pi)^2 + corner^2)^(-exponent / 2)
///
/// to 2 %; below a tenth of the sampling rate, that is (f^2 + corner^2)^(-exponent / 2). One white signal in time goes through
/// 8 or 16 filters of first order side by side whose corners have a constant ratio of at most 6, as the sum of many relaxations
/// that flicker noise is often taken for (M. S. Keshner, Proc. IEEE 70 (1982) 212); an exponent of 2 leaves a single one, an
/// Ornstein-Uhlenbeck process. It is stationary from the first sample on, and goes on through turn-arounds.
///
/// exponent  0.1 to 2
/// corner    cycles a sample, 1e-9 to 0.5
///
/// Costs a normal draw and 16 or 32 multiplications and additions a sample of both directions; samples follow one another, so
/// that threads help with the draws only. Throws std::bad_alloc and what `interrupt` throws.
void instrument_wander(std::uint64_t key, double rms, double exponent, double corner, const Directions& out, int threads,
                       const Interrupt& interrupt);

/// The filters of wander: state x_k <- pole_k x_k + weight_k g for every standard normal g, signal direct g + sum_k x_k.
struct WanderFilters {
  std::vector<double> poles;
  std::vector<double> weights;
  double direct;
  std::vector<double> start;  // (n, n), lower triangle: times n normal numbers it is the state before the first sample
};
WanderFilters wander_filters(double rms, double exponent, double corner);

/// Hum: sum_k a_k sin(2 pi (k f t / line + u_k)), k = 1 ... harmonics, a_k ~ 1 / k, of total rms `rms`; a phase u_k is drawn for
/// each k, f is the frequency in periods a line.
void instrument_hum(std::uint64_t key, double rms, double frequency, std::ptrdiff_t harmonics, const Directions& out,
                    int threads);

// ---- steps in time ------------------------------------------------------------------------------------------------

/// From each of the times on, in samples and not decreasing, the height that belongs to it; before the first, 0.
struct TimeSteps {
  std::vector<std::ptrdiff_t> times;
  std::vector<double> heights;
};

/// Offsets: normal with an rms, from time 0 on and anew at the times (k + u) / per_line lines. An offset keeps exp(-t / memory)
/// of the one before, t lines earlier (nothing for memory 0). A step waits for the start of the next line, but for a fraction
/// `within`.
TimeSteps instrument_offsets(std::uint64_t key, double rms, double per_line, double within, double memory, std::ptrdiff_t rows,
                             std::ptrdiff_t line);

/// A Poisson process of jumps, `expected` of them in the whole scan, normal with an rms, that add up.
TimeSteps instrument_jumps(std::uint64_t key, double rms, double expected, std::ptrdiff_t rows, std::ptrdiff_t line);

void write_time_steps(const TimeSteps& steps, const Directions& out, int threads);

/// Strokes of one direction: floor(density * rows * cols + u) of them, starting at any pixel; at those where `steep` is set,
/// `likelier` times as often as elsewhere. They go on in the direction of motion for length * exp(spread g) pixels.
Scars instrument_scars(std::uint64_t key, int direction, const Amplitude& amplitude, double density, double length, double spread,
                       View2D<const std::uint8_t> steep, double likelier);

// ---- scanner and feedback -----------------------------------------------------------------------------------------

/// Displacements at the time t, in lines: constant speeds, and creep by amplitude * (1 - exp(-t / time)), or
/// amplitude * log10(1 + t / time), per decade.
struct Creep {
  bool logarithmic;
  double time;
};
struct Path {
  double drift_x, drift_y;  // of the sample, pixels a line
  double creep_x, creep_y;  // pixels
  Creep creep;
  double lag;         // pixels by which the retrace is behind
  double hysteresis;  // the same in the middle of the line, 4 u (1 - u) of it at u = (c + 1/2) / cols
};

/// Heights of the surface at
///
///   x = c - displacement_x(t) (+ lag + hysteresis(c) in the retrace),  y = r - displacement_y(middle of the line)
///
/// by cubic convolution (R. G. Keys, IEEE Trans. ASSP 29 (1981) 1153) with the outermost pixels continued; as they are where all
/// displacements are whole numbers.
void instrument_path(View2D<const double> surface, const Path& path, const Directions& out, int threads);

/// Adds along_y[r] + along_x[c] + speed * t + creep(t), t in lines.
void instrument_background(const double* along_y, const double* along_x, double speed, double amplitude, const Creep& creep,
                           const Directions& heights, int threads);

/// The height h follows the surface z, sample by sample in time and through the turn-arounds, where z stays at the last height of
/// the trace, or is already at the first of the next line:
///
///   h <- h + v,  v <- min(max(momentum v + gain (z - h), -fall), rise)
///
/// heights  in and out; both directions are needed
void instrument_feedback(double gain, double momentum, double rise, double fall, const Directions& heights,
                         const Interrupt& interrupt);

}  // namespace afmnn::synth
