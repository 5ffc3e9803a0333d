#include "tools/tasks/stage_a/cells.h"

#include <gtest/gtest.h>
#include <set>

#include "tests/tools/tasks/stage_a/small_study.h"

namespace fno::stage_a {
namespace {

using StudyCells = SmallStudy;

RunRow row_of(const std::string& cell, std::int64_t seed, const std::string& label) {
  RunRow row;
  row.key = {cell, "", seed, seed};
  row.part = "cells";
  row.label = label;
  return row;
}

// Stage A specification, section 15.A.2: the full cross.
TEST_F(StudyCells, AreTheCrossOfThreeFactors) {
  const StudyProfile profile = study_profile(options());
  std::set<std::tuple<std::string, double, std::string, std::string>> seen;
  for (const RunPlan& plan : plan_cells(profile)) {
    const settings::Settings s = settings_of(profile, plan);
    seen.insert({s.model.architecture, s.optim.clip.value, s.own<ptychography::PtychographySettings>().probe_gain,
                 std::string(settings::name_of(s.train.short_last_batch))});
    EXPECT_EQ(settings::name_of(s.optim.clip.rule), "norm");
    EXPECT_EQ(settings::name_of(s.model.stable_form), "layerscale");
    EXPECT_EQ(s.model.layerscale_init, 1e-3);
    EXPECT_EQ(s.run.seed, 5);
    EXPECT_EQ(s.train.loader_seed, 5);
  }
  std::set<std::tuple<std::string, double, std::string, std::string>> wanted;
  for (const char* architecture : {"hybrid", "stable_hybrid"})
    for (const double clip : {0.0, 1.0}) {
      wanted.insert({architecture, clip, "batch", "keep"});
      wanted.insert({architecture, clip, "fixed:16", "drop"});
    }
  EXPECT_EQ(seen, wanted);
  EXPECT_EQ(seen.size(), 8u);
}

// The small profile is section 10.6; flags win over it.
TEST_F(StudyCells, TakeTheSmallProfileUnlessFlagsSayOtherwise) {
  const auto bare = study_options(test::call_of({"study", "stage-a", "--output-dir", "out"}).given);
  const StudyProfile profile = study_profile(bare);
  EXPECT_EQ(profile.data.nimgs_train, 1);
  EXPECT_EQ(profile.data.nimgs_test, 1);
  EXPECT_EQ(profile.data.patches_train, 514);
  EXPECT_EQ(profile.seeds, (std::vector<std::int64_t>{20260128, 20260129, 20260130, 20260131, 20260132}));
  const settings::Settings s = settings_of(profile, plan_cells(profile).front());
  EXPECT_EQ(s.model.width, 8);
  EXPECT_EQ(s.model.blocks, 4);
  EXPECT_EQ(s.model.modes, 12);
  EXPECT_EQ(s.optim.batch_size, 16);
  EXPECT_EQ(s.optim.schedule.base, 1e-2);
  EXPECT_EQ(settings_of(study_profile(options()), plan_cells(study_profile(options())).front()).model.width, 4);
}

TEST_F(StudyCells, RefuseSettingsThatTheyDecide) {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--grad-clip", "1"},
                                                {"--probe-gain", "1"},
                                                {"--nimgs-train", "3"},
                                                {"--nimgs-train", "2"},
                                                {"--nimgs-test", "2"}}) {
    try {
      (void)study_profile(options(flags));
      FAIL() << flags[0];
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::config);
      EXPECT_NE(std::string(e.what()).find(flags[0]), std::string::npos) << e.what();
    }
  }
}

TEST_F(StudyCells, NearestToHalfCollapsedIsMostInformative) {
  const StudyProfile profile = study_profile(options({"--seeds", "1,2,3,4"}));
  std::vector<RunRow> rows;
  // How many of four collapsed: those with 2 come first, of the rest the nearer, of equals the earlier cell.
  const std::vector<int> collapsed{0, 3, 4, 2, 4, 1, 0, 4};
  const std::vector<Cell> cells = cells_of({"hybrid", "stable_hybrid"});
  for (std::size_t c = 0; c < cells.size(); ++c)
    for (int seed = 1; seed <= 4; ++seed)
      rows.push_back(row_of(cells[c].name, seed, seed <= collapsed[c] ? "collapsed_at_epoch_2" : "recovered"));
  const std::vector<Cell> chosen = most_informative(profile, rows);
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_EQ(chosen[0].name, cells[3].name);
  EXPECT_EQ(chosen[1].name, cells[1].name);
  EXPECT_EQ(worst_cell(profile, rows).name, cells[2].name);

  std::set<RunKey> keys;
  int order = 0;
  for (const RunPlan& plan : plan_factors(profile, rows)) {
    EXPECT_TRUE(keys.insert(plan.key()).second) << text_of(plan.key());
    order += plan.part == "order" ? 1 : 0;
    if (plan.part == "order") {
      EXPECT_EQ(plan.cell.name, cells[2].name);
    }
    if (plan.part == "factors") {
      EXPECT_TRUE(plan.cell.name == cells[3].name || plan.cell.name == cells[1].name);
    }
  }
  EXPECT_EQ(order, 6);  // 3 x 3 without the diagonal, which the cells have
}

TEST_F(StudyCells, FactorsWaitForTheCells) {
  const StudyProfile profile = study_profile(options());
  EXPECT_TRUE(plan_factors(profile, {row_of("hybrid-noclip-batch", 5, "healthy")}).empty());
}

TEST_F(StudyCells, TakeTheImagesThatWereAskedFor) {
  EXPECT_EQ(study_profile(options({"--nimgs-train", "1"})).data.nimgs_train, 1);
  const StudyProfile plain = study_profile(options({"--size-of-runs", "full"}));
  EXPECT_EQ(plain.data.nimgs_train, 2);
  EXPECT_EQ(plain.data.nimgs_test, 2);
  const StudyProfile asked =
      study_profile(options({"--size-of-runs", "full", "--nimgs-train", "3", "--nimgs-test", "1"}));
  EXPECT_EQ(asked.data.nimgs_train, 3);
  EXPECT_EQ(asked.data.nimgs_test, 1);
}

// A run that found no memory was done: the factors need not wait for it, and no rate knows it.
TEST_F(StudyCells, RunsWithoutMemoryCountAsDone) {
  const StudyProfile profile = study_profile(options({"--seeds", "1,2"}));
  std::vector<RunRow> rows;
  for (const Cell& cell : cells_of({"hybrid", "stable_hybrid"}))
    for (const int seed : {1, 2}) rows.push_back(row_of(cell.name, seed, seed == 1 ? "oom" : "never_learned"));
  const CellCount count = count_cell(rows, rows.front().key.cell, {1, 2});
  EXPECT_EQ(count.runs, 2);
  EXPECT_EQ(count.collapsed, 1);
  EXPECT_EQ(count.rate(), 1);
  EXPECT_FALSE(plan_factors(profile, rows).empty());
}

TEST_F(StudyCells, VoidRunsDoNotCount) {
  RunRow row = row_of("hybrid-noclip-batch", 5, "never_learned");
  EXPECT_EQ(count_cell({row}, row.key.cell, {5}).collapsed, 1);
  row.echo_ok = false;
  EXPECT_EQ(count_cell({row}, row.key.cell, {5}).runs, 0);
}

// A change must reach the settings, or the factor would compare a cell with itself.
TEST_F(StudyCells, EveryChangeChangesTheSettings) {
  const StudyProfile profile = study_profile(options({"--epochs", "8"}));
  const Cell cell = cells_of({"stable_hybrid"}).front();
  std::set<std::string> seen;
  const auto fingerprint = [&](const RunPlan& plan) {
    const settings::Settings s = settings_of(profile, plan);
    return std::to_string(static_cast<int>(s.optim.schedule.kind)) + " " +
           std::to_string(static_cast<int>(s.optim.schedule.mode)) + " " + std::to_string(s.optim.schedule.warmup) +
           " " + std::to_string(s.optim.schedule.base) + " " + std::to_string(static_cast<int>(s.model.stable_form)) +
           " " + std::to_string(s.model.layerscale_init);
  };
  seen.insert(fingerprint({.part = "cells", .cell = cell}));
  const std::vector<Change> changes = changes_for(cell, profile.rate);
  EXPECT_EQ(changes.size(), 8u);
  for (const Change& change : changes)
    EXPECT_TRUE(seen.insert(fingerprint({.part = "factors", .cell = cell, .change = change})).second) << change.name;
}

}  // namespace
}  // namespace fno::stage_a
