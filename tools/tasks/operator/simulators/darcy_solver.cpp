#include "tools/tasks/operator/simulators/darcy_solver.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/error.h"
#include "tools/tasks/operator/simulators/darcy_multigrid.h"

namespace fno {
namespace {

constexpr std::int64_t kIterations = 1000;
constexpr std::int64_t kRestarts = 6;

// Four partial sums: a fixed order, and no chain of additions as long as the grid.
double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum[4] = {0, 0, 0, 0};
  const std::size_t whole = a.size() / 4 * 4;
  for (std::size_t i = 0; i < whole; i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) sum[lane] += a[i + lane] * b[i + lane];
  for (std::size_t i = whole; i < a.size(); ++i) sum[0] += a[i] * b[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

double norm(const std::vector<double>& a) { return std::sqrt(dot(a, a)); }

void add(double factor, const std::vector<double>& x, std::vector<double>& y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

struct Workspace {
  explicit Workspace(std::size_t size) : r(size), z(size), p(size), minus_ap(size), zero(size) {}
  std::vector<double> r, z, p, minus_ap, zero;
};

/// Conjugate gradients on A e = w.r; adds e to u and stops once the updated residual is under `goal`.
std::int64_t iterate(DarcyMultigrid& multigrid, Workspace& w, double goal, std::int64_t limit, std::vector<double>& u) {
  double rho = 0;
  for (std::int64_t step = 0; step < limit; ++step) {
    if (norm(w.r) <= goal) return step;
    multigrid.cycle(w.r, w.z);
    const double next = dot(w.r, w.z);
    const double beta = step == 0 ? 0.0 : next / rho;
    rho = next;
    for (std::size_t i = 0; i < w.p.size(); ++i) w.p[i] = w.z[i] + beta * w.p[i];
    multigrid.residual(w.zero, w.p, w.minus_ap);
    const double curvature = -dot(w.p, w.minus_ap);
    if (!(curvature > 0) || !std::isfinite(curvature)) return step;  // only rounding can do this
    add(rho / curvature, w.p, u);
    add(rho / curvature, w.minus_ap, w.r);
  }
  return limit;
}

}  // namespace

DarcySolution solve_darcy(std::int64_t n, std::span<const double> coefficient, std::span<const double> source) {
  require<ErrorKind::config>(n >= 2, "solve_darcy: n is at least 2, got ", n);
  const std::size_t side = static_cast<std::size_t>(n) + 1, size = side * side;
  require<ErrorKind::config>(coefficient.size() == size && source.size() == size,
                             "solve_darcy: coefficient and source ", "hold (n+1)^2 = ", size, " nodes, got ",
                             coefficient.size(), " and ", source.size());
  for (const double a : coefficient)
    require<ErrorKind::config>(a > 0 && std::isfinite(a), "solve_darcy: coefficients are positive and finite, got ", a);

  std::vector<double> b(size, 0.0);
  const double h2 = 1.0 / (static_cast<double>(n) * static_cast<double>(n));
  for (std::size_t r = 1; r + 1 < side; ++r)
    for (std::size_t i = r * side + 1; i + 1 < (r + 1) * side; ++i) b[i] = h2 * source[i];
  DarcySolution solution{std::vector<double>(size, 0.0), 0, 0};
  const double scale = norm(b);
  require<ErrorKind::config>(std::isfinite(scale), "solve_darcy: the source holds a value that is not finite");
  if (scale == 0) return solution;

  DarcyMultigrid multigrid(n, coefficient);
  Workspace w(size);
  // The residual that conjugate gradients update drifts from the true one; each pass starts from the true one again.
  double floor = 0;
  for (std::int64_t pass = 0; pass <= kRestarts; ++pass) {
    multigrid.residual(b, solution.u, w.r);
    const double previous = solution.residual;
    solution.residual = norm(w.r) / scale;
    if (solution.residual <= kDarcyTolerance) return solution;
    if (pass > 0) {
      multigrid.magnitude(solution.u, w.z);
      floor = std::numeric_limits<double>::epsilon() * norm(w.z) / scale;
      if (solution.residual <= floor && solution.residual > 0.5 * previous) break;
    }
    solution.iterations += iterate(multigrid, w, 0.5 * kDarcyTolerance * scale, kIterations, solution.u);
  }
  require<ErrorKind::numeric>(solution.residual <= floor, "solve_darcy: grid ", n, " not solved after ",
                              solution.iterations, " iterations: relative residual ", solution.residual, ", wanted ",
                              std::max(kDarcyTolerance, floor));
  return solution;
}

}  // namespace fno
