#include "tools/files/atomic_file.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "tools/files/input_file.h"

namespace fno {
namespace {

/// A name that no other writer uses: process and counter. What a killed process left behind is stepped over.
std::string temporary_name(const std::string& folder, const std::string& name) {
  static std::atomic<std::uint64_t> counter{0};
  constexpr std::size_t kLongest = 200;  // a file name has at most 255 bytes
  return folder + "/." + name.substr(0, kLongest) + ".tmp." + std::to_string(::getpid()) + "." +
         std::to_string(counter.fetch_add(1));
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  const std::size_t slash = path_.rfind('/');
  folder_ = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
  const std::string name = slash == std::string::npos ? path_ : path_.substr(slash + 1);
  require<ErrorKind::storage>(!name.empty(), path_, ": cannot be written: names no file");
  struct stat status {};
  require<ErrorKind::storage>(::stat(path_.c_str(), &status) != 0 || S_ISREG(status.st_mode), path_,
                              ": cannot be written: exists and is not a regular file");
  do {
    temporary_ = temporary_name(folder_, name);
    // The kernel takes the umask (and the folder's access list) off the mode; asking for the umask would set it.
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd_ < 0 && errno == EEXIST);
  if (fd_ < 0)
    fail(ErrorKind::storage, path_, ": cannot be created in folder ", folder_, ": ",
         std::generic_category().message(errno));
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::give_up(std::string_view action) {
  fail(ErrorKind::storage, path_, ": cannot be ", action, " (", size_,
       " bytes so far): ", std::generic_category().message(errno));
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) give_up("written");
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_at(size_, bytes);
  size_ += bytes.size();
}

void AtomicFile::patch(std::uint64_t offset, std::span<const std::byte> bytes) { write_at(offset, bytes); }

void AtomicFile::commit() {
  if (::fsync(fd_) != 0) give_up("synced to disk");
  if (::close(std::exchange(fd_, -1)) != 0) give_up("closed");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) give_up("renamed into place");
  temporary_.clear();
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) give_up("synced: its folder does not open");
  // Some network file systems cannot sync a folder and say EINVAL.
  const int failed = ::fsync(folder) != 0 && errno != EINVAL ? errno : 0;
  ::close(folder);
  errno = failed;
  if (failed != 0) give_up("synced with its folder");
}

void write_file_atomic(const std::string& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file_atomic(const std::string& path, std::string_view text) {
  write_file_atomic(path, std::as_bytes(std::span(text)));
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require<ErrorKind::storage>(!error, folder.string(), ": cannot make the folder: ", error.message());
}

std::vector<std::byte> read_whole_file(const std::string& path, std::uint64_t max_bytes, ErrorKind kind) {
  const InputFile file(path, kind);
  if (file.size() > max_bytes) fail(kind, path, ": has ", file.size(), " bytes; at most ", max_bytes, " are accepted");
  std::vector<std::byte> bytes(file.size());
  file.read_at(0, bytes);
  return bytes;
}

}  // namespace fno
