// The kernels for any machine: see kernels.inl.
#define AFMNN_SIMD_NAME "generic"
#define AFMNN_SIMD_TABLE generic_kernels
#define AFMNN_SIMD_BYTES 16
#include "kernels.inl"
