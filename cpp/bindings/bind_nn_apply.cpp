#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "afmnn/nn/apply.hpp"
#include "afmnn/nn/fovea.hpp"
#include "bind.hpp"
#include "bind_nn.hpp"
#include "numpy_view.hpp"
#include "signals.hpp"

namespace afmnn_python {
namespace nn_apply {
namespace {

using afmnn::nn::Border;
using afmnn::nn::BorderMode;
using afmnn::nn::LinearScaling;
using afmnn::nn::Network;
using afmnn::nn::RowRange;
using afmnn::nn::TilePlan;

using ScalingTuple = std::array<double, 6>;          // afmnn.nn.scaling.LinearScaling
using BorderTuple = std::pair<std::string, double>;  // mode, height beyond the edge
using RowsTuple = std::array<std::ptrdiff_t, 2>;     // first, end
using PixelTuple = std::array<std::ptrdiff_t, 2>;    // row, column

LinearScaling scaling_of(const ScalingTuple& s) { return {s[0], s[1], s[2], s[3], s[4], s[5]}; }

BorderMode border_mode_of(const std::string& name) {
  if (name == "reflect") return BorderMode::reflect;
  if (name == "nearest") return BorderMode::nearest;
  if (name == "mirror") return BorderMode::mirror;
  if (name == "constant") return BorderMode::constant;
  refuse("border", "'reflect', 'nearest', 'mirror' or 'constant'");
}

// The plan of least cost, or the one that a test wants.
template <typename T>
TilePlan plan_of(const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols, std::optional<std::ptrdiff_t> fourier_size) {
  if (!fourier_size) return afmnn::nn::plan_tiles(net, rows, cols);
  if (!afmnn::nn::can_transform(net, *fourier_size)) {
    refuse("fourier_size", "0, or a power of two from 32 to 1024 that the window fits into");
  }
  return afmnn::nn::plan_of_size(net, *fourier_size);
}

RowRange rows_of(const std::optional<RowsTuple>& value, std::ptrdiff_t count, const TilePlan& plan) {
  const RowRange rows = value ? RowRange{(*value)[0], (*value)[1]} : RowRange{0, count};
  if (rows.first < 0 || rows.end < rows.first || rows.end > count) refuse("rows", "within the image");
  if (rows.first % plan.tile_rows != 0 || (rows.end != count && rows.end % plan.tile_rows != 0)) refuse("rows", "whole tiles");
  return rows;
}

template <typename T, typename Height>
void apply(const Network<T>& net, const py::array_t<Height>& image, py::array_t<Height>& out, const ScalingTuple& scaling,
           const BorderTuple& border, const std::optional<py::array_t<Height>>& previous, int threads, const py::object& progress,
           const std::optional<RowsTuple>& rows, std::optional<std::ptrdiff_t> fourier_size, const PixelTuple& first) {
  afmnn::nn::ImageJob<Height> job;
  job.image = read_strided<Height>(image, "image");
  job.out = write_strided<Height>(out);
  if (job.image.rows < 1 || job.image.cols < 1) refuse("image", "not empty");
  if (job.out.rows != job.image.rows || job.out.cols != job.image.cols) refuse("out", "of the image's shape");
  if (previous.has_value() != net.fovea.sees_residual()) refuse("previous", previous_rule);
  if (previous) {
    job.previous = read_strided<Height>(*previous, "previous");
    if (job.previous.rows != job.image.rows || job.previous.cols != job.image.cols) refuse("previous", "of the image's shape");
  }
  job.scaling = scaling_of(scaling);
  job.scaling.first_row = static_cast<double>(first[0]);
  job.scaling.first_col = static_cast<double>(first[1]);
  job.border = {border_mode_of(border.first), border.second};
  const TilePlan plan = plan_of(net, job.image.rows, job.image.cols, fourier_size);
  const RowRange range = rows_of(rows, job.image.rows, plan);
  check_threads(threads);
  const bool reports = !progress.is_none();
  const auto rows_done = [&](std::ptrdiff_t done) {
    check_signals();
    if (!reports) return;
    const py::gil_scoped_acquire acquire;
    progress(range.first + done, job.image.rows);
  };
  const py::gil_scoped_release release;
  afmnn::nn::apply(net, job, range, plan, threads, rows_done);
}

template <typename T, typename Height>
void bind_height(Module& m) {
  using namespace pybind11::literals;
  m.def("apply", &apply<T, Height>,
        "Evaluates an image, or the rows [first, end) of it (for tests), which begins at pixel `first` of a larger one; "
        "progress(rows done, rows) is called from time to time.",
        "net"_a, "image"_a.noconvert(), "out"_a.noconvert(), "scaling"_a, "border"_a, py::kw_only(),
        "previous"_a.noconvert() = py::none(), "threads"_a = 1, "progress"_a = py::none(), "rows"_a = py::none(),
        "fourier_size"_a = py::none(), "first"_a = PixelTuple{0, 0});
}

template <typename T>
void bind_precision(Module& m) {
  using namespace pybind11::literals;
  m.def(
      "plan_tiles",
      [](const Network<T>& net, std::ptrdiff_t rows, std::ptrdiff_t cols) {
        constexpr std::ptrdiff_t longest = std::ptrdiff_t{1} << 31;  // costs are counted in integers
        if (rows < 1 || cols < 1 || rows > longest || cols > longest) refuse("shape", "1 x 1 to 2^31 x 2^31");
        const TilePlan plan = afmnn::nn::plan_tiles(net, rows, cols);
        return py::make_tuple(plan.fourier_size, plan.tile_rows);
      },
      "Size of the Fourier transforms (0: direct sum) and rows of a tile.", "net"_a, "rows"_a, "cols"_a);
  bind_height<T, float>(m);
  bind_height<T, double>(m);
}

}  // namespace
}  // namespace nn_apply

void bind_nn_apply(Module& m) {
  using namespace nn_apply;
  bind_precision<float>(m);
  bind_precision<double>(m);
  m.set("most_taken_off", afmnn::nn::most_taken_off);
}

}  // namespace afmnn_python
