#include "afmnn/synth/particles.hpp"

#include <utility>
#include <vector>

#include "afmnn/core/rng.hpp"
#include "afmnn/synth/render_bodies.hpp"
#include "afmnn/synth/truncated_normal.hpp"

namespace afmnn::synth {
namespace {

constexpr std::uint64_t radius_role = role::particles + 0;
constexpr std::uint64_t place_role = role::particles + 1;

}  // namespace

ParticleResult particles(const Canvas& canvas, const ParticleOptions& options, View2D<double> heights, int threads) {
  const Ground ground(canvas);
  std::vector<double> radii(static_cast<std::size_t>(options.count));
  for (std::size_t k = 0; k < radii.size(); ++k) {
    radii[k] = truncated_normal(options.radius, options.radius_std, options.radius_low, options.radius_high, options.key,
                                radius_role, k) /
               ground.unit();
  }
  ParticleResult result;
  result.spheres = pack_spheres(ground, std::move(radii), options.key, place_role);
  result.counts = settle(ground, result.spheres, options.steps);

  leave_simulation(ground, result.spheres);
  const Spheres& all = result.spheres;
  fill_with_base(heights, canvas.base, threads);
  draw_spheres(heights, canvas.dy, canvas.dx, {all.size(), all.y.data(), all.x.data(), all.z.data(), all.radius.data()}, threads);
  return result;
}

}  // namespace afmnn::synth
