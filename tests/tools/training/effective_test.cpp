#include "tools/training/effective.h"

#include "tests/tools/training/train_test_support.h"
#include "tools/tasks/ptychography/task.h"

namespace fno::training {
namespace {

// A task of 40 samples whose network can be made wrong.
class Bare : public Task {
 public:
  Bare(const settings::Settings& settings, const NetworkConfig& network)
      : Task(settings, cpu_device(1)), description_{network} {}
  [[nodiscard]] const ModelDescription& model() const override { return description_; }
  [[nodiscard]] SampleSource source() const override {
    return {.samples = 40, .x_shape = {1, 1, 2, 2}, .y_shape = {1, 1, 2, 2}, .x = x_, .y = {}};
  }
  [[nodiscard]] std::int64_t training_samples() const override { return 40; }
  [[nodiscard]] LossFunction loss() const override { return {}; }
  [[nodiscard]] std::unique_ptr<Validation> validation(const Model&) override { return nullptr; }
  [[nodiscard]] std::vector<Manifest::DataFile> data_files() const override { return {}; }
  void check(const Model&, const std::function<void(const std::string&)>&) override {}
  [[nodiscard]] Json effective() const override {
    if (settings_.run.task != "ptychography") return Json::object();
    return {{"probe_gain", ptychography::gain_json(settings_.own<ptychography::PtychographySettings>().gain())}};
  }
  [[nodiscard]] Json asked() const override { return effective(); }
  [[nodiscard]] std::optional<Measured> measure(const Model&) override { return std::nullopt; }
  void fill_page(report::RunReport&, const RunResults&, const TrainingState&, const Model*) override {}

 private:
  ModelDescription description_;
  std::vector<float> x_ = std::vector<float>(40 * 4);
};

settings::Settings asked(const std::vector<std::string>& more, const char* task = "ptychography") {
  std::vector<std::string> words{"train", "--task",      task, "--data",       "d", "--output-dir",  "r", "--fno-width",
                                 "4",     "--fno-modes", "2",  "--fno-blocks", "3", "--architecture"};
  words.emplace_back(std::string(task) == "operator" ? "fno_operator" : "hybrid");
  words.insert(words.end(), more.begin(), more.end());
  return test::train_settings(words);
}

// The live objects of a run, made of other settings than were asked for where a test makes them wrong.
struct Live {
  explicit Live(const settings::Settings& s)
      : settings(s),
        made(s),
        network{.architecture = "hybrid",
                .points = 8,
                .width = 4,
                .modes = 2,
                .blocks = 3,
                .max_hidden_channels = s.model.max_hidden_channels} {}

  [[nodiscard]] Json snapshot(int epoch = 0) {
    LiveRun run(std::make_unique<Bare>(made, network));
    run.optimizer.set_rate(run.schedule.rate(epoch) * rate_factor);
    return effective_snapshot(run);
  }
  [[nodiscard]] std::vector<std::string> differences(int epoch = 0) {
    return echo_differences(snapshot(epoch), Bare(settings, network), epoch);
  }

  settings::Settings settings, made;
  NetworkConfig network;
  double rate_factor = 1;
};

const std::vector<std::string> kFlags{"--optimizer",
                                      "adamw",
                                      "--weight-decay",
                                      "0.01",
                                      "--beta1",
                                      "0.8",
                                      "--beta2",
                                      "0.99",
                                      "--learning-rate",
                                      "5e-4",
                                      "--scheduler",
                                      "WarmupCosine",
                                      "--lr-warmup-epochs",
                                      "5",
                                      "--lr-min-ratio",
                                      "0.05",
                                      "--epochs",
                                      "20",
                                      "--grad-clip",
                                      "0.5",
                                      "--gradient-clip-algorithm",
                                      "agc",
                                      "--seed",
                                      "3",
                                      "--max-hidden-channels",
                                      "6",
                                      "--probe-gain",
                                      "batch"};

TEST(EchoDifferences, ASoundRunHasNone) {
  for (const int epoch : {0, 1, 4, 5, 6, 19})
    EXPECT_EQ(Live(asked(kFlags)).differences(epoch), std::vector<std::string>());
  for (const char* scheduler : {"Default", "Exponential", "WarmupCosine", "ReduceLROnPlateau"})
    for (const char* mode : {"stepped", "frozen_first_value"})
      for (const char* profile : {"replica", "clean"})
        for (const char* optimizer : {"adam", "sgd"}) {
          Live live(asked({"--scheduler", scheduler, "--schedule-mode", mode, "--study-profile", profile, "--optimizer",
                           optimizer, "--test-data", "t"}));
          for (const int epoch : {0, 1, 7})
            EXPECT_EQ(live.differences(epoch), std::vector<std::string>()) << scheduler << mode << profile;
        }
  Live whole(asked({"--lr-warmup-epochs", "5", "--spectral", "corner"}, "operator"));
  for (const int epoch : {0, 1, 7}) EXPECT_EQ(whole.differences(epoch), std::vector<std::string>());
}

TEST(EchoDifferences, FindsEveryPlantedDifference) {
  struct Planted {
    const char* line;
    void (*plant)(Live&);
  };
  const Planted planted[] = {
      {"optimizer: found adam, asked for adamw", [](Live& l) { l.made.optim.optimizer.kind = OptimizerKind::adam; }},
      {"weight_decay: found 0.0, asked for 0.01", [](Live& l) { l.made.optim.optimizer.weight_decay = 0; }},
      {"beta1: found 0.9, asked for 0.8", [](Live& l) { l.made.optim.optimizer.beta1 = 0.9; }},
      {"beta2: found 0.999, asked for 0.99", [](Live& l) { l.made.optim.optimizer.beta2 = 0.999; }},
      {"rate: found ", [](Live& l) { l.rate_factor = 1.0001; }},
      {"rate: found ", [](Live& l) { l.made.optim.schedule.base = 1e-3; }},
      {"rate: found ", [](Live& l) { l.made.optim.schedule.kind = ScheduleKind::constant; }},
      {"rate: found ", [](Live& l) { l.made.optim.schedule.warmup = 0; }},
      {"scheduler: found Default, asked for WarmupCosine",
       [](Live& l) { l.made.optim.schedule.kind = ScheduleKind::constant; }},
      {"learning_rate: found 0.001", [](Live& l) { l.made.optim.schedule.base = 1e-3; }},
      {"fno_width: found 5, asked for 4", [](Live& l) { l.network.width = 5; }},
      {"fno_blocks: found 2, asked for 3", [](Live& l) { l.network.blocks = 2; }},
      {"fno_modes and spectral: found [3,3], asked for [2,2]", [](Live& l) { l.network.modes = 3; }},
      {"fno_modes and spectral: found [2,2], asked for [4,2]",
       [](Live& l) { l.settings.model.spectral = ModeConvention::classic; }},
      {"fno_modes and spectral: found [1,1], asked for [2,1]",
       [](Live& l) {
         l.settings.model.spectral = ModeConvention::classic;
         l.settings.model.modes = 1;
         l.network.modes = 1;
       }},
      {"grad_clip: found 0.1, asked for 0.5", [](Live& l) { l.made.optim.clip.value = 0.1; }},
      {"clip active: found false, asked for true", [](Live& l) { l.made.optim.clip.value = 0; }},
      {"gradient_clip_algorithm: found norm, asked for agc", [](Live& l) { l.made.optim.clip.rule = ClipRule::norm; }},
      {"gradient_clip_algorithm: found agc_unit, asked for agc",
       [](Live& l) { l.made.optim.clip.rule = ClipRule::agc_unit; }},
      {"batch_size: found 8, asked for 16", [](Live& l) { l.made.optim.batch_size = 8; }},
      {"loader_seed: found 42, asked for 3", [](Live& l) { l.made.train.loader_seed = 42; }},
      {"short_last_batch: found drop, asked for keep",
       [](Live& l) { l.made.train.short_last_batch = settings::ShortLastBatch::drop; }},
      {"probe_gain: found 16.0, asked for batch",
       [](Live& l) { l.made.own<ptychography::PtychographySettings>().probe_gain = "fixed:16"; }},
      {"widest level: found 16, asked for 6", [](Live& l) { l.network.max_hidden_channels.reset(); }},
  };
  for (const Planted& p : planted) {
    Live live(asked(kFlags));
    p.plant(live);
    const std::vector<std::string> lines = live.differences(1);
    EXPECT_TRUE(std::ranges::any_of(lines, [&](const std::string& l) { return l.starts_with(p.line); }))
        << p.line << ": " << testing::PrintToString(lines);
  }
  // What shows only later: the cosine's end, which the warm-up hides.
  Live ratio(asked(kFlags));
  ratio.made.optim.schedule.min_ratio = 0.1;
  EXPECT_EQ(ratio.differences(1), std::vector<std::string>());
  EXPECT_EQ(ratio.differences(12).size(), 1u);

  Live sgd(asked({"--optimizer", "sgd", "--momentum", "0.5"}));
  sgd.made.optim.optimizer.momentum = 0.9;
  EXPECT_EQ(sgd.differences(), (std::vector<std::string>{"momentum: found 0.9, asked for 0.5"}));
  Live off(asked({}));
  off.made.optim.clip.value = 1;
  EXPECT_EQ(off.differences(), (std::vector<std::string>{"grad_clip: found 1.0, asked for 0.0",
                                                         "clip active: found true, asked for false"}));
}

TEST(EchoDifferences, KnowsTheSpectralWeightsOfEveryArchitecture) {
  // Points, modes and levels that fit them all.
  for (const char* architecture : {"hybrid", "stable_hybrid", "fno", "fno_vanilla", "ffno", "hybrid_resnet", "cnn"})
    for (const char* spectral : {"corner", "classic", "centered"}) {
      Live live(asked({"--spectral", spectral}));
      live.settings.model.architecture = architecture;
      live.network.architecture = architecture;
      live.network.points = 16;
      live.network.spectral = value_named<ModeConvention>(spectral).value();
      EXPECT_EQ(live.differences(), std::vector<std::string>()) << architecture << " " << spectral;
    }
}

TEST(EchoDifferences, ThePlateauStaysBetweenItsBounds) {
  const std::vector<std::string> flags{
      "--scheduler", "ReduceLROnPlateau", "--learning-rate", "1e-3", "--plateau-min-lr", "1e-4", "--test-data", "t"};
  Live live(asked(flags));
  for (const double fine : {1.0, 0.5, 0.1}) {
    live.rate_factor = fine;
    EXPECT_EQ(live.differences(3), std::vector<std::string>()) << fine;
  }
  for (const double bad : {1.001, 0.09}) {
    live.rate_factor = bad;
    EXPECT_EQ(live.differences(3).size(), 1u) << bad;
  }
  Live other(asked(flags));
  other.made.optim.schedule.patience = 7;
  EXPECT_EQ(other.differences(), (std::vector<std::string>{"plateau_patience: found 7, asked for 2"}));
}

TEST(EchoDifferences, TheOnlyBatchIsNotDropped) {
  Live live(asked({"--short-last-batch", "drop", "--batch-size", "64"}));  // of 40 samples
  EXPECT_EQ(live.snapshot().at("loader").at("short_last_batch"), "keep");
  EXPECT_EQ(live.differences(), std::vector<std::string>());
  Live two(asked({"--short-last-batch", "drop"}));
  EXPECT_EQ(two.snapshot().at("loader").at("short_last_batch"), "drop");
}

// Section 9.2 of the specification: a schedule that is built and never stepped.
TEST(EchoDifferences, FindsAScheduleThatIsNotStepped) {
  Live live(asked(kFlags));
  live.made.optim.schedule.mode = ScheduleMode::frozen_first_value;
  EXPECT_EQ(live.differences(0), (std::vector<std::string>{"schedule_mode: found false, asked for true"}));
  EXPECT_EQ(live.differences(1).size(), 2u);  // and the rate
  // And one that is stepped although it should not be.
  std::vector<std::string> flags = kFlags;
  flags.insert(flags.end(), {"--schedule-mode", "frozen_first_value"});
  Live moving(asked(flags));
  moving.made.optim.schedule.mode = ScheduleMode::stepped;
  EXPECT_EQ(moving.differences(1).size(), 2u);
}

TEST(EffectiveSnapshot, ReadsTheScheduleAndTheNetworkOffTheLiveObjects) {
  Live live(asked({"--scheduler", "ReduceLROnPlateau", "--plateau-factor", "0.25", "--plateau-patience", "5",
                   "--plateau-min-lr", "1e-5", "--plateau-threshold", "1e-3", "--test-data", "t"}));
  const Json json = live.snapshot();
  EXPECT_EQ(json.at("schedule").at("class"), "ReduceLROnPlateau");
  EXPECT_EQ(json.at("schedule").at("factor"), 0.25);
  EXPECT_EQ(json.at("schedule").at("patience"), 5);
  EXPECT_EQ(json.at("schedule").at("min_rate"), 1e-5);
  EXPECT_EQ(json.at("schedule").at("threshold"), 1e-3);
  // The lifter, levels of 4, 8 and 16 channels and the bottleneck, on 8, 4 and 2 points.
  EXPECT_EQ(json.at("model").at("widths"), (std::vector<int>{4, 4, 8, 16, 16}));
  EXPECT_EQ(json.at("loader").at("steps"), 3);
  EXPECT_EQ(json.at("loader").at("samples"), 40);
}

}  // namespace
}  // namespace fno::training
