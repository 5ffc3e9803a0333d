#include "tools/tasks/ptychography/study_rows.h"

#include <gtest/gtest.h>
#include <limits>

#include "tools/tasks/ptychography/image_metrics.h"

namespace fno::ptychography {
namespace {

using training::RunRecord;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A run of the loss mae whose epochs had these validation losses.
RunRecord record(const std::string& label, const std::vector<double>& val_losses, const std::string& outcome = "ok",
                 const std::string& rule = "none") {
  RunRecord run{.label = label, .outcome = outcome, .rule = rule};
  run.settings.train.loss = "mae";
  for (const double loss : val_losses) run.history.push_back({.val_loss = loss});
  return run;
}

RunRecord with_scores(RunRecord run, AmplitudePhase ssim, AmplitudePhase mae) {
  ReconMetrics metrics;
  metrics.ssim = ssim;
  metrics.mae = mae;
  run.metrics["last"] = metrics_json(metrics);
  return run;
}

TEST(StageAMetrics, SortedByBestLossMissingLast) {
  RunRecord control = with_scores(record("control", {0.0138, 0.014}), {0.925, 0.997}, {0.063, 0});
  control.settings.model.architecture = "hybrid";
  control.settings.run.seed = 20260128;
  control.manifest = {{"git_commit", "abc"}, {"data", {{{"role", "training"}, {"sha256", "def"}}}}};
  const Json json = stage_a_metrics_json({record("missing", {}, "oom", "out_of_memory"),
                                          record("layerscale", {0.0237, 0.179}, "collapsed_at_epoch_5", "flat_object"),
                                          record("nan", {0.01, kNaN}, "nan", "not_finite"), control});
  ASSERT_EQ(json.size(), 4U);
  EXPECT_EQ(
      json[0].dump(),
      R"({"arm":"control","arch":"hybrid","best_val_loss":0.0138,"phase_ssim":0.997,"final_val_loss":0.014,)"
      R"("amp_ssim":0.925,"amp_mae":0.063,"collapsed":false,"learned":true,"label":"healthy","rule":"none","seed":20260128,)"
      R"("git_commit":"abc","data_sha256":"def"})");
  EXPECT_EQ(json[1]["arm"], "layerscale");
  EXPECT_EQ(json[1]["label"], "collapsed_at_epoch_5");
  EXPECT_EQ(json[1]["collapsed"], true);
  EXPECT_TRUE(json[1]["amp_ssim"].is_null());
  EXPECT_EQ(json[2]["arm"], "missing");
  EXPECT_TRUE(json[2]["best_val_loss"].is_null());
  EXPECT_EQ(json[3]["arm"], "nan");
  EXPECT_TRUE(json[3]["best_val_loss"].is_null());
  EXPECT_EQ(json[3]["final_val_loss_not_finite"], "nan");
}

// Specification, sections 6.5 and 11: collapse is what the detector's rules say, not every outcome that is not good.
TEST(StageAMetrics, CollapsedWhereARuleStandsBroken) {
  const auto collapsed = [](const char* outcome, const char* rule) {
    RunRecord run = record("a", {0.05}, outcome, rule);
    run.settings.train.loss = "poisson";
    const Json json = stage_a_metrics_json({run});
    EXPECT_TRUE(json[0]["learned"].is_null());
    return json[0]["collapsed"].get<bool>();
  };
  EXPECT_TRUE(collapsed("collapsed_at_epoch_2", "loss_at_floor"));
  EXPECT_TRUE(collapsed("never_learned", "flat_object"));
  EXPECT_TRUE(collapsed("never_learned", "constant_fingerprint"));
  EXPECT_TRUE(collapsed("nan", "not_finite"));
  EXPECT_FALSE(collapsed("never_learned", "none"));
  EXPECT_FALSE(collapsed("recovered", "flat_object"));
  EXPECT_FALSE(collapsed("healthy", "none"));
  EXPECT_FALSE(collapsed("oom", "out_of_memory"));
}

TEST(StageAMetrics, LearnedIsBelowALimitOfTheLossMae) {
  EXPECT_EQ(stage_a_metrics_json({record("a", {0.3, 0.0999, 0.2})})[0]["learned"], true);
  EXPECT_EQ(stage_a_metrics_json({record("a", {0.3, 0.1})})[0]["learned"], false);
}

RunRecord hunted(int depth, std::int64_t seed, double best, double final_loss, double ssim) {
  RunRecord run = with_scores(record("a", {best, final_loss}), {ssim, 0}, {});
  run.settings.model.blocks = depth;
  run.settings.run.seed = seed;
  return run;
}

TEST(CrashHunt, CrashedByEachOfTheFourRules) {
  const auto crashed = [](const RunRecord& run) { return crash_hunt_json({run})["runs"][0]["crashed"].get<bool>(); };
  // The published rows: seed …29 at depth 4 collapsed, depth 8 ran out of memory.
  EXPECT_FALSE(crashed(hunted(4, 20260128, 0.02, 0.03, 0.898)));
  EXPECT_TRUE(crashed(hunted(4, 20260129, 0.02, 0.181, 0.277)));
  EXPECT_TRUE(crashed(hunted(4, 1, 0.02, 0.151, 0.8)));
  EXPECT_FALSE(crashed(hunted(4, 1, 0.02, 0.15, 0.5)));
  EXPECT_TRUE(crashed(hunted(4, 1, 0.02, 0.1, 0.499)));
  EXPECT_TRUE(crashed(hunted(4, 1, 0.02, kNaN, 0.8)));
  RunRecord large = record("b", {}, "oom", "out_of_memory");
  large.settings.model.blocks = 8;
  large.settings.run.seed = 7;
  EXPECT_TRUE(crashed(large));
  EXPECT_EQ(crash_hunt_json({hunted(4, 20260129, 0.0625, 0.1875, 0.25), large}).dump(),
            R"({"runs":[{"depth":4,"seed":20260129,"best_val_loss":0.0625,"final_val_loss":0.1875,"amp_ssim":0.25,)"
            R"("crashed":true},{"depth":8,"seed":7,"best_val_loss":null,"final_val_loss":null,"amp_ssim":null,)"
            R"("crashed":true}]})");
}

}  // namespace
}  // namespace fno::ptychography
