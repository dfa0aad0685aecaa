#include "bind.hpp"

PYBIND11_MODULE(_core, module_object) {
  module_object.doc() = "Compiled core of afmnn. Not public: use the functions of the afmnn package.";
  afmnn_python::Module m(module_object);
  afmnn_python::bind_core(m);
  afmnn_python::bind_correct_features(m);
  afmnn_python::bind_correct_level(m);
  afmnn_python::bind_metrics_defects(m);
  afmnn_python::bind_nn_network(m);  // before those whose functions take networks
  afmnn_python::bind_nn_apply(m);
  afmnn_python::bind_nn_online(m);
  afmnn_python::bind_nn_trainer(m);
  afmnn_python::bind_synth_lines(m);
  afmnn_python::bind_synth_noise(m);
  afmnn_python::bind_synth_objects(m);
  afmnn_python::bind_synth_particles(m);
  afmnn_python::bind_synth_pattern(m);
  afmnn_python::bind_tip(m);
}
