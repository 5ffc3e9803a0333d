// Settings of --task ptychography, and the data set that it trains on.
#include <set>

#include "models/network.h"
#include "tests/tools/settings/support.h"
#include "tools/settings/resolve.h"
#include "tools/settings/setting_table.h"
#include "tools/settings/toml_file.h"
#include "tools/tasks/ptychography/grid_lines_rows.h"
#include "tools/tasks/ptychography/settings.h"

namespace fno::settings {
namespace {

using fno::ptychography::probe_gain, fno::ptychography::PtychographySettings, fno::ptychography::StudyProfile;

class Ptychography : public InFolder {};

TEST_F(Ptychography, DefaultsAreThoseOfTheContract) {
  const Settings s = ptychography();
  EXPECT_EQ(s.optim.schedule.epochs, 50);
  EXPECT_EQ(s.optim.batch_size, 16);
  EXPECT_EQ(s.optim.schedule.base, 1e-3);
  EXPECT_EQ(s.optim.optimizer.kind, OptimizerKind::adam);
  EXPECT_EQ(s.optim.optimizer.weight_decay, 0);
  EXPECT_EQ(s.optim.optimizer.momentum, 0.9);
  EXPECT_EQ(s.optim.optimizer.beta1, 0.9);
  EXPECT_EQ(s.optim.optimizer.beta2, 0.999);
  EXPECT_EQ(s.optim.schedule.kind, ScheduleKind::constant);
  EXPECT_EQ(s.optim.schedule.warmup, 0);
  EXPECT_EQ(s.optim.schedule.min_ratio, 0.1);
  EXPECT_EQ(s.optim.schedule.factor, 0.5);
  EXPECT_EQ(s.optim.schedule.patience, 2);
  EXPECT_EQ(s.optim.schedule.min_rate, 1e-4);
  EXPECT_EQ(s.optim.schedule.threshold, 0);
  EXPECT_EQ(s.optim.clip.value, 0);
  EXPECT_EQ(s.optim.clip.rule, ClipRule::norm);
  EXPECT_EQ(s.optim.schedule.mode, ScheduleMode::stepped);
  EXPECT_EQ(s.train.loss, "mae");
  EXPECT_EQ(s.model.modes, 12);
  EXPECT_EQ(s.model.width, 32);
  EXPECT_EQ(s.model.blocks, 4);
  EXPECT_EQ(s.model.cnn_blocks, 2);
  EXPECT_EQ(s.model.input_transform, InputTransform::none);
  EXPECT_EQ(s.model.spectral, ModeConvention::corner);
  EXPECT_EQ(s.model.stable_form, StableForm::layerscale);
  EXPECT_EQ(s.model.layerscale_init, 1e-3);
  EXPECT_EQ(s.model.output_mode, OutputMode::real_imag);
  EXPECT_EQ(s.own<PtychographySettings>().probe_gain, "fixed:16");
  EXPECT_EQ(s.train.infer_batch_size, 16);
  EXPECT_EQ(s.train.short_last_batch, ShortLastBatch::keep);
  EXPECT_FALSE(s.train.loader_seed || s.model.resnet_width || s.model.max_hidden_channels ||
               s.own<PtychographySettings>().study_profile);
  EXPECT_FALSE(s.own<PtychographySettings>().no_gate || s.model.activation_checkpointing || s.train.log_grad_norm);
}

TEST_F(Ptychography, EveryFlagArrives) {
  const Settings s = ptychography(
      "--test-data t.npz --validation-data v.npz --fno-cnn-blocks 3 --fno-input-transform sqrt --resnet-width 48 "
      "--max-hidden-channels 512 --output-mode amp_phase --schedule-mode frozen_first_value --loss poisson "
      "--probe-gain fixed:2.5 --short-last-batch drop --loader-seed 9 --no-gate --nimgs-test 3 --outer-offset-test 12 "
      "--activation-checkpointing --study-profile clean",
      "hybrid_resnet");
  EXPECT_EQ(s.run.task, "ptychography");
  EXPECT_EQ(s.model.architecture, "hybrid_resnet");
  EXPECT_EQ(s.run.test_data, "t.npz");
  EXPECT_EQ(s.own<PtychographySettings>().validation_data, "v.npz");
  EXPECT_EQ(s.model.cnn_blocks, 3);
  EXPECT_EQ(s.model.input_transform, InputTransform::sqrt);
  EXPECT_EQ(s.model.resnet_width, 48);
  EXPECT_EQ(s.model.max_hidden_channels, 512);
  EXPECT_EQ(s.model.output_mode, OutputMode::amp_phase);
  EXPECT_EQ(s.optim.schedule.mode, ScheduleMode::frozen_first_value);
  EXPECT_EQ(s.train.loss, "poisson");
  EXPECT_EQ(s.own<PtychographySettings>().probe_gain, "fixed:2.5");
  EXPECT_EQ(s.train.short_last_batch, ShortLastBatch::drop);
  EXPECT_EQ(s.train.loader_seed, 9);
  EXPECT_TRUE(s.own<PtychographySettings>().no_gate);
  EXPECT_EQ(s.own<PtychographySettings>().nimgs_test, 3);
  EXPECT_EQ(s.own<PtychographySettings>().outer_offset_test, 12);
  EXPECT_TRUE(s.model.activation_checkpointing);
  EXPECT_EQ(s.own<PtychographySettings>().study_profile, StudyProfile::clean);
}

TEST(SettingTables, EveryRowHasADefaultOrSaysWhatHoldsWithoutIt) {
  for (const TaskTable& table : task_tables())
    for (const Row<Settings>& row : table.rows)
      EXPECT_TRUE(row.required || !row.standard().empty()) << table.name << " " << row.key;
}

TEST(SettingTables, WhatArchitecturesReadAreFieldsOfTheirNetworks) {
  for (const Architecture& a : architectures()) {
    std::set<std::string_view> fields;
    NetworkConfig config;
    for_each_field(config, a.kind, [&](const char* name, auto&&...) { fields.insert(name); });
    for (const std::string_view field : a.reads) EXPECT_TRUE(field.empty() || fields.contains(field)) << field;
  }
}

TEST_F(Ptychography, EveryArchitectureOfTheTaskIsAccepted) {
  for (const char* name : {"hybrid", "stable_hybrid", "fno", "fno_vanilla", "ffno", "hybrid_resnet", "cnn"})
    EXPECT_EQ(ptychography("", name).model.architecture, name);
}

TEST_F(Ptychography, SetReachesEverySetting) {
  const Settings before = ptychography("--test-data t");
  for (const auto& row : setting_rows("ptychography")) {
    // A profile moves other settings, which is what it is for.
    if (row.required || row.key == "train.study_profile" || row.key == "run.test_data") continue;
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
        if (row.key == "train.probe_gain") text = "batch";
    }
    const Settings after = ptychography("--test-data t --set " + row.key + "=" + text);
    EXPECT_EQ(to_text(row.get(after)), text) << row.key;
    for (const auto& other : setting_rows("ptychography"))
      if (other.key != row.key) {
        EXPECT_EQ(other.get(before), other.get(after)) << row.key << " changed " << other.key;
      }
  }
}

TEST_F(Ptychography, ProbeGainHasAGrammar) {
  const auto gain = [](const char* text) { return probe_gain(text); };
  EXPECT_TRUE(gain("batch")->batch);
  EXPECT_FALSE(gain("1")->batch);
  EXPECT_EQ(gain("1")->fixed, 1);
  EXPECT_FALSE(gain("fixed:16")->batch);
  EXPECT_EQ(gain("fixed:16")->fixed, 16);
  EXPECT_EQ(gain("fixed:0.125")->fixed, 0.125);
  EXPECT_EQ(gain("fixed:1e3")->fixed, 1000);
  for (const char* text : {"", "16", "2", "Batch", "batch ", " batch", "fixed", "fixed:", "fixed:0", "fixed:-1",
                           "fixed:nan", "fixed:inf", "fixed:1e99", "fixed:16x", "fixed: 16", "Fixed:16", "fixed=16"})
    EXPECT_FALSE(gain(text).has_value()) << text;
  EXPECT_EQ(error_of([] { (void)ptychography("--probe-gain 16"); }),
            "--probe-gain: found 16, accepted: batch, 1 or fixed:G with G above 0");
  EXPECT_EQ(error_of([] { (void)ptychography("--set train.probe_gain=fixed:0"); }),
            "--set train.probe_gain: found fixed:0, accepted: batch, 1 or fixed:G with G above 0");
}

TEST_F(Ptychography, TheReplicaMovesDefaultsAndFlagsWin) {
  const Settings s = ptychography("--study-profile replica");
  EXPECT_EQ(s.own<PtychographySettings>().probe_gain, "batch");
  EXPECT_EQ(s.train.short_last_batch, ShortLastBatch::keep);
  EXPECT_EQ(s.train.loader_seed, 42);
  EXPECT_EQ(s.optim.schedule.mode, ScheduleMode::frozen_first_value);
  EXPECT_EQ(s.optim.clip.value, 1.0);
  EXPECT_FALSE(s.given("train.probe_gain"));
  EXPECT_EQ(ptychography("--study-profile replica", "stable_hybrid").optim.clip.value, 0);

  const std::string flags =
      "--probe-gain 1 --short-last-batch drop --loader-seed 7 --schedule-mode stepped --grad-clip 0.5 ";
  const Settings won = ptychography(flags + "--study-profile replica");
  EXPECT_EQ(won.own<PtychographySettings>().probe_gain, "1");
  EXPECT_EQ(won.train.short_last_batch, ShortLastBatch::drop);
  EXPECT_EQ(won.train.loader_seed, 7);
  EXPECT_EQ(won.optim.schedule.mode, ScheduleMode::stepped);
  EXPECT_EQ(won.optim.clip.value, 0.5);
  // So do --set and files.
  EXPECT_EQ(ptychography("--study-profile replica --set optim.grad_clip=0").optim.clip.value, 0);
  const std::string mine = file("mine.toml", "[train]\nloader_seed = 3\n");
  EXPECT_EQ(ptychography("--study-profile replica --config " + mine).train.loader_seed, 3);
}

TEST_F(Ptychography, TheCleanProfileMovesItsDefaults) {
  const Settings s = ptychography("--study-profile clean");
  EXPECT_EQ(s.own<PtychographySettings>().probe_gain, "fixed:16");
  EXPECT_EQ(s.train.short_last_batch, ShortLastBatch::drop);
  EXPECT_EQ(s.optim.schedule.mode, ScheduleMode::stepped);
  EXPECT_EQ(s.optim.clip.value, 0);
  EXPECT_FALSE(s.train.loader_seed);
  EXPECT_EQ(ptychography("--study-profile clean --short-last-batch keep").train.short_last_batch, ShortLastBatch::keep);
}

TEST_F(Ptychography, AProfileMovesNothingElse) {
  const std::set<std::string> moves{"train.probe_gain", "train.short_last_batch", "train.loader_seed",
                                    "optim.schedule_mode", "optim.grad_clip"};
  const Settings plain = ptychography("--test-data t");
  for (const char* profile : {"replica", "clean"}) {
    const Settings moved = ptychography(std::string("--test-data t --study-profile ") + profile);
    for (const auto& row : setting_rows("ptychography")) {
      if (row.key == "train.study_profile" || moves.contains(row.key)) continue;
      EXPECT_EQ(row.get(plain), row.get(moved)) << profile << " " << row.key;
    }
  }
}

TEST_F(Ptychography, AProfileCanStandInAFileOrBehindSet) {
  const std::string profile = file("p.toml", "[train]\nstudy_profile = \"replica\"\n");
  EXPECT_EQ(ptychography("--config " + profile).own<PtychographySettings>().probe_gain, "batch");
  EXPECT_EQ(ptychography("--set train.study_profile=replica").own<PtychographySettings>().probe_gain, "batch");
  // The strongest origin decides which.
  EXPECT_EQ(ptychography("--config " + profile + " --study-profile clean").train.short_last_batch,
            ShortLastBatch::drop);
  // The settings of such a run give the same run without the words that made it.
  const Settings s = ptychography("--study-profile replica --grad-clip 3");
  const Settings again = load_settings(file("run.toml", to_toml(s)));
  for (const auto& row : setting_rows("ptychography"))
    if (row.stored) {
      EXPECT_EQ(row.get(s), row.get(again)) << row.key;
    }
  EXPECT_EQ(error_of([] { (void)ptychography("--study-profile nonsense"); }),
            "--study-profile: found nonsense, accepted: replica, clean");
}

TEST_F(Ptychography, SettingsOfTheOtherTaskAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {"--validation-fraction 0.1", "--validation-fraction belongs to --task operator"},
      {"--fno-projection 64", "--fno-projection belongs to --task operator"},
      {"--domain-padding 0", "--domain-padding belongs to --task operator"},
      {"--set model.domain_padding=0", "--set model.domain_padding belongs to --task operator"},
      {"--loss h1", "--loss: found h1, which belongs to --task operator, accepted here: mae, poisson"},
      {"--loss relative_l2",
       "--loss: found relative_l2, which belongs to --task operator, accepted here: mae, poisson"},
  };
  for (const auto& [flags, line] : cases) EXPECT_EQ(error_of([&] { (void)ptychography(flags); }), line);
  for (const char* flag :
       {"--validation-data v", "--fno-cnn-blocks 1", "--fno-input-transform log1p", "--resnet-width 4",
        "--max-hidden-channels 4", "--schedule-mode stepped", "--short-last-batch drop", "--loader-seed 1",
        "--nimgs-test 1", "--outer-offset-test 4", "--study-profile clean"})
    EXPECT_EQ(error_of([&] { (void)train(flag); }), split(flag)[0] + " belongs to --task ptychography");
}

TEST_F(Ptychography, PlateauNeedsSomethingToWatch) {
  EXPECT_EQ(error_of([] { (void)ptychography("--scheduler ReduceLROnPlateau"); }),
            "run.test_data: found nothing, accepted with ReduceLROnPlateau, which watches val_loss: --test-data or "
            "--validation-data");
  EXPECT_NO_THROW((void)ptychography("--scheduler ReduceLROnPlateau --test-data t"));
  EXPECT_NO_THROW((void)ptychography("--scheduler ReduceLROnPlateau --validation-data v"));
  EXPECT_EQ(error_of([] { (void)ptychography("--scheduler WarmupCosine --lr-warmup-epochs 50"); }),
            "--lr-warmup-epochs: found 50 warm-up epochs in a run of 50, accepted: fewer than the epochs of the run");
}

TEST_F(Ptychography, FlagsWithoutEffectAreNamed) {
  EXPECT_EQ(idle_requests(ptychography("--resnet-width 8 --fno-cnn-blocks 3 --layerscale-init 1 "
                                       "--gradient-clip-algorithm agc --lr-min-ratio 0.2")),
            (Words{"--fno-cnn-blocks acts only with --architecture fno or ffno",
                   "--resnet-width acts only with --architecture hybrid_resnet",
                   "--layerscale-init acts only with --architecture stable_fno or stable_hybrid",
                   "--lr-min-ratio acts only with --scheduler WarmupCosine",
                   "--gradient-clip-algorithm acts only with --grad-clip above 0"}));
}

TEST_F(Ptychography, AScheduleThatAProfileFreezesIsNamed) {
  const std::string replica = "--study-profile replica ";
  EXPECT_EQ(idle_requests(ptychography(replica + "--scheduler Exponential")),
            (Words{"--scheduler Exponential: --study-profile replica keeps the rate of the first epoch; the schedule "
                   "acts with --schedule-mode stepped"}));
  for (const std::string fine : {"", "--scheduler Default", "--scheduler ReduceLROnPlateau --test-data t",
                                 "--scheduler Exponential --schedule-mode stepped",
                                 "--scheduler Exponential --schedule-mode frozen_first_value"})
    EXPECT_EQ(idle_requests(ptychography(replica + fine)), Words()) << fine;
  EXPECT_EQ(idle_requests(ptychography("--study-profile clean --scheduler Exponential")), Words());
}

// As `fno simulate grid-lines` reads them.
ptychography::GridLines grid_lines(const std::string& more) {
  const Call call = test::call_of(split("simulate grid-lines --output d " + more));
  auto data = read_options(ptychography::grid_lines_rows<ptychography::GridLines>(""), call.given);
  const Given* seed = find(call.given, "seed");
  complete(data, call.given, seed != nullptr ? std::stoll(seed->text) : 0);
  return data;
}

TEST_F(Ptychography, GridLinesFlagsArrive) {
  const ptychography::GridLines plain = grid_lines("");
  EXPECT_EQ(plain.N, 64);
  EXPECT_EQ(plain.gridsize, 1);
  EXPECT_EQ(plain.size, 392);
  EXPECT_EQ(plain.outer_offset_train, 8);
  EXPECT_EQ(plain.outer_offset_test, 20);
  EXPECT_EQ(plain.nimgs_train, 2);
  EXPECT_EQ(plain.nimgs_test, 2);
  EXPECT_EQ(plain.nimgs_validation, 0);
  EXPECT_EQ(plain.nphotons, 1e9);
  EXPECT_EQ(plain.probe_smoothing_sigma, 0.5);
  EXPECT_TRUE(plain.noise && !plain.set_phi);
  EXPECT_FALSE(plain.probe_npz || plain.probe_mask_diameter || plain.patches_train);
  EXPECT_EQ(plain.probe_source, ptychography::ProbeSource::analytic);
  EXPECT_EQ(plain.noise_seed, 0U);
  EXPECT_EQ(grid_lines("--seed 7").noise_seed, 7U);
  const ptychography::GridLines all = grid_lines(
      "--N 32 --gridsize 2 --size 100 --outer-offset-train 4 --outer-offset-test 6 --nimgs-train 3 --nimgs-test 4 "
      "--nimgs-validation 5 --nphotons 1e6 --no-noise --set-phi --probe-npz p.npz --probe-source custom "
      "--probe-smoothing-sigma 0.25 --probe-mask-diameter 20 --noise-seed 8 --patches-train 9 --seed 7");
  EXPECT_EQ(all.N, 32);
  EXPECT_EQ(all.gridsize, 2);
  EXPECT_EQ(all.size, 100);
  EXPECT_EQ(all.outer_offset_train, 4);
  EXPECT_EQ(all.outer_offset_test, 6);
  EXPECT_EQ(all.nimgs_train, 3);
  EXPECT_EQ(all.nimgs_test, 4);
  EXPECT_EQ(all.nimgs_validation, 5);
  EXPECT_EQ(all.nphotons, 1e6);
  EXPECT_TRUE(!all.noise && all.set_phi);
  EXPECT_EQ(all.probe_npz, "p.npz");
  EXPECT_EQ(all.probe_source, ptychography::ProbeSource::custom);
  EXPECT_EQ(all.probe_smoothing_sigma, 0.25);
  EXPECT_EQ(all.probe_mask_diameter, 20);
  EXPECT_EQ(all.noise_seed, 8U);
  EXPECT_EQ(all.patches_train, 9);
}

TEST_F(Ptychography, TheProbeSourceAndItsFileGoTogether) {
  const auto line = [](const char* flags) { return error_of([&] { (void)grid_lines(flags); }); };
  EXPECT_EQ(line("--probe-source custom"),
            "--probe-source: found custom without --probe-npz, accepted: custom with it, analytic or ideal_disk "
            "without");
  EXPECT_EQ(line("--probe-source analytic --probe-npz p"),
            "--probe-source: found analytic with --probe-npz, accepted: custom with it, analytic or ideal_disk "
            "without");
  EXPECT_NO_THROW((void)grid_lines("--probe-npz p"));
  EXPECT_NO_THROW((void)grid_lines("--probe-source ideal_disk"));
}

}  // namespace
}  // namespace fno::settings
