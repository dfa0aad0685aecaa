#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "afmnn/correct/level.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace correct_level {
namespace {

using afmnn::correct::LevelJob;
using afmnn::correct::Levelled;
using afmnn::correct::PlaneSums;
using Mask = std::optional<py::array_t<std::uint8_t>>;

// What is only read.
template <typename T>
LevelJob<T> reading_job(const py::array_t<T>& image, const Mask& mask, int threads) {
  LevelJob<T> job;
  job.image = read_strided<T>(image, "image");
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (mask) {
    job.mask = read_strided<std::uint8_t>(*mask, "mask");
    if (job.mask.rows != job.image.rows || job.mask.cols != job.image.cols) refuse("mask", "of the image's shape");
  }
  job.threads = check_threads(threads);
  job.interrupt = check_signals;
  return job;
}

template <typename T>
LevelJob<T> level_job(const py::array_t<T>& image, const Mask& mask, py::array_t<T>& out, int threads) {
  LevelJob<T> job = reading_job(image, mask, threads);
  job.result = write_strided<T>(out);
  if (job.result.rows != job.image.rows || job.result.cols != job.image.cols) refuse("out", "of the image's shape");
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

// Six numbers for each line, in the order of the core's PlaneSums.
constexpr py::ssize_t line_numbers = 6;
using PlaneNumbers = std::array<double, 4>;

template <typename T>
std::pair<std::string, py::array_t<double>> sum_lines(const py::array_t<T>& image, const Mask& mask, int threads) {
  const LevelJob<T> job = reading_job(image, mask, threads);
  std::vector<PlaneSums> sums(static_cast<std::size_t>(job.image.rows));
  py::array_t<double> numbers({job.image.rows, line_numbers});
  Levelled outcome;
  {
    const py::gil_scoped_release release;
    outcome = afmnn::correct::sum_lines(job, sums.data());
  }
  double* to = numbers.mutable_data();
  for (const PlaneSums& line : sums) {
    for (const double number : {line.count, line.origin, line.mean_x, line.mean_z, line.xx, line.xz}) *to++ = number;
  }
  return {name_of(outcome), std::move(numbers)};
}

std::optional<PlaneNumbers> fit_plane(const Array<double>& numbers) {
  const auto view = read_view(numbers, "sums");
  if (view.cols != line_numbers) refuse("sums", "six numbers a line");
  std::vector<PlaneSums> sums;
  bool any = false;
  for (std::ptrdiff_t r = 0; r < view.rows; ++r) {
    const double* const line = view.row(r);
    if (!std::all_of(line, line + line_numbers, [](double number) { return std::isfinite(number); }))
      refuse("sums", "finite numbers");
    sums.push_back({line[0], line[1], line[2], line[3], line[4], line[5]});
    any = any || line[0] > 0.0;
  }
  if (!any) return std::nullopt;
  const auto plane = afmnn::correct::fit_plane(sums);
  return PlaneNumbers{plane.origin, plane.height, plane.slope_x, plane.slope_y};
}

template <typename T>
std::string take_off_plane(const py::array_t<T>& image, py::array_t<T>& out, const PlaneNumbers& plane, std::ptrdiff_t first,
                           std::ptrdiff_t rows, int threads) {
  const LevelJob<T> job = level_job(image, std::nullopt, out, threads);
  if (first < 0 || rows < job.image.rows || first > rows - job.image.rows)
    refuse("first", "a row of the whole image from which on all lines lie in it");
  const py::gil_scoped_release release;
  return name_of(afmnn::correct::take_off_plane(job, {plane[0], plane[1], plane[2], plane[3]}, {first, rows}));
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
  m.def("sum_lines", &sum_lines<T>, "What level_plane sums over each line, six numbers; with what became of it.",
        "image"_a.noconvert(), "mask"_a.noconvert(), "threads"_a);
  m.def("take_off_plane", &take_off_plane<T>, "Take a plane off lines of an image; returns what became of it.",
        "image"_a.noconvert(), "out"_a.noconvert(), "plane"_a, "first"_a, "rows"_a, "threads"_a);
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
  using namespace pybind11::literals;
  m.def("fit_plane", &fit_plane, "The plane of all lines of an image, four numbers; None where no pixel is used.",
        "sums"_a.noconvert());
}

}  // namespace afmnn_python
