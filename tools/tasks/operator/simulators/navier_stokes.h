#pragma once

#include <cstdint>
#include <vector>

#include "tools/tasks/operator/simulators/periodic_field.h"
#include "tools/tasks/operator/simulators/sample_farm.h"

namespace fno {

/// Settings of `fno simulate navier-stokes`, one member a flag.
struct NavierStokesSettings {
  std::int64_t samples = 1000;  ///< --samples, at least 1
  std::int64_t grid = 64;       ///< --grid n: points per side of the solved problem, 8 … 4096
  std::int64_t stride = 1;      ///< --stride: keeps every stride-th point; divides grid, and grid / stride >= 2
  double viscosity = 1e-3;      ///< --viscosity, above 0
  double time = 50;             ///< --time, above 0
  std::int64_t steps = 50;      ///< --steps: frames, at time/steps, 2 time/steps … time
  std::int64_t history = 0;     ///< --history: frames that become inputs; 0 = the initial vorticity is the input
  double tolerance = 1e-4;      ///< --tolerance: relative error of a sample's time steps, 1e-10 … 1
  std::uint64_t seed = 0;       ///< --seed
};

/// Initial vorticities. The prefactor is that of the published files, whose deviation is 0.262: 7^3/2 read as a
/// deviation, times sqrt(2). Li et al., Fourier Neural Operator for Parametric Partial Differential Equations, ICLR
/// 2021, write N(0, 7^3/2 (49 - Laplace)^-2.5).
inline constexpr PeriodicField kVorticityField{.sigma = 26.19160170741759, .tau = 7, .alpha = 2.5};

/// Trajectories of vorticity under the forcing 0.1 (sin 2 pi (x+y) + cos 2 pi (x+y)). Index (i, j) is the point
/// (i stride/grid, j stride/grid), the first axis being x.
struct NavierStokesSet {
  std::int64_t samples = 0;
  std::int64_t points = 0;   ///< m = grid / stride
  std::int64_t inputs = 0;   ///< max(1, history)
  std::int64_t frames = 0;   ///< steps - history
  std::vector<float> x;      ///< (samples, inputs, m, m): w at t = 0, or the first `history` frames as channels
  std::vector<float> y;      ///< (samples, 1, frames, m, m): the frames after them
  std::vector<double> t;     ///< (frames): their times
  double largest_error = 0;  ///< of all samples: the sum of the relative errors of the frames, see Etdrk4
  double largest_tail = 0;   ///< the largest VorticitySolver::tail of a frame
};

/// ErrorKind::config naming the flag if a setting is out of its range.
void check_navier_stokes_settings(const NavierStokesSettings& settings);

/// Draws initial vorticities and solves each; see VorticitySolver. The same set bit for bit for any number of threads;
/// sample i depends on seed, i and the settings of the problem alone. From one grid to another a seed keeps its shapes,
/// up to the modes the coarser grid lacks. All frames are held in memory.
/// Errors: config as check_navier_stokes_settings, numeric with the number of the sample.
[[nodiscard]] NavierStokesSet simulate_navier_stokes(const NavierStokesSettings& settings, int threads = 1,
                                                     const SampleProgress& progress = {});

}  // namespace fno
