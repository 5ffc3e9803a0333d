// fno study stage-a as a whole, on a study that takes seconds.
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "framework/error.h"
#include "tests/tools/tasks/stage_a/small_study.h"

namespace fno::stage_a {
namespace {

class WholeStudy : public SmallStudy {
 protected:
  [[nodiscard]] std::vector<std::string> lines() const { return lines_of(out() / "runs.jsonl"); }
};

// Stopped after two runs and begun again: the first lines stay, no run is there twice, none is missing.
TEST_F(WholeStudy, GoesOnWhereItWasStopped) {
  const StudyOptions options = this->options({"--part", "cells", "--epochs", "6"});
  std::thread stopper([this] {
    for (int i = 0; i < 2000 && lines().size() < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ::kill(::getpid(), SIGINT);
  });
  EXPECT_EQ(run_study(options), 130);
  stopper.join();
  const std::vector<std::string> before = lines();
  ASSERT_GE(before.size(), 2u);
  ASSERT_LT(before.size(), 8u);

  EXPECT_EQ(run_study(options), 0);
  const std::vector<std::string> after = lines();
  ASSERT_EQ(after.size(), 8u);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  std::set<RunKey> keys;
  for (const RunRow& row : read_rows((out() / "runs.jsonl").string())) {
    EXPECT_TRUE(keys.insert(row.key).second) << text_of(row.key);
    EXPECT_TRUE(row.echo_ok) << row.json.at("echo");
    EXPECT_EQ(row.val_loss.size(), 6u);
    EXPECT_EQ(row.json.at("rates").size(), 6u);
  }
  EXPECT_EQ(run_study(options), 0);
  EXPECT_EQ(lines(), after);
}

// A void run is no run: it is done again, once.
TEST_F(WholeStudy, DoesVoidRunsAgain) {
  const StudyOptions options = this->options({"--part", "cells", "--epochs", "1", "--architectures", "hybrid"});
  EXPECT_EQ(run_study(options), 0);
  std::vector<std::string> before = lines();
  ASSERT_EQ(before.size(), 4u);
  auto row = nlohmann::ordered_json::parse(before[1]);
  row["echo"] = {"rate: found 0.001, asked for 0.01"};
  before[1] = row.dump();
  {
    std::ofstream file(out() / "runs.jsonl");
    for (const std::string& line : before) file << line << "\n";
  }
  EXPECT_EQ(run_study(options), 0);
  const std::vector<RunRow> rows = read_rows((out() / "runs.jsonl").string());
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_TRUE(rows[1].is_void());
  EXPECT_EQ(rows[4].key, rows[1].key);
  EXPECT_FALSE(rows[4].is_void());
  EXPECT_EQ(run_study(options), 0);
  EXPECT_EQ(lines().size(), 5u);
}

TEST_F(WholeStudy, AFileWhereAFolderBelongsIsAStorageError) {
  std::filesystem::create_directories(out());
  std::ofstream(out() / "mechanism") << "a file";
  try {
    (void)run_study(options({"--part", "mechanism"}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::storage);
    EXPECT_NE(std::string(e.what()).find("mechanism: cannot make the folder"), std::string::npos) << e.what();
  }
}

TEST_F(WholeStudy, BeginsNothingAfterItsTime) {
  EXPECT_EQ(run_study(options({"--part", "cells", "--minutes", "1e-9"})), 0);
  EXPECT_TRUE(lines().empty());
}

// At a rate of nothing the loss stays where it starts, far above the floor of a constant object.
TEST_F(WholeStudy, VerdictsOfTheDetectorStandInTheRows) {
  EXPECT_EQ(run_study(options({"--part", "cells", "--learning-rate", "1e-12", "--architectures", "hybrid"})), 0);
  const std::vector<RunRow> rows = read_rows((out() / "runs.jsonl").string());
  ASSERT_EQ(rows.size(), 4u);
  for (const RunRow& row : rows) {
    EXPECT_EQ(row.label, "never_learned");
    EXPECT_TRUE(row.collapsed());
    EXPECT_GT(*row.best_val_loss, 0.15);
    EXPECT_EQ(row.last_epoch, 2);
  }
}

// A clipped norm is never above its limit, and the raw one is the same with and without.
TEST_F(WholeStudy, GradientNormsStandInTheRows) {
  EXPECT_EQ(run_study(options({"--part", "cells", "--epochs", "1", "--architectures", "hybrid"})), 0);
  const std::vector<RunRow> rows = read_rows((out() / "runs.jsonl").string());
  for (const RunRow& row : rows) {
    const double raw = row.json.at("grad_norm").at("max"), clipped = row.json.at("clipped_grad_norm").at("max");
    EXPECT_GT(raw, 1);
    if (row.json.at("grad_clip") == 1.0)
      EXPECT_LE(clipped, 1);
    else
      EXPECT_EQ(clipped, raw);
    EXPECT_EQ(row.json.at("grad_norm").at("first"), rows[0].json.at("grad_norm").at("first"));
  }
}

TEST_F(WholeStudy, ForceBeginsAnew) {
  EXPECT_EQ(run_study(options({"--part", "cells", "--epochs", "1", "--architectures", "hybrid"})), 0);
  EXPECT_EQ(lines().size(), 4u);
  EXPECT_EQ(run_study(options({"--part", "cells", "--epochs", "3", "--force", "--minutes", "1e-9"})), 0);
  EXPECT_TRUE(lines().empty());
}

TEST_F(WholeStudy, RefusesAnotherStudyInTheSameFolder) {
  EXPECT_EQ(run_study(options({"--part", "cells", "--minutes", "1e-9"})), 0);
  try {
    (void)run_study(options({"--part", "cells", "--epochs", "3"}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::config);
    EXPECT_NE(std::string(e.what()).find("training.epochs"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace fno::stage_a
