#include "tools/tasks/operator/simulators/darcy.h"

#include <algorithm>
#include <cmath>

#include "framework/error.h"
#include "framework/tensor/random.h"
#include "tools/tasks/operator/simulators/darcy_solver.h"
#include "tools/tasks/operator/simulators/gaussian_field.h"

namespace fno {
namespace {

constexpr std::int64_t kLargestSet = std::int64_t{1} << 40;  // values of x; keeps sizes far from overflow

std::vector<double> coefficient_of(const GaussianField& field, const DarcySettings& settings, std::int64_t sample) {
  Random random(settings.seed, static_cast<std::uint64_t>(sample));
  std::vector<double> values = field.draw(random);
  for (double& value : values) value = value >= 0 ? settings.contrast_high : settings.contrast_low;
  return values;
}

/// Draws and solves sample `index`, stores it in `set`; returns the residual.
double make_sample(const GaussianField& field, const DarcySettings& settings, std::int64_t index, DarcySet& set) {
  const std::vector<double> a = coefficient_of(field, settings, index);
  const std::vector<double> ones(a.size(), 1.0);
  DarcySolution solution;
  try {
    solution = solve_darcy(settings.grid, a, ones);
  } catch (const Error& error) {
    fail(error.kind(), "simulate darcy: sample ", index, ": ", error.what());
  }
  const std::int64_t m = set.points, nodes = settings.grid + 1;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < m; ++j) {
      const auto from = static_cast<std::size_t>((i * nodes + j) * settings.stride);
      const auto to = static_cast<std::size_t>((index * m + i) * m + j);
      set.x[to] = static_cast<float>(a[from]);
      set.y[to] = static_cast<float>(solution.u[from]);
    }
  return solution.residual;
}

}  // namespace

void check_darcy_settings(const DarcySettings& settings) {
  require<ErrorKind::config>(settings.samples >= 1, "--samples: at least 1 sample, got ", settings.samples);
  require<ErrorKind::config>(settings.grid >= 4 && settings.grid <= 4096, "--grid: 4 to 4096 intervals per side, got ",
                             settings.grid);
  for (const double value : {settings.contrast_low, settings.contrast_high})
    require<ErrorKind::config>(value > 0 && std::isnormal(static_cast<float>(value)),
                               "--contrast: LO,HI are positive numbers that float32 can hold, got ",
                               settings.contrast_low, ",", settings.contrast_high);
  require<ErrorKind::config>(settings.stride >= 1 && settings.grid % settings.stride == 0,
                             "--stride: a positive divisor of --grid ", settings.grid, ", got ", settings.stride);
  const std::int64_t points = settings.grid / settings.stride;
  require<ErrorKind::config>(points >= 2, "--stride: leaves at least 2 points per side of --grid ", settings.grid,
                             ", got ", settings.stride, ", which leaves ", points);
  require<ErrorKind::config>(settings.samples <= kLargestSet / (points * points), "--samples: at most ",
                             kLargestSet / (points * points), " with ", points, " points per side, got ",
                             settings.samples);
}

std::vector<double> darcy_coefficient(const DarcySettings& settings, std::int64_t sample) {
  check_darcy_settings(settings);
  return coefficient_of(GaussianField(settings.grid), settings, sample);
}

DarcySet simulate_darcy(const DarcySettings& settings, int threads, const SampleProgress& progress) {
  check_darcy_settings(settings);
  DarcySet set;
  set.samples = settings.samples;
  set.points = settings.grid / settings.stride;
  set.x.resize(static_cast<std::size_t>(set.samples * set.points * set.points));
  set.y.resize(set.x.size());
  const GaussianField field(settings.grid);

  std::vector<double> residuals(static_cast<std::size_t>(set.samples));
  for_each_sample(
      set.samples, threads,
      [&](std::int64_t index) {
        residuals[static_cast<std::size_t>(index)] = make_sample(field, settings, index, set);
      },
      progress);
  set.largest_residual = std::ranges::max(residuals);
  return set;
}

}  // namespace fno
