#include "afmnn/correct/scars.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_scars {
namespace {

template <typename T>
void mark_scars(const py::array_t<T>& image, py::array_t<std::uint8_t>& out, bool upwards, bool downwards, double hard,
                double soft, std::ptrdiff_t min_length, std::ptrdiff_t max_width, int threads) {
  afmnn::correct::ScarJob<T> job;
  job.image = read_strided<T>(image, "image");
  job.result = write_strided<std::uint8_t>(out);
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (job.result.rows != job.image.rows || job.result.cols != job.image.cols) refuse("out", "of the image's shape");
  if (!(soft > 0.0 && soft <= hard)) refuse("soft", "positive and at most hard");
  if (min_length < 1) refuse("min_length", "at least 1");
  if (max_width < 1 || max_width > 64) refuse("max_width", "from 1 to 64");
  job.upwards = upwards;
  job.downwards = downwards;
  job.hard = hard;
  job.soft = soft;
  job.min_length = min_length;
  job.max_width = max_width;
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  const py::gil_scoped_release release;
  afmnn::correct::mark_scars(job);
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("mark_scars", &mark_scars<T>, "Mark stretches of rows that stand out of the rows before and behind.",
        "image"_a.noconvert(), "out"_a.noconvert(), "upwards"_a, "downwards"_a, "hard"_a, "soft"_a, "min_length"_a, "max_width"_a,
        "threads"_a);
}

}  // namespace
}  // namespace correct_scars

void bind_correct_scars(Module& m) {
  using namespace correct_scars;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
