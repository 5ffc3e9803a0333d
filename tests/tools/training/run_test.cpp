#include <csignal>
#include <regex>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tools/training/train_test_support.h"
#include "tools/commands/evaluate.h"
#include "tools/commands/train.h"
#include "tools/files/safetensors.h"
#include "tools/files/sha256.h"
#include "tools/settings/resolve.h"
#include "tools/training/loader.h"

namespace fno::training {
namespace {

namespace fs = std::filesystem;

class Run : public InFolder {
 protected:
  Run() { write_pairs(path("train.npz"), 20, 6, 1); }
  int train(const std::string& run, const std::vector<std::string>& more = {}) {
    out_.str("");
    log_.str("");
    return run_train(small_settings(path("train.npz"), path(run), more), context_);
  }
  int evaluate(std::vector<std::string> words) {
    out_.str("");
    words.insert(words.begin(), {"evaluate", "--device", "cpu"});
    return run_evaluate(settings::read_options(evaluate_rows(), test::call_of(words).given), context_);
  }
  [[nodiscard]] std::string sha_of(const std::string& name) const { return sha256_hex_of_file(path(name)); }
  [[nodiscard]] Json json(const std::string& name) const { return json_of_file(path(name)); }
  std::ostringstream out_, log_;
  RunContext context_{.arguments = {"fno", "train"}, .out = &out_, .log = &log_};
};

TEST_F(Run, LeavesTheFilesOfTheContract) {
  write_pairs(path("test.npz"), 5, 6, 2);
  EXPECT_EQ(train("run", {"--test-data", path("test.npz"), "--log-grad-norm"}), 0);
  for (const char* name : {"config.toml", "manifest.json", "effective.json", "history.json", "metrics.jsonl",
                           "metrics.json", "model.safetensors", "report.html", "checkpoints/last.ckpt",
                           "checkpoints/best.ckpt", "figures/loss.svg", "figures/sample0.png"})
    EXPECT_TRUE(fs::is_regular_file(path("run/" + std::string(name)))) << name;

  const Json history = json("run/history.json");
  for (const char* key : {"train_loss", "val_loss", "learning_rate", "grad_norm", "seconds"})
    EXPECT_EQ(history.at(key).size(), 3u) << key;
  const std::vector<Json> steps = json_lines(path("run/metrics.jsonl"));
  ASSERT_EQ(steps.size(), 3u * 5);  // 18 samples in batches of 4
  EXPECT_EQ(steps[7].at("step"), 7);
  EXPECT_EQ(steps[7].at("epoch"), 1);
  for (const Json& step : steps)
    EXPECT_EQ(step.at("learning_rate"), history.at("learning_rate")[step.at("epoch").get<std::size_t>()]);

  const Json manifest = json("run/manifest.json");
  EXPECT_EQ(manifest.at("exit_code"), 0);
  EXPECT_EQ(manifest.at("command_line"), (std::vector<std::string>{"fno", "train"}));
  EXPECT_EQ(manifest.at("data")[0].at("sha256"), sha_of("train.npz"));
  EXPECT_EQ(manifest.at("data")[1].at("arrays").at("y").at("shape"), (std::vector<int>{5, 1, 6, 6}));
  EXPECT_TRUE(
      std::regex_match(manifest.at("end").get<std::string>(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")));
  // lift 3·4+4, 2 blocks of (8 modes·16 complex + 4·4+4), head 4·8+8 + 8+1.
  EXPECT_EQ(manifest.at("parameters").at("complex_once"), 16 + 2 * (128 + 20) + 40 + 9);
  EXPECT_EQ(manifest.at("parameters").at("complex_twice"), 16 + 2 * (256 + 20) + 40 + 9);

  const Json metrics = json("run/metrics.json");
  const int best_epoch = metrics.at("best_epoch");
  for (const Json& value : history.at("val_loss"))
    EXPECT_GE(value.get<double>(), history.at("val_loss")[static_cast<std::size_t>(best_epoch)].get<double>());
  EXPECT_EQ(metrics.at("last").at("test").at("n"), 5);
  EXPECT_EQ(metrics.at("last").at("test").at("grid"), (std::vector<int>{6, 6}));

  // Scaling knows the first 18 samples alone.
  const operators::FieldPairs data = operators::read_field_pairs(path("train.npz"));
  const auto metadata = read_safetensors(path("run/model.safetensors")).metadata;
  const ChannelScaling x = operators::fit_scaling(data.x.values, 18), y = operators::fit_scaling(data.y.values, 18);
  const Json network = Json::parse(metadata.at("network"));
  EXPECT_EQ(network.at("input_scaling"), Json({{"mean", x.mean}, {"deviation", x.deviation}}));
  EXPECT_EQ(network.at("output_scaling"), Json({{"mean", y.mean}, {"deviation", y.deviation}}));

  EXPECT_EQ(settings::load_settings(path("run/config.toml")).model.width, 4);
  EXPECT_NE(out_.str().find("test relative L2"), std::string::npos);
  EXPECT_EQ(log_.str(), "");  // --quiet
}

TEST_F(Run, EffectiveSettingsAreThoseOfTheLiveObjects) {
  EXPECT_EQ(train("run", {"--epochs", "8", "--learning-rate", "1e-3", "--optimizer", "adamw", "--weight-decay", "0.01",
                          "--beta1", "0.8", "--lr-warmup-epochs", "5", "--grad-clip", "0.5",
                          "--gradient-clip-algorithm", "agc", "--seed", "11"}),
            0);
  const Json effective = json("run/effective.json"), &first = effective.at("at_first_step");
  EXPECT_EQ(first.at("optimizer").at("class"), "adamw");
  EXPECT_EQ(first.at("optimizer").at("beta1"), 0.8);
  EXPECT_EQ(first.at("optimizer").at("weight_decay"), 0.01);
  EXPECT_EQ(first.at("optimizer").at("steps"), 1);
  EXPECT_DOUBLE_EQ(first.at("optimizer").at("rate"), 1e-4);
  EXPECT_EQ(first.at("clip"), Json({{"active", true}, {"rule", "agc"}, {"value", 0.5}}));
  EXPECT_EQ(first.at("model").at("widths"), (std::vector<int>{4, 4, 4}));  // the lift and two blocks
  EXPECT_EQ(first.at("model").at("widest"), 4);
  EXPECT_EQ(first.at("model").at("spectral_rows"), (std::vector<std::vector<int>>{{4, 2}, {4, 2}}));
  // With the head's 8 hidden channels, as in the manifest above.
  EXPECT_EQ(first.at("model").at("parameters_complex_once"), 16 + 2 * (128 + 20) + 40 + 9);
  EXPECT_EQ(first.at("loader").at("seed"), 11);
  EXPECT_EQ(first.at("loader").at("batch_size"), 4);
  EXPECT_EQ(first.at("data_sha256"), sha_of("train.npz"));
  ASSERT_EQ(effective.at("epochs").size(), 8u);
  EXPECT_DOUBLE_EQ(effective.at("epochs")[1].at("optimizer").at("rate"), 2.8e-4);
  EXPECT_DOUBLE_EQ(effective.at("epochs")[5].at("optimizer").at("rate"), 1e-3);
}

TEST_F(Run, IsAFunctionOfTheSeedAlone) {
  const auto losses = [&](const std::string& run) {
    const Json history = json(run + "/history.json");
    return history.at("train_loss").dump() + history.at("val_loss").dump();
  };
  // The whole file, metadata included: neither folder nor threads are in it.
  const auto weights = [&](const std::string& run) { return text_of_file(path(run + "/model.safetensors")); };
  for (const char* architecture : {"fno_operator", "stable_fno"}) {
    const std::string name = architecture;
    const auto with = [&](const std::string& threads, const std::string& seed) {
      return std::vector<std::string>{"--architecture", name, "--threads", threads, "--seed", seed, "--epochs", "2"};
    };
    EXPECT_EQ(train(name + "1", with("1", "4")), 0);
    EXPECT_EQ(train(name + "2", with("1", "4")), 0);
    EXPECT_EQ(train(name + "3", with("2", "4")), 0);
    EXPECT_EQ(train(name + "4", with("1", "5")), 0);
    EXPECT_EQ(losses(name + "1"), losses(name + "2"));
    EXPECT_EQ(losses(name + "1"), losses(name + "3"));
    EXPECT_EQ(weights(name + "1"), weights(name + "2"));
    EXPECT_EQ(weights(name + "1"), weights(name + "3"));
    EXPECT_NE(weights(name + "1"), weights(name + "4"));
    EXPECT_NE(json_lines(path(name + "1/metrics.jsonl"))[0].at("loss"),
              json_lines(path(name + "4/metrics.jsonl"))[0].at("loss"));
  }
  EXPECT_NE(epoch_order(4, 0, 18), epoch_order(5, 0, 18));
}

TEST_F(Run, ReadingBatchByBatchChangesNoBit) {
  const NpzReader pairs(path("train.npz"));
  write_safetensors(path("train.safetensors"), std::vector<NamedArray>{{"x", pairs.read("x")}, {"y", pairs.read("y")}});
  const auto weights = [&](const std::string& run, const std::string& streaming) {
    const std::string data = path("train.safetensors");
    EXPECT_EQ(run_train(small_settings(data, path(run), {"--test-data", data, "--streaming", streaming}), context_), 0);
    Json history = json(run + "/history.json");
    history.erase("seconds");
    std::string text = history.dump() + json(run + "/metrics.json").dump();
    for (const NamedArray& array : read_safetensors(path(run + "/model.safetensors")).arrays)
      text.append(reinterpret_cast<const char*>(array.array.bytes.data()), array.array.bytes.size());
    return text;
  };
  EXPECT_EQ(weights("streamed", "on"), weights("held", "off"));
  // A file that must be read from its beginning.
  EXPECT_TRUE(throws_error(ErrorKind::config, "fno convert", [&] { train("npz", {"--streaming", "on"}); }));
}

TEST_F(Run, EvaluateGivesTheMetricsOfTheRun) {
  write_pairs(path("test.npz"), 5, 6, 2);
  write_pairs(path("fine.npz"), 3, 10, 2);
  ASSERT_EQ(train("run", {"--test-data", path("test.npz")}), 0);
  const Json metrics = json("run/metrics.json");
  for (const char* which : {"last", "best"}) {
    EXPECT_EQ(evaluate({"--run", path("run"), "--data", path("test.npz"), "--weights", which, "--output",
                        path("m.json"), "--json"}),
              0);
    EXPECT_EQ(json("m.json"), metrics.at(which));
    EXPECT_EQ(Json::parse(out_.str()), metrics.at(which));
  }
  EXPECT_EQ(evaluate({"--run", path("run"), "--data", path("fine.npz"), "--output", path("m.json")}), 0);
  EXPECT_EQ(json("m.json").at("test").at("grid"), (std::vector<int>{10, 10}));
}

TEST_F(Run, EvaluateRefusesWhatItCannotUse) {
  ASSERT_EQ(train("run", {"--validation-fraction", "0", "--epochs", "1"}), 0);
  write_pairs(path("coarse.npz"), 3, 3, 2);
  const auto refused = [&](ErrorKind kind, const std::string& text, const std::vector<std::string>& words) {
    return throws_error(kind, text, [&] { evaluate(words); });
  };
  EXPECT_TRUE(refused(ErrorKind::data, "found no folder", {"--run", path("none"), "--data", path("train.npz")}));
  EXPECT_TRUE(
      refused(ErrorKind::data, "best.ckpt", {"--run", path("run"), "--data", path("train.npz"), "--weights", "best"}));
  EXPECT_TRUE(refused(ErrorKind::data, "none.npz", {"--run", path("run"), "--data", path("none.npz")}));
  // Three points on an axis lack one of its two modes, which is left out with a notice.
  EXPECT_EQ(evaluate({"--run", path("run"), "--data", path("coarse.npz")}), 0);
  EXPECT_NE(log_.str().find("1 of 2 along an axis of 3 points"), std::string::npos) << log_.str();
  EXPECT_TRUE(json("run/metrics.json").at("best").is_null());
  EXPECT_TRUE(json("run/history.json").at("val_loss")[0].is_null());

  write_npz(path("two.npz"),
            std::vector<NamedArray>{{"x", make_host_array(std::vector<float>(72, 1.f), {1, 2, 6, 6})},
                                    {"y", make_host_array(std::vector<float>(36, 1.f), {1, 1, 6, 6})}},
            false);
  EXPECT_TRUE(refused(ErrorKind::data, "2 input", {"--run", path("run"), "--data", path("two.npz")}));
  fs::resize_file(path("run/checkpoints/last.ckpt"), 1000);
  EXPECT_TRUE(refused(ErrorKind::checkpoint, "last.ckpt", {"--run", path("run"), "--data", path("train.npz")}));
}

TEST_F(Run, NothingIsWrittenBeforeWhatCanBeCheckedHasBeen) {
  const auto refused = [&](ErrorKind kind, const std::vector<std::string>& more) {
    const auto result = throws_error(kind, "", [&] { train("run", more); });
    return result && !fs::exists(path("run")) ? result : ::testing::AssertionFailure() << result.message();
  };
  EXPECT_TRUE(refused(ErrorKind::device, {"--device", "cuda:63"}));
  EXPECT_TRUE(refused(ErrorKind::data, {"--test-data", path("none.npz")}));
  EXPECT_TRUE(refused(ErrorKind::config, {"--fno-modes", "2,2,2"}));
  ASSERT_EQ(train("run"), 0);
  EXPECT_TRUE(throws_error(ErrorKind::config, "--force", [&] { train("run"); }));
  std::ofstream(path("run/notes.txt")) << "mine";
  EXPECT_EQ(train("run", {"--force", "--epochs", "1"}), 0);
  EXPECT_EQ(json("run/history.json").at("train_loss").size(), 1u);
  EXPECT_EQ(text_of_file(path("run/notes.txt")), "mine");
}

TEST_F(Run, AFailureLeavesTheLastGoodCheckpointAndSaysWhy) {
  // A rate that float32 cannot hold for long.
  const auto train_badly = [&] {
    train("run", {"--learning-rate", "1e30", "--optimizer", "sgd", "--scheduler", "Default", "--epochs", "9"});
  };
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "epoch 1 of 9", train_badly));
  const Json manifest = json("run/manifest.json");
  EXPECT_EQ(manifest.at("exit_code"), 4);
  EXPECT_NE(manifest.at("error").get<std::string>().find("epoch 1 of 9"), std::string::npos);
  const std::vector<Json> steps = json_lines(path("run/metrics.jsonl"));
  ASSERT_FALSE(steps.empty());
  EXPECT_TRUE(steps.back().at("skipped"));
  EXPECT_TRUE(json("run/history.json").at("train_loss").empty());
  EXPECT_TRUE(json("run/metrics.json").contains("incomplete"));
  EXPECT_TRUE(fs::exists(path("run/report.html")));
}

TEST_F(Run, ASignalEndsItAfterACheckpoint) {
  const pid_t child = fork();
  if (child == 0) {
    int code = 1;
    try {
      code = train("run", {"--epochs", "100000"});
    } catch (...) {
    }
    _exit(code);
  }
  const std::string log = path("run/metrics.jsonl");
  for (int i = 0; i < 2000 && (!fs::exists(log) || fs::file_size(log) < 2000); ++i) usleep(5000);
  kill(child, SIGTERM);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 143);
  EXPECT_EQ(json("run/manifest.json").at("exit_code"), 143);
  EXPECT_TRUE(json("run/metrics.json").contains("incomplete"));
  write_pairs(path("test.npz"), 5, 6, 2);
  EXPECT_EQ(evaluate({"--run", path("run"), "--data", path("test.npz")}), 0);
}

TEST_F(Run, ProgressGoesToTheLogAndResultsOut) {
  settings::Settings settings = small_settings(path("train.npz"), path("run"));
  settings.run.quiet = false;
  settings.run.json = false;
  EXPECT_EQ(run_train(settings, context_), 0);
  const std::string log = log_.str();
  EXPECT_EQ(std::ranges::count(log, '\n'), 2 + 3);  // how the data were read, what follows for the network; the epochs
  EXPECT_EQ(log.find("training data " + path("train.npz") + ": 20 samples, grid 6 x 6; x: 1 channel, float32, "), 0u);
  EXPECT_NE(log.find("epoch 2/3  loss"), std::string::npos);
  EXPECT_EQ(log.find('\x1b'), std::string::npos);
  EXPECT_EQ(out_.str().find("epoch 2/3"), std::string::npos);
  EXPECT_EQ(train("json", {"--json"}), 0);
  EXPECT_EQ(Json::parse(out_.str()).at("epochs"), 3);
}

}  // namespace
}  // namespace fno::training
