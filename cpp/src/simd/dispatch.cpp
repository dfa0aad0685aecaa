#include <cstdlib>
#include <stdexcept>
#include <string>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::simd {

const KernelTable* generic_kernels();
#ifdef AFMNN_X86
const KernelTable* avx2_kernels();
const KernelTable* avx512_kernels();
#endif

namespace {

// __builtin_cpu_supports asks CPUID and, through XGETBV, whether the operating system saves the wide registers.
const KernelTable* choose() {
  const char* variable = std::getenv("AFMNN_SIMD");
  const std::string wanted = variable == nullptr ? "" : variable;
#ifdef AFMNN_X86
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  if (avx512 && (wanted.empty() || wanted == "avx512")) return avx512_kernels();
  if (avx2 && (wanted.empty() || wanted == "avx2")) return avx2_kernels();
#endif
  if (wanted.empty() || wanted == "generic") return generic_kernels();
  throw std::runtime_error("AFMNN_SIMD must name an instruction set that this machine has (generic, avx2, avx512), got '" +
                           wanted + "'");
}

}  // namespace

const KernelTable& kernels() {
  static const KernelTable* const table = choose();
  return *table;
}

}  // namespace afmnn::simd
