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
};

}  // namespace fno::training
