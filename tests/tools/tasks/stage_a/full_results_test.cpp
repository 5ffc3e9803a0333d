#include "tools/tasks/stage_a/full_results.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/tools/tasks/stage_a/row_text.h"
#include "tests/tools/tasks/stage_a/small_study.h"

namespace fno::stage_a {
namespace {

class FullResults : public SmallStudy {
 protected:
  static RunRow row(const std::string& arm, int seed, bool flat) {
    return run_row(
        row_json("stable_hybrid-noclip-batch", seed, flat ? "collapsed_at_epoch_2" : "healthy", arm, "full", 42).dump(),
        "");
  }
  // A run's layers: σ = step^slope of one map, 1 of another, and a map that goes into no GELU.
  void write_layers(double slope) const {
    std::ofstream file(folder_ / "layers.jsonl");
    for (const int step : {0, 1, 2, 4, 8, 16, 32, 64, 100, 128, 256, 512})
      file << nlohmann::ordered_json{{"step", step},
                                     {"maps",
                                      {{"lifter.pre_gelu", {{"std", 1}}},
                                       {"bottleneck.pre_gelu", {{"std", step == 100 ? 1e9 : std::pow(step, slope)}}},
                                       {"bottleneck.out", {{"std", step * step}}}}}}
           << "\n";
  }
};

// Five against none: Fisher's p of 5:0 is 2/252, of 1:0 it is 1; Holm doubles the lesser one.
TEST_F(FullResults, ComparesConstantRatesWithThePlan) {
  std::vector<RunRow> rows;
  for (int seed = 1; seed <= 5; ++seed) {
    rows.push_back(row("constant-1e-3", seed, true));
    rows.push_back(row("plan", seed, false));
    rows.push_back(row("constant-5e-4", seed, seed == 1));
  }
  const std::vector<Comparison> all = primary_comparisons(full_results(rows));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].constant.count(), "5 of 5");
  EXPECT_EQ(all[0].plan.count(), "0 of 5");
  EXPECT_NEAR(all[0].fisher, 2.0 / 252, 1e-12);
  EXPECT_NEAR(all[0].holm, 4.0 / 252, 1e-12);
  EXPECT_EQ(all[0].only_constant, 5);
  EXPECT_EQ(all[0].only_plan, 0);
  EXPECT_NEAR(all[1].fisher, 1, 1e-12);
  EXPECT_EQ(all[1].only_constant, 1);
}

TEST_F(FullResults, NanCountsAsFlatAndVoidRunsDoNotCount) {
  auto nan = row_json("stable_hybrid-noclip-batch", 1, "nan", "plan", "full", 42);
  nan["amp_std_over_mean"] = {0.1};
  auto is_void = row_json("stable_hybrid-noclip-batch", 2, "never_learned", "plan", "full", 42);
  is_void["echo"] = {"rate: found 0.001, asked for 0.01"};
  const std::vector<RunRow> rows{run_row(nan.dump(), ""), run_row(is_void.dump(), ""), row("plan", 3, false)};
  for (const FullArm& arm : full_results(rows))
    EXPECT_EQ(arm.flat.count(), arm.name == "plan" ? "1 of 2" : "0 of 0") << arm.name;
}

// Over the powers of two from 64 on; what stands between them is another outcome's.
TEST_F(FullResults, GrowthIsTheSlopeOfTheGeometricSteps) {
  write_layers(0.5);
  const std::vector<LayerCurve> curves = read_layer_curves((folder_ / "layers.jsonl").string());
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[1].map, "bottleneck.pre_gelu");
  EXPECT_EQ(curves[1].steps.size(), 12u);
  const auto growth = greatest_growth(curves);
  ASSERT_TRUE(growth);
  EXPECT_EQ(growth->map, "bottleneck.pre_gelu");
  EXPECT_NEAR(growth->slope, 0.5, 1e-9);
  write_layers(-0.5);
  EXPECT_EQ(greatest_growth(read_layer_curves((folder_ / "layers.jsonl").string()))->map, "lifter.pre_gelu");
  EXPECT_TRUE(read_layer_curves((folder_ / "absent.jsonl").string()).empty());
}

TEST_F(FullResults, ClaimsNameEveryArmBeforeItsFirstRow) {
  const Claims claims = full_claims(
      {.config = {}, .rows = {}, .examined = {}, .folder = folder_.string(), .full = {}, .events = {}, .findings = {}});
  EXPECT_EQ(claims.at("full.rows"), "0");
  EXPECT_EQ(claims.at("full.plan.flat"), "0 of 0");
  EXPECT_EQ(claims.at("full.P1.holm"), "1");
  EXPECT_NE(claims.at("table.full").find("| control-whole |"), std::string::npos);
  EXPECT_EQ(claims.at("table.full.growth"), "None yet.");
}

}  // namespace
}  // namespace fno::stage_a
