#include <cstdint>

#include "afmnn/synth/self_affine.hpp"
#include "bind.hpp"
#include "fields.hpp"

namespace afmnn_python {
namespace synth_self_affine {
namespace {

std::pair<Array<double>, double> self_affine(py::ssize_t rows, py::ssize_t cols, double rms, double hurst, double roll_off,
                                             double smoothing, double anisotropy, double angle, double row_step,
                                             std::uint64_t key, int threads) {
  check_finite({rms, hurst, angle});
  check_range(roll_off, 0.0, 1e12, "roll_off");
  check_range(smoothing, 0.0, 1e12, "smoothing");
  check_above_zero(anisotropy, "anisotropy");
  check_above_zero(row_step, "row_step");
  const afmnn::synth::SelfAffine settings{rms, hurst, roll_off, smoothing, anisotropy, angle, row_step};
  return filled(rows, cols, threads,
                [&](const auto& out, auto& team) { return afmnn::synth::self_affine(settings, key, out, team); });
}

}  // namespace
}  // namespace synth_self_affine

void bind_synth_self_affine(Module& m) {
  using namespace synth_self_affine;
  using namespace pybind11::literals;
  m.def("self_affine", &self_affine, "Heights, and the rms of their gradient.", "rows"_a, "cols"_a, "rms"_a, "hurst"_a,
        "roll_off"_a, "smoothing"_a, "anisotropy"_a, "angle"_a, "row_step"_a, "key"_a, "threads"_a);
}

}  // namespace afmnn_python
