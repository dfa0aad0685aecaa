// afmnn_tests [PART]: runs the tests whose names contain PART. Exit code 77: this machine lacks the instruction set that
// AFMNN_SIMD names.
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "afmnn/simd/kernels.hpp"
#include "check.hpp"

namespace afmnn::test {
namespace {
int failures = 0;

struct Skipped {
  std::string why;
};
}  // namespace

std::vector<Test>& all_tests() {
  static std::vector<Test> tests;
  return tests;
}

void fail(const char* file, int line, const std::string& what) {
  ++failures;
  if (failures <= 20) std::printf("%s:%d: %s\n", file, line, what.c_str());
}

void skip(const std::string& why) { throw Skipped{why}; }

namespace {

int run(const std::string& part) {
  std::printf("instruction set: %s\n", simd::kernels().name);
  int count = 0;
  for (const Test& test : all_tests()) {
    if (test.name.find(part) == std::string::npos) continue;
    const int before = failures;
    std::string skipped;
    ++count;
    try {
      test.body();
    } catch (const Skipped& skipping) {
      skipped = "skipped: " + skipping.why;
    } catch (const std::exception& error) {
      fail(test.name.c_str(), 0, std::string("threw ") + error.what());
    }
    std::printf("%-50s %s\n", test.name.c_str(), failures != before ? "FAILED" : skipped.empty() ? "ok" : skipped.c_str());
  }
  std::printf("%d tests, %d failed checks\n", count, failures);
  return failures == 0 && count > 0 ? 0 : 1;
}

}  // namespace
}  // namespace afmnn::test

int main(int argc, char** argv) {
  try {
    afmnn::simd::kernels();
  } catch (const std::runtime_error& error) {
    std::printf("%s\n", error.what());
    return 77;
  }
  return afmnn::test::run(argc > 1 ? argv[1] : "");
}
