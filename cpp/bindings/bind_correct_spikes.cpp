#include "afmnn/correct/spikes.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_spikes {
namespace {

template <typename T>
void mark_spikes(const py::array_t<T>& image, py::array_t<std::uint8_t>& out, bool upwards, bool downwards, double threshold,
                 std::ptrdiff_t size, int threads) {
  afmnn::correct::SpikeJob<T> job;
  job.image = read_strided<T>(image, "image");
  job.result = write_strided<std::uint8_t>(out);
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (job.result.rows != job.image.rows || job.result.cols != job.image.cols) refuse("out", "of the image's shape");
  if (!(threshold > 0.0)) refuse("threshold", "positive");
  if (size < 1 || size > 64) refuse("size", "from 1 to 64");
  job.upwards = upwards;
  job.downwards = downwards;
  job.threshold = threshold;
  job.size = size;
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  const py::gil_scoped_release release;
  afmnn::correct::mark_spikes(job);
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("mark_spikes", &mark_spikes<T>, "Mark pixels that stand out along the row and across it.", "image"_a.noconvert(),
        "out"_a.noconvert(), "upwards"_a, "downwards"_a, "threshold"_a, "size"_a, "threads"_a);
}

}  // namespace
}  // namespace correct_spikes

void bind_correct_spikes(Module& m) {
  using namespace correct_spikes;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
