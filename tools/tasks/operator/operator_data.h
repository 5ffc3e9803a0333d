#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/network.h"
#include "tools/files/stored_array.h"
#include "tools/training/samples.h"

namespace fno::operators {

/// Pairs of functions on one grid, in ordinary memory.
struct OperatorData {
  std::string path, sha256;         ///< of the whole file
  std::vector<StoredArray> arrays;  ///< x and y before any repetition
  std::int64_t samples = 0, inputs = 0, outputs = 0;
  std::vector<std::int64_t> grid;  ///< n1 … nd
  std::vector<float> x;            ///< (samples, inputs, n1 … nd)
  std::vector<float> y;            ///< (samples, outputs, n1 … nd)

  [[nodiscard]] int dims() const { return static_cast<int>(grid.size()); }
  [[nodiscard]] std::int64_t points() const;  ///< of the grid
  operator training::SampleSource() const;    // what loaders take: a view of x and y
  [[nodiscard]] std::span<const float> input(std::int64_t sample) const;
  [[nodiscard]] std::span<const float> target(std::int64_t sample) const;
};

/// Reads an NPZ file with x (samples, channels, n1[, n2[, n3]]), float32, float64, integer or bool, and y, float32 or
/// float64, of the same layout. If y has one axis more, x is repeated along it: the first of y's grid axes.
///
/// Errors   data, one line that names file and array, what was found and what is accepted: missing file or array,
///          wrong type or rank, an axis without extent, sample counts or grids that disagree, NaN or infinity (with its
///          index). Types and shapes are judged before any element is read.
[[nodiscard]] OperatorData read_operator_data(const std::string& path);

/// Errors: data, unless `data` has these channels and dimensions; the grid is free. `whose` names where they come from.
void require_channels(const OperatorData& data, std::int64_t inputs, std::int64_t outputs, int dims,
                      const std::string& whose);

/// Mean and deviation of each channel over the grid and samples 0 … samples-1 of (…, channels, points); a constant
/// channel gets deviation 1.
[[nodiscard]] ChannelScaling fit_scaling(std::span<const float> values, std::int64_t samples, std::int64_t channels,
                                         std::int64_t points);

}  // namespace fno::operators
