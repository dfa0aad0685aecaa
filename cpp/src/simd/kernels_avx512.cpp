// The kernels for avx512: see kernels.inl.
#define AFMNN_SIMD_NAME "avx512"
#define AFMNN_SIMD_TABLE avx512_kernels
#define AFMNN_SIMD_BYTES 64
#include "kernels.inl"
