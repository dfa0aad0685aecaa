#include <pybind11/stl.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "afmnn/correct/jumps.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_jumps {
namespace {

template <typename T>
py::object row_changes(const py::array_t<T>& image, const std::optional<py::array_t<std::uint8_t>>& mask, std::ptrdiff_t least,
                       std::ptrdiff_t parts, int threads) {
  afmnn::correct::ChangesJob<T> job;
  job.image = read_strided<T>(image, "image");
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (mask) {
    job.mask = read_strided<std::uint8_t>(*mask, "mask");
    if (job.mask.rows != job.image.rows || job.mask.cols != job.image.cols) refuse("mask", "of the image's shape");
  }
  job.least = least;
  if (parts < 1 || parts > job.image.cols) refuse("parts", "from 1 to the number of columns");
  job.parts = parts;
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  Array<double> changes({job.image.rows, parts});
  double* const values = changes.mutable_data();
  std::fill(values, values + parts, std::numeric_limits<double>::quiet_NaN());
  bool finite;
  {
    const py::gil_scoped_release release;
    finite = afmnn::correct::row_changes(job, values);
  }
  return finite ? py::object(changes) : py::none();
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("row_changes", &row_changes<T>,
        "Median changes of height of parts of each row from the row before; None where a height is infinite.",
        "image"_a.noconvert(), "mask"_a.noconvert(), "least"_a, "parts"_a, "threads"_a);
}

}  // namespace
}  // namespace correct_jumps

void bind_correct_jumps(Module& m) {
  using namespace correct_jumps;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
