// One function a layer; each lives in the file of its name.
#pragma once

#include <pybind11/pybind11.h>

#include <utility>

#include "afmnn/core/arithmetic.hpp"

namespace afmnn_python {

/// What functions are added to. Each runs in plain arithmetic (core/arithmetic.hpp), whatever the calling thread has set: as
/// there is no other way to add one, none can forget it.
class Module {
 public:
  explicit Module(pybind11::module_& m) : module_(m) {}

  template <typename Function, typename... Extra>
  Module& def(const char* name, Function&& function, const Extra&... extra) {
    module_.def(name, std::forward<Function>(function), pybind11::call_guard<afmnn::PlainArithmetic>(), extra...);
    return *this;
  }
  /// For what sets the arithmetic itself.
  template <typename Function, typename... Extra>
  Module& def_unguarded(const char* name, Function&& function, const Extra&... extra) {
    module_.def(name, std::forward<Function>(function), extra...);
    return *this;
  }
  template <typename Value>
  void set(const char* name, const Value& value) {
    module_.attr(name) = value;
  }

 private:
  template <typename T>
  friend class Class;
  pybind11::module_& module_;
};

/// The same for the methods of a class.
template <typename T>
class Class {
 public:
  template <typename... Extra>
  Class(Module& m, const char* name, const Extra&... extra) : class_(m.module_, name, extra...) {}

  template <typename Factory, typename... Extra>
  Class& init(Factory&& factory, const Extra&... extra) {
    class_.def(pybind11::init(std::forward<Factory>(factory)), pybind11::call_guard<afmnn::PlainArithmetic>(), extra...);
    return *this;
  }
  template <typename Function, typename... Extra>
  Class& def(const char* name, Function&& function, const Extra&... extra) {
    class_.def(name, std::forward<Function>(function), pybind11::call_guard<afmnn::PlainArithmetic>(), extra...);
    return *this;
  }
  template <typename Getter>
  Class& def_property_readonly(const char* name, Getter&& getter) {
    class_.def_property_readonly(name, pybind11::cpp_function(pybind11::method_adaptor<T>(std::forward<Getter>(getter)),
                                                              pybind11::call_guard<afmnn::PlainArithmetic>()));
    return *this;
  }

 private:
  pybind11::class_<T> class_;
};

void bind_core(Module& m);
void bind_correct_features(Module& m);
void bind_correct_level(Module& m);
void bind_metrics_defects(Module& m);
void bind_nn_apply(Module& m);
void bind_nn_network(Module& m);
void bind_nn_online(Module& m);
void bind_nn_trainer(Module& m);
void bind_synth_lines(Module& m);
void bind_synth_noise(Module& m);
void bind_synth_objects(Module& m);
void bind_synth_particles(Module& m);
void bind_synth_pattern(Module& m);
void bind_tip(Module& m);

}  // namespace afmnn_python
