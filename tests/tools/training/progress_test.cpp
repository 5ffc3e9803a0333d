#include "tools/training/progress.h"

#include <cstdlib>

#include "tests/tools/training/train_test_support.h"

namespace fno::training {
namespace {

StepRecord a_step(std::int64_t step) {
  return {.step = step, .step_in_epoch = step, .steps_in_epoch = 4, .samples = 2, .loss = 0.5, .learning_rate = 1e-3};
}

std::string shown(const ProgressStyle& style) {
  std::ostringstream out;
  Progress progress(out, style, 2);
  for (std::int64_t step = 0; step < 4; ++step) progress.on_step(a_step(step));
  progress.on_epoch({.train_loss = 0.5, .val_loss = 0.25, .learning_rate = 1e-3, .seconds = 1}, 0, true);
  return out.str();
}

TEST(Progress, IsALineAnEpochWithoutATerminal) {
  const std::string text = shown({});
  EXPECT_TRUE(text.starts_with("epoch 1/2  loss 0.5  val_loss 0.25 (best)  rate 0.001  8 samples/s")) << text;
  EXPECT_EQ(text.find_first_of("\r\x1b"), std::string::npos);
}

TEST(Progress, IsABarOnATerminalWithColourUnlessRefused) {
  const std::string plain = shown({.terminal = true}), color = shown({.terminal = true, .color = true});
  EXPECT_NE(plain.find("] epoch 1/2  loss 0.5  rate 0.001"), std::string::npos) << plain;
  EXPECT_NE(plain.find('\r'), std::string::npos);
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(color.find('\x1b'), std::string::npos);
}

TEST(Progress, IsSilentOrJsonOnDemand) {
  EXPECT_EQ(shown({.quiet = true, .terminal = true}), "");
  EXPECT_EQ(Json::parse(shown({.json = true})).at("val_loss"), 0.25);
}

TEST(Progress, HonoursNoColorAndDumbTerminals) {
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  EXPECT_TRUE(progress_style(false, false, true).color);
  EXPECT_FALSE(progress_style(false, false, false).terminal);
  EXPECT_FALSE(progress_style(false, true, true).terminal);
  setenv("NO_COLOR", "1", 1);
  EXPECT_TRUE(progress_style(false, false, true).terminal);
  EXPECT_FALSE(progress_style(false, false, true).color);
  unsetenv("NO_COLOR");
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(progress_style(false, false, true).terminal);
}

TEST(DurationText, PicksItsUnits) {
  EXPECT_EQ(duration_text(42.4), "42s");
  EXPECT_EQ(duration_text(185), "3m05s");
  EXPECT_EQ(duration_text(7800), "2h10m");
  EXPECT_EQ(duration_text(std::nan("")), "?");
}

}  // namespace
}  // namespace fno::training
