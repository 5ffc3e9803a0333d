#pragma once

#include <filesystem>
#include <string>

namespace fno::training {

/// A run directory has one owner at a time: this, until it ends. The mark is a lock on the file .owner in it, which
/// names host, process and start for whoever finds it taken; the system lets go of it when the process ends, however it
/// ends. On network file systems the lock is as wide as theirs; where a file system has none, nothing is held.
class RunOwner {
 public:
  /// Makes the folder where it is absent. Errors: config, if another run has it; storage.
  explicit RunOwner(const std::filesystem::path& folder);
  RunOwner(const RunOwner&) = delete;
  RunOwner& operator=(const RunOwner&) = delete;
  ~RunOwner();

  static constexpr const char* kFile = ".owner";

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

/// Errors: config, if a run has the folder now, with the name of its owner.
void require_no_owner(const std::filesystem::path& folder);

}  // namespace fno::training
