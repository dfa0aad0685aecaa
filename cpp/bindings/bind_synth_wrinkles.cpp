#include <cstdint>

#include "afmnn/synth/wrinkles.hpp"
#include "bind.hpp"
#include "fields.hpp"

namespace afmnn_python {
namespace synth_wrinkles {
namespace {

std::pair<Array<double>, double> wrinkles(py::ssize_t rows, py::ssize_t cols, double height, double sigma, double roll_off,
                                          double smoothing, double hurst, double anisotropy, double angle, double height_spread,
                                          double row_step, int families, std::uint64_t key, int threads) {
  check_finite({hurst, angle});
  check_above_zero(height, "height");
  check_above_zero(sigma, "sigma");
  check_above_zero(roll_off, "roll_off");
  check_range(smoothing, 0.0, 1e12, "smoothing");
  check_above_zero(anisotropy, "anisotropy");
  check_range(height_spread, 0.0, 1.0, "height_spread");
  check_above_zero(row_step, "row_step");
  if (families < 1 || families > afmnn::synth::most_families) refuse("families", "from 1 to 8");
  const afmnn::synth::Wrinkles settings{height,     sigma, roll_off,      smoothing, hurst,
                                        anisotropy, angle, height_spread, row_step,  families};
  return filled(rows, cols, threads,
                [&](const auto& out, auto& team) { return afmnn::synth::wrinkles(settings, key, out, team); });
}

}  // namespace
}  // namespace synth_wrinkles

void bind_synth_wrinkles(Module& m) {
  using namespace synth_wrinkles;
  using namespace pybind11::literals;
  m.def("wrinkles", &wrinkles, "Heights, and the rms of the gradients of the fields.", "rows"_a, "cols"_a, "height"_a, "sigma"_a,
        "roll_off"_a, "smoothing"_a, "hurst"_a, "anisotropy"_a, "angle"_a, "height_spread"_a, "row_step"_a, "families"_a, "key"_a,
        "threads"_a);
}

}  // namespace afmnn_python
