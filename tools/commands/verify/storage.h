#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/commands/verify/finding.h"
#include "tools/files/host_array.h"

namespace fno::verify {

/// A format to be tried: writes arrays to a path, and reads them back.
struct Format {
  std::string name;
  std::function<void(const std::string& path, const std::vector<NamedArray>&)> write;
  std::function<std::vector<NamedArray>(const std::string& path)> read;
};

/// Every single bit of a small file flipped in turn: reading it must be refused, or give what was written (a date is
/// no array). Measure: flips that changed an array without a word; bound 0. Plain reading counts as a case.
[[nodiscard]] Finding check_flips(const Format& format, const std::string& folder, std::uint64_t seed);

/// In a temporary folder of their own, removed at the end: NPZ, stored and deflated, and the checkpoint file by their
/// flips, safetensors, which has no checksum, by what comes back, and a network's checkpoint by its weights and
/// moments. Errors: storage, if the folder for temporary files takes none.
[[nodiscard]] std::vector<Finding> check_files(std::uint64_t seed);

}  // namespace fno::verify
