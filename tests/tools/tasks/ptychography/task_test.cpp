#include "tools/tasks/ptychography/task.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/tools/tasks/ptychography/small_set.h"
#include "tools/commands/evaluate.h"
#include "tools/commands/train.h"
#include "tools/settings/resolve.h"
#include "tools/tasks/ptychography/recon.h"

namespace fno::ptychography {
namespace {

namespace fs = std::filesystem;
using training::json_lines;
using training::json_of_file;
using training::throws_error;

class PtychographyRun : public training::InFolder {
 protected:
  void make(const GridLines& settings) { (void)simulate(settings, path("set")); }
  /// 32 training patches: two batches of 16.
  void make_two_batches() {
    GridLines settings = small_set();
    settings.patches_train = 32;
    make(settings);
  }
  int train(const std::string& run, const std::vector<std::string>& more = {}) {
    out_.str("");
    return run_train(small_run(path("set/train.npz"), path(run), more), context_);
  }
  int evaluate(std::vector<std::string> words) {
    words.insert(words.begin(), {"evaluate", "--device", "cpu", "--quiet"});
    return run_evaluate(settings::read_options(evaluate_rows(), test::call_of(words).given), context_);
  }
  [[nodiscard]] training::Json json(const std::string& name) const { return json_of_file(path(name)); }
  [[nodiscard]] std::vector<double> column(const std::string& run, const char* key) const {
    std::vector<double> values;
    for (const training::Json& step : json_lines(path(run + "/metrics.jsonl"))) values.push_back(step.at(key));
    return values;
  }
  std::ostringstream out_, log_;
  training::RunContext context_{.arguments = {"fno", "train"}, .out = &out_, .log = &log_};
};

// Section 10.1, items 2b and 3b of the specification: what was asked for must be what the live optimiser does.
TEST_F(PtychographyRun, EveryKnobReachesTheLiveObjects) {
  make_two_batches();
  ASSERT_EQ(train("run", {"--architecture",
                          "stable_hybrid",
                          "--fno-blocks",
                          "3",
                          "--torch-epochs",
                          "6",
                          "--torch-learning-rate",
                          "5e-4",
                          "--torch-scheduler",
                          "WarmupCosine",
                          "--torch-lr-warmup-epochs",
                          "5",
                          "--torch-lr-min-ratio",
                          "0.05",
                          "--torch-optimizer",
                          "adamw",
                          "--torch-weight-decay",
                          "0.01",
                          "--torch-beta1",
                          "0.85",
                          "--torch-beta2",
                          "0.98",
                          "--torch-grad-clip",
                          "0.02",
                          "--torch-grad-clip-algorithm",
                          "agc",
                          "--torch-max-hidden-channels",
                          "6",
                          "--seed",
                          "7"}),
            0);
  // W = 5: 0.1 b in epoch 0, 0.28 b in epoch 1, …, b in epoch 5; in force at both steps of an epoch.
  const std::vector<double> rates = column("run", "learning_rate");
  ASSERT_EQ(rates.size(), 12u);
  const std::vector<double> wanted{0.1, 0.28, 0.46, 0.64, 0.82, 1};
  for (std::size_t step = 0; step < rates.size(); ++step)
    EXPECT_NEAR(rates[step], 5e-4 * wanted[step / 2], 1e-15) << step;

  const training::Json effective = json("run/effective.json");
  const auto expect_asked = [](const training::Json& live) {
    EXPECT_EQ(live.at("optimizer").at("class"), "adamw");
    EXPECT_EQ(live.at("optimizer").at("weight_decay"), 0.01);
    EXPECT_EQ(live.at("optimizer").at("beta1"), 0.85);
    EXPECT_EQ(live.at("optimizer").at("beta2"), 0.98);
    EXPECT_EQ(live.at("schedule").at("class"), "WarmupCosine");
    EXPECT_EQ(live.at("schedule").at("warmup_epochs"), 5);
    EXPECT_EQ(live.at("schedule").at("min_ratio"), 0.05);
    EXPECT_EQ(live.at("schedule").at("stepped"), true);
    EXPECT_EQ(live.at("clip"), training::Json({{"active", true}, {"rule", "agc"}, {"value", 0.02}}));
    EXPECT_EQ(live.at("model").at("widest"), 6);
    // The lifter, three levels and the bottleneck.
    EXPECT_EQ(live.at("model").at("widths"), (std::vector<int>{4, 4, 6, 6, 6}));
    EXPECT_EQ(live.at("loader").at("seed"), 7);
    EXPECT_EQ(live.at("loader").at("batch_size"), 16);
    EXPECT_EQ(live.at("loader").at("steps"), 2);
    EXPECT_EQ(live.at("probe_gain"), 16.0);
  };
  expect_asked(effective.at("at_first_step"));
  ASSERT_EQ(effective.at("epochs").size(), 6u);
  for (std::size_t e = 0; e < 6; ++e) {
    expect_asked(effective.at("epochs")[e]);
    EXPECT_NEAR(effective.at("epochs")[e].at("optimizer").at("rate").get<double>(), 5e-4 * wanted[e], 1e-15);
    EXPECT_EQ(effective.at("epochs")[e].at("optimizer").at("steps"), 2 * (e + 1));
  }
  for (const training::Json& seed : json("run/manifest.json").at("seeds")) EXPECT_EQ(seed, 7);

  // The stored settings hold them too (items 1 and 2).
  const settings::Settings stored = settings::load_settings(path("run/config.toml"));
  EXPECT_EQ(stored.model.architecture, "stable_hybrid");
  EXPECT_EQ(stored.optim.schedule.base, 5e-4);
  EXPECT_EQ(stored.optim.schedule.kind, ScheduleKind::warmup_cosine);
  EXPECT_EQ(stored.optim.schedule.warmup, 5);
  EXPECT_EQ(stored.optim.schedule.min_ratio, 0.05);
  EXPECT_EQ(stored.optim.clip.rule, ClipRule::agc);
  EXPECT_EQ(stored.model.max_hidden_channels, 6);
}

TEST_F(PtychographyRun, WithoutTheCapTheLevelsDouble) {
  make_two_batches();
  ASSERT_EQ(train("run", {"--fno-blocks", "3", "--epochs", "1"}), 0);
  EXPECT_EQ(json("run/effective.json").at("at_first_step").at("model").at("widths"),
            (std::vector<int>{4, 4, 8, 16, 16}));
}

TEST_F(PtychographyRun, ClippingActsOnTheGradientOfTheStep) {
  make_two_batches();
  ASSERT_EQ(train("run", {"--torch-grad-clip", "0.5", "--torch-log-grad-norm"}), 0);
  for (const training::Json& step : json_lines(path("run/metrics.jsonl"))) {
    EXPECT_GT(step.at("grad_norm"), 0.5);
    EXPECT_NEAR(step.at("clipped_grad_norm").get<double>(), 0.5, 1e-3);
  }
  ASSERT_EQ(train("off", {"--torch-grad-clip", "0", "--torch-log-grad-norm"}), 0);
  for (const training::Json& step : json_lines(path("off/metrics.jsonl")))
    EXPECT_EQ(step.at("clipped_grad_norm"), step.at("grad_norm"));
}

// Section 10.1, item 8.
TEST(NetworkOfSettings, IsAStableHybridAsItWasAsked) {
  const settings::Settings settings = small_run(
      "d", "r",
      {"--architecture", "stable_hybrid", "--fno-width", "24", "--max-hidden-channels", "100", "--stable-form",
       "zero_gamma", "--layerscale-init", "0.25", "--spectral", "centered", "--fno-input-transform", "log1p",
       "--output-mode", "amp_phase", "--fno-cnn-blocks", "5", "--activation-checkpointing"});
  const NetworkConfig& c = settings.model;
  EXPECT_EQ(c.architecture, "stable_hybrid");
  EXPECT_EQ(c.width, 24);
  EXPECT_EQ(c.modes, 3);
  EXPECT_EQ(c.blocks, 2);
  EXPECT_EQ(c.cnn_blocks, 5);
  EXPECT_EQ(c.max_hidden_channels, 100);
  EXPECT_FALSE(c.resnet_width);
  EXPECT_EQ(c.spectral, ModeConvention::centered);
  EXPECT_EQ(c.stable_form, StableForm::zero_gamma);
  EXPECT_EQ(c.layerscale_init, 0.25);
  EXPECT_EQ(c.input_transform, InputTransform::log1p);
  EXPECT_EQ(c.output_mode, OutputMode::amp_phase);
  EXPECT_TRUE(c.activation_checkpointing);
}

TEST_F(PtychographyRun, AFrozenScheduleKeepsItsFirstRate) {
  make_two_batches();
  const auto rates = [&](const std::string& run, const std::vector<std::string>& more) {
    std::vector<std::string> words{"--epochs", "3", "--learning-rate", "1e-3"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(train(run, words), 0);
    EXPECT_EQ(json(run + "/effective.json").at("at_first_step").at("schedule").at("stepped"),
              run.starts_with("stepped"));
    return column(run, "learning_rate");
  };
  const std::vector<std::string> frozen{"--schedule-mode", "frozen_first_value"};
  const auto with = [](std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  const std::vector<std::string> warmup{"--scheduler", "WarmupCosine", "--lr-warmup-epochs", "2"};
  const std::vector<std::string> cosine{"--scheduler", "WarmupCosine"}, falling{"--scheduler", "Exponential"};
  for (const double r : rates("frozen1", with(warmup, frozen))) EXPECT_DOUBLE_EQ(r, 1e-4);
  for (const double r : rates("frozen2", with(cosine, frozen))) EXPECT_DOUBLE_EQ(r, 1e-3);
  for (const double r : rates("frozen3", with(falling, frozen))) EXPECT_DOUBLE_EQ(r, 1e-3);
  const std::vector<double> stepped = rates("stepped", falling);
  for (std::size_t i = 0; i < stepped.size(); ++i)
    EXPECT_DOUBLE_EQ(stepped[i], 1e-3 * std::pow(0.95, static_cast<double>(i / 2)));
}

TEST_F(PtychographyRun, TheShortLastBatchIsKeptOrDropped) {
  make(small_set());  // 49 patches: three batches of 16 and one of 1
  ASSERT_EQ(train("keep", {"--probe-gain", "batch"}), 0);
  ASSERT_EQ(train("drop", {"--probe-gain", "batch", "--short-last-batch", "drop"}), 0);
  EXPECT_EQ(column("keep", "loss").size(), 8u);
  EXPECT_EQ(column("drop", "loss").size(), 6u);
  EXPECT_EQ(json("keep/effective.json").at("at_first_step").at("loader").at("short_last_batch"), "keep");
  EXPECT_EQ(json("drop/effective.json").at("at_first_step").at("loader").at("short_last_batch"), "drop");
  // The same up to the batch that one of them leaves out.
  const std::vector<double> keep = column("keep", "loss"), drop = column("drop", "loss");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(keep[i], drop[i]);
  EXPECT_NE(keep[4], drop[3]);
}

// The study's odd last batch: the gain of one pattern is 1, not 16.
TEST_F(PtychographyRun, GainBatchFollowsTheSizeOfTheBatch) {
  GridLines settings = small_set();
  settings.patches_train = 17;
  settings.noise = false;
  make(settings);
  // The same weights: a rate of 1e-30 moves none of them.
  const std::vector<std::string> still{"--learning-rate", "1e-30", "--epochs", "1", "--probe-gain"};
  const auto losses = [&](const std::string& run, const std::string& gain) {
    std::vector<std::string> words = still;
    words.push_back(gain);
    EXPECT_EQ(train(run, words), 0);
    return column(run, "loss");
  };
  const std::vector<double> batch = losses("batch", "batch"), sixteen = losses("fixed", "fixed:16"),
                            one = losses("one", "1");
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch[0], sixteen[0]);
  EXPECT_EQ(batch[1], one[1]);
  EXPECT_NE(batch[0], one[0]);
  EXPECT_NE(batch[1], sixteen[1]);
}

TEST_F(PtychographyRun, ReplicaAndCleanAreWhatTheirRunsShow) {
  make(small_set());
  ASSERT_EQ(train("replica", {"--study-profile", "replica", "--scheduler", "Exponential"}), 0);
  training::Json first = json("replica/effective.json").at("at_first_step");
  EXPECT_EQ(first.at("probe_gain"), "batch");
  EXPECT_EQ(first.at("loader").at("seed"), 42);
  EXPECT_EQ(first.at("loader").at("short_last_batch"), "keep");
  EXPECT_EQ(first.at("schedule").at("stepped"), false);
  EXPECT_EQ(first.at("clip"), training::Json({{"active", true}, {"rule", "norm"}, {"value", 1.0}}));
  ASSERT_EQ(train("clean", {"--study-profile", "clean", "--seed", "9"}), 0);
  first = json("clean/effective.json").at("at_first_step");
  EXPECT_EQ(first.at("probe_gain"), 16.0);
  EXPECT_EQ(first.at("loader").at("seed"), 9);
  EXPECT_EQ(first.at("loader").at("short_last_batch"), "drop");
  EXPECT_EQ(first.at("schedule").at("stepped"), true);
  EXPECT_EQ(first.at("clip").at("active"), false);
}

// Section 10.4, item 8.
TEST_F(PtychographyRun, IsAFunctionOfItsSeeds) {
  make(small_set());
  const auto run = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words{"--test-data", path("set/test.npz")};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(train(name, words), 0);
    training::Json history = json(name + "/history.json");
    history.erase("seconds");
    return history.dump();
  };
  const std::string first = run("a", {"--seed", "5"});
  EXPECT_EQ(run("b", {"--seed", "5"}), first);
  EXPECT_EQ(run("threads", {"--seed", "5", "--threads", "2"}), first);
  EXPECT_NE(run("c", {"--seed", "6"}), first);
  EXPECT_EQ(column("a", "loss"), column("b", "loss"));
  EXPECT_NE(column("a", "loss")[0], column("c", "loss")[0]);
  EXPECT_EQ(json("a/metrics.json"), json("b/metrics.json"));
  // The order alone: the same weights meet another first batch.
  (void)run("d", {"--seed", "5", "--loader-seed", "6"});
  EXPECT_NE(column("a", "loss")[0], column("d", "loss")[0]);
  EXPECT_EQ(run("e", {"--seed", "5", "--loader-seed", "5"}), first);
  EXPECT_NE(training::epoch_order(5, 0, 49), training::epoch_order(6, 0, 49));
}

TEST_F(PtychographyRun, LeavesTheFilesAndScoresOfTheContract) {
  make(small_set());
  ASSERT_EQ(train("run", {"--test-data", path("set/test.npz"), "--epochs", "3"}), 0);
  for (const char* name : {"config.toml", "manifest.json", "model.safetensors", "report.html", "checkpoints/last.ckpt",
                           "checkpoints/best.ckpt", "recon.npz"})
    EXPECT_TRUE(fs::is_regular_file(path("run/" + std::string(name)))) << name;
  EXPECT_FALSE(fs::is_empty(path("run/figures")));

  const training::Json history = json("run/history.json");
  for (const char* key : {"train_loss", "val_loss", "amp_ssim", "amp_mae", "amp_std_over_mean"}) {
    ASSERT_EQ(history.at(key).size(), 3u) << key;
    for (const training::Json& value : history.at(key)) EXPECT_TRUE(value.is_number()) << key;
  }
  const training::Json metrics = json("run/metrics.json");
  for (const char* weights : {"last", "best"})
    for (const char* key : {"mae", "mse", "psnr", "ssim", "ms_ssim", "frc50"})
      EXPECT_EQ(metrics.at(weights).at(key).size(), 2u) << key;
  EXPECT_TRUE(metrics.at("collapse").at("label").is_string());
  // Judged by what a constant object scores against this very truth.
  const training::Json& limits = metrics.at("collapse").at("limits");
  EXPECT_EQ(limits.at("constant_ssim"), metrics.at("last").at("baseline").at("ssim")[0]);
  EXPECT_EQ(limits.at("constant_mae"), metrics.at("last").at("baseline").at("mae")[0]);
  // The epoch's measures are those of the whole score.
  EXPECT_NEAR(metrics.at("last").at("ssim")[0].get<double>(), history.at("amp_ssim")[2].get<double>(), 1e-9);
  EXPECT_NEAR(metrics.at("last").at("mae")[0].get<double>(), history.at("amp_mae")[2].get<double>(), 1e-9);

  const training::Json manifest = json("run/manifest.json");
  const training::Json effective = json("run/effective.json").at("at_first_step");
  EXPECT_EQ(manifest.at("data")[0].at("sha256"), effective.at("data_sha256"));
  EXPECT_EQ(manifest.at("data")[1].at("sha256"), effective.at("data").at("test"));

  for (const char* which : {"last", "best"}) {
    EXPECT_EQ(evaluate({"--run", path("run"), "--data", path("set/test.npz"), "--weights", which, "--output",
                        path("m.json")}),
              0);
    EXPECT_EQ(json("m.json"), metrics.at(which)) << which;
  }
  // The stored picture is what was scored.
  const PtychoData test = read_dataset(path("set/test.npz"));
  const ReconMetrics again = score(TestScan(test).truth(), read_recon(path("run/recon.npz")));
  EXPECT_NEAR(metrics.at("last").at("ssim")[0].get<double>(), again.ssim.amplitude, 1e-6);
}

TEST_F(PtychographyRun, ValidationDataChooseTheBestEpoch) {
  GridLines settings = small_set();
  settings.nimgs_validation = 1;
  make(settings);
  ASSERT_EQ(train("run", {"--test-data", path("set/test.npz"), "--validation-data", path("set/validation.npz")}), 0);
  ASSERT_EQ(train("test", {"--test-data", path("set/test.npz")}), 0);
  EXPECT_NE(json("run/history.json").at("val_loss"), json("test/history.json").at("val_loss"));
  EXPECT_EQ(json("run/history.json").at("amp_ssim"), json("test/history.json").at("amp_ssim"));
  EXPECT_TRUE(json("run/effective.json").at("at_first_step").at("data").contains("validation"));
}

TEST_F(PtychographyRun, EveryArchitectureLossAndModeTakesAStep) {
  GridLines settings = small_set();
  settings.patches_train = 16;
  make(settings);
  for (const char* name : {"hybrid", "stable_hybrid", "fno", "fno_vanilla", "ffno", "hybrid_resnet", "cnn"})
    EXPECT_EQ(train(name, {"--architecture", name, "--epochs", "1", "--fno-blocks",
                           std::string(name) == "hybrid_resnet" ? "3" : "2"}),
              0)
        << name;
  for (const char* mode : {"real_imag", "amp_phase_logits", "amp_phase"})
    EXPECT_EQ(train(mode, {"--output-mode", mode, "--epochs", "1"}), 0) << mode;
  EXPECT_EQ(train("poisson", {"--loss", "poisson", "--probe-gain", "1", "--epochs", "1"}), 0);
}

TEST_F(PtychographyRun, WhatDoesNotFitIsRefusedBeforeAnythingIsWritten) {
  make(small_set());
  GridLines wide = small_set();
  wide.N = 32;
  (void)simulate(wide, path("wide"));
  const auto refused = [&](ErrorKind kind, const std::string& text, const std::vector<std::string>& more) {
    EXPECT_TRUE(throws_error(kind, text, [&] { train("run", more); })) << text;
    EXPECT_FALSE(fs::exists(path("run"))) << text;
  };
  refused(ErrorKind::data, "32 x 32", {"--test-data", path("wide/test.npz")});
  refused(ErrorKind::data, "32 x 32", {"--validation-data", path("wide/test.npz")});
  // 16 = 2^4: five levels end at one point, six do not exist.
  refused(ErrorKind::config, "", {"--fno-blocks", "6"});
  refused(ErrorKind::config, "", {"--fno-blocks", "5", "--architecture", "stable_hybrid"});
  refused(ErrorKind::config, "", {"--architecture", "hybrid_resnet", "--fno-blocks", "2"});
  EXPECT_EQ(train("run", {"--fno-blocks", "5", "--epochs", "1"}), 0);
  fs::remove_all(path("run"));

  // A test file that does not say how it was scanned, and the flags that say it instead.
  rewrite(path("set/test.npz"), path("silent.npz"), [](auto& arrays) {
    change_metadata(arrays, [](Json& json) {
      json.erase("own");
      json = Json{{"schema_version", "1.0.0"}, {"additional_parameters", Json::object()}};
    });
  });
  refused(ErrorKind::data, "--nimgs-test", {"--test-data", path("silent.npz")});
  refused(ErrorKind::data, "--outer-offset-test", {"--test-data", path("silent.npz"), "--nimgs-test", "1"});
  EXPECT_EQ(train("run", {"--test-data", path("silent.npz"), "--nimgs-test", "1", "--outer-offset-test", "8"}), 0);
}

}  // namespace
}  // namespace fno::ptychography
