#include "tools/tasks/ptychography/study_rows.h"

#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace fno::ptychography {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(StageAMetrics, SortedByBestLossMissingLast) {
  ReconMetrics metrics;
  metrics.ssim = {0.925, 0.997};
  metrics.mae = {0.063, 0};
  const Verdict collapsed{.outcome = RunOutcome::collapsed, .rule = CollapseRule::flat_object, .epoch = 5};
  const std::vector<StudyRow> rows{
      {.arm = "missing", .verdict = {.outcome = RunOutcome::oom, .rule = CollapseRule::out_of_memory}},
      {.arm = "layerscale", .best_val_loss = 0.0237, .final_val_loss = 0.179, .verdict = collapsed},
      {.arm = "nan", .best_val_loss = kNaN, .verdict = {.outcome = RunOutcome::nan}},
      {.arm = "control",
       .architecture = "hybrid",
       .seed = 20260128,
       .best_val_loss = 0.0138,
       .final_val_loss = 0.014,
       .metrics = metrics,
       .learned = true,
       .git_commit = "abc",
       .data_sha256 = "def"}};
  const training::Json json = stage_a_metrics_json(rows);
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
  EXPECT_EQ(json[3]["best_val_loss_not_finite"], "nan");
}

// Specification, sections 6.5 and 11: collapse is what the detector's rules say, not every outcome that is not good.
TEST(StageAMetrics, CollapsedWhereARuleStandsBroken) {
  const auto collapsed = [](RunOutcome outcome, CollapseRule rule) {
    const training::Json json = stage_a_metrics_json({{.arm = "a", .verdict = {.outcome = outcome, .rule = rule}}});
    EXPECT_TRUE(json[0]["learned"].is_null());
    return json[0]["collapsed"].get<bool>();
  };
  EXPECT_TRUE(collapsed(RunOutcome::collapsed, CollapseRule::loss_at_floor));
  EXPECT_TRUE(collapsed(RunOutcome::never_learned, CollapseRule::flat_object));
  EXPECT_TRUE(collapsed(RunOutcome::never_learned, CollapseRule::constant_fingerprint));
  EXPECT_TRUE(collapsed(RunOutcome::nan, CollapseRule::not_finite));
  EXPECT_FALSE(collapsed(RunOutcome::never_learned, CollapseRule::none));
  EXPECT_FALSE(collapsed(RunOutcome::recovered, CollapseRule::flat_object));
  EXPECT_FALSE(collapsed(RunOutcome::healthy, CollapseRule::none));
  EXPECT_FALSE(collapsed(RunOutcome::oom, CollapseRule::out_of_memory));
}

TEST(CrashHunt, CrashedByEachOfTheFourRules) {
  // The published rows: seed …29 at depth 4 collapsed, depth 8 ran out of memory.
  EXPECT_FALSE((CrashHuntRow{4, 20260128, 0.02, 0.03, 0.898}.crashed()));
  EXPECT_TRUE((CrashHuntRow{4, 20260129, 0.02, 0.181, 0.277}.crashed()));
  EXPECT_TRUE((CrashHuntRow{4, 1, 0.02, 0.151, 0.8}.crashed()));
  EXPECT_FALSE((CrashHuntRow{4, 1, 0.02, 0.15, 0.5}.crashed()));
  EXPECT_TRUE((CrashHuntRow{4, 1, 0.02, 0.1, 0.499}.crashed()));
  EXPECT_TRUE((CrashHuntRow{4, 1, 0.02, kNaN, 0.8}.crashed()));
  EXPECT_TRUE((CrashHuntRow{8, 1, {}, {}, {}, true}.crashed()));
  const std::vector<CrashHuntRow> rows{{4, 20260129, 0.0625, 0.1875, 0.25}, {8, 7, {}, {}, {}, true}};
  EXPECT_EQ(crash_hunt_json(rows).dump(),
            R"({"runs":[{"depth":4,"seed":20260129,"best_val_loss":0.0625,"final_val_loss":0.1875,"amp_ssim":0.25,)"
            R"("crashed":true},{"depth":8,"seed":7,"best_val_loss":null,"final_val_loss":null,"amp_ssim":null,)"
            R"("crashed":true}]})");
}

}  // namespace
}  // namespace fno::ptychography
