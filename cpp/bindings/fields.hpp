// What the bindings of generators that make a whole image have in common.
#pragma once

#include <cmath>
#include <initializer_list>
#include <utility>

#include "afmnn/core/unit_team.hpp"
#include "noise_arguments.hpp"
#include "numpy_view.hpp"
#include "progress.hpp"
#include "signals.hpp"

namespace afmnn_python {

/// Numbers that a core function takes as they are: finite, whatever else.
inline void check_finite(std::initializer_list<double> values) {
  for (const double value : values) {
    if (!std::isfinite(value)) throw py::value_error("numbers must be finite");
  }
}

inline void check_above_zero(double value, const char* name) {
  if (!(std::isfinite(value) && value > 0.0)) refuse(name, "positive");
}

/// A new image, filled by fill(out, team) without the GIL; Ctrl-C ends it, and `progress` may be told of it. Returns what `fill`
/// returns, and the image.
template <typename Fill>
auto filled(py::ssize_t rows, py::ssize_t cols, int threads, const Fill& fill, const afmnn::Progress& progress = {}) {
  check_threads(threads);
  auto image = new_image(rows, cols);
  const auto out = write_view(image);
  const auto run = [&] {
    const py::gil_scoped_release release;
    afmnn::UnitTeam team(threads, check_signals, progress);
    return fill(out, team);
  };
  auto made = run();
  return std::make_pair(std::move(image), std::move(made));
}

}  // namespace afmnn_python
