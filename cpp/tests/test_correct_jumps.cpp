#include <cmath>
#include <limits>

#include "afmnn/correct/jumps.hpp"
#include "lines.hpp"

namespace {

using afmnn::correct::ChangesJob;
using afmnn::test::Lines;

AFMNN_TEST(jumps_are_medians_of_differences) {
  const double heights[] = {0.0,
                            1.0,
                            2.0,
                            3.0,  //
                            1.0,
                            3.0,
                            5.0,
                            3.5,  // 1, 2, 3, 0.5
                            afmnn::test::missing,
                            2.0,
                            9.0,
                            9.5};  // -1, 4, 6
  ChangesJob<double> job;
  job.image = {heights, 3, 4, 4, 1};
  double changes[] = {7.0, 0.0, 0.0};
  AFMNN_CHECK(afmnn::correct::row_changes(job, changes));
  AFMNN_CHECK(changes[0] == 7.0 && changes[1] == 1.5 && changes[2] == 4.0);
  job.least = 4;
  AFMNN_CHECK(afmnn::correct::row_changes(job, changes));
  AFMNN_CHECK(changes[1] == 1.5 && std::isnan(changes[2]));
  const std::uint8_t mask[] = {1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1};
  job.least = 1;
  job.mask = {mask, 3, 4, 4, 1};
  AFMNN_CHECK(afmnn::correct::row_changes(job, changes));
  AFMNN_CHECK(changes[1] == 1.5 && changes[2] == 5.0);
}

AFMNN_TEST(jumps_are_the_same_with_threads_and_refuse_infinity) {
  Lines scan(300, 400, 1);
  ChangesJob<double> job;
  job.image = scan.image();
  std::vector<double> one(300), four(300);
  AFMNN_CHECK(afmnn::correct::row_changes(job, one.data()));
  job.threads = 4;
  AFMNN_CHECK(afmnn::correct::row_changes(job, four.data()));
  AFMNN_CHECK(one == four);
  scan(200, 3) = std::numeric_limits<double>::infinity();
  AFMNN_CHECK(!afmnn::correct::row_changes(job, one.data()));
}

}  // namespace
