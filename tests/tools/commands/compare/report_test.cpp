// fno report, and the parts that compare and report share.
#include "tests/tools/command_words.h"
#include "tests/tools/commands/compare/compare_support.h"
#include "tests/tools/report/markup_checker.h"
#include "tools/commands/compare/groups.h"
#include "tools/commands/compare/invocation.h"
#include "tools/commands/compare/labels.h"
#include "tools/commands/compare/results.h"
#include "tools/commands/compare/run_stats.h"
#include "tools/commands/compare/summary.h"
#include "tools/commands/train.h"
#include "tools/tasks/registry.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;
using test::throws_error;

class Report : public InFolder {};

TEST_F(Report, FromRunsThatStandThere) {
  const std::string out = path("out"), hybrid = out + "/runs/pinn_hybrid", fno = out + "/runs/pinn_fno";
  ASSERT_EQ(run_words(compare_words(out, "hybrid,fno")).code, 0);
  const Outcome done = run_words({"report", hybrid, fno + "/", "--output-dir", path("report")});
  EXPECT_EQ(done.code, 0);
  const Json metrics = json_of_file(path("report/metrics.json"));
  EXPECT_EQ(metrics["pinn_fno"], json_of_file(fno + "/metrics.json")["last"]);
  const std::string page = text_of_file(path("report/report.html"));
  EXPECT_EQ(report::test::markup_fault(page, {"meta", "img", "br"}), "");
  EXPECT_NE(page.find("href=\"./../out/runs/pinn_fno/report.html\""), std::string::npos);
  EXPECT_EQ(json_of_file(path("report/stats/pinn_hybrid.json")), json_of_file(hybrid + "/stats.json"));
  EXPECT_TRUE(fs::exists(path("report/visuals/compare_amp_phase.png")));

  const auto refused = [&](ErrorKind kind, const std::string& text, const Words& runs) {
    Words words{"report"};
    words.insert(words.end(), runs.begin(), runs.end());
    words.insert(words.end(), {"--output-dir", path("no_report")});
    return throws_error(kind, text, [&] { (void)run_words(words); });
  };
  EXPECT_TRUE(refused(ErrorKind::config, "twice", {hybrid, hybrid + "/../pinn_hybrid"}));
  EXPECT_TRUE(refused(ErrorKind::data, "nowhere", {hybrid, path("nowhere")}));
  fs::remove(fno + "/recon.npz");
  EXPECT_TRUE(refused(ErrorKind::data, "pinn_fno/recon.npz", {hybrid, fno}));
  fs::remove(hybrid + "/history.json");
  EXPECT_TRUE(refused(ErrorKind::data, "pinn_hybrid/history.json", {hybrid}));
  Json manifest = json_of_file(fno + "/manifest.json");
  manifest["exit_code"] = nullptr;
  std::ofstream(fno + "/manifest.json") << manifest;
  EXPECT_TRUE(refused(ErrorKind::data, "has not ended", {fno}));
  EXPECT_FALSE(fs::exists(path("no_report/report.html")));
}

TEST_F(Report, OfOperatorRuns) {
  training::write_pairs(path("train.npz"), 12, 8, 1);
  training::write_pairs(path("test.npz"), 4, 8, 2);
  const auto train_one = [&](const std::string& run, const std::string& rate) {
    std::ostringstream out, log;
    const training::RunContext context{.arguments = {"fno", "train"}, .out = &out, .log = &log};
    const settings::Settings settings = training::small_settings(
        path("train.npz"), path(run), {"--test-data", path("test.npz"), "--learning-rate", rate});
    ASSERT_EQ(run_train(settings, context), 0);
  };
  train_one("slow", "1e-4");
  train_one("fast", "1e-2");
  const Outcome done = run_words({"report", path("slow"), path("fast"), "--output-dir", path("report")});
  EXPECT_EQ(done.code, 0);
  const std::string page = text_of_file(path("report/report.html"));
  EXPECT_EQ(report::test::markup_fault(page, {"meta", "img", "br"}), "");
  EXPECT_NE(page.find("relative L2"), std::string::npos);
  EXPECT_NE(page.find("optim.learning_rate"), std::string::npos);
  EXPECT_FALSE(fs::exists(path("report/stage_a_metrics.json")));
  EXPECT_EQ(json_of_file(path("report/metrics.json"))["fast"], json_of_file(path("fast/metrics.json"))["last"]);
}

TEST_F(Report, ZeroGammaNormsStayNearZero) {
  const std::string out = path("out");
  const Words more{"--stable-form", "zero_gamma", "--learning-rate", "1e-6"};
  ASSERT_EQ(run_words(compare_words(out, "stable_hybrid", more)).code, 0);
  const Json stats = json_of_file(out + "/runs/pinn_stable_hybrid/stats.json");
  EXPECT_EQ(stats["norm_weight_near_zero"], true);
  for (const auto& [name, weight] : stats["norm_weights"].items()) {
    EXPECT_NE(name.find("norm.weight"), std::string::npos);
    EXPECT_LT(weight["abs_max"], 1e-3) << name;
  }
  EXPECT_EQ(stats["norm_weights"].size(), 3U) << "two levels and the bottleneck";
  EXPECT_NE(text_of_file(out + "/stage_a_summary.md").find("stayed near zero"), std::string::npos);
}

RunRecord record(const std::string& label, const std::string& architecture, std::int64_t seed, double loss,
                 bool lost = false) {
  const Words words{"train",        "--task", "ptychography", "--architecture",    architecture, "--data", "d.npz",
                    "--output-dir", "r",      "--seed",       std::to_string(seed)};
  RunRecord run{.label = label};
  run.settings = test::train_settings(words);
  run.history = {{.val_loss = loss * 2}, {.val_loss = loss}};
  run.best_epoch = 1;
  run.outcome = lost ? "collapsed_at_epoch_2" : "healthy";
  return run;
}

Comparison compared(std::vector<RunRecord> runs) {
  Comparison c{.title = "Some", .command = "fno", .runs = std::move(runs)};
  c.task = tasks::entry(c.runs.front().settings.run.task).compare(c.runs, false);
  return c;
}

TEST(RunRecord, LeastLossIsNoneIfAnyIsNotANumber) {
  RunRecord run = record("a", "hybrid", 1, 0.1);
  EXPECT_EQ(run.best_val_loss(), 0.1);
  run.history.push_back({.val_loss = std::nan("")});
  EXPECT_EQ(run.best_val_loss(), std::nullopt);
  run.history.clear();
  EXPECT_EQ(run.best_val_loss(), std::nullopt);
}

TEST(Recommendation, FollowsFromTheNumbers) {
  const auto starts = [](const std::vector<RunRecord>& runs, const std::string& text) {
    const std::string found = recommendation(compared(runs));
    return found.starts_with(text) ? testing::AssertionSuccess() : testing::AssertionFailure() << found;
  };
  EXPECT_TRUE(starts({record("a", "hybrid", 1, 0.02), record("b", "fno", 1, 0.01)}, "Prefer fno: it did not collapse"));
  EXPECT_TRUE(starts({record("a", "hybrid", 1, 0.02), record("b", "fno", 1, 0.01, true)}, "Prefer hybrid:"));
  EXPECT_TRUE(starts({record("a", "hybrid", 1, 0.02, true)}, "Every run was lost"));
  // One loss in two weighs more than a lower validation loss.
  EXPECT_TRUE(starts({record("a", "hybrid", 1, 0.02), record("b", "hybrid", 2, 0.02), record("c", "fno", 1, 0.01),
                      record("d", "fno", 2, 0.01, true)},
                     "Prefer hybrid: 0 of 2 runs were lost (95 % interval 0 to 66 %)"));
}

// A loss that stayed high breaks no rule: nothing was "first broken in epoch 0", and nothing has collapsed.
TEST(InstabilityNotes, NeverLearnedWithoutABrokenRule) {
  RunRecord run = record("a", "hybrid", 1, 0.2);
  run.outcome = "never_learned";
  const Comparison c = compared({run, record("b", "fno", 1, 0.05)});
  const std::string note = instability_notes(c).front();
  EXPECT_TRUE(note.starts_with("a: never_learned, no rule of the collapse detector was broken")) << note;
  EXPECT_NE(note.find("never below 0.1"), std::string::npos) << note;
  EXPECT_EQ(note.find("epoch 0"), std::string::npos) << note;
  const Json& rows = c.task.documents[0].second;
  EXPECT_EQ(rows[1]["label"], "never_learned");
  EXPECT_EQ(rows[1]["collapsed"], false);
  EXPECT_EQ(rows[1]["learned"], false);
  EXPECT_EQ(rows[0]["learned"], true);
}

TEST_F(Report, ARunWithoutADirectoryStandsInEveryTable) {
  const auto failed = training::failed_run(record("", "hybrid", 1, 1).settings, "pinn_hybrid", 5, "out of memory here");
  const Comparison c = compared({record("pinn_fno", "fno", 1, 0.01), failed});
  write_results(path("out"), c, Json::object());
  EXPECT_EQ(json_of_file(path("out/stage_a_metrics.json"))[1]["label"], "oom");
  EXPECT_EQ(json_of_file(path("out/crash_hunt_summary.json"))["runs"][1]["crashed"], true);
  EXPECT_TRUE(json_of_file(path("out/metrics.json"))["pinn_hybrid"].is_null());
  EXPECT_NE(text_of_file(path("out/stage_a_summary.md")).find("hybrid ran out of memory"), std::string::npos);
  testing::internal::CaptureStdout();
  print_results(path("out"), c, false, Json::object());
  EXPECT_NE(testing::internal::GetCapturedStdout().find("pinn_hybrid: out of memory here"), std::string::npos);
  testing::internal::CaptureStdout();
  print_results(path("out"), c, true, Json::object());
  EXPECT_EQ(Json::parse(testing::internal::GetCapturedStdout())["runs"][1]["outcome"], "oom");
}

TEST(Groups, RunsOfOneSettingWithSeveralSeeds) {
  const std::vector<Group> groups =
      groups_of(compared({record("a", "hybrid", 1, 0.04), record("b", "fno", 1, 0.01), record("c", "hybrid", 2, 0.02),
                          record("d", "hybrid", 3, 0.5, true)}));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].name, "hybrid");
  EXPECT_EQ(groups[0].lost.n, 3);
  EXPECT_EQ(groups[0].lost.k, 1);
  EXPECT_DOUBLE_EQ(groups[0].best_loss.value(), 0.03) << "median of those that were not lost";
}

TEST(Labels, AreShortAndDiffer) {
  EXPECT_EQ(labels_of({"/x/runs/pinn_a", "/x/runs/pinn_b/seed7/"}), (Words{"pinn_a", "pinn_b_seed7"}));
  EXPECT_EQ(labels_of({"/x/one/run", "/x/two/run"}), (Words{"one_run", "two_run"}));
  EXPECT_TRUE(throws_error(ErrorKind::config, "twice", [] { (void)labels_of({"/x/a", "/x/b/../a"}); }));
}

TEST(ShellLine, QuotesWhatAShellWouldChange) {
  EXPECT_EQ(shell_line({"fno", "--lr=1e-3", "a b", "it's", ""}), "fno --lr=1e-3 'a b' 'it'\\''s' ''");
}

}  // namespace
}  // namespace fno::compare
