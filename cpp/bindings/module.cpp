#include "bind.hpp"

namespace afmnn_python {

// Each lives in the file of its name. They stand here because, in a header, a new one would have all bindings compiled again.
void bind_core(Module& m);
void bind_correct_across(Module& m);
void bind_correct_features(Module& m);
void bind_correct_fill(Module& m);
void bind_correct_hum(Module& m);
void bind_correct_jumps(Module& m);
void bind_correct_level(Module& m);
void bind_correct_lines(Module& m);
void bind_correct_scars(Module& m);
void bind_correct_spikes(Module& m);
void bind_metrics_defects(Module& m);
void bind_nn_apply(Module& m);
void bind_nn_line_relief(Module& m);
void bind_nn_network(Module& m);
void bind_nn_online(Module& m);
void bind_nn_trainer(Module& m);
void bind_synth_anneal(Module& m);
void bind_synth_atomic_lattice(Module& m);
void bind_synth_ballistic(Module& m);
void bind_synth_brownian(Module& m);
void bind_synth_columnar(Module& m);
void bind_synth_diffusion(Module& m);
void bind_synth_discs(Module& m);
void bind_synth_domains(Module& m);
void bind_synth_fibres(Module& m);
void bind_synth_instrument(Module& m);
void bind_synth_lattice(Module& m);
void bind_synth_line_errors(Module& m);
void bind_synth_lines(Module& m);
void bind_synth_noise(Module& m);
void bind_synth_objects(Module& m);
void bind_synth_particles(Module& m);
void bind_synth_pattern(Module& m);
void bind_synth_phases(Module& m);
void bind_synth_pile_up(Module& m);
void bind_synth_self_affine(Module& m);
void bind_synth_spectral(Module& m);
void bind_synth_spikes(Module& m);
void bind_synth_terraces(Module& m);
void bind_synth_turing_pattern(Module& m);
void bind_synth_waves(Module& m);
void bind_synth_wetting(Module& m);
void bind_synth_wrinkles(Module& m);
void bind_tip(Module& m);

}  // namespace afmnn_python

PYBIND11_MODULE(_core, module_object) {
  module_object.doc() = "Compiled core of afmnn. Not public: use the functions of the afmnn package.";
  afmnn_python::Module m(module_object);
  afmnn_python::bind_core(m);
  afmnn_python::bind_correct_across(m);
  afmnn_python::bind_correct_features(m);
  afmnn_python::bind_correct_fill(m);
  afmnn_python::bind_correct_hum(m);
  afmnn_python::bind_correct_jumps(m);
  afmnn_python::bind_correct_level(m);
  afmnn_python::bind_correct_lines(m);
  afmnn_python::bind_correct_scars(m);
  afmnn_python::bind_correct_spikes(m);
  afmnn_python::bind_metrics_defects(m);
  afmnn_python::bind_nn_network(m);  // before those whose functions take networks
  afmnn_python::bind_nn_apply(m);
  afmnn_python::bind_nn_line_relief(m);
  afmnn_python::bind_nn_online(m);
  afmnn_python::bind_nn_trainer(m);
  afmnn_python::bind_synth_anneal(m);
  afmnn_python::bind_synth_atomic_lattice(m);
  afmnn_python::bind_synth_ballistic(m);
  afmnn_python::bind_synth_brownian(m);
  afmnn_python::bind_synth_columnar(m);
  afmnn_python::bind_synth_diffusion(m);
  afmnn_python::bind_synth_discs(m);
  afmnn_python::bind_synth_domains(m);
  afmnn_python::bind_synth_fibres(m);
  afmnn_python::bind_synth_instrument(m);
  afmnn_python::bind_synth_lattice(m);
  afmnn_python::bind_synth_line_errors(m);
  afmnn_python::bind_synth_lines(m);
  afmnn_python::bind_synth_noise(m);
  afmnn_python::bind_synth_objects(m);
  afmnn_python::bind_synth_particles(m);
  afmnn_python::bind_synth_pattern(m);
  afmnn_python::bind_synth_phases(m);
  afmnn_python::bind_synth_pile_up(m);
  afmnn_python::bind_synth_self_affine(m);
  afmnn_python::bind_synth_spectral(m);
  afmnn_python::bind_synth_spikes(m);
  afmnn_python::bind_synth_terraces(m);
  afmnn_python::bind_synth_turing_pattern(m);
  afmnn_python::bind_synth_waves(m);
  afmnn_python::bind_synth_wetting(m);
  afmnn_python::bind_synth_wrinkles(m);
  afmnn_python::bind_tip(m);
}
