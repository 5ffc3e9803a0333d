#pragma once

#include <cstdint>
#include <vector>

#include "tools/tasks/operator/simulators/sample_farm.h"

namespace fno {

/// Settings of `fno simulate darcy`, one member a flag.
struct DarcySettings {
  std::int64_t samples = 1000;  ///< --samples, at least 1
  std::int64_t grid = 64;       ///< --grid n: intervals per side, 4 ... 4096
  double contrast_low = 3;      ///< --contrast LO,HI: both positive, in any order
  double contrast_high = 12;
  std::int64_t stride = 1;  ///< --stride: keeps every stride-th node; divides grid, and grid / stride >= 2
  std::uint64_t seed = 0;   ///< --seed
};

/// Pairs of coefficient and solution. Index (i, j) of either is the node (i stride/grid, j stride/grid), the first axis
/// being x; the far sides x = 1 and y = 1, where u = 0 as on the near ones, are not stored.
struct DarcySet {
  std::int64_t samples = 0;
  std::int64_t points = 0;      ///< m = grid / stride
  std::vector<float> x;         ///< (samples, 1, m, m): the coefficient a, LO or HI
  std::vector<float> y;         ///< (samples, 1, m, m): the solution u
  double largest_residual = 0;  ///< the largest ||b - A u|| / ||b|| of all samples, before rounding u to float32
};

/// ErrorKind::config naming the flag (--samples, --grid, --contrast, --stride) if a setting is out of its range.
void check_darcy_settings(const DarcySettings& settings);

/// The coefficient of one sample on all (grid+1) x (grid+1) nodes, row-major: HI where the GaussianField of
/// Random(seed, sample) is >= 0, LO elsewhere, evaluated at the nodes, nothing interpolated. Depends on seed, sample
/// and grid only. From one grid to another a seed keeps its shapes, up to the modes the coarser grid lacks.
[[nodiscard]] std::vector<double> darcy_coefficient(const DarcySettings& settings, std::int64_t sample);

/// Draws coefficients and solves -div(a grad u) = 1 on the unit square, u = 0 on its boundary, for each; see
/// gaussian_field.h and darcy_solver.h. Always solved on the full grid; the stride only thins what is stored.
///
/// Samples are shared out to `threads` threads (at least one); the set is the same bit for bit for any number of them,
/// and sample i does not depend on how many there are.
///
/// A solve needs about 170 bytes a node: 2.7 GiB a thread at grid 4096. Errors: config as check_darcy_settings, numeric
/// if a sample cannot be solved, with its number.
[[nodiscard]] DarcySet simulate_darcy(const DarcySettings& settings, int threads = 1,
                                      const SampleProgress& progress = {});

}  // namespace fno
