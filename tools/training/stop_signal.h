#pragma once

namespace fno::training {

/// While one lives, the first SIGINT or SIGTERM is only noted, so that the run can end cleanly; a second one ends the
/// process at once. What was in force before comes back at the end. One at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// The signal's number, 0 if there was none.
  [[nodiscard]] static int received();

  static constexpr int kExit = 128;  ///< and the signal's number: exit status of a run that was stopped
};

}  // namespace fno::training
