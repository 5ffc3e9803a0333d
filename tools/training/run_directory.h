#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace fno::training {

/// Where a run leaves its files.
struct RunPaths {
  explicit RunPaths(std::filesystem::path run_folder) : folder(std::move(run_folder)) {}
  [[nodiscard]] std::string config() const { return folder / "config.toml"; }
  [[nodiscard]] std::string manifest() const { return folder / "manifest.json"; }
  [[nodiscard]] std::string effective() const { return folder / "effective.json"; }
  [[nodiscard]] std::string effective_lines() const { return folder / "effective.jsonl"; }
  [[nodiscard]] std::string history() const { return folder / "history.json"; }
  [[nodiscard]] std::string steps() const { return folder / "metrics.jsonl"; }
  [[nodiscard]] std::string metrics() const { return folder / "metrics.json"; }
  [[nodiscard]] std::string profile() const { return folder / "profile.json"; }
  [[nodiscard]] std::string model() const { return folder / "model.safetensors"; }
  [[nodiscard]] std::filesystem::path checkpoints() const { return folder / "checkpoints"; }
  [[nodiscard]] std::string last() const { return checkpoints() / "last.ckpt"; }
  [[nodiscard]] std::string best() const { return checkpoints() / "best.ckpt"; }
  std::filesystem::path folder;
};

/// Whether a run may be written there; changes nothing.
/// Errors   config: not a folder, or not empty without `force`; storage: cannot be made or written.
void check_run_directory(const std::filesystem::path& folder, bool force);

/// Makes the folder, its parents and checkpoints/; with `force` deletes what a run writes and nothing else (links are
/// deleted, not followed). Errors: as above.
void claim_run_directory(const RunPaths& paths, bool force);

/// Makes the folder, its parents and checkpoints/ where they are absent; deletes nothing. Errors: storage.
void make_run_folders(const RunPaths& paths);

/// Whether a run may begin anew in a folder that has no last checkpoint, over what stands there: nothing, the traces of
/// a run that never came to a checkpoint, and files that are none of a run's.
/// Errors   checkpoint: results or best weights stand there, so that the last checkpoint is missing;
///          config: files that have a run's names but are no run's.
void check_restart(const RunPaths& paths);

/// The first `count` whole lines of a file, fewer if it has fewer or is absent.
[[nodiscard]] std::vector<std::string> first_lines(const std::string& path, std::int64_t count);

/// A text file that grows by whole lines, for metrics.jsonl and effective.jsonl.
class LineFile {
 public:
  /// Creates the file, or cuts one that stands there to its first `kept` whole lines. Errors: storage.
  explicit LineFile(std::string path, std::int64_t kept = 0);
  /// The line is in the file when this returns. Errors: storage.
  void add(const std::string& line);

 private:
  void check() const;
  std::string path_;
  std::ofstream out_;
};

}  // namespace fno::training
