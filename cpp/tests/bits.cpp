// afmnn_bits [THREADS [PART]]: prints the digest of every kind of result, one a line, or of those whose names contain PART.
//
// Results are functions of their arguments, to the last bit, for every instruction set, number of threads, processor and
// compiler; compare_bits.py runs this program in several ways and compares what it prints. What goes in is made by plain
// arithmetic, nothing by the system's mathematical library. Exit code 77: this machine lacks the instruction set that
// AFMNN_SIMD names.
#include "bits.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "afmnn/simd/kernels.hpp"

namespace afmnn::test {

void Results::operator()(const std::string& name, const std::function<void(Digest&)>& compute) {
  if (name.find(part_) == std::string::npos) return;
  Digest digest;
  compute(digest);
  std::printf("%-44s %016" PRIx64 "\n", name.c_str(), digest.value());
  ++count;
}

}  // namespace afmnn::test

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  if (threads < 1) {
    std::fprintf(stderr, "afmnn_bits [THREADS [PART]]: THREADS must be at least 1, got '%s'\n", argv[1]);
    return 2;
  }
  try {
    std::fprintf(stderr, "instruction set: %s, threads: %d\n", afmnn::simd::kernels().name, threads);
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 77;
  }
  afmnn::test::Results results(threads, argc > 2 ? argv[2] : "");
  afmnn::test::kernel_results(results);
  afmnn::test::online_kernel_results(results);
  afmnn::test::network_results(results);
  afmnn::test::surface_results(results);
  afmnn::test::tip_results(results);
  return results.count > 0 ? 0 : 1;
}
