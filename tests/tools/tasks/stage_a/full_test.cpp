// fno study stage-a --part full: the registered design, on networks that take a tenth of a second.
#include "tools/tasks/stage_a/full.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <sys/file.h>
#include <unistd.h>

#include "framework/error.h"
#include "tests/tools/tasks/stage_a/small_study.h"
#include "tools/files/json_file.h"
#include "tools/files/sha256.h"
#include "tools/training/training_run.h"

namespace fno::stage_a {
namespace {

class FullDesign : public SmallStudy {
 protected:
  [[nodiscard]] StudyOptions full_options(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"--part",       "full", "--size-of-runs", "full", "--nimgs-train", "1",
                                   "--nimgs-test", "1",    "--epochs",       "12"};
    words.insert(words.end(), more.begin(), more.end());
    return options(words);
  }
  [[nodiscard]] std::vector<RunRow> rows() const { return read_rows((out() / "runs.jsonl").string()); }

  // Numbers of a member of a file of lines.
  static std::vector<std::int64_t> steps_of(const std::filesystem::path& path) {
    std::vector<std::int64_t> steps;
    for (const std::string& line : lines_of(path)) steps.push_back(Json::parse(line).at("step"));
    return steps;
  }

  // Makes the arm's run another process's for as long as the test goes on.
  void give_away(const std::string& arm) {
    std::filesystem::create_directories(out() / arm / "5");
    const std::string log = (out() / arm / "5" / "train.log").string();
    others_[arm] = ::open(log.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    ASSERT_EQ(::flock(others_[arm], LOCK_EX), 0);
  }
  void take_back(const std::string& arm) { ::close(others_.extract(arm).mapped()); }
  void leave_only(const std::string& wanted) {
    for (const char* arm :
         {"constant-1e-3", "plan", "constant-5e-4", "plan-whole", "control-whole", "constant-1e-3-whole", "remedy"})
      if (arm != wanted) give_away(arm);
  }
  ~FullDesign() override {
    for (const auto& [arm, file] : others_) ::close(file);
  }

  // All that is missing.
  void run_all(const StudyOptions& options) const { EXPECT_EQ(run_study(options), 0); }

 private:
  std::map<std::string, int> others_;
};

// Any prefix of pairs has the arms in balance: never more than one pair of one arm ahead of another.
TEST_F(FullDesign, OrdersItsRunsInPairsOfOneSeed) {
  const StudyProfile profile = study_profile(full_options({"--seeds", "1,2,3,4,5"}));
  const std::vector<FullRun> design = full_design(profile);
  ASSERT_EQ(design.size(), 15u + 3u + 5u);
  std::map<std::string, int> count;
  for (std::size_t i = 0; i < 15; ++i) {
    ++count[design[i].arm()];
    EXPECT_EQ(design[i].epochs, 10);
    EXPECT_LE(count["constant-5e-4"], count["constant-1e-3"]);
    EXPECT_LE(count["constant-1e-3"] - count["constant-5e-4"], 2);
    if (i + 1 < 15 && design[i].arm() == "constant-1e-3") {
      EXPECT_EQ(design[i + 1].arm(), "plan");
      EXPECT_EQ(design[i + 1].plan.weight_seed, design[i].plan.weight_seed);
    }
  }
  for (const char* arm : {"constant-1e-3", "constant-5e-4", "plan"}) EXPECT_EQ(count[arm], 5) << arm;
}

// What protocol.md says of the arms.
TEST_F(FullDesign, SettingsAreTheRegisteredOnes) {
  StudyOptions bare = study_options(test::call_of({"study", "stage-a", "--output-dir", "out", "--part", "full",
                                                   "--size-of-runs", "full", "--nimgs-train", "2", "--nimgs-test", "2"})
                                        .given);
  const StudyProfile profile = study_profile(bare);
  std::map<std::string, settings::Settings> arms;
  for (const FullRun& run : full_design(profile)) arms.emplace(run.arm(), settings_of(profile, run.plan));
  ASSERT_EQ(arms.size(), 7u);
  for (const auto& [name, s] : arms) {
    const bool control = name == "control-whole", fixed = name == "remedy";
    const bool plan = name.starts_with("plan");
    EXPECT_EQ(s.model.architecture, control ? "hybrid" : "stable_hybrid") << name;
    EXPECT_EQ(s.model.width, 32);
    EXPECT_EQ(s.model.blocks, 4);
    EXPECT_EQ(s.optim.batch_size, 16);
    EXPECT_EQ(s.optim.clip.value, control ? 1.0 : 0.0);
    EXPECT_EQ(s.own<ptychography::PtychographySettings>().probe_gain, fixed ? "fixed:16" : "batch");
    EXPECT_EQ(settings::name_of(s.train.short_last_batch), fixed ? "drop" : "keep");
    EXPECT_EQ(s.train.loader_seed, 42);
    EXPECT_EQ(s.optim.schedule.epochs, 50);
    EXPECT_EQ(settings::name_of(s.optim.schedule.kind), plan ? "WarmupCosine" : "Default") << name;
    EXPECT_EQ(settings::name_of(s.optim.schedule.mode), "stepped");
    EXPECT_EQ(s.optim.schedule.base, plan || name == "constant-5e-4" ? 5e-4 : 1e-3) << name;
    if (plan) {
      EXPECT_EQ(s.optim.schedule.warmup, 5);
      EXPECT_EQ(s.optim.schedule.min_ratio, 0.05);
    }
  }
}

TEST_F(FullDesign, LeavesRowsFilesAndLayersOfEveryRun) {
  run_all(full_options());
  const std::vector<RunRow> done = rows();
  ASSERT_EQ(done.size(), 7u);
  for (const RunRow& row : done) {
    const bool whole = row.key.change.ends_with("-whole");
    EXPECT_EQ(row.val_loss.size(), whole ? 12u : 10u);
    EXPECT_EQ(row.last_epoch, whole ? 12 : 10);
    EXPECT_TRUE(row.spread.back());
    EXPECT_TRUE(row.echo_ok);
    const auto folder = out() / row.key.change / "5";
    for (const char* file :
         {"history.json", "metrics.json", "effective.json", "layers.jsonl", "steps.npz", "train.log"})
      EXPECT_TRUE(std::filesystem::exists(folder / file)) << folder / file;
    EXPECT_EQ(row.json.at("model_sha256"), sha256_hex_of_file((folder / "model.safetensors").string()));
    // 34 patterns: three steps an epoch, two without the short batch.
    std::vector<std::int64_t> wanted{0, 1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 18, 21, 24, 27, 30, 32, 33, 36};
    if (!whole) std::erase_if(wanted, [](std::int64_t s) { return s > 30; });
    if (row.key.change == "remedy") wanted = {0, 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20};
    EXPECT_EQ(steps_of(folder / "layers.jsonl"), wanted) << row.key.change;
  }
  // The whole schedule has the short run as its beginning, and nothing is done twice.
  const auto plan = lines_of(out() / "plan" / "5" / "layers.jsonl");
  auto whole = lines_of(out() / "plan-whole" / "5" / "layers.jsonl");
  ASSERT_GT(whole.size(), plan.size());
  whole.resize(plan.size());
  EXPECT_EQ(whole, plan);
  run_all(full_options());
  EXPECT_EQ(rows().size(), 7u);
}

// The layers are those of the run, and looking changes no bit of it.
TEST_F(FullDesign, LookingLeavesTheRunAsItIs) {
  leave_only("constant-1e-3");
  run_all(full_options());
  const StudyProfile profile = study_profile(full_options());
  const FullRun run = full_design(profile).front();
  const auto plain = folder_ / "plain";
  const settings::Settings settings =
      settings_of(profile, run.plan, {{"optim.epochs", "10"}},
                  {.train = data() + "/train.npz", .test = data() + "/test.npz", .run = plain.string()});
  std::ostringstream silent;
  EXPECT_EQ(training::TrainingRun(settings, {.arguments = {}, .out = &silent, .log = &silent}).execute(), 0);
  const Json history = read_json((plain / "history.json").string());
  for (const char* key : {"train_loss", "val_loss"}) EXPECT_EQ(history.at(key), rows().front().json.at(key)) << key;
  const Json last = Json::parse(lines_of(run_folder(out(), run) / "layers.jsonl").back());
  EXPECT_EQ(last.at("step"), 30);
  EXPECT_EQ(last.at("epoch"), 10);
  EXPECT_GT(last.at("maps").at("bottleneck.pre_gelu").at("std"), 0);
  EXPECT_GT(last.at("tensors").at("encoder_blocks.0.layerscale").at("w"), 0);
  EXPECT_GT(last.at("tensors").at("lifter.conv1.weight").at("v"), 0);
}

// Stopped by its time again and again, a study comes to the bits of one that was not.
TEST_F(FullDesign, GoesOnWhereTimeStoppedIt) {
  leave_only("remedy");
  run_all(full_options());
  const RunRow wanted = rows().at(0);
  const auto layers = lines_of(out() / "remedy" / "5" / "layers.jsonl");
  std::filesystem::remove_all(out() / "remedy");
  std::filesystem::remove(out() / "runs.jsonl");
  int calls = 0;
  while (rows().empty() && ++calls < 500) run_all(full_options({"--minutes", "0.002"}));
  EXPECT_GT(calls, 2);
  const RunRow got = rows().at(0);
  EXPECT_EQ(got.key, wanted.key);
  for (const char* key : {"model_sha256", "val_loss", "train_loss", "grad_norm", "steps"})
    EXPECT_EQ(got.json.at(key), wanted.json.at(key)) << key;
  EXPECT_EQ(lines_of(out() / "remedy" / "5" / "layers.jsonl"), layers);
}

TEST_F(FullDesign, LeavesARunToTheProcessThatHasIt) {
  leave_only("remedy");
  run_all(full_options());
  ASSERT_EQ(rows().size(), 1u);
  take_back("plan");
  run_all(full_options());
  ASSERT_EQ(rows().size(), 2u);
  EXPECT_EQ(rows()[1].key.change, "plan");
}

TEST_F(FullDesign, RefusesWhatAnotherProgramBegan) {
  const auto folder = out() / "constant-1e-3" / "5";
  std::filesystem::create_directories(folder);
  write_json((folder / "manifest.json").string(), {{"git_commit", "abc"}});
  try {
    (void)run_study(full_options());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::config);
    EXPECT_NE(std::string(e.what()).find("found a run of commit abc"), std::string::npos) << e.what();
  }
}

TEST_F(FullDesign, RefusesTheSmallSizeAndForce) {
  const auto message = [](const StudyOptions& options) -> std::string {
    try {
      (void)run_study(options);
    } catch (const Error& e) {
      return e.kind() == ErrorKind::config ? e.what() : "";
    }
    return "";
  };
  EXPECT_NE(message(options({"--part", "full"})).find("--size-of-runs full"), std::string::npos);
  EXPECT_NE(message(full_options({"--force"})).find("--force"), std::string::npos);
}

}  // namespace
}  // namespace fno::stage_a
