#include "tests/support/spectral_reference.h"

#include <cmath>
#include <complex>
#include <numbers>

namespace fno::test {

std::vector<std::vector<int>> all_indices(const std::vector<int>& extents) {
  std::vector<std::vector<int>> result{{}};
  for (const int n : extents) {
    std::vector<std::vector<int>> longer;
    for (const auto& head : result)
      for (int i = 0; i < n; ++i) {
        longer.push_back(head);
        longer.back().push_back(i);
      }
    result = longer;
  }
  return result;
}

namespace {

using Complex = std::complex<double>;

int flat(const std::vector<int>& index, const std::vector<int>& extents) {
  int at = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) at = at * extents[axis] + index[axis];
  return at;
}

int extent_of(ModeConvention convention, int m, bool last) {
  if (convention == ModeConvention::classic) return last ? m : 2 * m;
  if (convention == ModeConvention::centered) return last ? m / 2 + 1 : m;
  return m;
}

// The frequency that a row of the weights stands for.
int frequency_of(ModeConvention convention, int row, int m, bool last) {
  if (last || convention == ModeConvention::corner) return row;
  if (convention == ModeConvention::classic) return row < m ? row : row - 2 * m;
  return row - m / 2;
}

// Whether a frequency exists on an axis of n points, each counted once.
bool exists(ModeConvention convention, int k, int n, bool last) {
  if (last) return k <= n / 2;
  if (convention == ModeConvention::corner) return k < n;
  return k >= -(n / 2) && k < n - n / 2;
}

Complex turn(const std::vector<int>& k, const std::vector<int>& p, const std::vector<int>& grid) {
  double turns = 0;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) turns += double(k[axis] * p[axis] % grid[axis]) / grid[axis];
  return std::polar(1.0, 2 * std::numbers::pi * turns);
}

}  // namespace

std::vector<KeptMode> reference_modes(ModeConvention convention, const std::vector<int>& grid, int modes) {
  const std::size_t last = grid.size() - 1;
  std::vector<int> extents;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) extents.push_back(extent_of(convention, modes, axis == last));
  std::vector<KeptMode> kept;
  for (const auto& rows : all_indices(extents)) {
    KeptMode mode{.frequency = {}, .row = flat(rows, extents)};
    bool fits = true;
    for (std::size_t axis = 0; axis < grid.size(); ++axis) {
      mode.frequency.push_back(frequency_of(convention, rows[axis], modes, axis == last));
      fits = fits && exists(convention, mode.frequency.back(), grid[axis], axis == last);
    }
    if (fits) kept.push_back(mode);
  }
  return kept;
}

std::shared_ptr<const ModeSet> classic_modes(const std::vector<int>& grid, const std::vector<int>& modes) {
  auto set = std::make_shared<ModeSet>();
  const std::size_t ahead = kGridAxes - grid.size();
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const int m = modes[axis];
    set->size[ahead + axis] = set->period[ahead + axis] = grid[axis];
    std::vector<int>& list = set->frequency[ahead + axis];
    list.clear();
    for (int k = 0; k < m; ++k) list.push_back(k);
    if (axis + 1 < grid.size())
      for (int k = -m; k < 0; ++k) list.push_back(k);
  }
  set->weight_modes = set->count();  // every row is in use, in the order of the kept modes
  for (int row = 0; row < set->weight_modes; ++row) set->weight_index.push_back(row);
  return set;
}

std::vector<int> block_rows(const std::vector<int>& modes, int block) {
  std::vector<int> extents = modes;
  for (std::size_t axis = 0; axis + 1 < modes.size(); ++axis) extents[axis] *= 2;
  std::vector<int> rows;
  for (std::vector<int> index : all_indices(modes)) {
    for (std::size_t axis = 0; axis + 1 < modes.size(); ++axis)
      if (block >> axis & 1) index[axis] += modes[axis];
    rows.push_back(flat(index, extents));
  }
  return rows;
}

std::vector<double> direct_spectral_conv(const std::vector<double>& x, const std::vector<double>& w,
                                         const std::vector<int>& grid, const std::vector<KeptMode>& kept, int batch,
                                         int in, int out) {
  const auto points = all_indices(grid);
  const std::size_t n = points.size();
  std::vector<double> y(static_cast<std::size_t>(batch * out) * n);
  std::vector<Complex> wave(n);
  for (const KeptMode& mode : kept) {
    const int k = mode.frequency.back();
    const double count = (k == 0 || 2 * k == grid.back() ? 1.0 : 2.0) / static_cast<double>(n);
    for (std::size_t p = 0; p < n; ++p) wave[p] = turn(mode.frequency, points[p], grid);
    for (int b = 0; b < batch; ++b) {
      std::vector<Complex> mixed(static_cast<std::size_t>(out));
      for (int i = 0; i < in; ++i) {
        Complex spectrum;
        for (std::size_t p = 0; p < n; ++p)
          spectrum += x[static_cast<std::size_t>(b * in + i) * n + p] * std::conj(wave[p]);
        for (int o = 0; o < out; ++o) {
          const auto at = 2 * static_cast<std::size_t>((mode.row * in + i) * out + o);
          mixed[static_cast<std::size_t>(o)] += spectrum * Complex(w[at], w[at + 1]);
        }
      }
      for (int o = 0; o < out; ++o)
        for (std::size_t p = 0; p < n; ++p)
          y[static_cast<std::size_t>(b * out + o) * n + p] +=
              count * (mixed[static_cast<std::size_t>(o)] * wave[p]).real();
    }
  }
  return y;
}

}  // namespace fno::test
