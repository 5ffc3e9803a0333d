#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "tools/tasks/operator/simulators/etdrk4.h"

namespace fno {

/// The half spectrum of a real field on n x n points of the unit torus, (n, n/2 + 1): row k1 modulo n, column k2. The
/// first axis is x: f(x, y) = sum over k of f_k exp(2 pi i (k1 x + k2 y)).
using TorusModes = std::vector<std::complex<double>>;

/// Solves  w_t + u w_x + v w_y = viscosity (w_xx + w_yy) + f,  (u, v) = (psi_y, -psi_x),  -Laplace psi = w,  periodic
/// on the unit square: vorticity w of zero mean, a forcing f that does not depend on time.
///
/// Space    Fourier-Galerkin: products without aliasing by the 2/3 rule, on each axis |k| <= (n-1)/3. Without viscosity
///          and forcing energy and enstrophy are conserved but for the error of the steps.
/// Time     Etdrk4.
/// Threads  one object a thread.
class VorticitySolver {
 public:
  /// `interval` and `tolerance` as in Etdrk4. Modes of the forcing beyond the cutoff are dropped.
  VorticitySolver(std::int64_t n, double viscosity, TorusModes forcing, double interval, double tolerance);

  VorticitySolver(const VorticitySolver&) = delete;
  VorticitySolver& operator=(const VorticitySolver&) = delete;

  /// w one interval later; returns the relative error. Errors: as Etdrk4.
  double advance(TorusModes& w) { return steps_.advance(w); }
  void take_steps(TorusModes& w, int steps) { steps_.take_steps(w, steps); }

  /// Values (n, n) of a half spectrum, row-major.
  void to_values(const TorusModes& modes, std::vector<double>& values);
  [[nodiscard]] TorusModes to_modes(const std::vector<double>& values);

  /// The share, in the l2 norm, of the modes in the upper third of the cutoff.
  [[nodiscard]] double tail(const TorusModes& w) const;
  /// Half the mean of u^2 + v^2, and of w^2.
  [[nodiscard]] double energy(const TorusModes& w) const;
  [[nodiscard]] double enstrophy(const TorusModes& w) const;

 private:
  void transport(const TorusModes& w, TorusModes& out);
  template <class F>
  void for_each_mode(F&& f) const;  // f(index, k1, k2), of those within the cutoff

  int n_;
  TorusModes forcing_, hat_, scratch_;
  std::vector<double> u_, v_;
  Etdrk4 steps_;
};

}  // namespace fno
