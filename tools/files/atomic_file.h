#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/error.h"

namespace fno {

/// A file that appears whole or not at all, also after a power cut. Bytes go to a hidden temporary in the same folder;
/// commit() syncs it, renames it over `path` and syncs the folder. Without commit() the temporary is removed and
/// what was at `path` stays.
///
/// Mode     0666 less the umask, also where an older file had another mode. A symbolic link is replaced.
/// Errors   kind storage, with the path and the system's reason. A path that holds something other than a regular
///          file (a folder, /dev/null) is refused, for the rename would destroy it.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Appends.
  void write(std::span<const std::byte> bytes);
  /// Replaces bytes written before.
  void patch(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Bytes written so far.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  void commit();
  /// Where the bytes lie until then, for a library that writes them by itself.
  [[nodiscard]] const std::string& temporary() const noexcept { return temporary_; }

 private:
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  [[noreturn]] void give_up(std::string_view action);

  std::string path_, folder_, temporary_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// The above in one call.
void write_file_atomic(const std::string& path, std::span<const std::byte> bytes);
void write_file_atomic(const std::string& path, std::string_view text);

/// Makes a folder and its parents where they are absent. Errors: storage.
void make_folder(const std::filesystem::path& folder);

/// The whole of a regular file. Errors of the given kind: missing, unreadable, more than `max_bytes`.
[[nodiscard]] std::vector<std::byte> read_whole_file(const std::string& path, std::uint64_t max_bytes,
                                                     ErrorKind kind = ErrorKind::data);

}  // namespace fno
