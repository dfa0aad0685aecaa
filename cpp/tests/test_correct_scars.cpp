#include "afmnn/correct/scars.hpp"
#include "lines.hpp"

namespace {

using afmnn::correct::ScarJob;
using afmnn::test::Lines;

ScarJob<double> job_of(Lines& scan, int threads = 1) {
  ScarJob<double> job;
  job.image = scan.image();
  job.result = scan.result();
  job.hard = 3.5;
  job.soft = 1.75;
  job.min_length = 6;
  job.max_width = 4;
  job.threads = threads;
  return job;
}

void raise(Lines& scan, std::ptrdiff_t row, std::ptrdiff_t first, std::ptrdiff_t last, double height) {
  for (std::ptrdiff_t c = first; c < last; ++c) scan(row, c) += height;
}

AFMNN_TEST(scars_have_their_ends_where_they_are) {
  // Within parts of a line that are looked at together, and across them.
  for (const std::ptrdiff_t first : {std::ptrdiff_t{20}, std::ptrdiff_t{50}, std::ptrdiff_t{64}, std::ptrdiff_t{120}}) {
    Lines scan(60, 200, 1);
    raise(scan, 30, first, first + 40, 20.0);
    raise(scan, 10, 90, 130, -20.0);
    raise(scan, 45, first, first + 60, 20.0);
    raise(scan, 46, first, first + 60, 20.0);
    afmnn::correct::mark_scars(job_of(scan, 2));
    AFMNN_CHECK(scan.marked() == 40 + 40 + 120);
    AFMNN_CHECK(scan.mark(30, first) == 1 && scan.mark(30, first + 39) == 1 && scan.mark(10, 90) == 1 &&
                scan.mark(46, first + 59) == 1);
  }
}

AFMNN_TEST(scars_of_one_direction_alone_are_marked) {
  Lines scan(60, 200, 2);
  raise(scan, 30, 20, 60, 20.0);
  raise(scan, 10, 90, 130, -20.0);
  ScarJob<double> job = job_of(scan);
  job.upwards = false;
  afmnn::correct::mark_scars(job);
  AFMNN_CHECK(scan.marked() == 40 && scan.mark(10, 100) == 1);
}

AFMNN_TEST(scars_are_not_steps_or_blocks) {
  Lines scan(60, 200, 3);
  for (std::ptrdiff_t r = 30; r < 60; ++r) raise(scan, r, 0, 200, 20.0);
  for (std::ptrdiff_t r = 10; r < 20; ++r) raise(scan, r, 40, 80, 20.0);
  afmnn::correct::mark_scars(job_of(scan));
  AFMNN_CHECK(scan.marked() == 0);
}

}  // namespace
