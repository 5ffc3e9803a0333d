#include "tests/support/golden_spectral.h"

#include <algorithm>

namespace fno::test {
namespace {

int blocks_of(const std::vector<int>& modes) { return 1 << (modes.size() - 1); }

std::string array_name(const std::string& name, int block, std::size_t part) {
  return name + std::to_string(block + 1) + (part ? "_im" : "_re");
}

}  // namespace

Tensor golden_weights(const GoldenFile& golden, const std::string& in_case, const std::string& name,
                      const std::vector<int>& modes, Dtype complex, const Device& device) {
  std::vector<double> pairs;
  Shape shape;
  for (int block = 0; block < blocks_of(modes); ++block) {
    const std::vector<int> rows = block_rows(modes, block);
    for (const std::size_t part : {0, 1}) {
      const GoldenArray stored = golden.get(in_case, array_name(name, block, part));
      const auto channels = static_cast<std::size_t>(stored.shape[0] * stored.shape[1]), m = rows.size();
      shape = {static_cast<std::int64_t>(m) * blocks_of(modes), stored.shape[0], stored.shape[1], 2};
      pairs.resize(static_cast<std::size_t>(shape.size()));
      for (std::size_t io = 0; io < channels; ++io)
        for (std::size_t k = 0; k < m; ++k)
          pairs[(static_cast<std::size_t>(rows[k]) * channels + io) * 2 + part] = stored.values.at(io * m + k);
    }
  }
  return tensor_of(pairs, shape, real_of(complex), device).as_complex();
}

::testing::AssertionResult near_golden_weights(const Tensor& actual, const GoldenFile& golden,
                                               const std::string& in_case, const std::string& name,
                                               const std::vector<int>& modes, const Tolerance& tolerance) {
  const std::vector<double> pairs = host_values(actual);
  const auto channels = static_cast<std::size_t>(actual.shape(1) * actual.shape(2));
  for (int block = 0; block < blocks_of(modes); ++block)
    for (const std::size_t part : {0, 1}) {
      std::vector<double> values;
      for (std::size_t io = 0; io < channels; ++io)
        for (const int row : block_rows(modes, block))
          values.push_back(pairs.at((static_cast<std::size_t>(row) * channels + io) * 2 + part));
      const std::string array = array_name(name, block, part);
      const auto result = near_scaled(values, golden.get(in_case, array).values, tolerance.of(actual.dtype()));
      if (!result) return ::testing::AssertionFailure() << array << ": " << result.message();
    }
  return ::testing::AssertionSuccess();
}

std::shared_ptr<const ModeSet> golden_modes(const Var& x, const std::vector<int>& modes) {
  std::vector<int> grid;
  for (int axis = 2; axis < x.shape().rank(); ++axis) grid.push_back(static_cast<int>(x.shape(axis)));
  const bool equal = std::all_of(modes.begin(), modes.end(), [&](int m) { return m == modes[0]; });
  return equal ? make_modes(ModeConvention::classic, grid, modes[0]) : classic_modes(grid, modes);
}

}  // namespace fno::test
