#include "afmnn/correct/lines.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_lines {
namespace {

Array<double> to_array(const std::vector<double>& values) {
  return Array<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

template <typename T>
py::tuple line_figures(const py::array_t<T>& image, int threads) {
  afmnn::correct::LinesJob<T> job;
  job.image = read_strided<T>(image, "image");
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  afmnn::correct::LineFigures figures;
  {
    const py::gil_scoped_release release;
    figures = afmnn::correct::line_figures(job);
  }
  return py::make_tuple(to_array(figures.jumps), to_array(figures.disagreement), to_array(figures.width),
                        to_array(figures.detail), to_array(figures.detail_width), to_array(figures.alike),
                        to_array(figures.near_alike), to_array(figures.held));
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("line_figures", &line_figures<T>,
        "Jumps of the rows; how far their changes lie outside of those near, and how far those differ, for long and short lags; "
        "how alike they are to those near, and those to each other; what is held.",
        "image"_a.noconvert(), "threads"_a);
}

}  // namespace
}  // namespace correct_lines

void bind_correct_lines(Module& m) {
  using namespace correct_lines;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
