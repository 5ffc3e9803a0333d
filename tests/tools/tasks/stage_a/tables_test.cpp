#include "tools/tasks/stage_a/tables.h"

#include <fstream>
#include <gtest/gtest.h>

#include "tests/tools/tasks/stage_a/row_text.h"
#include "tests/tools/tasks/stage_a/small_study.h"
#include "tools/files/atomic_file.h"
#include "tools/tasks/stage_a/remedy.h"

namespace fno::stage_a {
namespace {

class Tables : public SmallStudy {
 protected:
  Tables() { std::ofstream(folder_ / "config.json") << R"({"study": "stage-a", "training": {"epochs": 4}})"; }
  void add(const nlohmann::ordered_json& row) { std::ofstream(folder_ / "runs.jsonl", std::ios::app) << row << "\n"; }
  std::string text(const char* file) {
    std::string all;
    for (const std::string& line : lines_of(folder_ / file)) all += line + "\n";
    return all;
  }
};

TEST_F(Tables, CountTheCellsOfTheFile) {
  for (int seed = 1; seed <= 3; ++seed)
    add(row_json("hybrid-noclip-batch", seed, seed == 2 ? "collapsed_at_epoch_2" : "healthy"));
  for (int seed = 1; seed <= 10; ++seed) add(row_json("stable_hybrid-clip1-fixed", seed, "healthy"));
  auto row = row_json("stable_hybrid-clip1-fixed", 11, "never_learned");
  row["echo"] = {"rate: found 0.001, asked for 0.01"};
  add(row);                                               // void: in no count
  add(row_json("stable_hybrid-clip1-fixed", 12, "oom"));  // nor is this
  write_study_report(folder_.string());
  const std::string tables = text("tables.md"), page = text("report.html");
  EXPECT_NE(tables.find("| hybrid-noclip-batch | 1 of 3 | 6 to 79 % | 1 of 3 | 6 to 79 % | 0.05 | 0.06 | 0.6 | 0.6 |"),
            std::string::npos)
      << tables;
  EXPECT_NE(tables.find("| stable_hybrid-clip1-fixed | 0 of 10 | 0 to 28 % | 0 of 10 |"), std::string::npos) << tables;
  EXPECT_NE(tables.find("| grad_clip 0 | 1 of 3 |"), std::string::npos) << tables;
  EXPECT_NE(tables.find("rate: found 0.001, asked for 0.01"), std::string::npos);
  EXPECT_NE(page.find("6 to 79 %"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
}

TEST_F(Tables, SetAChangeBesideTheCellOnTheSameSeeds) {
  for (int seed = 1; seed <= 5; ++seed) add(row_json("hybrid-noclip-batch", seed, "never_learned"));
  for (int seed = 1; seed <= 3; ++seed) add(row_json("hybrid-noclip-batch", seed, "healthy", "rate-1e-3", "factors"));
  write_study_report(folder_.string());
  const std::string tables = text("tables.md");
  EXPECT_NE(tables.find("| (the cell) | 3 of 3 | 44 to 100 % |"), std::string::npos) << tables;
  EXPECT_NE(tables.find("| rate-1e-3 | 0 of 3 | 0 to 56 % |"), std::string::npos) << tables;
}

TEST_F(Tables, CrossWeightsAndOrder) {
  add(row_json("hybrid-noclip-batch", 1, "never_learned"));
  add(row_json("hybrid-noclip-batch", 1, "healthy", "", "order", 2));
  add(row_json("hybrid-noclip-batch", 2, "recovered", "", "order", 1));
  write_study_report(folder_.string());
  const std::string tables = text("tables.md");
  EXPECT_NE(tables.find("| 1 | never_learned | healthy |"), std::string::npos) << tables;
  EXPECT_NE(tables.find("| 2 | recovered | – |"), std::string::npos) << tables;
}

// The change that saved most replays of the worst cell, and nothing that is no setting of a run.
TEST_F(Tables, RemedyIsWhatSavedMostReplays) {
  const StudyProfile profile = study_profile(options());
  const std::vector<RunRow> rows{run_row(row_json("hybrid-noclip-batch", 5, "never_learned").dump(), "")};
  const auto examined = [](const std::string& cell, std::initializer_list<const char*> survivors) {
    training::Json run{{"cell", cell}, {"replays", training::Json::array()}};
    for (const char* name : survivors) run["replays"].push_back({{"change", name}, {"survived", true}});
    return run;
  };
  const Remedies found = derive_remedies(profile, rows,
                                         {examined("hybrid-noclip-batch", {"skip_batch", "clip_1", "no_short_batch"}),
                                          examined("hybrid-noclip-batch", {"skip_batch", "no_short_batch"}),
                                          examined("hybrid-clip1-batch", {"half_rate"})});
  EXPECT_EQ(found.cell, "hybrid-noclip-batch");
  ASSERT_EQ(found.changes.size(), 1u);
  EXPECT_EQ(found.changes[0].name, "no_short_batch");

  const std::string path = (folder_ / "remedies.json").string();
  write_file_atomic(path, remedies_json(found).dump());
  const Remedies read = read_remedies(path);
  EXPECT_EQ(read.changes[0].settings, found.changes[0].settings);
  const std::vector<RunPlan> plans = plan_remedies(profile, read);
  EXPECT_EQ(plans.size(), 20u);
  for (const RunPlan& plan : plans) EXPECT_TRUE(plan.weight_seed >= 20260140 && plan.weight_seed <= 20260149);
}

}  // namespace
}  // namespace fno::stage_a
