// The kernels for avx2: see kernels.inl.
#define AFMNN_SIMD_NAME "avx2"
#define AFMNN_SIMD_TABLE avx2_kernels
#define AFMNN_SIMD_BYTES 32
#include "kernels.inl"
