// One function a layer; each lives in the file of its name.
#pragma once

#include <pybind11/pybind11.h>

namespace afmnn_python {

void bind_core(pybind11::module_& m);
void bind_correct_level(pybind11::module_& m);
void bind_nn(pybind11::module_& m);
void bind_noise(pybind11::module_& m);
void bind_synth_objects(pybind11::module_& m);
void bind_synth_particles(pybind11::module_& m);
void bind_synth_pattern(pybind11::module_& m);
void bind_tip(pybind11::module_& m);

}  // namespace afmnn_python
