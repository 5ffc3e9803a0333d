// What a good run shows and leaves behind, looked at from outside: files, keys, streams, bits.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/program.h"

namespace fno::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Contract : public InFolder {
 protected:
  // The small real task: 40 samples on 16 x 16 and 12 others at twice the resolution.
  void simulate() {
    ok({"simulate", "darcy", "--output", "train.npz", "--samples", "40", "--grid", "16", "--contrast", "3,12"});
    ok({"simulate", "darcy", "--output", "test.npz", "--samples", "12", "--grid", "32", "--stride", "2", "--seed",
        "9"});
  }
  Outcome train(Words more = {}) {
    const auto unless_given = [&](const char* flag, const char* value) {
      if (std::ranges::find(more, flag) == more.end()) more.insert(more.end(), {flag, value});
    };
    unless_given("--epochs", "2");
    unless_given("--fno-width", "8");
    unless_given("--fno-modes", "4");
    return ok(train_words(more));
  }
};

void expect_numbers(const json& list, std::size_t count) {
  ASSERT_EQ(list.size(), count);
  for (const json& value : list) EXPECT_TRUE(value.is_number()) << value;
}

void expect_metrics(const json& metrics, int n, int grid) {
  const json& test = metrics.at("test");
  for (const char* key : {"relative_l2", "relative_h1"}) {
    ASSERT_TRUE(test.at(key).is_number()) << key;
    EXPECT_TRUE(test.at(key) > 0 && test.at(key) < 2) << test;
  }
  EXPECT_EQ(test.at("n"), n);
  EXPECT_EQ(test.at("grid"), json({grid, grid}));
}

// Names, shapes and values; not the metadata, which hold settings that do not change results.
std::string tensors_of(const std::string& safetensors) {
  std::uint64_t size = 0;
  std::memcpy(&size, safetensors.data(), sizeof size);
  json header = json::parse(safetensors.substr(sizeof size, size));
  header.erase("__metadata__");
  return header.dump() + safetensors.substr(sizeof size + size);
}

TEST_F(Contract, ARunLeavesTheFilesOfTheTable) {
  simulate();
  train({"--test-data", "test.npz", "--seed", "3", "--log-grad-norm"});
  expect_complete_files(place_);
  for (const char* name : {"config.toml", "model.safetensors", "checkpoints/best.ckpt", "checkpoints/last.ckpt"})
    EXPECT_TRUE(fs::is_regular_file(place_.path("run/" + std::string(name)))) << name;
  EXPECT_FALSE(fs::is_empty(place_.path("run/figures")));

  const json history = read("run/history.json");
  for (const char* key : {"train_loss", "val_loss", "learning_rate", "grad_norm", "seconds"})
    expect_numbers(history.at(key), 2);

  // 36 samples in batches of 20.
  const std::vector<json> steps = json_lines(text("run/metrics.jsonl"));
  ASSERT_EQ(steps.size(), 4u);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].at("step"), i);
    EXPECT_EQ(steps[i].at("epoch"), i / 2);
    EXPECT_EQ(steps[i].at("learning_rate"), history.at("learning_rate")[i / 2]);
    for (const char* key : {"loss", "grad_norm", "samples_per_second"}) EXPECT_TRUE(steps[i].at(key).is_number());
  }
  const double loss = (steps[0].at("loss").get<double>() * 20 + steps[1].at("loss").get<double>() * 16) / 36;
  EXPECT_NEAR(history.at("train_loss")[0].get<double>(), loss, 1e-12);

  const json metrics = read("run/metrics.json");
  expect_metrics(metrics.at("last"), 12, 16);
  expect_metrics(metrics.at("best"), 12, 16);
  const auto best = metrics.at("best_epoch").get<std::size_t>();
  EXPECT_EQ(history.at("val_loss").at(best), std::min(history.at("val_loss")[0], history.at("val_loss")[1]));

  const json effective = read("run/effective.json");
  const json& first = effective.at("at_first_step");
  EXPECT_EQ(first.at("optimizer").at("class"), "adam");
  EXPECT_EQ(first.at("optimizer").at("rate"), history.at("learning_rate")[0]);
  EXPECT_EQ(first.at("schedule").at("class"), "WarmupCosine");
  EXPECT_EQ(first.at("clip").at("active"), false);
  EXPECT_EQ(first.at("model").at("widths"), json({8, 8}));  // the lift and one block
}

TEST_F(Contract, TheManifestTellsHowTheRunCameAbout) {
  simulate();
  train({"--test-data", "test.npz", "--seed", "3"});
  const json manifest = read("run/manifest.json");
  EXPECT_EQ(manifest.at("command_line").at(0), "fno");
  EXPECT_EQ(manifest.at("command_line").at(1), "train");
  for (const char* key : {"version", "git_commit", "build_flags", "device"})
    EXPECT_FALSE(manifest.at(key).get<std::string>().empty()) << key;
  EXPECT_TRUE(manifest.at("git_dirty").is_boolean());
  EXPECT_EQ(manifest.at("cuda_libraries"), json::parse(R"({"choice": "own", "found": []})"));
  EXPECT_EQ(manifest.at("threads"), 1);
  EXPECT_TRUE(manifest.at("libraries").is_object() && !manifest.at("libraries").empty());
  for (const json& seed : manifest.at("seeds")) EXPECT_EQ(seed, 3);
  // Lift 3·8+8, a block of 8·4 modes of 8·8 complex numbers and 8·8+8, head 8·4+4 and 4+1.
  EXPECT_EQ(manifest.at("parameters").at("complex_once"), 32 + 2048 + 72 + 36 + 5);
  EXPECT_EQ(manifest.at("parameters").at("complex_twice"), 32 + 2 * 2048 + 72 + 36 + 5);
  const std::regex moment(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)");
  for (const char* key : {"start", "end"})
    EXPECT_TRUE(std::regex_match(manifest.at(key).get<std::string>(), moment)) << manifest.at(key);
  EXPECT_EQ(manifest.at("exit_code"), 0);

  ASSERT_EQ(manifest.at("data").size(), 2u);
  const std::string sums = "cd " + place_.path() + " && sha256sum train.npz test.npz > sums";
  ASSERT_EQ(std::system(sums.c_str()), 0);
  for (const json& data : manifest.at("data")) {
    EXPECT_NE(text("sums").find(data.at("sha256").get<std::string>()), std::string::npos);
    EXPECT_EQ(data.at("arrays").at("y").at("shape").at(2), 16);
  }
}

TEST_F(Contract, EachInstructionSetOfTheProcessorTrainsTheSameNetwork) {
  simulate();
  const json cpu = json::parse(ok({"devices", "--json"}).out).at(0);
  double loss = 0;
  for (const json& set : cpu.at("kernels")) {
    const auto name = set.at("cpu_isa").get<std::string>();
    if (!set.at("usable").get<bool>()) {
      const Outcome outcome = run_fno(place_, {"devices", "--cpu-isa", name});
      EXPECT_EQ(outcome.code, 2);
      EXPECT_NE(outcome.err.find("--cpu-isa: found " + name + "; this processor lacks it"), std::string::npos);
      continue;
    }
    const auto trained = [&](const std::string& threads) {
      train({"--output-dir", name + threads, "--cpu-isa", name, "--threads", threads});
      EXPECT_EQ(read(name + threads + "/manifest.json").at("cpu_isa"), name);
      return tensors_of(text(name + threads + "/model.safetensors"));
    };
    EXPECT_TRUE(trained("1") == trained("2")) << name;
    const double last = read(name + "1/history.json").at("train_loss").back();
    if (loss == 0) loss = last;
    EXPECT_NEAR(last, loss, 1e-4 * loss) << name;
  }
  EXPECT_TRUE(cpu.at("kernels").back().at("usable").get<bool>());
  // Bits hang on the set, so a run does not go on with another.
  train({"--output-dir", "run", "--cpu-isa", "baseline"});
  const Outcome outcome = run_fno(place_, {"train", "--config", "run/config.toml", "--cpu-isa", "auto", "--resume"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("run.cpu_isa: found auto"), std::string::npos) << outcome.err;
}

TEST_F(Contract, TheStoredSettingsGiveTheSameRun) {
  simulate();
  train({"--learning-rate", "0.004", "--seed", "5", "--quiet"});
  ok({"train", "--config", "run/config.toml", "--output-dir", "again"});
  const std::string again = std::regex_replace(text("again/config.toml"), std::regex("\"again\""), "\"run\"");
  EXPECT_EQ(again, text("run/config.toml"));
  EXPECT_NE(again.find("learning_rate = 0.004"), std::string::npos);
  EXPECT_EQ(read("again/effective.json"), read("run/effective.json"));
  EXPECT_EQ(tensors_of(text("again/model.safetensors")), tensors_of(text("run/model.safetensors")));
}

TEST_F(Contract, FlagsWinOverSetAndSetOverFiles) {
  write_pairs(place_.path("train.npz"), 6, 8);
  put_text(place_.path("a.toml"), "[optim]\nbatch_size = 2\nbeta1 = 0.5\nbeta2 = 0.6\nlr_min_ratio = 0.1\n");
  put_text(place_.path("b.toml"), "[optim]\nbeta1 = 0.7\nbeta2 = 0.8\nlr_min_ratio = 0.2\n");
  ok(train_words({"--config", "a.toml", "--config", "b.toml", "--set", "optim.beta2=0.9", "--set",
                  "optim.lr_min_ratio=0.3", "--lr-min-ratio", "0.4"}));
  const std::string settings = text("run/config.toml");
  for (const char* line : {"batch_size = 2\n", "beta1 = 0.7\n", "beta2 = 0.9\n", "lr_min_ratio = 0.4\n"})
    EXPECT_NE(settings.find(line), std::string::npos) << line;
}

TEST_F(Contract, OtherSpellingsOfAFlagAreAccepted) {
  write_pairs(place_.path("train.npz"), 6, 8);
  ok(train_words({"--epochs", "9", "--torch-nepochs", "2", "--torch-loss-mode", "mae", "--grad-clip-algorithm", "value",
                  "--torch-grad-clip", "1"}));
  const std::string settings = text("run/config.toml");
  for (const char* line : {"epochs = 2\n", "loss = \"mae\"\n", "gradient_clip_algorithm = \"value\"\n"})
    EXPECT_NE(settings.find(line), std::string::npos) << line;
  EXPECT_EQ(read("run/history.json").at("train_loss").size(), 2u);
}

TEST_F(Contract, JsonOutputParses) {
  const json simulated =
      json::parse(ok({"simulate", "darcy", "--output", "train.npz", "--samples", "6", "--grid", "8", "--json"}).out);
  EXPECT_EQ(simulated.at("samples"), 6);
  EXPECT_LE(simulated.at("largest_residual"), 1e-10);
  const Outcome trained = ok(train_words({"--test-data", "train.npz", "--epochs", "3", "--json"}));
  const json result = json::parse(trained.out);
  EXPECT_EQ(result.at("last"), read("run/metrics.json").at("last"));
  EXPECT_EQ(result.at("read_as").size(), 3u);  // training data, modes and padding, test data
  EXPECT_NE(result.at("notices").dump().find("the test data are the training data"), std::string::npos);
  const std::vector<json> progress = json_lines(trained.err);
  ASSERT_EQ(progress.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(progress[i].at("train_loss"), read("run/history.json").at("train_loss")[i]);
  const json evaluated =
      json::parse(ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "train.npz", "--json"}).out);
  EXPECT_EQ(evaluated, result.at("last"));
  for (const char* path : {"train.npz", "run", "run/model.safetensors", "run/checkpoints/last.ckpt"})
    EXPECT_TRUE(json::parse(ok({"inspect", path, "--json"}).out).is_object()) << path;
  const json devices = json::parse(ok({"devices", "--json"}).out);
  ASSERT_EQ(devices.at(0).at("device"), "cpu");
  EXPECT_EQ(devices[0].at("available"), true);
  for (const json& device : devices)
    if (device.at("available") == false) {
      const auto reason = device.at("reason").get<std::string>();
      EXPECT_TRUE(!reason.empty() && reason.find("--device") == std::string::npos) << device;
    }
}

TEST_F(Contract, ResultsGoToStandardOutputAndProgressToStandardError) {
  write_pairs(place_.path("train.npz"), 6, 8);
  const Outcome loud = ok(train_words({"--test-data", "train.npz", "--epochs", "3"}));
  const std::regex epoch_line("epoch \\d/\\d ");
  EXPECT_EQ(std::distance(std::sregex_iterator(loud.err.begin(), loud.err.end(), epoch_line), {}), 3);
  for (const char* epoch : {"epoch 1/3", "epoch 2/3", "epoch 3/3"}) {
    EXPECT_NE(loud.err.find(epoch), std::string::npos);
    EXPECT_EQ(loud.out.find(epoch), std::string::npos);
  }
  for (const char* word : {"loss", "rate", "samples/s", "left"}) EXPECT_NE(loud.err.find(word), std::string::npos);
  EXPECT_NE(loud.out.find("relative L2"), std::string::npos);
  EXPECT_EQ((loud.out + loud.err).find('\x1b'), std::string::npos);
  EXPECT_EQ((loud.out + loud.err).find('\r'), std::string::npos);

  const Outcome quiet = ok(train_words({"--test-data", "train.npz", "--quiet", "--output-dir", "quiet"}));
  EXPECT_EQ(quiet.err, "");
  EXPECT_NE(quiet.out.find("relative L2"), std::string::npos);
}

TEST_F(Contract, VerboseTellsWhatWasBeingDone) {
  write_pairs(place_.path("train.npz"), 6, 8);
  const auto failure = [&](Words more) {
    more.insert(more.end(), {"--quiet", "--force", "--validation-fraction", "0", "--learning-rate", "1e30"});
    return run_fno(place_, train_words(more)).err;
  };
  const std::string line = failure({"--epochs", "9"}), full = failure({"--epochs", "9", "--verbose"});
  EXPECT_EQ(full.find(line), 0U);
  EXPECT_TRUE(std::regex_match(full.substr(line.size()),
                               std::regex("  while training, epoch 2 of 9, step 1 of 1, batch \\(6, 1, 8, 8\\) to "
                                          "\\(6, 1, 8, 8\\)\n")))
      << full;

  std::string bytes = text_of(place_.path("train.npz"));
  bytes[bytes.size() / 4] ^= 1;
  put_text(place_.path("train.npz"), bytes);
  EXPECT_TRUE(
      std::regex_match(failure({"--verbose"}), std::regex("fno: [^\n]*'x'[^\n]*\n  while reading train.npz: array 'x', "
                                                          "\\d+ bytes in the file, \\d+ unpacked\n")));
}

TEST_F(Contract, NamesOfFilesMoveNoCursor) {
  const std::string name = "a\x1b[31m\nred\xc2\x9b", shown = "a\\x1b[31m\\x0ared\\xc2\\x9b";
  write_pairs(place_.path(name + ".npz"), 6, 8);
  const auto expect_escaped = [&](const Outcome& outcome) {
    const std::string all = outcome.out + outcome.err;
    EXPECT_NE(all.find(shown), std::string::npos) << all;
    for (const char* raw : {"\x1b", "\xc2\x9b"}) EXPECT_EQ(all.find(raw), std::string::npos) << all;
  };
  expect_escaped(ok(train_words({"--data", name + ".npz", "--output-dir", name})));
  expect_escaped(ok({"evaluate", "--device", "cpu", "--run", name, "--data", name + ".npz"}));
  expect_escaped(
      ok({"predict", "--device", "cpu", "--run", name, "--data", name + ".npz", "--output", name + "2.npz"}));
  expect_escaped(ok({"inspect", name + ".npz"}));
  expect_escaped(ok({"inspect", name}));
  expect_escaped(ok({"convert", name + ".npz", name + "3.npz"}));
  const Outcome missing = run_fno(place_, {"inspect", name + "none"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_EQ(std::ranges::count(missing.err, '\n'), 1);
  expect_escaped(missing);
}

TEST_F(Contract, OnlyATerminalWithColoursSeesEscapeCodes) {
  write_pairs(place_.path("train.npz"), 6, 8);
  const auto shown = [&](const char* run, Conditions around) {
    around.terminal = true;
    return ok(train_words({"--output-dir", run}), around).err;
  };
  const std::string colours = shown("a", {.set = {{"TERM", "xterm"}}});
  EXPECT_NE(colours.find('\x1b'), std::string::npos);
  EXPECT_NE(colours.find("samples/s"), std::string::npos);
  const std::string plain = shown("b", {.set = {{"TERM", "xterm"}, {"NO_COLOR", "1"}}});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(plain.find("[="), std::string::npos);  // the bar stays
  EXPECT_EQ(shown("c", {.set = {{"TERM", "dumb"}}}).find('\x1b'), std::string::npos);
}

TEST_F(Contract, ForceDeletesOnlyWhatARunWrites) {
  write_pairs(place_.path("train.npz"), 6, 8);
  ok(train_words({"--log-grad-norm", "--epochs", "3"}));
  const Words mine{"run/notes.txt", "run/figures/photo.png", "run/checkpoints/kept.ckpt", "run/more/config.toml"};
  fs::create_directory(place_.path("run/more"));
  for (const std::string& name : mine) put_text(place_.path(name), "mine");
  ok(train_words({"--force", "--validation-fraction", "0"}));
  for (const std::string& name : mine) EXPECT_EQ(text(name), "mine") << name;
  EXPECT_EQ(read("run/history.json").at("train_loss").size(), 1u);
  // Of the first run alone.
  EXPECT_FALSE(fs::exists(place_.path("run/checkpoints/best.ckpt")));
  EXPECT_FALSE(fs::exists(place_.path("run/figures/gradient_norm.svg")));
}

TEST_F(Contract, ARunIsAFunctionOfItsSeed) {
  simulate();
  const auto run = [&](const std::string& name, const std::string& threads, const std::string& seed) {
    train({"--output-dir", name, "--threads", threads, "--seed", seed, "--test-data", "test.npz"});
    json history = read(name + "/history.json");
    history.erase("seconds");
    return history.dump() + read(name + "/metrics.json").dump() + tensors_of(text(name + "/model.safetensors"));
  };
  const std::string first = run("a", "1", "7");
  EXPECT_TRUE(run("b", "1", "7") == first);
  EXPECT_TRUE(run("c", "2", "7") == first);
  EXPECT_FALSE(run("d", "1", "8") == first);
}

TEST_F(Contract, SimulatedDataAreAFunctionOfTheSeed) {
  const auto bytes = [&](const char* threads, const char* seed) {
    ok({"simulate", "darcy", "--output", "a.npz", "--samples", "5", "--grid", "8", "--threads", threads, "--seed",
        seed});
    return text("a.npz");
  };
  const std::string first = bytes("1", "2");
  EXPECT_TRUE(bytes("1", "2") == first);
  EXPECT_TRUE(bytes("3", "2") == first);
  EXPECT_FALSE(bytes("1", "3") == first);
}

TEST_F(Contract, EvaluateReproducesTheMetricsOfTheRun) {
  simulate();
  train({"--test-data", "test.npz"});
  const json metrics = read("run/metrics.json");
  for (const char* which : {"last", "best"}) {
    ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "test.npz", "--weights", which, "--output", "m.json",
        "--threads", "2"});
    EXPECT_EQ(read("m.json"), metrics.at(which)) << which;
  }
  // The same medium at twice the resolution.
  ok({"simulate", "darcy", "--output", "fine.npz", "--samples", "12", "--grid", "32", "--seed", "9"});
  ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "fine.npz", "--output", "fine.json"});
  expect_metrics(read("fine.json"), 12, 32);
  EXPECT_LT(read("fine.json").at("test").at("relative_l2"),
            1.4 * metrics.at("last").at("test").at("relative_l2").get<double>());
}

TEST_F(Contract, WithoutATestFileOrAValidationPartThereIsNullInTheirPlace) {
  write_pairs(place_.path("train.npz"), 6, 8);
  ok(train_words({"--validation-fraction", "0"}));
  EXPECT_TRUE(read("run/history.json").at("val_loss").at(0).is_null());
  const json metrics = read("run/metrics.json");
  EXPECT_TRUE(metrics.at("best").is_null());
  EXPECT_TRUE(metrics.at("best_epoch").is_null());
  EXPECT_TRUE(metrics.at("last").at("test").is_null());
}

TEST_F(Contract, InspectShowsEveryKind) {
  write_pairs(place_.path("train.npz"), 6, 8);
  ok(train_words());
  const auto shows = [&](const char* path, const char* word) {
    const std::string out = ok({"inspect", path}).out;
    EXPECT_NE(out.find(word), std::string::npos) << path << ": " << out;
  };
  shows("train.npz", "(6, 1, 8, 8)");
  shows("run/model.safetensors", "lift.weight");
  shows("run/checkpoints/last.ckpt", "weight/lift.weight");
  shows("run", "command_line");
  // Complex numbers are pairs along a trailing axis: 4 rows and 2 columns of modes.
  const json model = json::parse(ok({"inspect", "run/model.safetensors", "--json"}).out);
  const auto is_spectral = [](const json& array) { return array.at("name") == "blocks.0.spectral.weights"; };
  const json arrays = model.at("arrays");
  const auto spectral = std::ranges::find_if(arrays, is_spectral);
  ASSERT_NE(spectral, arrays.end());
  EXPECT_EQ(spectral->at("shape"), json({4, 4, 4, 2, 2}));
  EXPECT_NE(model.at("metadata").at("complex").get<std::string>().find("trailing axis of 2"), std::string::npos);
}

TEST_F(Contract, TheReportNeedsNoNetwork) {
  write_pairs(place_.path("train.npz"), 6, 8);
  ok(train_words({"--test-data", "train.npz"}));
  const std::string page = text("run/report.html");
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>") || page.starts_with("<!doctype html>"));
  for (const char* word : {"://", "http:", "https:", "src=\"/", "@import", "<link"})
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("data:image/png"), std::string::npos);
}

}  // namespace
}  // namespace fno::test
