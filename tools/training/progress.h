#pragma once

#include <chrono>
#include <ostream>
#include <string>

#include "tools/training/trainer.h"

namespace fno::training {

/// How progress is shown.
struct ProgressStyle {
  bool quiet = false, json = false;
  bool terminal = false;  ///< a bar that is drawn over itself, else a line an epoch
  bool color = false;     ///< escape codes; only on a terminal, and not with NO_COLOR
};

/// The style for a stream, NO_COLOR and TERM=dumb honoured.
[[nodiscard]] ProgressStyle progress_style(bool quiet, bool json, bool terminal);

/// Shows a run while it goes on: epoch, loss, rate, samples/s and time left.
class Progress {
 public:
  Progress(std::ostream& out, const ProgressStyle& style, int epochs) : out_(out), style_(style), epochs_(epochs) {}
  void on_step(const StepRecord& step);
  void on_epoch(const EpochRecord& epoch, int index, bool is_best);
  /// A line of its own, such as a notice; with --json nothing, since the result holds what was said.
  void say(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(const std::string& text);
  void clear();
  [[nodiscard]] double seconds_left() const;

  std::ostream& out_;
  ProgressStyle style_;
  int epochs_;
  std::size_t drawn_ = 0;  // columns of the bar on the screen
  Clock::time_point start_ = Clock::now(), last_draw_{};
  double first_done_ = -1, done_ = 0;  // in epochs
  std::int64_t samples_ = 0;
};

/// 42s, 3m05s, 2h10m.
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace fno::training
