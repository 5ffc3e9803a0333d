#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fno::test {

using Extents = std::vector<std::int64_t>;

/// An NPY file of version 1.0 whose header says what it is told to, whatever the data are.
[[nodiscard]] std::string npy(const std::string& descr, const Extents& shape, const std::string& data);

/// float32 values, a smooth function of the position, as NPY.
[[nodiscard]] std::string smooth_npy(const Extents& shape, double phase = 0);
/// The same with `value` at flat index `at`.
[[nodiscard]] std::string spoilt_npy(const Extents& shape, std::size_t at, float value);

/// A zip archive, stored, with right checksums: what numpy.savez makes of such members.
void write_zip(const std::string& path, const std::vector<std::pair<std::string, std::string>>& members);
/// The same of x.npy and y.npy.
void write_set(const std::string& path, const std::string& x, const std::string& y);
/// `samples` smooth pairs on an n x n grid.
void write_pairs(const std::string& path, std::int64_t samples, std::int64_t n);

}  // namespace fno::test
