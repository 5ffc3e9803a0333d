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
  static std::string output(const Words& more) {
    Words words{"plan", "--task", "ptychography", "--device", "cpu", "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    testing::internal::CaptureStdout();
    const int code = test::run_words(words);
    EXPECT_EQ(code, 0);
    return testing::internal::GetCapturedStdout();
  }
  static Json plans(Words more) {
    more.emplace_back("--json");
    return Json::parse(output(more))["plans"];
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

// The jobs of the JSON add up to its totals, and to the last line of the table, whose layers have a line each.
TEST_F(PlanCommand, PrintsTheWorkOfEveryLayer) {
  const Words network{"--architecture", "hybrid", "--N",          "16", "--fno-blocks", "2",
                      "--fno-width",    "8",      "--batch-size", "4"};
  const Json plan = plans(network)[0];
  std::map<std::string, std::int64_t> launches, bytes;
  double flop = 0;
  for (const Json& job : plan["jobs"]) {
    const std::string pass = job["pass"];
    EXPECT_TRUE(pass == "forward" || pass == "backward" || pass == "update") << pass;
    EXPECT_NE(job["layer"], "");
    launches[pass] += job["launches"].get<std::int64_t>();
    bytes[pass] += job["bytes_read"].get<std::int64_t>() + job["bytes_written"].get<std::int64_t>();
    flop += job["flop"].get<double>();
  }
  EXPECT_EQ(launches["forward"] + launches["backward"] + launches["update"], plan["step_launches"]);
  EXPECT_EQ(bytes["forward"] + bytes["backward"] + bytes["update"], plan["step_bytes"]);
  EXPECT_EQ(flop, plan["step_flop"]);
  EXPECT_EQ(launches["update"], 2);  // the norm of the gradient and Adam

  std::istringstream text(output(network));
  std::vector<std::string> layers;
  std::string line;
  while (std::getline(text, line) && !line.starts_with("layer")) {
  }
  while (std::getline(text, line) && !line.starts_with("all")) {
    EXPECT_LE(line.size(), 100U);
    layers.push_back(line.substr(0, line.find(' ')));
  }
  EXPECT_EQ(layers, (Words{"lifter", "encoder_blocks.0", "downsample.0", "encoder_blocks.1", "bottleneck", "upsample.0",
                           "decoder_blocks.0", "output_proj", "loss", "clip", "optimiser"}));
  std::istringstream all(line.substr(3));
  std::int64_t forward = 0, rest = 0;
  double forward_mib = 0, forward_gflop = 0, rest_mib = 0, rest_gflop = 0, bytes_share = 0, flop_share = 0;
  ASSERT_TRUE(all >> forward >> forward_mib >> forward_gflop >> rest >> rest_mib >> rest_gflop >> bytes_share >>
              flop_share);
  EXPECT_EQ(forward, launches["forward"]);
  EXPECT_EQ(rest, launches["backward"] + launches["update"]);
  EXPECT_NEAR(forward_mib, static_cast<double>(bytes["forward"]) / 1048576, 0.005);
  EXPECT_NEAR(rest_mib, static_cast<double>(bytes["backward"] + bytes["update"]) / 1048576, 0.005);
  EXPECT_NEAR(1e9 * (forward_gflop + rest_gflop), flop, 1e6);
  EXPECT_EQ(bytes_share, 100);
  EXPECT_EQ(flop_share, 100);
}

// Of layers that cost the same, one line.
TEST_F(PlanCommand, LayersThatCostTheSameShareALine) {
  const std::string text = output({"--architecture", "fno", "--N", "16", "--fno-blocks", "3", "--batch-size", "4"});
  EXPECT_NE(text.find("\nencoder_blocks.0-2 "), std::string::npos) << text;
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
