#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace fno {

/// Advances du_k/dt = rate_k u_k + N_k(u), rate_k <= 0, mode by mode: the linear part exactly, N in fourth order, over
/// intervals of one length in as many equal steps as the tolerance asks for, a power of two.
///
/// Method   Exponential time differencing, four stages: Cox and Matthews, J. Comput. Phys. 176, 2002.
/// Steps    An interval is done in m and in 2m steps. Their relative difference in the l2 norm of the modes is the
///          error that advance() returns, that of the coarser of the two; the finer one is kept. m doubles until the
///          error is within the tolerance, and halves for the next interval where it was 64 times smaller.
/// Threads  one object a thread. What it does depends on its arguments alone.
class Etdrk4 {
 public:
  using Modes = std::vector<std::complex<double>>;
  using Nonlinear = std::function<void(const Modes& u, Modes& out)>;
  static constexpr int kMostSteps = 1 << 16;  ///< an interval

  /// `nonlinear` fills `out`, of the size of u, with N(u). `tolerance` is that of one interval.
  Etdrk4(std::vector<double> rates, Nonlinear nonlinear, double interval, double tolerance);

  /// u one interval later; returns the error. Errors: numeric, if kMostSteps steps are too few, or u is not finite.
  double advance(Modes& u);

  /// So many equal steps over one interval, whatever the error.
  void take_steps(Modes& u, int steps);

 private:
  struct Weights {  // of a step of length h, z = h rate, times h where they stand before N; one a mode
    int steps = 0;
    std::vector<double> whole, half;          // exp(z), exp(z/2)
    std::vector<double> half_phi;             // h/2 phi1(z/2)
    std::vector<double> first, middle, last;  // of N at the beginning, in the middle (twice), at the end
  };
  [[nodiscard]] const Weights& weights(int steps);

  std::vector<double> rates_;
  Nonlinear nonlinear_;
  double interval_, tolerance_;
  int steps_ = 1;  // the coarser of the two that the last interval took
  std::vector<Weights> weights_;
  Modes a_, b_, at_u_, at_a_, at_b_;
};

/// phi_1 … phi_3 of z <= 0: phi_0 = exp, phi_{j+1}(z) = (phi_j(z) - 1/j!) / z.
[[nodiscard]] std::array<double, 3> etd_phi(double z);

}  // namespace fno
