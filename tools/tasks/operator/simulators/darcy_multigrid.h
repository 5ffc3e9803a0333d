#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace fno {

/// Geometric multigrid V-cycle for the 5-point Darcy operator, used as the preconditioner of conjugate gradients.
///
/// A level has N x N unknowns in arrays of (N+2) x (N+2) whose border is zero. The coarse unknowns are the fine nodes
/// with even indices, so N becomes floor(N/2) down to one unknown: any N works, an even N only leaves a shorter last
/// interval. Interpolation follows the coefficient and the coarse operator is P^T A P (the "black box" multigrid of
/// Dendy, J. Comput. Phys. 48, 1982), hence jumps of the coefficient cost few extra iterations. One Gauss-Seidel sweep
/// forward before and one backward after the coarse correction keep the cycle symmetric positive definite.
class DarcyMultigrid {
 public:
  /// `coefficient`: (n+1) x (n+1) positive node values, row-major. The operator is h^2 times -div(a grad), h = 1/n, on
  /// the (n-1)^2 inner nodes; the link between two nodes is the mean of their coefficients.
  DarcyMultigrid(std::int64_t n, std::span<const double> coefficient);

  /// residual = source - A u. All (n+1) x (n+1) with zero border in u; the border of `residual` is left as it is.
  /// Works with differences of neighbours, which are nearly exact: what is left of rounding is that of u itself.
  void residual(std::span<const double> source, std::span<const double> u, std::span<double> residual) const;
  /// (|A| |u|)_i, the size of the terms of row i; the border of `out` is left as it is.
  void magnitude(std::span<const double> u, std::span<double> out) const;
  /// u = one V-cycle for A u = source from u = 0. The border of u becomes zero.
  void cycle(std::span<const double> source, std::span<double> u);

 private:
  struct Level {
    std::int64_t n = 0, stride = 0;  // unknowns per side; n + 2
    bool corners = false;            // nine-point links; the finest level has five
    // A u at i = diagonal u_i - sum of link u_neighbour. Each symmetric link is stored once: to the next column (east),
    // the next row (south), and the next row's next and previous column.
    std::vector<double> inverse_diagonal, diagonal, east, south, south_east, south_west;
    std::array<std::vector<double>, 9> weight;  // (coarse): influence of a coarse node on the 3 x 3 fine nodes round it
    std::vector<double> u, source, residual, row;

    void allocate(std::int64_t unknowns, bool with_corners);
    [[nodiscard]] double link(std::int64_t i, int row_step, int column_step) const;
  };

  static void build_weights(Level& fine, std::int64_t coarse_n);
  static void build_coarse(const Level& fine, Level& coarse);
  template <bool kCorners, bool kForward>
  static void sweep(Level& level, const double* source, double* u);
  template <bool kCorners>
  static void residual_of(const Level& level, const double* source, const double* u, double* out);
  void cycle_at(std::size_t depth, const double* source, double* u);

  std::vector<Level> levels_;
};

}  // namespace fno
