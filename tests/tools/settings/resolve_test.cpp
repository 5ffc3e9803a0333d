#include "tools/settings/resolve.h"

#include <cstring>
#include <map>

#include "tests/tools/settings/support.h"
#include "tools/settings/setting_table.h"
#include "tools/settings/toml_file.h"
#include "tools/tasks/operator/settings.h"

namespace fno::settings {
namespace {

class Resolve : public InFolder {};
class Toml : public InFolder {};

// Everything a row can see, reals by their bits.
void expect_same(const Settings& a, const Settings& b) {
  for (const auto& row : setting_rows(a.run.task)) {
    if (!row.stored) continue;
    const Value left = row.get(a), right = row.get(b);
    EXPECT_EQ(left, right) << row.key;
    if (const auto* x = std::get_if<double>(&left)) {
      EXPECT_EQ(std::memcmp(x, std::get_if<double>(&right), sizeof *x), 0) << row.key;
    }
  }
}

TEST_F(Resolve, FlagsWinOverSetAndSetOverFiles) {
  const std::string one = file("1.toml", "[optim]\nepochs = 1\nbatch_size = 1\nbeta1 = 0.1\nmomentum = 0.1\n");
  const std::string two = file("2.toml", "[optim]\nepochs = 2\nbatch_size = 2\nbeta1 = 0.2\n");
  // The flag stands first: what counts is the kind of origin, not the place.
  const Settings s =
      train("--epochs 4 --set optim.batch_size=3 --set optim.epochs=3 --config " + one + " --config " + two);
  EXPECT_EQ(s.optim.schedule.epochs, 4);
  EXPECT_EQ(s.optim.batch_size, 3);
  EXPECT_EQ(s.optim.optimizer.beta1, 0.2);
  EXPECT_EQ(s.optim.optimizer.momentum, 0.1);
  EXPECT_EQ(s.optim.optimizer.beta2, 0.999);
  EXPECT_EQ(s.origins.at("optim.epochs").source, Origin::Source::flag);
  EXPECT_EQ(s.label("optim.epochs"), "--epochs");
  EXPECT_EQ(s.label("optim.batch_size"), "--set optim.batch_size");
  EXPECT_EQ(s.label("optim.beta1"), two + ":4: optim.beta1");
  EXPECT_TRUE(s.given("optim.momentum"));
  EXPECT_FALSE(s.given("optim.beta2"));
}

TEST_F(Resolve, SetReachesEverySetting) {
  // Each row set to a value that differs from its default, by --set alone, must arrive.
  const Settings before = train();
  for (const auto& row : setting_rows("operator")) {
    if (row.required) continue;
    std::string text = "other";
    switch (row.rule.kind) {
      case Rule::Kind::toggle: text = "true"; break;
      case Rule::Kind::integer: text = "3"; break;
      case Rule::Kind::real: text = "0.25"; break;
      case Rule::Kind::choice:
        for (const std::string& name : row.rule.choices)
          if (name != to_text(row.fallback)) text = name;
        break;
      default:
        if (row.key == "run.device") text = "cuda:1";
        if (row.key == "run.time_limit") text = "2:55:00";
        if (row.key.ends_with("layout")) text = "nhwc";
    }
    const Settings after = train("--set " + row.key + "=" + text);
    EXPECT_EQ(to_text(row.get(after)), text) << row.key;
    for (const auto& other : setting_rows("operator")) {
      if (other.key == row.key || other.depends_on_run) continue;
      EXPECT_EQ(other.get(before), other.get(after)) << row.key << " changed " << other.key;
    }
  }
}

TEST_F(Resolve, EveryFlagArrives) {
  const Settings s = train(
      "--test-data t.npz --seed 7 --device cpu --threads 2 --quiet --json --verbose --force --epochs 3 "
      "--batch-size 4 --learning-rate 5e-4 --optimizer sgd --weight-decay 0.01 --momentum 0.5 --beta1 0.8 "
      "--beta2 0.99 --scheduler ReduceLROnPlateau --lr-warmup-epochs 1 --lr-min-ratio 0.2 --plateau-factor 0.4 "
      "--plateau-patience 5 --plateau-min-lr 1e-6 --plateau-threshold 0.01 --grad-clip 1.5 "
      "--gradient-clip-algorithm agc_unit --log-grad-norm --grad-norm-log-freq 9 --loss h1 --fno-modes 6 "
      "--fno-width 24 --fno-blocks 5 --fno-projection 64 --domain-padding 0.125 --spectral corner "
      "--stable-form zero_gamma --layerscale-init 0.01 --validation-fraction 0.2 --precision strict "
      "--infer-batch-size 11 --skip-bad-steps");
  EXPECT_EQ(s.run.task, "operator");
  EXPECT_EQ(s.model.architecture, "fno_operator");
  EXPECT_EQ(s.run.data, "train.npz");
  EXPECT_EQ(s.run.test_data, "t.npz");
  EXPECT_EQ(s.run.output_dir, "run");
  EXPECT_EQ(s.run.seed, 7);
  EXPECT_EQ(s.run.device, "cpu");
  EXPECT_EQ(s.run.threads, 2);
  EXPECT_TRUE(s.run.quiet && s.run.json && s.run.verbose && s.run.force);
  EXPECT_EQ(s.optim.schedule.epochs, 3);
  EXPECT_EQ(s.optim.batch_size, 4);
  EXPECT_EQ(s.optim.schedule.base, 5e-4);
  EXPECT_EQ(s.optim.optimizer.kind, OptimizerKind::sgd);
  EXPECT_EQ(s.optim.optimizer.weight_decay, 0.01);
  EXPECT_EQ(s.optim.optimizer.momentum, 0.5);
  EXPECT_EQ(s.optim.optimizer.beta1, 0.8);
  EXPECT_EQ(s.optim.optimizer.beta2, 0.99);
  EXPECT_EQ(s.optim.schedule.kind, ScheduleKind::plateau);
  EXPECT_EQ(s.optim.schedule.warmup, 1);
  EXPECT_EQ(s.optim.schedule.min_ratio, 0.2);
  EXPECT_EQ(s.optim.schedule.factor, 0.4);
  EXPECT_EQ(s.optim.schedule.patience, 5);
  EXPECT_EQ(s.optim.schedule.min_rate, 1e-6);
  EXPECT_EQ(s.optim.schedule.threshold, 0.01);
  EXPECT_EQ(s.optim.clip.value, 1.5);
  EXPECT_EQ(s.optim.clip.rule, ClipRule::agc_unit);
  EXPECT_TRUE(s.train.log_grad_norm);
  EXPECT_EQ(s.train.grad_norm_log_freq, 9);
  EXPECT_EQ(s.train.loss, "h1");
  EXPECT_EQ(s.model.modes, 6);
  EXPECT_EQ(s.model.width, 24);
  EXPECT_EQ(s.model.blocks, 5);
  EXPECT_EQ(s.model.projection, 64);
  EXPECT_EQ(s.model.padding, 0.125);
  EXPECT_EQ(s.model.spectral, ModeConvention::corner);
  EXPECT_EQ(s.model.stable_form, StableForm::zero_gamma);
  EXPECT_EQ(s.model.layerscale_init, 0.01);
  EXPECT_EQ(s.own<operators::OperatorSettings>().validation_fraction, 0.2);
  EXPECT_EQ(s.train.precision, Precision::strict);
  EXPECT_EQ(s.train.infer_batch_size, 11);
  EXPECT_TRUE(s.train.skip_bad_steps);
}

TEST_F(Resolve, AliasesAndThePrefixNameTheSameSetting) {
  EXPECT_EQ(train("--nepochs 7").optim.schedule.epochs, 7);
  EXPECT_EQ(train("--torch-epochs 7").optim.schedule.epochs, 7);
  EXPECT_EQ(train("--torch-nepochs 7").optim.schedule.epochs, 7);
  EXPECT_EQ(train("--torch-loss-mode mae").train.loss, "mae");
  EXPECT_EQ(train("--loss-mode h1").train.loss, "h1");
  EXPECT_EQ(train("--torch-grad-clip-algorithm agc").optim.clip.rule, ClipRule::agc);
  EXPECT_EQ(train("--grad-clip-algorithm=value").optim.clip.rule, ClipRule::value);
  EXPECT_TRUE(train("--torch-log-grad-norm").train.log_grad_norm);
  EXPECT_FALSE(train("--set train.log_grad_norm=true --log-grad-norm=false").train.log_grad_norm);
  EXPECT_EQ(train("--torch-epochs 5 --epochs 6").optim.schedule.epochs, 5);
  EXPECT_EQ(train("--nepochs 6 --torch-epochs 5").optim.schedule.epochs, 5);
}

TEST_F(Resolve, EveryModelOptimAndTrainFlagTakesThePrefix) {
  for (const auto& row : setting_rows("operator")) {
    if (row.key.starts_with("run.")) continue;
    const bool worked_out = std::holds_alternative<std::monostate>(row.fallback);  // a number, from the data
    const std::string value = row.is_switch() ? "true" : worked_out ? "1" : to_text(row.fallback);
    EXPECT_NO_THROW((void)train("--torch-" + row.name() + "=" + value)) << row.key;
  }
}

TEST_F(Resolve, FlagsWithoutEffectAreNamed) {
  const Settings s = train("--momentum 0.5 --set model.layerscale_init=0.1 --grad-norm-log-freq 2 --beta1 0.8");
  EXPECT_EQ(
      idle_requests(s),
      (Words{"--set model.layerscale_init acts only with --architecture stable_fno or stable_hybrid",
             "--momentum acts only with --optimizer sgd", "--grad-norm-log-freq acts only with --log-grad-norm"}));
  EXPECT_TRUE(idle_requests(load_settings(file("run.toml", to_toml(s)))).empty());
  EXPECT_EQ(idle_requests(train("--activation-checkpointing")),
            (Words{"--activation-checkpointing acts only with --architecture stable_fno"}));
}

TEST_F(Resolve, ResumeMayChangeTheLengthOfTheRunAndLittleElse) {
  const Settings stored = train();
  EXPECT_EQ(resume_conflict(stored, train("--epochs 90 --lr-warmup-epochs 5 --threads 1 --quiet --log-grad-norm")), "");
  EXPECT_EQ(resume_conflict(stored, train("--batch-size 8")),
            "optim.batch_size: found 8, the stored run has 20; may differ: output-dir, force, resume, time-limit, "
            "profile-ops, trace, profile-steps, threads, quiet, "
            "json, verbose, epochs, log-grad-norm, grad-norm-log-freq, weights-hash-freq");
}

TEST(CheckTogether, StrictArithmeticIsThatOfOurKernels) {
  EXPECT_EQ(train("--precision strict --cuda-libraries own").run.cuda_libraries, CudaLibraries::own);
  EXPECT_EQ(train("--cuda-libraries auto").run.cuda_libraries, CudaLibraries::automatic);
  EXPECT_EQ(error_of([] { (void)train("--precision strict --cuda-libraries vendor"); }),
            "--precision: found strict beside --cuda-libraries vendor, accepted with strict: own");
}

TEST(CheckTogether, WarmUpCountsOnlyWhereTheScheduleWarmsUp) {
  EXPECT_EQ(train("--epochs 3 --lr-warmup-epochs 3 --scheduler Default").optim.schedule.warmup, 3);
  EXPECT_EQ(error_of([] { (void)train("--epochs 3 --lr-warmup-epochs 3"); }),
            "--lr-warmup-epochs: found 3 warm-up epochs in a run of 3, accepted: fewer than the epochs of the run");
}

TEST_F(Toml, RoundTripIsExact) {
  Settings before = train("--learning-rate 0.1 --weight-decay 1e-300 --layerscale-init 3 --beta2 0.99999999999999989");
  before.run.data = "with \"quotes\", \\ and \n and \x7f and \xC3\xA4.npz";
  before.run.threads = 3;
  before.model.modes = 8;
  before.model.padding = PerAxis<double>(std::vector{1.0, 0.25});
  before.optim.schedule.min_rate = 4.9406564584124654e-324;
  before.optim.clip.value = 1e22;
  const Settings after = load_settings(file("config.toml", to_toml(before)));
  expect_same(before, after);
  EXPECT_EQ(to_toml(before), to_toml(after));
  expect_same(train(), load_settings(file("plain.toml", to_toml(train()))));
}

TEST_F(Toml, RealsAreWrittenAsTomlFloats) {
  // Other readers than ours tell 1 from 1.0.
  std::map<std::string, Value> entries;
  for (FileEntry& entry :
       read_toml(file("config.toml", to_toml(train("--learning-rate 1 --grad-clip 1e22 --domain-padding 1")))))
    entries[entry.key] = entry.value;
  for (const auto& row : setting_rows("operator"))
    if (row.rule.kind == Rule::Kind::real) {
      EXPECT_TRUE(std::holds_alternative<double>(entries[row.key])) << row.key;
    }
}

TEST_F(Toml, TheFileHoldsNoPermissionToDelete) {
  EXPECT_FALSE(load_settings(file("config.toml", to_toml(train("--force")))).run.force);
}

TEST_F(Toml, ErrorsNameTheFileTheLineAndTheRule) {
  const std::pair<const char*, const char*> cases[] = {
      {"[optim]\nepochs = \"50\"\n",
       ":2: optim.epochs: found the text \"50\", accepted: an integer from 1 to 10000000"},
      {"[optim]\nepochs = 5.0\n", ":2: optim.epochs: found 5, accepted: an integer from 1 to 10000000"},
      {"[optim]\nbeta1 = nan\n", ":2: optim.beta1: found nan, accepted: a number at least 0 and below 1"},
      {"[optim]\n\n\nepochs = [5]\n", ":4: optim.epochs: found a list, accepted: an integer from 1 to 10000000"},
      {"[run]\ndata = [\"a\"]\n", ":2: run.data: found a list, accepted: a path, not empty, in UTF-8"},
      {"[run]\ndata = 2024-01-01\n", ":2: run.data: found a date or time, accepted: a path, not empty, in UTF-8"},
      {"[run]\nquiet = 1\n", ":2: run.quiet: found 1, accepted: true, false"},
      {"[run]\noutput_dir = \"\"\n", ":2: run.output_dir: found the text \"\", accepted: a path, not empty, in UTF-8"},
      {"[optim]\nlerning_rate = 1\n", ":2: optim.lerning_rate: unknown key; did you mean optim.learning_rate?"},
      {"epochs = 1\n", ":1: epochs: unknown key; did you mean optim.epochs?"},
      {"[train]\nbatch_size = 1\n", ":2: train.batch_size: unknown key; did you mean optim.batch_size?"},
      {"[optin]\n", ":1: optin: unknown section; did you mean optim?"},
      {"[optim.epochs]\nx = 1\n", ":2: optim.epochs.x: unknown key; did you mean optim.epochs?"},
      {"[train]\nprobe_gain = \"batch\"\n", ":2: train.probe_gain belongs to --task ptychography"},
      {"[optim]\noptimizer = \"adm\"\n",
       ":2: optim.optimizer: found adm, accepted: adam, adamw, sgd; did you mean adam?"},
  };
  for (const auto& [text, line] : cases) {
    const std::string path = file("bad.toml", text);
    EXPECT_EQ(error_of([&] { (void)train("--config " + path); }), path + line);
  }
}

TEST_F(Toml, EmptySectionsAndFilesAskForNothing) {
  expect_same(train(), train("--config " + file("empty.toml", "")));
  expect_same(train(), train("--config " + file("sections.toml", "[optim]\n# epochs = 3\n[model]\n")));
}

TEST_F(Toml, WrongValuesCountEvenWhereAFlagWins) {
  const std::string path = file("bad.toml", "[optim]\nepochs = 0\n");
  EXPECT_EQ(error_of([&] { (void)train("--epochs 5 --config " + path); }),
            path + ":2: optim.epochs: found 0, accepted: an integer from 1 to 10000000");
}

TEST_F(Toml, UnreadableFilesAreConfigurationErrors) {
  const auto line = [](const std::string& path) { return error_of([&] { (void)read_toml(path); }); };
  EXPECT_EQ(line("/nowhere/x.toml"), "--config: found /nowhere/x.toml, which cannot be read, accepted: a TOML file");
  EXPECT_EQ(line(folder_.string()),
            "--config: found " + folder_.string() + ", which cannot be read, accepted: a TOML file");
  const std::string large = file("large.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(line(large), "--config: found " + large + ", which is above 1 MiB, accepted: a TOML file of settings");
  const std::string broken = file("broken.toml", "[optim]\nepochs 5\n");
  EXPECT_TRUE(line(broken).starts_with(broken + ":2: not TOML: ")) << line(broken);
  const std::string twice = file("twice.toml", "[optim]\nepochs = 5\nepochs = 6\n");
  EXPECT_TRUE(line(twice).starts_with(twice + ":3: not TOML: ")) << line(twice);
  EXPECT_EQ(line(broken).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace fno::settings
