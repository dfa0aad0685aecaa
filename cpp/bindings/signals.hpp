// Ctrl-C in the middle of long work.
#pragma once

#include <pybind11/pybind11.h>

namespace afmnn_python {

/// Lets Python handle what came in since: Ctrl-C raises. Called without the GIL.
inline void check_signals() {
  const pybind11::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
}

}  // namespace afmnn_python
