#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/training/run_record.h"

namespace fno::compare {

/// The command line as a shell would take it again: words with other than letters, digits and ./:=,+@%_- are quoted.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

/// invocation.json and invocation.sh in a folder: script, argv, command, parsed_args, cwd, timestamp_utc, pid, extra
/// {runtime_provenance, git_commit, git_dirty, invocation_mode}, and in the end status (completed or failed),
/// exit_code, finished_at_utc, run_dir, error. The environment is not in them.
class Invocation {
 public:
  /// `mode`: "command" for what was typed, "in_process" for a run that it began. `parsed`: its settings.
  Invocation(std::vector<std::string> words, std::string mode, training::Json parsed);
  /// Writes both files, status "running". The folder is made if need be. Errors: storage.
  void write(const std::filesystem::path& folder);
  /// The same with how it ended. Errors: storage.
  void finish(const std::filesystem::path& folder, int exit_code, const std::string& error);

 private:
  training::Json json_;
  std::string line_;
};

/// The settings of a run by key, as config.toml has them.
[[nodiscard]] training::Json settings_json(const settings::Settings& settings);

/// randomness_contract.json of one run: what was asked for, and the seeds that its live parts used. `noise_seed` is
/// that of the data.
[[nodiscard]] training::Json randomness_json(const training::RunRecord& run, std::uint64_t noise_seed);

}  // namespace fno::compare
