#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/parameters.h"
#include "tools/files/stored_array.h"
#include "tools/training/json_values.h"

namespace fno::training {

/// RUN/manifest.json: who made this run, from what, on what. Written when the run starts, with exit_code null, and
/// again when it ends.
struct Manifest {
  std::vector<std::string> arguments;
  std::string device;
  std::string cuda_libraries;  ///< who ran what libraries of the toolkit can run: own, vendor, auto
  int threads = 0;
  std::string cpu_isa;  ///< the instruction set of the CPU's kernels
  struct DataFile {
    std::string role, path, sha256;
    std::vector<StoredArray> arrays;
  };
  std::vector<DataFile> data;
  std::uint64_t seed = 0, loader_seed = 0;
  ParameterCount parameters;
  std::string start, end;  ///< ISO 8601, UTC; end empty while it runs
  std::optional<int> exit_code;
  std::optional<std::int64_t> resumed_from_step;  ///< of a run that went on from a checkpoint
  std::string error;                              ///< the one line of a run that failed
  /// At the end, bytes: most that the device had handed out at once, what its pool held, most of the whole process.
  struct Memory {
    std::size_t device_peak = 0, device_reserved = 0, process_peak = 0;
  };
  std::optional<Memory> memory;
};

/// The entry of a data file, its path made absolute.
[[nodiscard]] Manifest::DataFile data_file(const std::string& role, const std::string& path, const std::string& sha256,
                                           const std::vector<StoredArray>& arrays);

/// Version, commit and library versions are added here.
[[nodiscard]] Json manifest_json(const Manifest& manifest);

/// Most memory that this process has had resident so far (VmHWM of /proc/self/status), bytes; 0 where it is not known.
[[nodiscard]] std::size_t process_peak_bytes();

/// Now, as 2026-01-31T23:59:59Z.
[[nodiscard]] std::string utc_now();

}  // namespace fno::training
