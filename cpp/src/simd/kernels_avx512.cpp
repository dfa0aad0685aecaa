// The kernels for avx512: see kernels.inl.
#define AFMNN_SIMD_NAME "avx512"
#define AFMNN_SIMD_TABLE avx512_kernels
#define AFMNN_SIMD_BYTES 64
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
