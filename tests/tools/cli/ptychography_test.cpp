// --task ptychography from outside: data, runs, scores, and the remedies that error messages name.
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/grid_lines_files.h"

namespace fno::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class PtychographyContract : public ::testing::Test {
 protected:
  PtychographyContract() { ok(grid_lines_words()); }
  Outcome ok(const Words& words) {
    Outcome outcome = run_fno(place_, words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }
  void rewrite(const std::string& file, const std::function<void(std::vector<NamedArray>&)>& change) {
    ptychography::rewrite(place_.path("set/" + file), place_.path("set/" + file), change);
  }
  [[nodiscard]] json read(const std::string& name) const { return json_of(place_, name); }
  [[nodiscard]] std::string text(const std::string& name) const { return text_of(place_.path(name)); }
  Scratch place_;
};

TEST_F(PtychographyContract, SimulatedSetsAreReusedAndAFunctionOfTheirSettings) {
  const std::string first = text("set/train.npz");
  const Outcome again = ok(grid_lines_words());
  EXPECT_NE(again.out.find("stands there already"), std::string::npos) << again.out;
  const json made = json::parse(ok(grid_lines_words({"--output", "two", "--threads", "2", "--json"})).out);
  EXPECT_EQ(made.at("made"), true);
  EXPECT_EQ(made.at("train"), "two/train.npz");
  EXPECT_EQ(json::parse(ok(grid_lines_words({"--output", "two", "--json"})).out).at("made"), false);
  EXPECT_TRUE(text("two/train.npz") == first);
  ok(grid_lines_words({"--output", "three", "--seed", "1"}));  // of the noise
  EXPECT_FALSE(text("three/train.npz") == first);
  EXPECT_EQ(read("set/dataset.json").at("additional_parameters").at("outer_offset_train"), 16);
  expect_complete_files(place_);
}

TEST_F(PtychographyContract, ARunLeavesTheFilesOfTheTable) {
  const Outcome run = ok(ptychography_words({"--test-data", "set/test.npz", "--epochs", "2", "--json"}));
  expect_complete_files(place_);
  const json metrics = read("run/metrics.json");
  EXPECT_EQ(json::parse(run.out).at("last"), metrics.at("last"));
  for (const char* key : {"mae", "mse", "psnr", "ssim", "ms_ssim", "frc50", "frc"})
    EXPECT_EQ(metrics.at("last").at(key).size(), 2u) << key;
  for (const char* which : {"last", "best"}) {
    const Outcome evaluated =
        ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "set/test.npz", "--weights", which, "--json"});
    EXPECT_EQ(json::parse(evaluated.out), metrics.at(which)) << which;
  }
  for (const char* path : {"run", "run/model.safetensors", "run/checkpoints/last.ckpt", "run/recon.npz"})
    EXPECT_TRUE(json::parse(ok({"inspect", path, "--json"}).out).is_object()) << path;
  // Names of the original's checkpoints.
  const std::string names = ok({"inspect", "run/model.safetensors"}).out;
  for (const char* name : {"lifter.conv1.weight", "encoder_blocks.0.spectral.weights", "output_proj.bias"})
    EXPECT_NE(names.find(name), std::string::npos) << name;
  for (const char* word : {"://", "src=\"/"}) EXPECT_EQ(text("run/report.html").find(word), std::string::npos) << word;
}

TEST_F(PtychographyContract, TheStoredSettingsOfAProfileGiveTheSameRun) {
  ok(ptychography_words({"--study-profile", "replica", "--epochs", "2", "--quiet"}));
  const std::string settings = text("run/config.toml");
  for (const char* line : {"probe_gain = \"batch\"\n", "loader_seed = 42\n", "schedule_mode = \"frozen_first_value\"\n",
                           "grad_clip = 1.0\n", "study_profile = \"replica\"\n"})
    EXPECT_NE(settings.find(line), std::string::npos) << line;
  ok({"train", "--config", "run/config.toml", "--output-dir", "again"});
  EXPECT_EQ(std::regex_replace(text("again/config.toml"), std::regex("\"again\""), "\"run\""), settings);
  EXPECT_EQ(read("again/effective.json"), read("run/effective.json"));
  EXPECT_EQ(read("again/history.json").at("train_loss"), read("run/history.json").at("train_loss"));
}

TEST_F(PtychographyContract, FlagsStandInForWhatATestFileDoesNotSay) {
  rewrite("test.npz", forget("nimgs_test"));
  EXPECT_EQ(run_fno(place_, ptychography_words({"--test-data", "set/test.npz"})).code, 3);
  ok(ptychography_words({"--test-data", "set/test.npz", "--nimgs-test", "1"}));
  rewrite("test.npz", forget("outer_offset_test"));
  ok(ptychography_words(
      {"--test-data", "set/test.npz", "--nimgs-test", "1", "--outer-offset-test", "8", "--output-dir", "both"}));
  EXPECT_EQ(read("both/history.json").at("amp_ssim"), read("run/history.json").at("amp_ssim"));
}

TEST_F(PtychographyContract, TheGateCanBeSwitchedOff) {
  rewrite("train.npz", counts());
  const Outcome refused = run_fno(place_, ptychography_words());
  EXPECT_EQ(refused.code, 4);
  EXPECT_NE(refused.err.find("--no-gate"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(place_.path("run")));
  ok(ptychography_words({"--no-gate"}));
}

TEST_F(PtychographyContract, AFileWithoutObjectsIsTrainedOnWithANotice) {
  rewrite("train.npz", [](auto& arrays) { std::erase_if(arrays, [](auto& a) { return a.name == "YY_full"; }); });
  const Outcome run = ok(ptychography_words());
  EXPECT_NE(run.err.find("notice: no physics gate: set/train.npz has no full objects (YY_full)"), std::string::npos)
      << run.err;
}

TEST_F(PtychographyContract, WithoutTestDataThereIsNullInThePlaceOfScores) {
  ok(ptychography_words());
  EXPECT_TRUE(read("run/history.json").at("val_loss").at(0).is_null());
  const json metrics = read("run/metrics.json");
  EXPECT_TRUE(metrics.at("best").is_null());
  EXPECT_TRUE(metrics.at("best_epoch").is_null());
}

}  // namespace
}  // namespace fno::test
