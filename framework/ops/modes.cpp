#include <algorithm>
#include <cmath>

#include "framework/ops/spectral.h"

namespace fno {
namespace {

// Kept frequencies of one axis, each with the row of the weights that acts on it.
struct AxisModes {
  std::vector<int> frequency, row;
};

AxisModes axis_modes(ModeConvention convention, int n, int m, bool last) {
  AxisModes r;
  const auto keep = [&](int frequency, int row) {
    r.frequency.push_back(frequency);
    r.row.push_back(row);
  };
  switch (convention) {
    case ModeConvention::classic:
      if (last) {
        require<ErrorKind::config>(m <= n / 2 + 1, "fno-modes: ", m, " modes on a last axis of ", n,
                                   " points, at most ", n / 2 + 1, " (n/2+1) fit");
        for (int k = 0; k < m; ++k) keep(k, k);
      } else {
        require<ErrorKind::config>(2 * m <= n, "fno-modes: ", m, " modes on an axis of ", n, " points, at most ", n / 2,
                                   " (n/2) fit: the blocks of positive and negative frequencies would overlap");
        for (int k = 0; k < m; ++k) keep(k, k);
        for (int k = 0; k < m; ++k) keep(k - m, m + k);
      }
      break;
    case ModeConvention::corner:
      for (int k = 0; k < std::min(m, last ? n / 2 + 1 : n); ++k) keep(k, k);
      break;
    case ModeConvention::centered:
      if (last) {
        for (int k = 0; k < std::min(m / 2, n / 2) + 1; ++k) keep(k, k);
      } else {
        const int count = std::min(m, n), skip = m / 2 - count / 2;  // a small grid takes the central rows
        for (int k = 0; k < count; ++k) keep(k - count / 2, k + skip);
      }
      break;
  }
  return r;
}

// The trapezoidal rule over the domain, whose last point i = n the grid does not hold: its half weight falls to the
// point before. Plain sums would stand for a domain shifted by half a cell, another one on every grid: an error of
// first order that weights trained on one grid cannot know of another.
std::vector<double> end_corrected(int n) {
  std::vector<double> weights(static_cast<std::size_t>(n), 1);
  weights.front() -= 0.5;
  weights.back() += 0.5;
  return weights;
}

}  // namespace

std::vector<std::int64_t> weight_modes(ModeConvention convention, int dims, int modes) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(dims),
                                 convention == ModeConvention::classic ? 2 * modes : modes);
  rows.back() = convention == ModeConvention::centered ? modes / 2 + 1 : modes;
  return rows;
}

int padded_points(double padding, int n) { return static_cast<int>(std::lround(padding * n)); }

std::shared_ptr<const ModeSet> make_modes(ModeConvention convention, const std::vector<int>& grid, int modes,
                                          double padding) {
  const auto dims = static_cast<int>(grid.size());
  require<ErrorKind::config>(dims >= 1 && dims <= kGridAxes, "modes: a grid of 1 to 3 axes is needed, not ", dims);
  require<ErrorKind::config>(modes >= 1, "fno-modes: found ", modes, ", at least 1 is needed");
  const std::vector<std::int64_t> rows = weight_modes(convention, dims, modes);
  auto set = std::make_shared<ModeSet>();
  std::array<std::vector<int>, kGridAxes> row{std::vector{0}, std::vector{0}, std::vector{0}};
  std::array<int, kGridAxes> extent{1, 1, 1};  // of the weights
  set->weight_modes = 1;
  for (int i = 0; i < dims; ++i) {
    const auto axis = static_cast<std::size_t>(kGridAxes - dims + i);
    AxisModes a = axis_modes(convention, grid[static_cast<std::size_t>(i)], modes, i == dims - 1);
    const int n = grid[static_cast<std::size_t>(i)];
    set->size[axis] = n;
    set->period[axis] = n + padded_points(padding, n);
    if (set->period[axis] > n) set->quadrature[axis] = end_corrected(n);
    set->frequency[axis] = std::move(a.frequency);
    row[axis] = std::move(a.row);
    extent[axis] = static_cast<int>(rows[static_cast<std::size_t>(i)]);
    set->weight_modes *= extent[axis];
  }
  for (const int r0 : row[0])
    for (const int r1 : row[1])
      for (const int r2 : row[2]) set->weight_index.push_back((r0 * extent[1] + r1) * extent[2] + r2);
  return set;
}

}  // namespace fno
