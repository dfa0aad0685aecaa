// Long work that tells Python how far it is.
#pragma once

#include "afmnn/core/progress.hpp"
#include "signals.hpp"

namespace afmnn_python {

/// Hears Ctrl-C, and calls a Python function, or None, with what is done and what there is to do. `function` must outlive it;
/// it is called without the GIL.
inline afmnn::Progress report_to(const pybind11::object& function) {
  return [&function](std::ptrdiff_t done, std::ptrdiff_t all) {
    check_signals();
    if (function.is_none()) return;
    const pybind11::gil_scoped_acquire acquire;
    function(done, all);
  };
}

}  // namespace afmnn_python
