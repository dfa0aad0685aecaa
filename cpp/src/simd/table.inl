// The table of the kernels compiled for one instruction set. Included last.

namespace afmnn::simd {
namespace {

template <typename T>
constexpr NetworkKernels<T> network_kernels_here = {correlate<T>,
                                                    gradient<T>,
                                                    tanh_all<T>,
                                                    logistic_all<T>,
                                                    adam<T>,
                                                    {read_heights<float, T>, read_heights<double, T>},
                                                    {write_heights<T, float>, write_heights<T, double>},
                                                    fma_all<T>};

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
