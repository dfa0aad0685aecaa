// Self-affine surfaces: alike at all magnifications, between a roll-off and a smoothing.
#pragma once

#include <cstdint>

#include "afmnn/core/unit_team.hpp"
#include "afmnn/core/view2d.hpp"

namespace afmnn::synth {

/// Lengths are in pixel widths.
struct SelfAffine {
  double rms = 1.0;
  double hurst = 0.8;
  double roll_off = 0.0;    // wavelength; 0: none, the spectrum rises up to the size of the image
  double smoothing = 0.0;   // standard deviation of a Gaussian filter
  double anisotropy = 1.0;  // how much longer waves along `angle` are than across
  double angle = 0.0;       // radians, counter-clockwise on screen
  double row_step = 1.0;    // height of a pixel / its width
};

/// A Gaussian field (gaussian_field) with the spectral density (k_r^2 + k^2)^-(1 + hurst) exp(-(k smoothing)^2), k_r = 2 pi /
/// roll_off; the k of the first factor is stretched along `angle` by the square root of the anisotropy and shrunk as much across.
/// Returns the root mean
/// square of the gradient.
///
/// Throws std::bad_alloc, and what the team's interrupt throws.
double self_affine(const SelfAffine& settings, std::uint64_t key, View2D<double> out, UnitTeam& team);

}  // namespace afmnn::synth
