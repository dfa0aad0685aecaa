#include "afmnn/core/parallel.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/simd/kernels.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace {

Array<std::uint32_t> philox(std::uint64_t key, std::uint64_t role, std::uint64_t index) {
  const auto words = afmnn::philox(key, role, index);
  Array<std::uint32_t> result(4);
  std::copy(words.begin(), words.end(), result.mutable_data());
  return result;
}

}  // namespace

void bind_core(py::module_& m) {
  using namespace pybind11::literals;
  m.def("has_openmp", &afmnn::has_openmp, "Whether this build can use more than one thread.");
  m.def("simd", [] { return std::string(afmnn::simd::kernels().name); }, "Name of the instruction set in use.");
  m.def("philox", &philox, "Four words of random bits for (key, role, index).", "key"_a, "role"_a, "index"_a);
}

}  // namespace afmnn_python
