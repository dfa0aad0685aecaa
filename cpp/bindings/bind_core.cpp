#include <pybind11/stl.h>

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "afmnn/core/elementary.hpp"
#include "afmnn/core/parallel.hpp"
#include "afmnn/core/quantiles.hpp"
#include "afmnn/core/rng.hpp"
#include "afmnn/core/sums.hpp"
#include "afmnn/simd/kernels.hpp"
#include "bind.hpp"
#include "numpy_view.hpp"

namespace afmnn_python {
namespace core {
namespace {

Array<std::uint32_t> philox(std::uint64_t key, std::uint64_t role, std::uint64_t index) {
  const auto words = afmnn::philox(key, role, index);
  Array<std::uint32_t> result(4);
  std::copy(words.begin(), words.end(), result.mutable_data());
  return result;
}

template <typename T>
py::tuple finite_range(const py::array_t<T>& image, int threads) {
  const auto view = read_strided<T>(image, "image");
  check_threads(threads);
  afmnn::FiniteRange range;
  {
    const py::gil_scoped_release release;
    range = afmnn::finite_range(view, threads);
  }
  return py::make_tuple(range.count, range.low, range.high);
}

template <typename T>
std::vector<double> quantiles(const py::array_t<T>& image, const std::vector<double>& fractions, int threads,
                              const std::array<double, 2>& slopes) {
  const auto view = read_strided<T>(image, "image");
  check_threads(threads);
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    if (!(fractions[i] >= (i == 0 ? 0.0 : fractions[i - 1]) && fractions[i] <= 1.0)) refuse("fractions", "rising from 0 to 1");
  }
  const py::gil_scoped_release release;
  return afmnn::quantiles(view, afmnn::Plane{slopes[0], slopes[1]}, fractions, threads);
}

template <typename T>
double total(const py::array_t<T>& image) {
  const auto view = read_strided<T>(image, "image");
  const py::gil_scoped_release release;
  return afmnn::sum(view);
}

template <typename T>
double sum_of_squares(const py::array_t<T>& image, double centre) {
  const auto view = read_strided<T>(image, "image");
  const py::gil_scoped_release release;
  return afmnn::sum_of_squares(view, centre);
}

template <typename T>
void bind_statistics(Module& m) {
  using namespace pybind11::literals;
  m.def("total", &total<T>, "Sum of all values, in an order of our own.", "image"_a.noconvert());
  m.def("sum_of_squares", &sum_of_squares<T>, "Sum of (value - centre)^2, in an order of our own.", "image"_a.noconvert(),
        "centre"_a);
  m.def("finite_range", &finite_range<T>, "Count, minimum and maximum of the finite values.", "image"_a.noconvert(), "threads"_a);
  m.def("quantiles", &quantiles<T>, "Quantiles of the finite values less a plane.", "image"_a.noconvert(), "fractions"_a,
        "threads"_a, "slopes"_a = std::array<double, 2>{0.0, 0.0});
}

// Of a number, or of all in an array.
void bind_elementary(Module& m, const char* name, double (*function)(double), const char* doc) {
  using namespace pybind11::literals;
  m.def(name, function, doc, "x"_a);
  m.def(name, py::vectorize(function), doc, "x"_a);
}

// Multiply-adds done by a team of threads, all of them at it at the same time.
double multiply_adds(std::ptrdiff_t rounds, int threads) {
  check_threads(threads);
  if (rounds < 1) refuse("rounds", "at least 1");
  std::vector<double> done(static_cast<std::size_t>(threads));
  {
    const py::gil_scoped_release release;
    afmnn::run_team(threads,
                    [&](int thread) { done[static_cast<std::size_t>(thread)] = afmnn::simd::kernels().multiply_adds(rounds); });
  }
  return std::accumulate(done.begin(), done.end(), 0.0);
}

template <typename T>
Array<T> fused_multiply_add(const Array<T>& a, const Array<T>& b, const Array<T>& c) {
  const std::ptrdiff_t count = a.size();
  if (b.size() != count || c.size() != count || count % afmnn::simd::pad != 0)
    refuse("a, b, c", "equally long, a multiple of 16");
  Array<T> result(count);
  afmnn::simd::network_kernels<T>().fma(a.data(), b.data(), c.data(), count, result.mutable_data());
  return result;
}

}  // namespace
}  // namespace core

void bind_core(Module& m) {
  using namespace core;
  using namespace pybind11::literals;
  // A wrong AFMNN_SIMD is an error here, which Python can report; no exception may leave a parallel region.
  afmnn::simd::kernels();
  m.def("has_openmp", &afmnn::has_openmp, "Whether this build can use more than one thread.");
  m.def("simd", [] { return std::string(afmnn::simd::kernels().name); }, "Name of the instruction set in use.");
  m.def("philox", &philox, "Four words of random bits for (key, role, index).", "key"_a, "role"_a, "index"_a);
  m.def_unguarded("begin_plain_arithmetic", &afmnn::PlainArithmetic::begin,
                  "Make the thread round to nearest and keep subnormal numbers; return what end_plain_arithmetic() takes.");
  m.def_unguarded("end_plain_arithmetic", &afmnn::PlainArithmetic::end, "Give the thread back the arithmetic it had.",
                  "before"_a);
  bind_elementary(m, "exp", &afmnn::exp, "Exponential function.");
  bind_elementary(m, "log", &afmnn::log, "Natural logarithm.");
  bind_elementary(m, "sin", &afmnn::sin, "Sine.");
  bind_elementary(m, "cos", &afmnn::cos, "Cosine.");
  bind_elementary(m, "erf", &afmnn::erf, "Error function.");
  m.def("hypot", &afmnn::hypot, "Square root of x^2 + y^2.", "x"_a, "y"_a);
  m.def("multiply_adds", &multiply_adds, "Single-precision multiply-adds from registers only; returns how many.", "rounds"_a,
        "threads"_a);
  m.def("fused_multiply_add", &fused_multiply_add<float>, "a * b + c, rounded once, as the kernels compute it; for tests.",
        "a"_a.noconvert(), "b"_a.noconvert(), "c"_a.noconvert());
  m.def("fused_multiply_add", &fused_multiply_add<double>, "The same in double precision.", "a"_a.noconvert(), "b"_a.noconvert(),
        "c"_a.noconvert());
  bind_statistics<float>(m);
  bind_statistics<double>(m);
}

}  // namespace afmnn_python
