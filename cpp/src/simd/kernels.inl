// The hot loops, written once with the vector types of GCC and Clang, compiled once per instruction set.
//
// Everything is in an unnamed namespace and nothing of the standard library but <cstddef> and <cstdint> is used, so no
// function compiled here can be picked by the linker for a machine that lacks the instructions.

#if !defined(__FMA__) && !defined(__aarch64__) && !defined(__FP_FAST_FMA)
#define AFMNN_EMULATED_FMA
#endif

// clang-format off: each builds on those before
#include "vector.inl"
#ifdef AFMNN_EMULATED_FMA
#include "emulated_fma.inl"
#endif
#include "fma.inl"
#include "windows.inl"
#include "heights.inl"
#include "activations.inl"
#include "adam.inl"
#include "fft.inl"
#include "morphology.inl"
#include "refine.inl"
#include "online.inl"
#include "online_chain.inl"
#include "random.inl"
#include "peak.inl"
#include "table.inl"
// clang-format on
