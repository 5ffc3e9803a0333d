#pragma once

#include <memory>
#include <vector>

#include "framework/ops/spectral.h"

namespace fno::test {

/// A frequency on each axis of a grid and the row of the weights that acts on it.
struct KeptMode {
  std::vector<int> frequency;
  int row;
};

/// Every index of an array of these extents, the last axis fastest.
[[nodiscard]] std::vector<std::vector<int>> all_indices(const std::vector<int>& extents);

/// The kept modes of a convention written down from its definition, by other means than make_modes().
[[nodiscard]] std::vector<KeptMode> reference_modes(ModeConvention convention, const std::vector<int>& grid, int modes);

/// `classic` with its own number of modes on each axis, as the golden files have it.
[[nodiscard]] std::shared_ptr<const ModeSet> classic_modes(const std::vector<int>& grid, const std::vector<int>& modes);

/// Rows of the weights (N, Ci, Co) that hold block number `block` (bit a set: the last m rows of leading axis a), in
/// the row-major order of the block's own mode axes.
[[nodiscard]] std::vector<int> block_rows(const std::vector<int>& modes, int block);

/// The layer by direct sums: x (B, Ci, grid), w (N, Ci, Co) as pairs; the result (B, Co, grid).
[[nodiscard]] std::vector<double> direct_spectral_conv(const std::vector<double>& x, const std::vector<double>& w,
                                                       const std::vector<int>& grid, const std::vector<KeptMode>& kept,
                                                       int batch, int in, int out);

}  // namespace fno::test
