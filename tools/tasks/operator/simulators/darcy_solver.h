#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fno {

/// The relative residual ||b - A u|| / ||b|| that solve_darcy reaches.
inline constexpr double kDarcyTolerance = 1e-10;

struct DarcySolution {
  std::vector<double> u;  ///< (n+1) x (n+1) nodes, row-major; zero on the four sides
  double residual = 0;    ///< ||b - A u|| / ||b||, evaluated from u after the last step
  std::int64_t iterations = 0;
};

/// Solves -div(a grad u) = f on the unit square with u = 0 on its boundary, by the 5-point scheme on nodes (i/n, j/n);
/// the flux between two nodes uses the mean of their coefficients. Second order where a is smooth.
///
/// `coefficient` and `source` are (n+1) x (n+1) node values, row-major, first axis x; a > 0 and finite; the source on
/// the boundary is not used. n >= 2, prime and odd n included.
///
/// Conjugate gradients preconditioned by one multigrid V-cycle, to a relative residual of kDarcyTolerance. Rounding u
/// to double alone leaves a residual that grows as n^2 times the contrast. Where it stalls above the tolerance but
/// below 2.2e-16 || |A||u| || / ||b||, the floor of rounding (contrast 3,12: beyond n of about 2000), u counts as the
/// solution. ErrorKind::numeric if neither is reached, ErrorKind::config for sizes or values that do not fit.
[[nodiscard]] DarcySolution solve_darcy(std::int64_t n, std::span<const double> coefficient,
                                        std::span<const double> source);

}  // namespace fno
