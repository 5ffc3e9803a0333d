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

/// The one exception of the project. `what()` is one line, complete in itself: where, which rule, what arrived, what
/// is accepted. `detail()` (shapes, a trace) follows only when the user asks for it.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& line, std::string detail = {})
      : std::runtime_error(line), kind_(kind), detail_(std::move(detail)) {}
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
