// fno plan: its rows, and its prediction of memory against a process that trains.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tools/commands/compare/compare_support.h"
#include "tools/commands/train.h"

namespace fno::compare {
namespace {

class PlanCommand : public InFolder {
 protected:
  static Json plans(const Words& more) {
    Words words{"plan", "--task", "ptychography", "--device", "cpu", "--threads", "1", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    testing::internal::CaptureStdout();
    const int code = test::run_words(words);
    const std::string out = testing::internal::GetCapturedStdout();
    EXPECT_EQ(code, 0);
    return Json::parse(out)["plans"];
  }
};

// Depth acts on all but cnn; a cap of 512 acts from the sixth level on, and only where the width doubles.
TEST_F(PlanCommand, PrintsOnlyRowsThatDiffer) {
  EXPECT_EQ(plans({"--architecture", "cnn"}).size(), 2U);
  EXPECT_EQ(plans({"--architecture", "fno"}).size(), 8U);
  const Json hybrid = plans({"--architecture", "hybrid"});
  std::vector<std::int64_t> counts;
  for (const Json& row : hybrid)
    if (!row["activation_checkpointing"].get<bool>()) counts.push_back(row["parameters"]["complex_once"]);
  // Specification, section 4.11.
  EXPECT_EQ(counts, (std::vector<std::int64_t>{17202402, 68977890, 276075746, 118263522, 1104458978, 167549154}));
  EXPECT_EQ(hybrid.size(), 12U);
}

// A process of its own trains two epochs of two steps.
TEST_F(PlanCommand, MemoryOfTheProcessIsWithinAQuarter) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's memory is no measure";
#endif
  const Words network{"--architecture", "hybrid", "--fno-blocks", "4", "--fno-width", "16", "--batch-size", "4"};
  Words words{"train",
              "--task",
              "ptychography",
              "--data",
              path("data/train.npz"),
              "--output-dir",
              path("run"),
              "--epochs",
              "2",
              "--device",
              "cpu",
              "--threads",
              "1",
              "--quiet"};
  words.insert(words.end(), network.begin(), network.end());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int code = 1;
    try {
      const Words data{"simulate", "grid-lines", "--output",      path("data"), "--patches-train", "8",
                       "--size",   "128",        "--nimgs-train", "1",          "--nimgs-test",    "1",
                       "--quiet"};
      (void)test::run_words(data);
      std::ostringstream out, log;
      code =
          run_train(test::train_settings(words), training::RunContext{.arguments = {"fno"}, .out = &out, .log = &log});
    } catch (const std::exception&) {
    }
    ::_exit(code);
  }
  int status = 0;
  rusage use{};
  ASSERT_EQ(::wait4(child, &status, 0, &use), child);
  ASSERT_EQ(status, 0);
  const double measured = 1024.0 * static_cast<double>(use.ru_maxrss);
  const double planned = plans(network)[0]["host_bytes_on_cpu"];
  EXPECT_NEAR(planned / measured, 1, 0.25) << "planned " << planned << ", measured " << measured;
}

}  // namespace
}  // namespace fno::compare
