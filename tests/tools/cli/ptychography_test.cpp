// --task ptychography from outside: data, runs, scores, and the remedies that error messages name.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/grid_lines_files.h"

namespace fno::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class PtychographyContract : public InFolder {
 protected:
  PtychographyContract() { ok(grid_lines_words()); }
  void rewrite(const std::string& file, const std::function<void(std::vector<NamedArray>&)>& change) {
    ptychography::rewrite(place_.path("set/" + file), place_.path("set/" + file), change);
  }
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
  for (const Words& from : {Words{"--run", "run"}, Words{"--model", "run/model.safetensors"}}) {
    Words words{"predict", "--device", "cpu", "--data", "set/test.npz", "--output", "again.npz", "--force"};
    words.insert(words.end(), from.begin(), from.end());
    EXPECT_NE(ok(words).out.find("amplitude SSIM"), std::string::npos);
    const NpzReader again(place_.path("again.npz")), recon(place_.path("run/recon.npz"));
    for (const char* name : {"YY_pred", "amp", "phase"})
      EXPECT_EQ(again.read(name).bytes, recon.read(name).bytes) << name;
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
  EXPECT_TRUE(metrics.at("last").is_null());
  EXPECT_TRUE(metrics.at("best").is_null());
  EXPECT_TRUE(metrics.at("best_epoch").is_null());
}

TEST_F(PtychographyContract, AShortBatchThatIsTheOnlyOneIsKeptAndSaysSo) {
  ok(ptychography_words({"--batch-size", "64", "--short-last-batch", "drop"}));  // 49 patches
  EXPECT_EQ(read("run/effective.json").at("at_first_step").at("loader").at("short_last_batch"), "keep");
  EXPECT_EQ(read("run/effective.json").at("at_first_step").at("loader").at("steps"), 1);
}

TEST_F(PtychographyContract, AScheduleThatAProfileFreezesIsNamed) {
  const Outcome run = ok(ptychography_words({"--study-profile", "replica", "--scheduler", "Exponential"}));
  EXPECT_NE(run.err.find("--scheduler Exponential: --study-profile replica keeps the rate of the first epoch"),
            std::string::npos)
      << run.err;
}

// A finished run of two epochs, and what --resume makes of it once something has happened to it.
class Resumed : public PtychographyContract {
 protected:
  Resumed() { ok(words({})); }
  [[nodiscard]] static Words words(Words more) {
    if (std::ranges::find(more, "--epochs") == more.end()) more.insert(more.end(), {"--epochs", "2"});
    more.insert(more.end(), {"--test-data", "set/test.npz"});
    return ptychography_words(more);
  }
  Outcome resume(Words more = {}) {
    more.push_back("--resume");
    return run_fno(place_, words(more));
  }
  void expect_refusal(const Outcome& outcome, int code, const std::string& word) {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(word), std::string::npos) << outcome.err;
  }
};

TEST_F(Resumed, AFinishedRunSaysSoEvenQuietly) {
  const auto before = place_.files();
  const Outcome quiet = resume({"--quiet"});
  EXPECT_EQ(quiet.code, 0);
  EXPECT_EQ(quiet.err, "");
  EXPECT_NE(quiet.out.find("the run in run has finished its 2 epochs"), std::string::npos) << quiet.out;
  EXPECT_NE(resume({"--epochs", "1"}).out.find("its 2 epochs, which are more than --epochs 1"), std::string::npos);
  const Outcome as_json = resume({"--json", "--quiet"});
  const json result = json::parse(as_json.out);
  EXPECT_EQ(result.at("last"), read("run/metrics.json").at("last"));
  EXPECT_EQ(result.at("best"), read("run/metrics.json").at("best"));
  EXPECT_EQ(result.at("epochs"), 2);
  EXPECT_TRUE(place_.files() == before);
}

TEST_F(Resumed, ResultsThatWereNeverWrittenAreMade) {
  const json metrics = read("run/metrics.json"), effective = read("run/effective.json");
  fs::remove(place_.path("run/metrics.json"));
  fs::remove(place_.path("run/report.html"));
  const Outcome again = resume({"--epochs", "1"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.err.find("has 2 epochs already, more than --epochs 1"), std::string::npos) << again.err;
  EXPECT_EQ(read("run/metrics.json"), metrics);
  EXPECT_EQ(read("run/effective.json"), effective);
  EXPECT_TRUE(fs::exists(place_.path("run/report.html")));
  // Killed after the results and before the manifest's last word.
  json manifest = read("run/manifest.json");
  manifest["exit_code"] = nullptr;
  put_text(place_.path("run/manifest.json"), manifest.dump());
  fs::remove(place_.path("run/recon.npz"));
  EXPECT_EQ(resume().code, 0);
  EXPECT_TRUE(fs::exists(place_.path("run/recon.npz")));
  EXPECT_EQ(read("run/manifest.json").at("exit_code"), 0);
}

TEST_F(Resumed, BestWeightsAreLookedAtBeforeTraining) {
  const std::string best = place_.path("run/checkpoints/best.ckpt"), text = text_of(best);
  const std::string steps = this->text("run/metrics.jsonl");
  std::string damaged = text;
  damaged[damaged.size() / 2] ^= 1;
  put_text(best, damaged);
  expect_refusal(resume({"--epochs", "3"}), 7, "run/checkpoints/best.ckpt");
  fs::remove(best);
  expect_refusal(resume({"--epochs", "3"}), 7, "run/checkpoints/best.ckpt");
  EXPECT_EQ(this->text("run/metrics.jsonl"), steps);
  put_text(best, text);
  EXPECT_EQ(resume({"--epochs", "3"}).code, 0);
}

TEST_F(Resumed, AMissingCheckpointIsNoReasonToBeginAnew) {
  put_text(place_.path("run/notes.txt"), "mine");
  fs::remove(place_.path("run/checkpoints/last.ckpt"));
  for (const char* result : {"checkpoints/best.ckpt", "model.safetensors", "metrics.json"}) {
    const auto before = place_.files();
    const Outcome outcome = resume();
    expect_refusal(outcome, 7, "run/checkpoints/last.ckpt");
    expect_refusal(outcome, 7, result);
    EXPECT_TRUE(place_.files() == before) << result;
    fs::remove(place_.path("run/" + std::string(result)));
  }
  // What is left are the traces of a run that never came to a checkpoint.
  const Outcome anew = resume();
  EXPECT_EQ(anew.code, 0) << anew.err;
  EXPECT_NE(anew.err.find("starts from the beginning"), std::string::npos) << anew.err;
  EXPECT_EQ(text("run/notes.txt"), "mine");
  EXPECT_EQ(json_lines(text("run/metrics.jsonl")).size(), 8u);
}

TEST_F(Resumed, FilesOfOthersWithARunsNamesAreLeftAlone) {
  fs::create_directory(place_.path("other"));
  put_text(place_.path("other/config.toml"), "# mine");
  expect_refusal(resume({"--output-dir", "other"}), 2, "other/config.toml");
  EXPECT_EQ(text("other/config.toml"), "# mine");
}

TEST_F(Resumed, OtherDataOrAnotherDeviceAreRefusedByTheirKey) {
  expect_refusal(resume({"--epochs", "3", "--device", "cuda:63"}), 2, "run.device: found cuda:63");
  fs::remove(place_.path("run/manifest.json"));  // the checkpoint knows the data
  const std::string test = text("set/test.npz");
  rewrite("test.npz", [](auto& arrays) { arrays.push_back({"more", make_host_text("mine")}); });
  expect_refusal(resume({"--epochs", "3"}), 2, "run.test_data: found");
  put_text(place_.path("set/test.npz"), test);
  rewrite("train.npz", [](auto& arrays) { arrays.push_back({"more", make_host_text("mine")}); });
  expect_refusal(resume({"--epochs", "3"}), 2, "run.data: found");
}

TEST_F(Resumed, ACosineThatEndsElsewhereIsNamed) {
  ok(words({"--output-dir", "cosine", "--scheduler", "WarmupCosine", "--quiet"}));
  const Outcome longer = resume({"--output-dir", "cosine", "--scheduler", "WarmupCosine", "--epochs", "4"});
  EXPECT_EQ(longer.code, 0) << longer.err;
  EXPECT_NE(longer.err.find("the cosine now ends at epoch 4, not 2"), std::string::npos) << longer.err;
  EXPECT_EQ(resume({"--epochs", "3"}).err.find("cosine"), std::string::npos);
}

TEST_F(Resumed, InspectShowsARunInShortLines) {
  std::istringstream lines(ok({"inspect", "run"}).out);
  std::string all;
  for (std::string line; std::getline(lines, line); all += line + "\n") EXPECT_LE(line.size(), 200u) << line;
  for (const char* word :
       {"command_line", "fno train --task ptychography", "last", "ssim", "seeds", "weights 0", "checkpoints/last.ckpt"})
    EXPECT_NE(all.find(word), std::string::npos) << word << " in\n" << all;
  EXPECT_EQ(all.find("{\""), std::string::npos) << all;
}

}  // namespace
}  // namespace fno::test
