// The table of the kernels compiled for one instruction set. Included last.

namespace afmnn::simd {
namespace {

constexpr KernelTable table = {AFMNN_SIMD_NAME,
                               network_kernels_here<float>,
                               network_kernels_here<double>,
                               online_kernels_here,
                               multiply_adds,
                               fourier_kernels_here,
                               random_kernels,
                               morphology_kernels_here<float>,
                               morphology_kernels_here<double>};

}  // namespace

const KernelTable* AFMNN_SIMD_TABLE();
const KernelTable* AFMNN_SIMD_TABLE() { return &table; }

}  // namespace afmnn::simd
