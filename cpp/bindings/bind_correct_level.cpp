#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "afmnn/correct/level.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_level {
namespace {

using afmnn::correct::LevelJob;
using afmnn::correct::Levelled;
using Mask = std::optional<py::array_t<std::uint8_t>>;

template <typename T>
LevelJob<T> level_job(const py::array_t<T>& image, const Mask& mask, py::array_t<T>& out, int threads) {
  LevelJob<T> job;
  job.image = read_strided<T>(image, "image");
  job.result = write_strided<T>(out);
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (job.result.rows != job.image.rows || job.result.cols != job.image.cols) refuse("out", "of the image's shape");
  if (mask) {
    job.mask = read_strided<std::uint8_t>(*mask, "mask");
    if (job.mask.rows != job.image.rows || job.mask.cols != job.image.cols) refuse("mask", "of the image's shape");
  }
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  return job;
}

std::string name_of(Levelled outcome) {
  switch (outcome) {
    case Levelled::done:
      return "done";
    case Levelled::infinite:
      return "infinite";
    case Levelled::no_pixel:
      return "no pixel";
    case Levelled::no_line:
      return "no line";
    case Levelled::no_surface:
      return "no surface";
    case Levelled::no_cell:
      return "no cell";
    case Levelled::not_representable:
      break;
  }
  return "not representable";
}

template <typename T>
std::string level_plane(const py::array_t<T>& image, const Mask& mask, py::array_t<T>& out, int threads) {
  const LevelJob<T> job = level_job(image, mask, out, threads);
  const py::gil_scoped_release release;
  return name_of(afmnn::correct::level_plane(job));
}

template <typename T>
Levelled level_rows_by(const LevelJob<T>& job, const std::string& method, std::ptrdiff_t degree, double trim) {
  if (method == "median") return afmnn::correct::level_rows_median(job);
  if (method == "difference") return afmnn::correct::level_rows_difference(job);
  if (method == "trimmed_mean") return afmnn::correct::level_rows_trimmed_mean(job, trim);
  if (method == "trimmed_difference") return afmnn::correct::level_rows_trimmed_difference(job, trim);
  if (method == "matching") return afmnn::correct::level_rows_matching(job);
  if (method == "mode") return afmnn::correct::level_rows_mode(job);
  if (method == "facet_tilt") return afmnn::correct::level_rows_facet_tilt(job);
  return afmnn::correct::level_rows_polynomial(job, degree);
}

template <typename T>
std::string level_rows(const py::array_t<T>& image, const Mask& mask, py::array_t<T>& out, const std::string& method,
                       std::ptrdiff_t degree, double trim, int threads) {
  const LevelJob<T> job = level_job(image, mask, out, threads);
  constexpr std::array methods{"median",   "difference", "trimmed_mean", "trimmed_difference",
                               "matching", "mode",       "facet_tilt",   "polynomial"};
  if (std::find(methods.begin(), methods.end(), method) == methods.end())
    refuse("method", "median, difference, trimmed_mean, trimmed_difference, matching, mode, facet_tilt or polynomial");
  if (method == "polynomial" && (degree < 0 || degree >= job.image.cols))
    refuse("degree", "at least 0 and below the number of columns");
  if (!(trim >= 0.0 && trim <= 0.5)) refuse("trim", "from 0 to 0.5");
  const py::gil_scoped_release release;
  return name_of(level_rows_by(job, method, degree, trim));
}

template <typename T>
std::string level_surface(const py::array_t<T>& image, const Mask& mask, py::array_t<T>& out, std::ptrdiff_t across,
                          std::ptrdiff_t along, bool total, int threads) {
  const LevelJob<T> job = level_job(image, mask, out, threads);
  if (across < 0 || across >= job.image.rows) refuse("across", "at least 0 and below the number of rows");
  if (along < 0 || along >= job.image.cols) refuse("along", "at least 0 and below the number of columns");
  const py::gil_scoped_release release;
  return name_of(afmnn::correct::level_surface(job, {across, along, total}));
}

template <typename T>
std::pair<std::string, std::pair<double, double>> level_facet(const py::array_t<T>& image, const Mask& mask, py::array_t<T>& out,
                                                              int threads) {
  const LevelJob<T> job = level_job(image, mask, out, threads);
  const py::gil_scoped_release release;
  afmnn::correct::Slopes slopes;
  const std::string outcome = name_of(afmnn::correct::level_facet(job, slopes));
  return {outcome, {slopes.across, slopes.along}};
}

template <typename T>
void bind_type(Module& m) {
  using namespace pybind11::literals;
  m.def("level_plane", &level_plane<T>, "Take off the least-squares plane; returns what became of it.", "image"_a.noconvert(),
        "mask"_a.noconvert(), "out"_a.noconvert(), "threads"_a);
  m.def("level_rows", &level_rows<T>, "Take a correction off each row; returns what became of it.", "image"_a.noconvert(),
        "mask"_a.noconvert(), "out"_a.noconvert(), "method"_a, "degree"_a, "trim"_a, "threads"_a);
  m.def("level_surface", &level_surface<T>, "Take off the least-squares polynomial surface; returns what became of it.",
        "image"_a.noconvert(), "mask"_a.noconvert(), "out"_a.noconvert(), "across"_a, "along"_a, "total"_a, "threads"_a);
  m.def("level_facet", &level_facet<T>,
        "Take off the plane of the commonest slope; returns what became of it, and the slopes from row to row and column to "
        "column.",
        "image"_a.noconvert(), "mask"_a.noconvert(), "out"_a.noconvert(), "threads"_a);
}

}  // namespace
}  // namespace correct_level

void bind_correct_level(Module& m) {
  using namespace correct_level;
  bind_type<float>(m);
  bind_type<double>(m);
}

}  // namespace afmnn_python
