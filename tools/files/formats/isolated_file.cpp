#include "tools/files/formats/isolated_file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "framework/error.h"
#include "tools/files/byte_source.h"
#include "tools/files/formats/listed_file.h"
#include "tools/files/npy_format.h"

namespace fno {
namespace {

using Json = nlohmann::json;
using Open = std::unique_ptr<ArrayFile> (*)(const std::string&);

// Both processes are this program, so a message is its struct, and the bytes that it announces follow.
struct Request {
  std::uint64_t index = 0;
  std::int64_t first = 0, count = 0;
};
struct Reply {
  std::int32_t error = 0;  // an ErrorKind, and the bytes are its line
  std::int64_t text_width = 0;
  std::uint64_t bytes = 0;
};

constexpr std::uint64_t kBeyondFile = std::uint64_t{64} << 20;

template <class T>
std::span<std::byte> bytes_of(T& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

bool send_all(int socket, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_all(int socket, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

// ---- the process of the library ----

void answer(int socket, Reply reply, std::span<const std::byte> bytes) {
  reply.bytes = bytes.size();
  if (!send_all(socket, bytes_of(reply)) || !send_all(socket, bytes)) ::_exit(0);
}

// Limits of the next answer, which is to give `bytes`: a library that needs more memory or processor time follows a
// claim that is wrong, or is caught in a loop.
void limit(std::uint64_t file_size, std::uint64_t bytes) {
  constexpr std::uint64_t kSeconds = 2, kSlowest = 4 << 20;  // bytes a second
  const auto seconds = static_cast<time_t>(kSeconds + (file_size + bytes) / kSlowest);
  const itimerval time{.it_interval = {}, .it_value = {.tv_sec = seconds, .tv_usec = 0}};
  ::setitimer(ITIMER_PROF, &time, nullptr);
  // On top of what the process has from this program: the sixth number of statm is its data in pages.
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  for (int field = 0; field < 6; ++field) statm >> pages;
  rlimit memory{};
  if (!statm || ::getrlimit(RLIMIT_DATA, &memory) != 0) return;
  const std::uint64_t copies = 3 * bytes;  // in the order of the file, in ours, and a compressed part
  const std::uint64_t most =
      pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + file_size + kBeyondFile + copies;
  memory.rlim_cur = std::min<rlim_t>(most, memory.rlim_max);
  ::setrlimit(RLIMIT_DATA, &memory);
}

// Calls `work`, which answers; an error that it throws is the answer.
template <class Work>
void guarded(int socket, Work work) {
  std::pair<std::int32_t, std::string> error{static_cast<std::int32_t>(ErrorKind::data), ""};
  try {
    return work();
  } catch (const Error& e) {
    error = {e.exit_code(), e.what()};
  } catch (const std::bad_alloc&) {
    error.second = "it asks for more memory than there is";
  } catch (const std::exception& e) {
    error.second = e.what();
  }
  answer(socket, {.error = error.first}, std::as_bytes(std::span(error.second)));
}

Json listing(const ArrayFile& file) {
  Json arrays = Json::array();
  for (const std::string& name : file.names()) {
    const ArrayInfo a = file.info(name);
    arrays.push_back({a.name, a.stored_type, a.type ? static_cast<int>(*a.type) : -1, a.shape, a.fortran_order});
  }
  return {{"arrays", std::move(arrays)}, {"metadata", file.metadata()}};
}

[[noreturn]] void serve(int socket, const std::string& path, std::uint64_t file_size, Open open_file) {
  // An interrupt is for the program, which ends this process with its own. What a dying library prints is not for
  // users.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF}) std::signal(signal, SIG_DFL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  ::dup2(socket, STDERR_FILENO + 1);
  socket = STDERR_FILENO + 1;
  ::close_range(static_cast<unsigned>(socket) + 1, ~0U, 0);

  std::unique_ptr<ArrayFile> file;
  limit(file_size, 0);
  guarded(socket, [&] {
    file = open_file(path);
    const std::vector<std::uint8_t> text = Json::to_cbor(listing(*file));
    answer(socket, {}, std::as_bytes(std::span(text)));
  });
  Request request;
  while (file != nullptr && receive_all(socket, bytes_of(request))) {
    guarded(socket, [&] {
      const ArrayInfo info = file->info(file->names()[request.index]);
      std::vector<std::int64_t> shape = info.shape;
      if (!shape.empty()) shape[0] = request.count;
      limit(file_size, static_cast<std::uint64_t>(info.type ? checked_bytes(*info.type, 1, shape).value_or(0) : 0));
      const HostArray array =
          info.shape.empty() ? file->read(info.name) : file->read_range(info.name, request.first, request.count);
      answer(socket, {.text_width = array.text_width}, array.bytes);
    });
  }
  ::_exit(0);
}

// ---- this program ----

class IsolatedFile : public ListedFile {
 public:
  IsolatedFile(const std::string& path, std::string_view reader, Open open_file)
      : ListedFile(path), reader_(reader), file_size_(InputFile(path).size()) {
    int pair[2];
    require<ErrorKind::device>(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, path,
                               ": no channel to a process for ", reader_, ": ", std::strerror(errno));
    process_ = ::fork();
    if (process_ == 0) serve(pair[1], path, file_size_, open_file);
    ::close(pair[1]);
    socket_ = pair[0];
    if (process_ < 0) {
      ::close(socket_);
      fail(ErrorKind::device, path, ": no process for ", reader_, ": ", std::strerror(errno));
    }
    try {
      const Reply reply = receive_reply();
      const std::vector<std::byte> bytes = receive(reply.bytes);
      const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
      const Json listing = Json::from_cbor(begin, begin + bytes.size());
      for (const Json& a : listing["arrays"]) {
        const int type = a[2].get<int>();
        list({a[0].get<std::string>(), a[1].get<std::string>(),
              type < 0 ? std::nullopt : std::optional(static_cast<HostType>(type)),
              a[3].get<std::vector<std::int64_t>>(), a[4].get<bool>()});
      }
      metadata_ = listing["metadata"].get<std::map<std::string, std::string>>();
    } catch (...) {
      end_process();
      throw;
    }
  }
  ~IsolatedFile() override { end_process(); }

 private:
  HostArray read_part(std::size_t index, std::int64_t first, std::int64_t count) const override {
    const ArrayInfo& info = listed(index);
    HostArray array{*info.type, info.shape, {}, 0};
    if (!array.shape.empty()) array.shape[0] = count;
    const std::lock_guard lock(mutex_);
    // In pieces, so that the other process never holds much; not where each piece would cost as much as the whole.
    constexpr std::int64_t kPiece = 32 << 20;
    const std::int64_t size = checked_bytes(*info.type, 1, array.shape).value_or(0);
    const std::int64_t pieces = info.fortran_order || count == 0 || info.shape.empty() ? 1 : size / kPiece + 1;
    const std::int64_t step = (count + pieces - 1) / pieces;
    for (std::int64_t done = 0; done == 0 || done < count; done += std::max<std::int64_t>(step, 1)) {
      const Request request{index, first + done, std::min(step, count - done)};
      if (!send_all(socket_, std::as_bytes(std::span(&request, 1)))) fail_broken();
      const Reply reply = receive_reply();
      array.text_width = reply.text_width;
      std::vector<std::byte> piece = receive(reply.bytes);
      if (done == 0) {
        array.bytes = std::move(piece);
      } else {
        array.bytes.insert(array.bytes.end(), piece.begin(), piece.end());
      }
    }
    (void)array.count(where(index));
    return array;
  }

  // The reply, unless it is an error.
  [[nodiscard]] Reply receive_reply() const {
    Reply reply;
    if (!receive_all(socket_, bytes_of(reply))) fail_broken();
    if (reply.error == 0) return reply;
    const std::vector<std::byte> line = receive(reply.bytes);
    const std::string text(reinterpret_cast<const char*>(line.data()), line.size());
    fail(static_cast<ErrorKind>(reply.error), text.starts_with(path()) ? "" : path() + ": ", text);
  }

  [[nodiscard]] std::vector<std::byte> receive(std::uint64_t size) const {
    class Channel : public ByteSource {
     public:
      explicit Channel(const IsolatedFile& file) : file_(file) {}
      void read(std::span<std::byte> out) override {
        if (!receive_all(file_.socket_, out)) file_.fail_broken();
      }

     private:
      const IsolatedFile& file_;
    } channel(*this);
    return read_growing(channel, size, file_size_ + kBeyondFile);
  }

  [[noreturn]] void fail_broken() const {
    int status = 0;
    if (process_ > 0) ::waitpid(process_, &status, 0);
    process_ = -1;
    const std::string how = !WIFSIGNALED(status)          ? "ended"
                            : WTERMSIG(status) == SIGPROF ? "did not come to an end"
                                                          : std::string("broke down: ") + ::strsignal(WTERMSIG(status));
    fail(ErrorKind::data, path(), ": is damaged: ", reader_, ", reading it in a process of its own, ", how);
  }

  void end_process() const {
    ::close(socket_);
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }

  std::string reader_;
  std::uint64_t file_size_;
  int socket_ = -1;
  mutable pid_t process_ = -1;
  mutable std::mutex mutex_;  // one question at a time
};

}  // namespace

std::unique_ptr<ArrayFile> open_isolated(const std::string& path, std::string_view reader, Open open_file) {
  return std::make_unique<IsolatedFile>(path, reader, open_file);
}

}  // namespace fno
