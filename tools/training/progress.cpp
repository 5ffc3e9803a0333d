#include "tools/training/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tools/files/one_line.h"
#include "tools/report/text.h"

namespace fno::training {
namespace {

using report::format_number;

std::string number(double value) { return format_number(value, 4); }

double seconds_between(std::chrono::steady_clock::time_point a, std::chrono::steady_clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

}  // namespace

ProgressStyle progress_style(bool quiet, bool json, bool terminal) {
  const char *no_color = std::getenv("NO_COLOR"), *term = std::getenv("TERM");
  const bool bar = terminal && !json && term != nullptr && std::string(term) != "dumb";
  return {quiet, json, bar, bar && (no_color == nullptr || *no_color == '\0')};
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto s = static_cast<long long>(std::lround(std::max(0.0, seconds)));
  char text[48];
  if (s < 60)
    std::snprintf(text, sizeof text, "%llds", s);
  else if (s < 3600)
    std::snprintf(text, sizeof text, "%lldm%02llds", s / 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%lldh%02lldm", s / 3600, s % 3600 / 60);
  return text;
}

double Progress::seconds_left() const {
  const double done = done_ - first_done_;
  return done > 0 ? seconds_between(start_, Clock::now()) / done * (epochs_ - done_) : std::nan("");
}

void Progress::on_step(const StepRecord& step) {
  const double in_epoch = static_cast<double>(step.step_in_epoch) / static_cast<double>(step.steps_in_epoch);
  if (first_done_ < 0) first_done_ = step.epoch + in_epoch;
  done_ = step.epoch + in_epoch + 1.0 / static_cast<double>(step.steps_in_epoch);
  samples_ += step.samples;
  constexpr double kRedrawSeconds = 0.1;
  if (style_.quiet || !style_.terminal || seconds_between(last_draw_, Clock::now()) < kRedrawSeconds) return;
  last_draw_ = Clock::now();
  constexpr int kWidth = 20;
  const int filled = std::clamp(static_cast<int>(done_ / epochs_ * kWidth), 0, kWidth);
  const std::string bar =
      std::string(static_cast<std::size_t>(filled), '=') + std::string(static_cast<std::size_t>(kWidth - filled), ' ');
  draw("[" + bar + "] epoch " + std::to_string(step.epoch + 1) + "/" + std::to_string(epochs_) + "  loss " +
       number(step.loss) + "  rate " + number(step.learning_rate) + "  " +
       format_number(std::round(step.samples_per_second), 4) + " samples/s  " + duration_text(seconds_left()) +
       " left");
}

void Progress::on_epoch(const EpochRecord& epoch, int index, bool is_best) {
  const double speed = static_cast<double>(samples_) / std::max(epoch.seconds, 1e-9);
  samples_ = 0;
  if (style_.quiet) return;
  if (style_.json) {
    Json line = {{"epoch", index}};
    put_number(line, "train_loss", epoch.train_loss);
    if (epoch.val_loss) put_number(line, "val_loss", *epoch.val_loss);
    line["learning_rate"] = epoch.learning_rate;
    line["seconds"] = epoch.seconds;
    out_ << line.dump() << '\n' << std::flush;
    return;
  }
  std::string line =
      "epoch " + std::to_string(index + 1) + "/" + std::to_string(epochs_) + "  loss " + number(epoch.train_loss);
  if (epoch.val_loss) line += "  val_loss " + number(*epoch.val_loss) + (is_best ? " (best)" : "");
  line += "  rate " + number(epoch.learning_rate);
  if (epoch.skipped_steps > 0) line += "  skipped " + std::to_string(epoch.skipped_steps);
  line += "  " + format_number(std::round(speed), 4) + " samples/s  " + duration_text(seconds_left()) + " left";
  say(line);
}

void Progress::say(const std::string& line) {
  if (style_.quiet || style_.json) return;
  clear();
  out_ << one_line(line) << '\n' << std::flush;
}

// Without escape codes an old bar is blotted out with spaces.
void Progress::draw(const std::string& text) {
  out_ << '\r';
  if (style_.color) out_ << "\x1b[36m";
  out_ << text;
  if (style_.color) out_ << "\x1b[0m\x1b[K";
  if (drawn_ > text.size()) out_ << std::string(drawn_ - text.size(), ' ');
  out_ << std::flush;
  drawn_ = text.size();
}

void Progress::clear() {
  if (drawn_ > 0) out_ << '\r' << std::string(drawn_, ' ') << '\r';
  drawn_ = 0;
}

}  // namespace fno::training
