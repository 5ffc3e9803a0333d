#include "tools/report/run_report.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>

#include "framework/error.h"
#include "tests/tools/files/io_test_support.h"
#include "tests/tools/report/markup_checker.h"
#include "tests/tools/report/png_reader.h"

namespace fno::report {
namespace {

namespace fs = std::filesystem;
using fno::test::expect_error;
using fno::test::slurp;
using test::count_of;
using test::markup_fault;

RunReport small_report() {
  RunReport report;
  report.title = "Darcy & friends";
  report.summary = "2 epochs";
  report.warnings = {"a < b"};
  report.results = {{"relative L2", "0.01", "test set"}};
  report.tables = {{"Metrics", {"metric", "last"}, {{"MAE", "0.5"}}}};
  report.curves.train_loss = {1.0, 0.5, 0.3};
  report.curves.validation_loss = {1.1, {}, 0.4};
  report.curves.learning_rate = {0.001, 0.001, 0.0005};
  report.curves.gradient_norm = {{}, std::nan(""), {}};
  report.curves.best_epoch = 3;
  report.more_plots = {{"frc/amplitude", {.title = "FRC", .series = {{"a", {1.0, 0.5}}}}}};
  Field field{2, 3, {0, 1, 2, 3, 4, 5}};
  report.samples = {{"A", "", {{PanelRole::truth, "truth", field}, {PanelRole::prediction, "prediction", field}}},
                    {"B", "", {{PanelRole::truth, "truth", {1, 4, {1, 2, 3, 4}}}}}};
  report.definitions = {{"relative L2", "‖p − t‖ / ‖t‖", ""}};
  report.settings = {{"epochs", "3"}};
  report.manifest = {{"version", "0.1.0"}};
  return report;
}

TEST(TrainingPlots, LeaveOutCurvesWithoutValues) {
  const auto plots = training_plots(small_report().curves);
  ASSERT_EQ(plots.size(), 2u);
  EXPECT_EQ(plots[0].file, "loss");
  ASSERT_EQ(plots[0].plot.series.size(), 2u);
  EXPECT_EQ(plots[0].plot.series[1].y, (Curve{1.1, {}, 0.4}));
  ASSERT_EQ(plots[0].plot.marks.size(), 1u);
  EXPECT_EQ(plots[0].plot.marks[0].x, 3);
  EXPECT_EQ(plots[1].file, "learning_rate");
}

TEST(WriteRunReport, LeavesThePageAndTheFigures) {
  const fno::test::TempFolder folder;
  const fs::path run = fs::path(folder.path()) / "new" / "run";
  const auto written = write_run_report(run, small_report());

  std::set<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(run))
    if (entry.is_regular_file()) found.insert(fs::relative(entry.path(), run).string());
  EXPECT_EQ(found, (std::set<std::string>{"report.html", "figures/loss.svg", "figures/learning_rate.svg",
                                          "figures/frc_amplitude.svg", "figures/sample0.png", "figures/sample1.svg"}));
  ASSERT_EQ(written.size(), found.size());
  EXPECT_EQ(written.front(), run / "report.html");

  for (const char* name : {"loss.svg", "learning_rate.svg", "frc_amplitude.svg", "sample1.svg"})
    EXPECT_EQ(markup_fault(slurp((run / "figures" / name).string())), "") << name;
  const Image strip = test::read_png(slurp((run / "figures" / "sample0.png").string()));
  EXPECT_EQ(strip.rgb, compose_strip(small_report().samples[0]).rgb);
}

TEST(WriteRunReport, MakesAWholePageThatNamesNothingOutside) {
  const std::string html = run_report_html(small_report());
  EXPECT_EQ(markup_fault(html, {"meta", "img"}), "");
  EXPECT_EQ(count_of(html, "http:"), 0u);
  EXPECT_EQ(count_of(html, "https:"), 0u);
  EXPECT_EQ(count_of(html, "src=\""), count_of(html, "src=\"data:image/png;base64,"));
  EXPECT_EQ(count_of(html, "src=\""), 2u);
  EXPECT_EQ(count_of(html, "href=\""), count_of(html, "href=\"#section-"));
  for (const char* part : {"Darcy &amp; friends", "a &lt; b", "0.01", "MAE", "‖p − t‖ / ‖t‖", "epochs", "0.1.0"})
    EXPECT_GE(count_of(html, part), 1u) << part;
}

TEST(WriteRunReport, LeavesOutEmptyParts) {
  RunReport report;
  report.title = "nothing";
  const std::string html = run_report_html(report);
  EXPECT_EQ(count_of(html, "<h2"), 0u);
  EXPECT_EQ(markup_fault(html, {"meta", "img"}), "");
}

TEST(WriteRunReport, ReplacesAnOlderReport) {
  const fno::test::TempFolder folder;
  RunReport report = small_report();
  write_run_report(folder.path(), report);
  report.title = "second";
  write_run_report(folder.path(), report);
  EXPECT_NE(slurp(folder.file("report.html")).find("<h1>second</h1>"), std::string::npos);
}

TEST(WriteRunReport, RefusesTwoPlotsOfOneName) {
  const fno::test::TempFolder folder;
  RunReport report = small_report();
  report.more_plots.push_back({"loss", {}});
  expect_error(ErrorKind::config, {"'loss'"}, [&] { write_run_report(folder.path(), report); });
}

TEST(WriteRunReport, SaysWhichFolderItCannotMake) {
  const fno::test::TempFolder folder;
  std::ofstream(folder.file("plain")) << "a file";
  expect_error(ErrorKind::storage, {"plain/figures"}, [&] { write_run_report(folder.file("plain"), small_report()); });
}

}  // namespace
}  // namespace fno::report
