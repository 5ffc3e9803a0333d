#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "framework/cpu/fft.h"
#include "tools/tasks/operator/simulators/etdrk4.h"
#include "tools/tasks/operator/simulators/periodic_field.h"
#include "tools/tasks/operator/simulators/sample_farm.h"

namespace fno {

/// Settings of `fno simulate burgers`, one member a flag.
struct BurgersSettings {
  std::int64_t samples = 1000;  ///< --samples, at least 1
  std::int64_t grid = 8192;     ///< --grid n: points of the solved problem, 8 … 2^20
  std::int64_t stride = 1;      ///< --stride: keeps every stride-th point; divides grid, and grid / stride >= 2
  double viscosity = 0.1;       ///< --viscosity, above 0
  double time = 1;              ///< --time, above 0
  double tolerance = 1e-6;      ///< --tolerance: relative error of a sample's time steps, 1e-10 … 1
  std::uint64_t seed = 0;       ///< --seed
};

/// Initial states N(0, 625 (25 - d^2/dx^2)^-2) without their mean: Li et al., Fourier Neural Operator for Parametric
/// Partial Differential Equations, ICLR 2021.
inline constexpr PeriodicField kBurgersField{.sigma = 25, .tau = 5, .alpha = 2};

/// Pairs of initial and final state. Index i is the point x = i stride/grid.
struct BurgersSet {
  std::int64_t samples = 0;
  std::int64_t points = 0;   ///< m = grid / stride
  std::vector<float> x;      ///< (samples, 1, m): u at t = 0
  std::vector<float> y;      ///< (samples, 1, m): u at t = time
  double largest_error = 0;  ///< of all samples, before rounding to float32, see BurgersSolution
  double largest_tail = 0;
};

/// Half of a spectrum: u(x) = sum over k of u_k exp(2 pi i k x), u_-k the conjugate of u_k; k = 0 … most_mode(n).
using LineModes = std::vector<std::complex<double>>;

/// The modes of a grid of n points whose squares can be told apart on it: k <= (n-1)/3.
[[nodiscard]] std::int64_t most_mode(std::int64_t n);

/// Solves u_t + (u^2/2)_x = viscosity u_xx, periodic on (0, 1): Fourier-Galerkin on n points (the square without
/// aliasing, by the 2/3 rule: k <= most_mode(n)), Etdrk4 in time. Converges in n as the modes of u decay.
/// One object a thread.
class BurgersSolver {
 public:
  /// `interval` and `tolerance` as in Etdrk4.
  BurgersSolver(std::int64_t n, double viscosity, double interval, double tolerance);
  BurgersSolver(const BurgersSolver&) = delete;
  BurgersSolver& operator=(const BurgersSolver&) = delete;

  /// u one interval later; returns the relative error. Errors: as Etdrk4.
  double advance(LineModes& u) { return steps_.advance(u); }
  void take_steps(LineModes& u, int steps) { steps_.take_steps(u, steps); }

  /// The values on the n points.
  void to_values(const LineModes& u, std::vector<double>& values);
  /// The share, in the l2 norm, of the upper third of the modes.
  [[nodiscard]] static double tail(const LineModes& u);

 private:
  void transport(const LineModes& u, LineModes& out);

  const cpu::RealFftPlan<double>& plan_;
  LineModes hat_, scratch_;
  std::vector<double> values_;
  Etdrk4 steps_;
};

struct BurgersSolution {
  LineModes u;
  double error = 0;  ///< the sum of the relative errors of the intervals, see Etdrk4
  double tail = 0;   ///< the largest BurgersSolver::tail after an interval
};

/// The state at `time`, in 16 intervals: rough states become smooth, and the steps longer.
/// Errors: numeric, if no step is short enough.
[[nodiscard]] BurgersSolution solve_burgers(std::int64_t n, const LineModes& initial, double viscosity, double time,
                                            double tolerance);

/// ErrorKind::config naming the flag if a setting is out of its range.
void check_burgers_settings(const BurgersSettings& settings);

/// Draws initial states and solves each. What is stored as x is exactly what was solved. The same set bit for bit for
/// any number of threads; sample i depends on seed, i and the settings of the problem alone. From one grid to another a
/// seed keeps its shapes, up to the modes the coarser grid lacks.
/// Errors: config as check_burgers_settings, numeric with the number of the sample.
[[nodiscard]] BurgersSet simulate_burgers(const BurgersSettings& settings, int threads = 1,
                                          const SampleProgress& progress = {});

}  // namespace fno
