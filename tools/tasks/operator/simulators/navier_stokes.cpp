#include "tools/tasks/operator/simulators/navier_stokes.h"

#include <algorithm>
#include <cmath>

#include "framework/error.h"
#include "tools/tasks/operator/simulators/flow_settings.h"
#include "tools/tasks/operator/simulators/vorticity.h"

namespace fno {
namespace {

constexpr std::int64_t kLargestSet = std::int64_t{1} << 40;  // values of y; keeps sizes far from overflow

TorusModes forcing(std::int64_t n) {
  // 0.1 (sin p + cos p) = 0.05 (1 - i) exp(i p) + its conjugate, p = 2 pi (x + y).
  TorusModes modes(static_cast<std::size_t>(n * (n / 2 + 1)));
  modes[static_cast<std::size_t>(n / 2 + 1 + 1)] = {0.05, -0.05};
  return modes;
}

struct Quality {
  double error = 0, tail = 0;
};

Quality make_sample(const NavierStokesSettings& settings, std::int64_t index, NavierStokesSet& set) {
  const std::int64_t n = settings.grid, m = set.points;
  const auto frames = static_cast<double>(settings.steps);
  Random random(settings.seed, static_cast<std::uint64_t>(index));
  TorusModes w = kVorticityField.square(n, (n - 1) / 3, random);
  VorticitySolver solver(n, settings.viscosity, forcing(n), settings.time / frames, settings.tolerance / frames);
  std::vector<double> values;
  const auto store = [&](std::vector<float>& to, std::int64_t frame) {
    solver.to_values(w, values);
    float* at = to.data() + frame * m * m;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < m; ++j)
        *at++ = static_cast<float>(values[static_cast<std::size_t>((i * n + j) * settings.stride)]);
  };
  Quality quality;
  if (settings.history == 0) store(set.x, index);
  for (std::int64_t frame = 0; frame < settings.steps; ++frame) {
    quality.error += solver.advance(w);
    quality.tail = std::max(quality.tail, solver.tail(w));
    if (frame < settings.history)
      store(set.x, index * set.inputs + frame);
    else
      store(set.y, index * set.frames + frame - settings.history);
  }
  return quality;
}

}  // namespace

void check_navier_stokes_settings(const NavierStokesSettings& settings) {
  require<ErrorKind::config>(settings.samples >= 1, "--samples: found ", settings.samples, ", accepted: at least 1");
  require<ErrorKind::config>(settings.grid >= 8 && settings.grid <= 4096, "--grid: found ", settings.grid,
                             ", accepted: 8 to 4096 points per side");
  require_stride(settings.stride, settings.grid);
  require<ErrorKind::config>(settings.steps >= 1 && settings.steps <= 1 << 20, "--steps: found ", settings.steps,
                             ", accepted: 1 to ", 1 << 20, " frames");
  require<ErrorKind::config>(settings.history >= 0 && settings.history < settings.steps, "--history: found ",
                             settings.history, ", accepted: 0 to ", settings.steps - 1, ", fewer than --steps");
  const std::int64_t values = settings.steps * (settings.grid / settings.stride) * (settings.grid / settings.stride);
  require<ErrorKind::config>(settings.samples <= kLargestSet / values, "--samples: found ", settings.samples,
                             ", accepted with ", values, " values each: at most ", kLargestSet / values);
  require_flow(settings.viscosity, settings.time, settings.tolerance);
}

NavierStokesSet simulate_navier_stokes(const NavierStokesSettings& settings, int threads,
                                       const SampleProgress& progress) {
  check_navier_stokes_settings(settings);
  NavierStokesSet set;
  set.samples = settings.samples;
  set.points = settings.grid / settings.stride;
  set.inputs = std::max<std::int64_t>(settings.history, 1);
  set.frames = settings.steps - settings.history;
  const std::int64_t field = set.points * set.points;
  set.x.resize(static_cast<std::size_t>(set.samples * set.inputs * field));
  set.y.resize(static_cast<std::size_t>(set.samples * set.frames * field));
  for (std::int64_t frame = settings.history + 1; frame <= settings.steps; ++frame)
    set.t.push_back(settings.time * static_cast<double>(frame) / static_cast<double>(settings.steps));
  std::vector<Quality> quality(static_cast<std::size_t>(set.samples));
  const auto make = [&](std::int64_t index) {
    try {
      quality[static_cast<std::size_t>(index)] = make_sample(settings, index, set);
    } catch (const Error& error) {
      fail(error.kind(), "simulate navier-stokes: sample ", index, ": ", error.what());
    }
  };
  for_each_sample(set.samples, threads, make, progress);
  for (const Quality& each : quality) {
    set.largest_error = std::max(set.largest_error, each.error);
    set.largest_tail = std::max(set.largest_tail, each.tail);
  }
  return set;
}

}  // namespace fno
