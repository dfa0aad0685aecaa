#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <tuple>

#include "afmnn/correct/fill.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_fill {
namespace {

using afmnn::correct::Filled;
using Mask = std::optional<py::array_t<std::uint8_t>>;

std::string name_of(Filled outcome) {
  switch (outcome) {
    case Filled::done:
      return "done";
    case Filled::infinite:
      return "infinite";
    case Filled::no_pixel:
      return "no pixel";
    case Filled::not_representable:
      break;
  }
  return "not representable";
}

template <typename T>
std::tuple<std::string, std::ptrdiff_t, int, double> fill(const py::array_t<T>& image, const Mask& mask, Array<T>& out,
                                                          bool keep_offsets, int axis, int threads) {
  afmnn::correct::FillJob<T> job;
  job.image = read_strided<T>(image, "image");
  job.result = write_view<T>(out);
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (job.image.rows > 0x7FFFFFFE || job.image.cols > 0x7FFFFFFE) refuse("image", "of fewer than 2^31 rows and columns");
  if (job.result.rows != job.image.rows || job.result.cols != job.image.cols) refuse("out", "of the image's shape");
  if (mask) {
    job.marks = read_strided<std::uint8_t>(*mask, "mask");
    if (job.marks.rows != job.image.rows || job.marks.cols != job.image.cols) refuse("mask", "of the image's shape");
  }
  if (axis != 0 && axis != 1) refuse("axis", "0 or 1");
  job.keep_offsets = keep_offsets;
  job.axis = axis;
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  const py::gil_scoped_release release;
  const auto report = afmnn::correct::fill(job);
  return {name_of(report.outcome), report.pixels, report.cycles, report.error};
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("fill", &fill<T>, "Fill marked and missing pixels; returns what became of it, pixels, cycles and the estimated error.",
        "image"_a.noconvert(), "mask"_a.noconvert(), "out"_a.noconvert(), "keep_offsets"_a, "axis"_a, "threads"_a);
}

}  // namespace
}  // namespace correct_fill

void bind_correct_fill(Module& m) {
  using namespace correct_fill;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
