// Signals sent to a run: it ends after the step under way, with a checkpoint; a second signal ends it at once.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/program.h"

namespace fno::test {
namespace {

// A run that would last for hours, some steps old.
class LongRun : public ::testing::Test {
 protected:
  LongRun() {
    write_pairs(place_.path("train.npz"), 6, 8);
    run_ = std::make_unique<Program>(place_, train_words({"--epochs", "9999999", "--batch-size", "1"}));
    wait_for(8);
  }
  void wait_for(std::ptrdiff_t steps) const {
    const auto made = [this] {
      const std::string text = text_of(place_.path("run/metrics.jsonl"));
      return std::count(text.begin(), text.end(), '\n');
    };
    constexpr int kPatience = 3000;
    for (int i = 0; i < kPatience && made() < steps; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  Scratch place_;
  std::unique_ptr<Program> run_;
};

class Stop : public LongRun, public ::testing::WithParamInterface<int> {};

TEST_P(Stop, LeavesACheckpointAndTheStatusOfTheSignal) {
  run_->send(GetParam());
  const Outcome outcome = run_->finish();
  EXPECT_EQ(outcome.code, 128 + GetParam());
  expect_complete_files(place_);

  const std::size_t last_line = outcome.err.rfind('\n', outcome.err.size() - 2) + 1;
  EXPECT_NE(outcome.err.find("stopped by a signal", last_line), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("run/checkpoints/last.ckpt", last_line), std::string::npos) << outcome.err;
  const auto manifest = json_of(place_, "run/manifest.json");
  EXPECT_EQ(manifest.at("exit_code"), 128 + GetParam());
  EXPECT_TRUE(manifest.at("end").is_string());
  const auto metrics = json_of(place_, "run/metrics.json");
  EXPECT_TRUE(metrics.contains("incomplete"));
  EXPECT_EQ(manifest.at("error"), metrics.at("incomplete"));
  // The weights of the step before the signal serve.
  const Outcome evaluated = run_fno(place_, {"evaluate", "--run", "run", "--data", "train.npz", "--json"});
  EXPECT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_TRUE(nlohmann::json::parse(evaluated.out).at("test").at("relative_l2").is_number());
}

INSTANTIATE_TEST_SUITE_P(Signals, Stop, ::testing::Values(SIGINT, SIGTERM),
                         [](const auto& c) { return c.param == SIGINT ? "Interrupt" : "Terminate"; });

using Warned = LongRun;

// SIGUSR1 is what batch systems send some time before the end.
TEST_F(Warned, LeavesACheckpointAndAsksToBeStartedAgain) {
  run_->send(SIGUSR1);
  const Outcome outcome = run_->finish();
  EXPECT_EQ(outcome.code, 75);
  EXPECT_EQ(json_of(place_, "run/manifest.json").at("exit_code"), 75);
  EXPECT_TRUE(std::filesystem::exists(place_.path("run/checkpoints/last.ckpt")));
}

TEST(TimeLimit, EndsARunWithACheckpointFromWhichItGoesOn) {
  const Scratch place;
  write_pairs(place.path("train.npz"), 6, 8);
  const Words limited{"--epochs", "9999999", "--batch-size", "1", "--time-limit", "0:01"};
  const Outcome first = run_fno(place, train_words(limited));
  EXPECT_EQ(first.code, 75) << first.err;
  EXPECT_NE(first.err.find("stopped when its time was over in epoch "), std::string::npos) << first.err;
  const auto steps = [&] { return json_lines(text_of(place.path("run/metrics.jsonl"))).size(); };
  const std::size_t before = steps();
  Words again = limited;
  again.emplace_back("--resume");
  EXPECT_EQ(run_fno(place, train_words(again)).code, 75);
  EXPECT_GT(steps(), before);
  expect_complete_files(place);
}

using Live = LongRun;

TEST_F(Live, ItsFolderIsNobodyElses) {
  const Outcome refused = run_fno(place_, train_words({"--force"}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("found a run under way in run (host "), std::string::npos) << refused.err;
  EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
  const Outcome plain = run_fno(place_, train_words({}));
  EXPECT_EQ(plain.code, 2);
  EXPECT_NE(plain.err.find(", process "), std::string::npos) << plain.err;
  const Outcome resumed = run_fno(place_, train_words({"--epochs", "9999999", "--batch-size", "1", "--resume"}));
  EXPECT_EQ(resumed.code, 2) << resumed.err;
  run_->send(SIGINT);
  EXPECT_EQ(run_->finish().code, 128 + SIGINT);
  EXPECT_EQ(run_fno(place_, train_words({"--force"})).code, 0);
}

using Killed = LongRun;

// The last line of a run that nothing could clean up is its checkpoint; what is effective must not fall behind it.
TEST_F(Killed, GoesOnWithEveryEpochItHad) {
  wait_for(40);  // of 5 an epoch
  run_->send(SIGKILL);
  EXPECT_EQ(run_->finish().code, 128 + SIGKILL);
  // Fewer epochs than it has: nothing is left but to measure and to write.
  const Outcome outcome = run_fno(place_, train_words({"--epochs", "1", "--batch-size", "1", "--resume"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  expect_complete_files(place_, true);
  const auto history = json_of(place_, "run/history.json"), effective = json_of(place_, "run/effective.json");
  const std::size_t epochs = history.at("train_loss").size();
  EXPECT_GT(epochs, 1u);
  EXPECT_TRUE(effective.at("at_first_step").is_object());
  ASSERT_EQ(effective.at("epochs").size(), epochs);
  for (std::size_t i = 0; i < epochs; ++i) EXPECT_EQ(effective.at("epochs")[i].at("epoch"), i);
  EXPECT_EQ(json_of(place_, "run/manifest.json").at("exit_code"), 0);
}

TEST(QuietRun, SaysThatItWasStopped) {
  const Scratch place;
  write_pairs(place.path("train.npz"), 6, 8);
  Program run(place, train_words({"--epochs", "9999999", "--batch-size", "1", "--quiet"}));
  const auto begun = [&] { return !text_of(place.path("run/metrics.jsonl")).empty(); };
  for (int i = 0; i < 3000 && !begun(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  run.send(SIGTERM);
  const Outcome outcome = run.finish();
  EXPECT_EQ(outcome.code, 128 + SIGTERM);
  EXPECT_TRUE(outcome.err.starts_with("stopped by a signal in epoch ")) << outcome.err;
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1);
}

using TwoSignals = LongRun;

// Both wait while the process is held, so the second is there before the first can have ended the run.
TEST_F(TwoSignals, EndItAtOnce) {
  run_->stop();
  run_->send(SIGINT);
  run_->send(SIGTERM);
  run_->send(SIGCONT);
  const Outcome outcome = run_->finish();
  EXPECT_TRUE(outcome.code == 128 + SIGINT || outcome.code == 128 + SIGTERM) << outcome.code;
  EXPECT_EQ(outcome.err.find("stopped by a signal"), std::string::npos) << outcome.err;
  EXPECT_TRUE(json_of(place_, "run/manifest.json").at("exit_code").is_null());
  expect_complete_files(place_, true);
}

}  // namespace
}  // namespace fno::test
