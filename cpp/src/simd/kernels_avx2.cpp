// The kernels for avx2: see kernels.inl.
#define AFMNN_SIMD_NAME "avx2"
#define AFMNN_SIMD_TABLE avx2_kernels
#define AFMNN_SIMD_BYTES 32
// clang-format off: kernels.inl comes first
#include "kernels.inl"
#include "fft.inl"
#include "morphology.inl"
#include "online.inl"
#include "online_chain.inl"
#include "peak.inl"
#include "random.inl"
#include "refine.inl"
#include "table.inl"
// clang-format on
