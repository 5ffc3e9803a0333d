#pragma once

#include <optional>

namespace fno::training {

/// While one lives, the first SIGINT, SIGTERM or SIGUSR1 (which batch systems can send some minutes before the end) is
/// only noted, so that the run can end cleanly; so is the end of the time that it was given. A second signal ends the
/// process at once, unless the first was SIGUSR1. What was in force before comes back at the end. One at a time.
class StopSignal {
 public:
  /// `seconds`   from the start of the program until the time is over; none: never.
  explicit StopSignal(std::optional<double> seconds = std::nullopt);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// The signal's number, 0 if there was none.
  [[nodiscard]] static int received();
  /// A signal has come, or the time is over.
  [[nodiscard]] static bool asked();
  /// Exit status of a run that was stopped: kTimeIsOver if its time was over or SIGUSR1 said so, which asks to be
  /// started again with --resume; else 128 and the signal's number, SIGTERM where nobody sent one.
  [[nodiscard]] static int status();
  /// Whether an exit status is one of these.
  [[nodiscard]] static bool is_stop(int status) { return status > kExit || status == kTimeIsOver; }

  static constexpr int kExit = 128;
  static constexpr int kTimeIsOver = 75;  ///< EX_TEMPFAIL of sysexits.h
};

}  // namespace fno::training
