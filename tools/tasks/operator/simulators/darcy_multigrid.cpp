#include "tools/tasks/operator/simulators/darcy_multigrid.h"

#include <algorithm>
#include <cmath>

namespace fno {
namespace {

constexpr std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
/// Where the weight for the fine node (row, column) away from the coarse one is kept; both in -1 ... 1.
constexpr std::size_t around(int row, int column) { return static_cast<std::size_t>(3 * (row + 1) + column + 1); }

}  // namespace

void DarcyMultigrid::Level::allocate(std::int64_t unknowns, bool with_corners) {
  n = unknowns;
  stride = n + 2;
  corners = with_corners;
  const std::size_t size = at(stride * stride);
  for (auto* values : {&inverse_diagonal, &diagonal, &east, &south}) values->assign(size, 0.0);
  if (corners)  // every level but the finest, which works on its caller's arrays
    for (auto* values : {&south_east, &south_west, &u, &source}) values->assign(size, 0.0);
  if (n == 1) return;
  residual.assign(size, 0.0);
  row.assign(at(stride), 0.0);
}

inline double DarcyMultigrid::Level::link(std::int64_t i, int row_step, int column_step) const {
  if (row_step == 0) return east[at(column_step > 0 ? i : i - 1)];
  const std::int64_t upper = row_step > 0 ? i : i - stride;
  if (column_step == 0) return south[at(upper)];
  if (!corners) return 0;
  if (row_step == column_step) return south_east[at(row_step > 0 ? i : upper - 1)];
  return south_west[at(row_step > 0 ? i : upper + 1)];
}

DarcyMultigrid::DarcyMultigrid(std::int64_t n, std::span<const double> coefficient) {
  std::size_t depth = 1;
  for (std::int64_t unknowns = n - 1; unknowns > 1; unknowns /= 2) ++depth;
  levels_.resize(depth);
  Level& finest = levels_.front();
  finest.allocate(n - 1, false);
  const std::int64_t s = finest.stride;
  for (std::int64_t i = 0; i < s * s; ++i) {
    if (i % s != s - 1) finest.east[at(i)] = 0.5 * (coefficient[at(i)] + coefficient[at(i + 1)]);
    if (i < s * (s - 1)) finest.south[at(i)] = 0.5 * (coefficient[at(i)] + coefficient[at(i + s)]);
  }
  for (std::int64_t r = 1; r <= finest.n; ++r)
    for (std::int64_t i = r * s + 1; i <= r * s + finest.n; ++i) {
      finest.diagonal[at(i)] =
          (finest.east[at(i - 1)] + finest.east[at(i)]) + (finest.south[at(i - s)] + finest.south[at(i)]);
      finest.inverse_diagonal[at(i)] = 1 / finest.diagonal[at(i)];
    }
  for (std::size_t l = 0; l + 1 < depth; ++l) {
    levels_[l + 1].allocate(levels_[l].n / 2, true);
    build_weights(levels_[l], levels_[l + 1].n);
    build_coarse(levels_[l], levels_[l + 1]);
  }
}

// A fine node on a coarse line lies between two coarse nodes. Its weights are those of the one-dimensional flow through
// it: the links of its 3 x 3 block to the left and to the right, summed over rows. The node in the middle of four
// coarse ones then follows from its own equation.
void DarcyMultigrid::build_weights(Level& fine, std::int64_t coarse_n) {
  const std::int64_t stride = coarse_n + 2;
  for (auto& weight : fine.weight) weight.assign(at(stride * stride), 0.0);
  // Weight of the coarse node on its neighbour f, a step of (dr, dc) away. `line`, `position`: coarse indices across
  // and along the step.
  const auto edge = [&](std::int64_t f, int dr, int dc, std::int64_t line, std::int64_t position) {
    // Coarse levels hold no links to the boundary of the square, and the last interval before it may be short. Along it
    // the sums below would then lack large terms.
    if (fine.corners && 2 * line == fine.n) return 0.5;
    double to = 0, away = 0;
    for (int across = -1; across <= 1; ++across) {
      to += fine.link(f, dr == 0 ? across : -dr, dc == 0 ? across : -dc);
      away += fine.link(f, dr == 0 ? across : dr, dc == 0 ? across : dc);
    }
    const std::int64_t other = position + dr + dc;
    // The other neighbour is the boundary: the diagonal knows the link to it.
    if (other < 1 || other > coarse_n) away = fine.diagonal[at(f)] - fine.link(f, dc, dr) - fine.link(f, -dc, -dr) - to;
    return to / (to + away);
  };
  for (std::int64_t r = 1; r <= coarse_n; ++r)
    for (std::int64_t c = 1; c <= coarse_n; ++c) {
      const std::size_t coarse = at(r * stride + c);
      const std::int64_t centre = 2 * r * fine.stride + 2 * c;
      const auto weight = [&](int dr, int dc) -> double& { return fine.weight[around(dr, dc)][coarse]; };
      weight(0, 0) = 1;
      for (const int d : {-1, 1}) {
        if (2 * c + d <= fine.n) weight(0, d) = edge(centre + d, 0, d, r, c);
        if (2 * r + d <= fine.n) weight(d, 0) = edge(centre + d * fine.stride, d, 0, c, r);
      }
      for (const int dr : {-1, 1})
        for (const int dc : {-1, 1}) {
          if (2 * r + dr > fine.n || 2 * c + dc > fine.n) continue;
          const std::int64_t f = centre + dr * fine.stride + dc;
          weight(dr, dc) =
              (fine.link(f, -dr, -dc) + fine.link(f, 0, -dc) * weight(dr, 0) + fine.link(f, -dr, 0) * weight(0, dc)) *
              fine.inverse_diagonal[at(f)];
        }
    }
}

// Coarse operator P^T A P: for a pair of coarse nodes, all pairs of equal or adjacent fine nodes they influence.
void DarcyMultigrid::build_coarse(const Level& fine, Level& coarse) {
  const auto couple = [&]<int kRow, int kColumn>(std::int64_t r, std::int64_t c) {
    const std::int64_t from = r * coarse.stride + c, to = from + kRow * coarse.stride + kColumn;
    const std::int64_t centre = 2 * r * fine.stride + 2 * c;
    double sum = 0;
#pragma GCC unroll 9
    for (int a = 0; a < 9; ++a) {
      const int ar = a / 3 - 1, ac = a % 3 - 1;
      const std::int64_t f = centre + ar * fine.stride + ac;
      double row = 0;
#pragma GCC unroll 9
      for (int b = 0; b < 9; ++b) {
        const int dr = 2 * kRow + b / 3 - 1 - ar, dc = 2 * kColumn + b % 3 - 1 - ac;  // from fine node a to fine node b
        if (dr < -1 || dr > 1 || dc < -1 || dc > 1) continue;
        const double entry = dr == 0 && dc == 0 ? fine.diagonal[at(f)] : -fine.link(f, dr, dc);
        row += entry * fine.weight[at(b)][at(to)];
      }
      const double weight = fine.weight[at(a)][at(from)];
      if (weight != 0) sum += weight * row;
    }
    return sum;
  };
  for (std::int64_t r = 1; r <= coarse.n; ++r)
    for (std::int64_t c = 1; c <= coarse.n; ++c) {
      const std::size_t i = at(r * coarse.stride + c);
      coarse.diagonal[i] = couple.operator()<0, 0>(r, c);
      coarse.inverse_diagonal[i] = 1 / coarse.diagonal[i];
      if (c < coarse.n) coarse.east[i] = -couple.operator()<0, 1>(r, c);
      if (r == coarse.n) continue;
      coarse.south[i] = -couple.operator()<1, 0>(r, c);
      if (c < coarse.n) coarse.south_east[i] = -couple.operator()<1, 1>(r, c);
      if (c > 1) coarse.south_west[i] = -couple.operator()<1, -1>(r, c);
    }
}

// The neighbour just visited makes a row sequential; everything else is summed first, in a loop that vectorises.
template <bool kCorners, bool kForward>
void DarcyMultigrid::sweep(Level& level, const double* source, double* u) {
  const std::int64_t n = level.n, s = level.stride;
  double* __restrict row = level.row.data();
  for (std::int64_t step = 1; step <= n; ++step) {
    const std::int64_t at_row = (kForward ? step : n + 1 - step) * s;
    const double* inverse = level.inverse_diagonal.data() + at_row;
    const double* east = level.east.data() + at_row;
    const double *south = level.south.data() + at_row, *north = south - s;
    const double* f = source + at_row;
    double* here = u + at_row;
    const double *above = here - s, *below = here + s;
    for (std::int64_t c = 1; c <= n; ++c) {
      double sum = f[c] + north[c] * above[c] + south[c] * below[c];
      sum += kForward ? east[c] * here[c + 1] : east[c - 1] * here[c - 1];
      if constexpr (kCorners) {
        const double *south_east = level.south_east.data() + at_row, *south_west = level.south_west.data() + at_row;
        sum += south_east[c] * below[c + 1] + south_west[c] * below[c - 1];
        sum += south_east[c - s - 1] * above[c - 1] + south_west[c - s + 1] * above[c + 1];
      }
      row[c] = sum * inverse[c];
    }
    if constexpr (kForward)
      for (std::int64_t c = 1; c <= n; ++c) here[c] = row[c] + (east[c - 1] * inverse[c]) * here[c - 1];
    else
      for (std::int64_t c = n; c >= 1; --c) here[c] = row[c] + (east[c] * inverse[c]) * here[c + 1];
  }
}

template <bool kCorners>
void DarcyMultigrid::residual_of(const Level& level, const double* source, const double* u, double* out) {
  const std::int64_t n = level.n, s = level.stride;
  for (std::int64_t r = 1; r <= n; ++r) {
    const double* east = level.east.data() + r * s;
    const double *south = level.south.data() + r * s, *north = south - s;
    const double *f = source + r * s, *here = u + r * s, *above = here - s, *below = here + s;
    double* __restrict o = out + r * s;
    for (std::int64_t c = 1; c <= n; ++c) {
      if constexpr (kCorners) {
        const double *south_east = level.south_east.data() + r * s, *south_west = level.south_west.data() + r * s;
        const double edges = north[c] * above[c] + south[c] * below[c] + east[c] * here[c + 1] +
                             east[c - 1] * here[c - 1] - level.diagonal[at(r * s + c)] * here[c];
        o[c] = f[c] + edges + south_east[c] * below[c + 1] + south_west[c] * below[c - 1] +
               south_east[c - s - 1] * above[c - 1] + south_west[c - s + 1] * above[c + 1];
      } else {
        o[c] = f[c] - (north[c] * (here[c] - above[c]) + south[c] * (here[c] - below[c]) +
                       east[c] * (here[c] - here[c + 1]) + east[c - 1] * (here[c] - here[c - 1]));
      }
    }
  }
}

void DarcyMultigrid::residual(std::span<const double> source, std::span<const double> u,
                              std::span<double> residual) const {
  residual_of<false>(levels_.front(), source.data(), u.data(), residual.data());
}

void DarcyMultigrid::magnitude(std::span<const double> u, std::span<double> out) const {
  const Level& level = levels_.front();
  for (std::int64_t r = 1; r <= level.n; ++r)
    for (std::int64_t i = r * level.stride + 1; i <= r * level.stride + level.n; ++i) {
      double sum = level.diagonal[at(i)] * std::abs(u[at(i)]);
      for (const int d : {-1, 1}) {
        sum += level.link(i, 0, d) * std::abs(u[at(i + d)]);
        sum += level.link(i, d, 0) * std::abs(u[at(i + d * level.stride)]);
      }
      out[at(i)] = sum;
    }
}

void DarcyMultigrid::cycle(std::span<const double> source, std::span<double> u) {
  cycle_at(0, source.data(), u.data());
}

void DarcyMultigrid::cycle_at(std::size_t depth, const double* source, double* u) {
  Level& fine = levels_[depth];
  std::fill(u, u + fine.stride * fine.stride, 0.0);
  if (fine.n == 1) {
    u[4] = source[4] * fine.inverse_diagonal[4];
    return;
  }
  const bool corners = fine.corners;
  corners ? sweep<true, true>(fine, source, u) : sweep<false, true>(fine, source, u);
  corners ? residual_of<true>(fine, source, u, fine.residual.data())
          : residual_of<false>(fine, source, u, fine.residual.data());
  Level& coarse = levels_[depth + 1];
  const auto& w = fine.weight;
  for (std::int64_t r = 1; r <= coarse.n; ++r)
    for (std::int64_t c = 1; c <= coarse.n; ++c) {
      const std::size_t k = at(r * coarse.stride + c);
      const double* centre = fine.residual.data() + 2 * r * fine.stride + 2 * c;
      const double *above = centre - fine.stride, *below = centre + fine.stride;
      coarse.source[k] = (w[0][k] * above[-1] + w[1][k] * above[0] + w[2][k] * above[1]) +
                         (w[3][k] * centre[-1] + centre[0] + w[5][k] * centre[1]) +
                         (w[6][k] * below[-1] + w[7][k] * below[0] + w[8][k] * below[1]);
    }
  cycle_at(depth + 1, coarse.source.data(), coarse.u.data());
  for (std::int64_t r = 1; r <= coarse.n; ++r)
    for (std::int64_t c = 1; c <= coarse.n; ++c) {
      const std::size_t k = at(r * coarse.stride + c);
      const double e = coarse.u[k];
      double* centre = u + 2 * r * fine.stride + 2 * c;
      double *above = centre - fine.stride, *below = centre + fine.stride;
      for (int d = -1; d <= 1; ++d) {
        above[d] += w[around(-1, d)][k] * e;
        centre[d] += w[around(0, d)][k] * e;
        below[d] += w[around(1, d)][k] * e;
      }
    }
  corners ? sweep<true, false>(fine, source, u) : sweep<false, false>(fine, source, u);
}

}  // namespace fno
