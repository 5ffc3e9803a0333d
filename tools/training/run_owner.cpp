#include "tools/training/run_owner.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "framework/error.h"
#include "tools/files/one_line.h"
#include "tools/training/json_values.h"
#include "tools/training/manifest.h"

namespace fno::training {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

[[noreturn]] void refuse(const fs::path& folder, int file) {
  std::array<char, 512> text{};
  const ssize_t length = ::pread(file, text.data(), text.size() - 1, 0);
  std::string owner(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  owner = one_line(owner.substr(0, owner.find('\n')));
  fail(ErrorKind::config, "--output-dir: found a run under way in ", folder.string(),
       owner.empty() ? "" : " (" + owner + ")", ", accepted: another folder, or this one when that run has ended");
}

// Whether the name still leads to the open file: an owner that ended has taken it away.
bool is_named(const fs::path& path, int file) {
  struct stat named {
  }, open{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(file, &open) == 0 && named.st_ino == open.st_ino &&
         named.st_dev == open.st_dev;
}

}  // namespace

RunOwner::RunOwner(const fs::path& folder) : path_(folder / kFile) {
  std::error_code error;
  fs::create_directories(folder, error);
  require<ErrorKind::storage>(!error, "--output-dir: cannot make ", folder.string(), ": ", error.message());
  for (;;) {
    // Open for writing: network file systems lock nothing else.
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) return;  // whoever writes the first file of the run will say why
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return;
      const int file = std::exchange(file_, -1);
      try {
        refuse(folder, file);
      } catch (...) {
        ::close(file);
        throw;
      }
    }
    if (is_named(path_, file_)) break;
    ::close(file_);
  }
  const std::string owner =
      "host " + host_name() + ", process " + std::to_string(::getpid()) + ", since " + utc_now() + "\n";
  // The name is for a message: that it cannot be written stops nobody.
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, owner.data(), owner.size(), 0) < 0) return;
}

RunOwner::~RunOwner() {
  if (file_ < 0) return;
  ::unlink(path_.c_str());  // while it is held, so that nobody can hold a file without a name unawares
  ::close(file_);
}

void require_no_owner(const fs::path& folder) {
  const int file = ::open((folder / RunOwner::kFile).c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  const bool taken = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  try {
    if (taken) refuse(folder, file);
  } catch (...) {
    ::close(file);
    throw;
  }
  ::close(file);
}

}  // namespace fno::training
