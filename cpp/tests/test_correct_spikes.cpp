#include "afmnn/correct/spikes.hpp"
#include "lines.hpp"

namespace {

using afmnn::correct::SpikeJob;
using afmnn::test::Lines;

SpikeJob<double> job_of(Lines& scan, std::ptrdiff_t size, int threads = 1) {
  SpikeJob<double> job;
  job.image = scan.image();
  job.result = scan.result();
  job.threshold = 4.0;
  job.size = size;
  job.threads = threads;
  return job;
}

AFMNN_TEST(spikes_are_found_in_every_part_of_a_line) {
  for (const std::ptrdiff_t column :
       {std::ptrdiff_t{1}, std::ptrdiff_t{63}, std::ptrdiff_t{64}, std::ptrdiff_t{65}, std::ptrdiff_t{198}}) {
    Lines scan(40, 200, 1);
    scan(20, column) = 50.0;
    scan(33, 100) = -50.0;
    scan(5, 120) = scan(5, 121) = scan(6, 120) = scan(6, 121) = 60.0;
    afmnn::correct::mark_spikes(job_of(scan, 2, 2));
    AFMNN_CHECK(scan.marked() == 6);
    AFMNN_CHECK(scan.mark(20, column) == 1 && scan.mark(33, 100) == 1 && scan.mark(5, 121) == 1 && scan.mark(6, 120) == 1);
  }
}

AFMNN_TEST(spikes_are_not_what_is_long_or_lacks_neighbours) {
  Lines scan(40, 200, 2);
  for (std::ptrdiff_t c = 50; c < 60; ++c) scan(10, c) = 50.0;  // along the line
  scan(20, 70) = 50.0;
  scan(20, 71) = afmnn::test::missing;
  scan(30, 0) = 50.0;
  SpikeJob<double> job = job_of(scan, 2);
  afmnn::correct::mark_spikes(job);
  AFMNN_CHECK(scan.marked() == 0);
  scan(25, 25) = 50.0;
  job.upwards = false;
  afmnn::correct::mark_spikes(job);
  AFMNN_CHECK(scan.marked() == 0);
}

}  // namespace
