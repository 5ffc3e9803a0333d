#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace fno {

/// What went wrong, as the exit code of the program that could not go on.
enum class ErrorKind {
  config = 2,      ///< a setting that is unknown, out of range or does not fit the data; a wrong shape
  data = 3,        ///< an input file that is missing, damaged or not what it should be
  numeric = 4,     ///< NaN, infinity or divergence that arose in computing
  device = 5,      ///< no device, out of memory, tensors on different devices
  storage = 6,     ///< not writable, full, I/O error
  checkpoint = 7,  ///< a checkpoint that is damaged or does not fit
};

/// One link of what this thread is doing; ErrorContext makes them.
class ErrorLink {
 public:
  ErrorLink(const ErrorLink&) = delete;
  ErrorLink& operator=(const ErrorLink&) = delete;
  /// What is being done now, a line "  while …" a link, outermost first. Empty where nothing is named.
  [[nodiscard]] static std::string chain();

 protected:
  using Print = void (*)(const ErrorLink&, std::ostream&);
  explicit ErrorLink(Print print) : print_(print), outer_(innermost_) { innermost_ = this; }
  ~ErrorLink() { innermost_ = outer_; }

 private:
  Print print_;
  const ErrorLink* outer_;
  static constinit thread_local const ErrorLink* innermost_;
};

/// Names what is being done while it lives: an Error made meanwhile on this thread tells it in its detail. The words
/// are put together only then.
///
///     const ErrorContext reading([&](std::ostream& words) { words << "reading " << path; });
template <class Write>
class ErrorContext : public ErrorLink {
 public:
  explicit ErrorContext(Write write)
      : ErrorLink(
            [](const ErrorLink& link, std::ostream& words) { static_cast<const ErrorContext&>(link).write_(words); }),
        write_(std::move(write)) {}

 private:
  Write write_;
};

/// The one exception of the project. `what()` is one line, complete in itself: where, which rule, what arrived, what
/// is accepted. `detail()`, what was being done when it was made (see ErrorContext), follows only when the user asks.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& line) : std::runtime_error(line), kind_(kind), detail_(ErrorLink::chain()) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] int exit_code() const noexcept { return static_cast<int>(kind_); }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }

 private:
  ErrorKind kind_;
  std::string detail_;
};

/// Throws an Error of the given kind whose line is the parts, streamed one after another.
template <class... Parts>
[[noreturn]] void fail(ErrorKind kind, const Parts&... parts) {
  std::ostringstream line;
  (line << ... << parts);
  throw Error(kind, line.str());
}

/// Throws unless `ok`. The parts are formatted only on failure.
template <ErrorKind kind, class... Parts>
void require(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(kind, parts...);
}

}  // namespace fno
