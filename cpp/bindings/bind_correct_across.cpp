#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "afmnn/correct/across.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_across {
namespace {

using afmnn::correct::Across;

std::string name_of(Across outcome) {
  switch (outcome) {
    case Across::done:
      return "done";
    case Across::nothing:
      return "nothing";
    case Across::no_pixel:
      return "no pixel";
    case Across::not_representable:
      break;
  }
  return "not representable";
}

template <typename T>
std::string fill_across(const py::array_t<T>& image, const py::array_t<std::uint8_t>& marks, py::array_t<T>& out, int threads) {
  afmnn::correct::AcrossJob<T> job;
  job.image = read_strided<T>(image, "image");
  job.marks = read_strided<std::uint8_t>(marks, "marks");
  job.result = write_strided<T>(out);
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (job.marks.rows != job.image.rows || job.marks.cols != job.image.cols) refuse("marks", "of the image's shape");
  if (job.result.rows != job.image.rows || job.result.cols != job.image.cols) refuse("out", "of the image's shape");
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  const py::gil_scoped_release release;
  return name_of(afmnn::correct::fill_across(job));
}

template <typename T>
std::vector<double> medians_of_lines(const py::array_t<T>& image, const Array<std::uint8_t>& chosen, int threads) {
  const auto heights = read_strided<T>(image, "image");
  const std::uint8_t* const lines = read_vector<std::uint8_t>(chosen, heights.rows, "chosen");
  check_threads(threads);
  const py::gil_scoped_release release;
  return afmnn::correct::medians_of_lines<T>(heights, lines, threads, check_signals);
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("fill_across", &fill_across<T>, "Fill marked pixels from the rows before and behind; returns what became of it.",
        "image"_a.noconvert(), "marks"_a.noconvert(), "out"_a.noconvert(), "threads"_a);
  m.def("medians_of_lines", &medians_of_lines<T>, "Return the medians of chosen rows, NaN for others.", "image"_a.noconvert(),
        "chosen"_a.noconvert(), "threads"_a);
}

}  // namespace
}  // namespace correct_across

void bind_correct_across(Module& m) {
  using namespace correct_across;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
