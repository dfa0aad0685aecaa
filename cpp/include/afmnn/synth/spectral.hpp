// Surfaces by their spectrum: a band of frequencies, and filters.
#pragma once

#include <cstdint>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Lengths are in pixel widths, wave numbers in radians per pixel width; 0 for a filter that is not used.
struct Spectral {
  double rms = 1.0;
  double k_min = 0.0, k_max = 0.0;  // both included
  double gaussian_length = 0.0;     // of exp(-(r / length)^power)
  double gaussian_power = 2.0;
  double exponential_length = 0.0;  // of exp(-r / length)
  double power_exponent = 0.0;      // amplitudes are in proportion to k^-exponent
  double row_step = 1.0;            // height of a pixel / its width
};

/// Whether any wave that fits into the image lies in the band.
bool has_waves(const Spectral& settings, std::ptrdiff_t rows, std::ptrdiff_t cols);

/// A Gaussian field (gaussian_field) whose amplitudes are the product of the filters
///
///   exp(-k^2 gaussian_length^2 / 8)             for the power 2, and for others the square root of the magnitude of the
///                                               transform of exp(-(r / gaussian_length)^power), r being periodic
///   (1 + k^2 exponential_length^2)^(-3/4)
///   k^-power_exponent
///
/// Returns the root mean square of the gradient. Throws std::bad_alloc, and what the team's interrupt throws.
double spectral(const Spectral& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
