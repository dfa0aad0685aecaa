// Digests of synthetic surfaces, noise and what goes wrong with scan lines.
#include "afmnn/synth/instrument.hpp"
#include "afmnn/synth/line_errors.hpp"
#include "afmnn/synth/lines.hpp"
#include "afmnn/synth/noise.hpp"
#include "afmnn/synth/objects.hpp"
#include "afmnn/synth/particles.hpp"
#include "afmnn/synth/pattern.hpp"
#include "afmnn/synth/rods.hpp"
#include "afmnn/synth/spikes.hpp"
#include "bits.hpp"

namespace afmnn::test {
namespace {

using index = std::ptrdiff_t;

constexpr index rows = 120, cols = 147;
constexpr std::uint64_t key = 0xFEDCBA9876543210u;

struct Heights {
  std::vector<double> pixels = std::vector<double>(static_cast<std::size_t>(rows * cols));
  View2D<double> view() { return {pixels.data(), rows, cols, cols}; }
};

// ---- bodies -------------------------------------------------------------------------------------------------------

void objects(Digest& digest, int kind, int threads) {
  for (const double columnarity : {0.0, 0.4}) {
    synth::ObjectSettings settings;
    settings.kind = static_cast<synth::ShapeKind>(kind);
    settings.size = {6.5, 1.3, 2.0, 0.4, 0.8};
    settings.row_step = 1.1;
    settings.coverage = 1.5;
    settings.radius_spread = 0.3;
    settings.aspect_spread = 0.2;
    settings.height_spread = 0.1;
    settings.angle_spread = 0.5;
    settings.truncation_spread = 0.3;
    settings.up_fraction = 0.8;
    const synth::PlacingRules rules{settings.kind, settings.row_step, columnarity, columnarity > 0.0};
    const double wanted = synth::object_count(settings, rows, cols);
    digest.add(wanted);
    const auto count = static_cast<std::int64_t>(wanted);
    Heights heights;
    std::vector<synth::Object> made(static_cast<std::size_t>(count));
    std::vector<synth::Placement> placements(made.size());
    synth::scatter_objects(settings, rules, heights.view(), count, key, threads, made.data(), placements.data());
    digest.add(heights.pixels);
    for (const synth::Object& object : made) {
      digest.add_all(object.radius, object.aspect, object.height, object.angle, object.truncation);
      digest.add(object.row);
      digest.add(object.col);
      digest.add(object.up);
    }
    for (const synth::Placement& placement : placements) {
      digest.add(placement.placed);
      digest.add(placement.footprint);
      digest.add(placement.base);
    }
  }
}

void add_spheres(Digest& digest, const synth::Spheres& spheres) {
  digest.add_all(spheres.y, spheres.x, spheres.z, spheres.radius);
}

void particles(Digest& digest, bool on_base, int threads) {
  const auto base = some_surface<double>(rows, cols, 31);
  synth::Canvas canvas{rows, cols, 1.2, 1.0, {}, 6.0};
  if (on_base) canvas.base = {base.data(), rows, cols, cols};
  Heights heights;
  const auto result = synth::particles(canvas, {70, 6.0, 1.0, 2.0, 12.0, 60, key}, heights.view(), threads);
  digest.add(heights.pixels);
  add_spheres(digest, result.spheres);
}

void rods(Digest& digest, bool on_base, int threads) {
  const auto base = some_surface<double>(rows, cols, 32);
  synth::Canvas canvas{rows, cols, 1.2, 1.0, {}, 6.0};
  if (on_base) canvas.base = {base.data(), rows, cols, cols};
  synth::RodOptions options;
  options.count = 20;
  options.radius = 4.0;
  options.radius_std = 0.5;
  options.radius_low = 2.0;
  options.radius_high = 8.0;
  options.aspect = 3.0;
  options.aspect_std = 0.5;
  options.aspect_high = 6.0;
  options.steps = 1500;
  options.key = key;
  Heights heights;
  const auto result = synth::rods(canvas, options, heights.view(), threads);
  digest.add(heights.pixels);
  add_spheres(digest, result.rods.centres);
  digest.add_all(result.rods.half, result.rods.axis_y, result.rods.axis_x, result.rods.axis_z);
}

// ---- patterns -----------------------------------------------------------------------------------------------------

void add(Digest& digest, const std::vector<synth::Ramp>& ramps) {
  for (const auto& ramp : ramps) {
    digest.add(ramp.index);
    digest.add_all(ramp.position, ramp.width, ramp.height);
  }
}

void add(Digest& digest, const std::vector<synth::Ridge>& ridges) {
  for (const auto& ridge : ridges) {
    digest.add(ridge.index);
    digest.add_all(ridge.position, ridge.top, ridge.left, ridge.right, ridge.height);
  }
}

// Draws on a straight plane and on a bent one; draw(plane, out) adds what it hands back.
template <typename Draw>
void pattern(Digest& digest, int threads, const Draw& draw) {
  for (const double deformation : {0.0, 5.0}) {
    const synth::Frame frame{1.1, 0.9, 0.4, 3.0, -7.0, deformation, 25.0};
    const synth::Plane plane(frame, rows, cols, key, threads);
    Heights heights;
    draw(plane, heights.view());
    digest.add(heights.pixels);
  }
}

void displacement(Digest& digest, int threads) {
  for (const double scale : {2.0, 40.0, 400.0}) {
    const synth::Plane plane({1.1, 0.9, 0.4, 3.0, -7.0, 6.0, scale}, rows, cols, key, threads);
    Heights y;
    Heights x;
    plane.displacement(y.view(), x.view());
    digest.add(y.pixels);
    digest.add(x.pixels);
  }
}

void pattern_results(Results& results) {
  using synth::Plane;
  const int threads = results.threads;
  const auto result = [&](const char* name, const auto& draw) {
    results(std::string("pattern_") + name, [&](Digest& digest) {
      pattern(digest, threads, [&](const Plane& plane, const View2D<double>& out) { draw(digest, plane, out); });
    });
  };
  const synth::Staircase stairs{23.0, 1.0, 0.3, 0.4, 0.3, 0.2, true};
  const synth::Grating ridges{23.0, 1.0, 0.4, 0.2, 0.3, 0.4, 0.3, 0.2, 0.1, true};
  result("staircase", [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
    add(digest, synth::staircase(plane, stairs, key, out, threads));
  });
  result("double_staircase", [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
    const auto edges = synth::double_staircase(plane, {23.0, 31.0, 1.0, 0.3, 0.2, 0.4}, key, out, threads);
    digest.add_all(edges.x, edges.y, edges.levels);
  });
  result("grating", [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
    add(digest, synth::grating(plane, ridges, key, out, threads));
  });
  for (const double superellipse : {0.0, 0.5, 1.0, 2.0}) {
    const std::string suffix = "_" + std::to_string(superellipse).substr(0, 3);
    result(("amphitheatre" + suffix).c_str(), [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
      add(digest, synth::amphitheatre(plane, stairs, {superellipse, 0.4}, key, out, threads));
    });
    result(("rings" + suffix).c_str(), [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
      add(digest, synth::rings(plane, ridges, {superellipse, -0.6}, key, out, threads));
    });
  }
  for (const double shift : {1.5, -1.5}) {
    result(shift > 0.0 ? "siemens_star_wide" : "siemens_star_narrow",
           [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
             for (const auto& ray : synth::siemens_star(plane, {11, 1.0, 0.5, 0.3, shift, 2.0}, key, out, threads)) {
               digest.add_all(ray.angle, ray.half_angle);
             }
           });
  }
  result("holes", [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
    const synth::Holes settings{23.0, 19.0, 1.0, 0.5, 0.6, 0.2, 0.4, 0.2, 0.3, 0.2, 0.1, 0.2, 0.3, 0.1};
    for (const auto& hole : synth::holes(plane, settings, key, out, threads)) {
      for (const double value : {hole.y, hole.x, hole.half_y, hole.half_x, hole.corner, hole.slope, hole.depth})
        digest.add(value);
    }
  });
  for (const auto kind : {synth::PillarKind::circle, synth::PillarKind::square, synth::PillarKind::hexagon}) {
    const std::string name = "pillars_" + std::to_string(static_cast<int>(kind));
    result(name.c_str(), [=](Digest& digest, const Plane& plane, const View2D<double>& out) {
      const synth::Pillars settings{kind, 23.0, 19.0, 1.0, 0.5, 0.2, 0.3, 0.2, 0.3, 0.2, 0.1, 0.4, 0.1};
      for (const auto& pillar : synth::pillars(plane, settings, key, out, threads)) {
        digest.add_all(pillar.y, pillar.x, pillar.radius, pillar.slope, pillar.orientation, pillar.height);
      }
    });
  }
}

// ---- noise and lines ----------------------------------------------------------------------------------------------

void noise_results(Results& results) {
  const int threads = results.threads;
  const char* const names[synth::distributions] = {"gaussian", "laplace", "uniform", "triangular", "salt_pepper"};
  for (int distribution = 0; distribution < synth::distributions; ++distribution) {
    results(std::string("noise_") + names[distribution], [=](Digest& digest) {
      for (int sign = 0; sign < synth::signs; ++sign) {
        for (const double density : {1.0, 0.3}) {
          Heights heights;
          synth::noise(key, {0.7, static_cast<synth::Distribution>(distribution), static_cast<synth::Sign>(sign)}, density,
                       heights.view(), threads);
          digest.add(heights.pixels);
        }
      }
    });
  }
}

const synth::Amplitude amplitudes[] = {{0.7, synth::Distribution::gaussian, synth::Sign::both},
                                       {0.7, synth::Distribution::laplace, synth::Sign::positive}};

void instrument_results(Results& results) {
  const int threads = results.threads;
  results("instrument", [=](Digest& digest) {
    constexpr std::ptrdiff_t turn = 7;
    const auto scan = [&](const auto& write) {
      Heights trace;
      Heights retrace;
      write(synth::Directions{trace.view(), retrace.view(), turn});
      digest.add(trace.pixels);
      digest.add(retrace.pixels);
    };
    using Scan = const synth::Directions&;
    const std::ptrdiff_t line = 2 * (cols + turn);
    scan([&](Scan out) { synth::instrument_white(key, 0.7, out, threads); });
    scan([&](Scan out) { synth::instrument_hum(key, 0.7, 13.7, 3, out, threads); });
    for (const double exponent : {0.5, 1.0, 2.0}) {
      for (const double corner : {0.1, 1e-3, 1e-7}) {
        scan([&](Scan out) { synth::instrument_wander(key, 0.7, exponent, corner, out, threads, {}); });
      }
    }
    scan(
        [&](Scan out) { synth::write_time_steps(synth::instrument_offsets(key, 0.7, 1.7, 0.4, 3.0, rows, line), out, threads); });
    scan([&](Scan out) { synth::write_time_steps(synth::instrument_jumps(key, 0.7, 9.0, rows, line), out, threads); });
    Heights surface;
    synth::noise(key, amplitudes[0], 1.0, surface.view(), threads);
    const View2D<const double> sample{surface.pixels.data(), rows, cols, cols};
    const std::vector<double> bow(static_cast<std::size_t>(std::max(rows, cols)), 0.3);
    for (const bool logarithmic : {false, true}) {
      const synth::Creep creep{logarithmic, 4.0};
      scan([&](Scan out) {
        synth::instrument_path(sample, {0.02, -0.03, 1.0, 2.0, creep, 0.7, 2.5}, out, threads);
        synth::instrument_background(bow.data(), bow.data(), 0.1, 0.7, creep, out, threads);
        synth::instrument_feedback(0.3, 0.4, 2.0, 0.1, out, {});
      });
    }
  });
}

void lines_results(Results& results) {
  const int threads = results.threads;
  results("line_steps", [=](Digest& digest) {
    for (const auto& amplitude : amplitudes) {
      for (const bool cumulative : {false, true}) {
        const synth::Offsets offsets = synth::line_steps(key, amplitude, 1.3, 0.6, cumulative, rows, cols, threads);
        Heights heights;
        synth::write_offsets(offsets, heights.view(), threads);
        digest.add(offsets.places);
        digest.add(offsets.heights);
        digest.add(heights.pixels);
      }
    }
  });
  results("line_ridges", [=](Digest& digest) {
    for (const auto& amplitude : amplitudes) {
      const synth::Ridges made = synth::line_ridges(key, amplitude, 0.6, 0.02, rows, threads);
      Heights heights;
      synth::write_offsets(synth::ridge_offsets(made, 0.5, rows, cols), heights.view(), threads);
      digest.add_all(made.starts, made.durations, made.heights, heights.pixels);
    }
  });
  results("line_scars", [=](Digest& digest) {
    for (const auto& amplitude : amplitudes) {
      const synth::Scars made = synth::line_scars(key, amplitude, 0.2, {15.0, 0.4, 1, 0}, rows, cols, threads);
      Heights heights;
      synth::write_scars(made, heights.view(), threads);
      digest.add(made.rows);
      digest.add_all(made.starts, made.lengths, made.heights, heights.pixels);
    }
  });
  results("line_scars_wide", [=](Digest& digest) {
    const synth::Scars made = synth::line_scars(key, amplitudes[0], 0.3, {15.0, 0.4, 4, 2}, rows, cols, threads);
    Heights heights;
    synth::write_scars(made, heights.view(), threads);
    digest.add(made.rows);
    digest.add(made.widths);
    digest.add_all(made.starts, made.lengths, made.heights, heights.pixels);
  });
  results("line_errors", [=](Digest& digest) {
    for (const auto& amplitude : amplitudes) {
      for (int kind = 0; kind <= synth::line_error_kinds; ++kind) {
        Heights heights;
        synth::noise(key, amplitude, 1.0, heights.view(), threads);
        const synth::LineErrors made = synth::line_errors(key, amplitude, kind, rows / 3, heights.view(), threads);
        digest.add(made.rows);
        digest.add(made.kinds);
        digest.add_all(made.heights, heights.pixels);
      }
    }
  });
  results("spikes", [=](Digest& digest) {
    for (const auto& amplitude : amplitudes) {
      const synth::Spikes made = synth::spikes(key, amplitude, 0.05, synth::largest_spike, rows, cols, threads);
      Heights heights;
      synth::write_spikes(made, heights.view(), threads);
      digest.add(made.rows);
      digest.add(made.columns);
      digest.add(made.spikes);
      digest.add_all(made.heights, heights.pixels);
    }
  });
  results("line_tilt", [=](Digest& digest) {
    for (const auto& amplitude : amplitudes) {
      std::vector<double> slopes(rows);
      std::vector<double> pivots(rows);
      Heights heights;
      synth::line_tilt(key, amplitude, 0.3, slopes.data(), pivots.data(), heights.view(), threads);
      digest.add_all(slopes, pivots, heights.pixels);
    }
  });
  results("line_hum", [=](Digest& digest) {
    constexpr index components = 4;
    std::vector<double> waves(3 * components * rows);
    Heights heights;
    synth::line_hum(key, {0.7, synth::Distribution::gaussian, 11.0, 0.2, components},
                    {waves.data(), rows, 3 * components, 3 * components}, heights.view(), threads);
    digest.add(waves);
    digest.add(heights.pixels);
  });
}

}  // namespace

void surface_results(Results& results) {
  const int threads = results.threads;
  for (int kind = 0; kind < static_cast<int>(synth::shape_names().size()); ++kind) {
    results("objects_" + synth::shape_names()[static_cast<std::size_t>(kind)],
            [=](Digest& digest) { objects(digest, kind, threads); });
  }
  results("particles", [=](Digest& digest) { particles(digest, false, threads); });
  results("particles_on_base", [=](Digest& digest) { particles(digest, true, threads); });
  results("rods", [=](Digest& digest) { rods(digest, false, threads); });
  results("rods_on_base", [=](Digest& digest) { rods(digest, true, threads); });
  results("displacement", [=](Digest& digest) { displacement(digest, threads); });
  pattern_results(results);
  noise_results(results);
  instrument_results(results);
  lines_results(results);
}

}  // namespace afmnn::test
