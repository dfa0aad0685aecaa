// The kernels of the instruction set that this machine and AFMNN_SIMD choose.
#pragma once

#include "afmnn/simd/table.hpp"

namespace afmnn::simd {

/// Chosen at first use: the best set that processor and operating system support, or the one that the environment
/// variable AFMNN_SIMD (generic, avx2, avx512) names. Throws std::runtime_error if that one is not available: call it once
/// outside of any parallel region.
const KernelTable& kernels();

template <typename T>
const NetworkKernels<T>& network_kernels();
template <>
inline const NetworkKernels<float>& network_kernels<float>() {
  return kernels().f32;
}
template <>
inline const NetworkKernels<double>& network_kernels<double>() {
  return kernels().f64;
}

template <typename T>
const MorphologyKernels<T>& morphology_kernels();
template <>
inline const MorphologyKernels<float>& morphology_kernels<float>() {
  return kernels().morphology_f32;
}
template <>
inline const MorphologyKernels<double>& morphology_kernels<double>() {
  return kernels().morphology_f64;
}

}  // namespace afmnn::simd
