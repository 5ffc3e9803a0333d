#include <algorithm>
#include <cmath>
#include <limits>

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
        for (int k = 0; k < std::min(m, n / 2 + 1); ++k) keep(k, k);
      } else {  // each frequency of the grid once
        for (int k = 0; k < std::min(m, n - n / 2); ++k) keep(k, k);
        for (int k = std::max(-m, -(n / 2)); k < 0; ++k) keep(k, 2 * m + k);
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
// first order that weights trained on one grid cannot know of another. A grid with both ends halves both.
std::vector<double> end_corrected(int n, bool ends) {
  std::vector<double> weights(static_cast<std::size_t>(n), 1);
  if (n == 1) return weights;
  weights.front() -= 0.5;
  weights.back() += ends ? -0.5 : 0.5;
  return weights;
}

}  // namespace

std::vector<std::int64_t> weight_modes(ModeConvention convention, int dims, const PerAxis<int>& modes) {
  std::vector<std::int64_t> rows;
  for (int axis = 0; axis < dims; ++axis) {
    const int m = modes.of(static_cast<std::size_t>(axis));
    const bool last = axis == dims - 1;
    rows.push_back(convention == ModeConvention::classic && !last   ? 2 * m
                   : convention == ModeConvention::centered && last ? m / 2 + 1
                                                                    : m);
  }
  return rows;
}

int most_modes(ModeConvention convention, int n, bool last_axis) {
  switch (convention) {
    case ModeConvention::classic: return last_axis ? n / 2 + 1 : std::max(1, n / 2);
    case ModeConvention::centered: return n;
    case ModeConvention::corner: break;
  }
  return std::numeric_limits<int>::max();
}

int padded_points(double padding, int n) { return static_cast<int>(std::lround(padding * n)); }

std::shared_ptr<const ModeSet> make_modes(ModeConvention convention, const std::vector<int>& grid,
                                          const PerAxis<int>& modes, const PerAxis<double>& padding, bool ends) {
  const auto dims = static_cast<int>(grid.size());
  require<ErrorKind::config>(dims >= 1 && dims <= kGridAxes, "modes: a grid of 1 to 3 axes is needed, not ", dims);
  require<ErrorKind::config>(modes.fits(grid.size()) && padding.fits(grid.size()), "modes: found ",
                             modes.values().size(), " numbers of modes and ", padding.values().size(),
                             " of padding, needed is one, or one for each of ", dims, " axes");
  const int least = std::ranges::min(modes.values());
  require<ErrorKind::config>(least >= 1, "fno-modes: found ", least, ", at least 1 is needed");
  const std::vector<std::int64_t> rows = weight_modes(convention, dims, modes);
  auto set = std::make_shared<ModeSet>();
  std::array<std::vector<int>, kGridAxes> row{std::vector{0}, std::vector{0}, std::vector{0}};
  std::array<int, kGridAxes> extent{1, 1, 1};  // of the weights
  set->weight_modes = 1;
  for (int i = 0; i < dims; ++i) {
    const auto axis = static_cast<std::size_t>(kGridAxes - dims + i);
    const auto at = static_cast<std::size_t>(i);
    const int n = grid[at], steps = static_cast<int>(grid_steps(n, ends));
    AxisModes a = axis_modes(convention, steps, modes.of(at), i == dims - 1);
    set->size[axis] = n;
    set->period[axis] = steps + padded_points(padding.of(at), steps);
    if (ends || set->period[axis] > n) set->quadrature[axis] = end_corrected(n, ends);
    set->frequency[axis] = std::move(a.frequency);
    row[axis] = std::move(a.row);
    extent[axis] = static_cast<int>(rows[at]);
    set->weight_modes *= extent[axis];
  }
  for (const int r0 : row[0])
    for (const int r1 : row[1])
      for (const int r2 : row[2]) set->weight_index.push_back((r0 * extent[1] + r1) * extent[2] + r2);
  return set;
}

}  // namespace fno
