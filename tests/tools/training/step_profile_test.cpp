// --profile-ops and --trace: a table, profile.json and a timeline of a few steps, which change nothing.
#include "tools/training/step_profile.h"

#include <filesystem>

#include "framework/ops/loss.h"
#include "tests/tools/training/train_test_support.h"
#include "tools/commands/train.h"
#include "tools/files/sha256.h"
#include "tools/training/plan.h"

namespace fno::training {
namespace {

class Profiled : public InFolder {
 protected:
  Profiled() { write_pairs(path("train.npz"), 20, 6, 1); }
  // 18 samples in batches of 4: 5 steps an epoch.
  int train(const std::string& run, const std::vector<std::string>& more = {}) {
    out_.str("");
    log_.str("");
    return run_train(small_settings(path("train.npz"), path(run), more), context_);
  }
  [[nodiscard]] Json json(const std::string& name) const { return json_of_file(path(name)); }
  [[nodiscard]] std::string weights(const std::string& run) const {
    return sha256_hex_of_file(path(run + "/model.safetensors"));
  }
  // The header of the weights has the settings' texts; the run directory is not among them.
  void expect_same_results(const std::string& a, const std::string& b) const {
    EXPECT_EQ(weights(a), weights(b));
    Json first = json(a + "/history.json"), second = json(b + "/history.json");
    first.erase("seconds");
    second.erase("seconds");
    EXPECT_EQ(first, second);
    EXPECT_EQ(json(a + "/metrics.json"), json(b + "/metrics.json"));
    EXPECT_EQ(text_of_file(path(a + "/effective.json")), text_of_file(path(b + "/effective.json")));
  }
  std::ostringstream out_, log_;
  RunContext context_{.arguments = {"fno", "train"}, .out = &out_, .log = &log_};
};

TEST_F(Profiled, ChangesNothingAndIsWholeSteps) {
  ASSERT_EQ(train("plain"), 0);
  EXPECT_FALSE(std::filesystem::exists(path("plain/profile.json")));
  EXPECT_EQ(out_.str().find("roof"), std::string::npos);
  ASSERT_EQ(train("run", {"--profile-ops", "--trace", path("trace.json")}), 0);
  expect_same_results("plain", "run");
  EXPECT_EQ(text_of_file(path("run/config.toml")).find("profile"), std::string::npos);
  EXPECT_EQ(json("run/manifest.json")["device"], "cpu");
  EXPECT_NE(text_of_file(path("run/report.html")).find("profile.json"), std::string::npos);

  const Json profile = json("run/profile.json");
  EXPECT_EQ(profile["first_step"], 3);
  EXPECT_EQ(profile["steps"], 5);
  EXPECT_EQ(profile["threads"], 1);
  EXPECT_GT(profile["roof"]["copy_gb_per_s"], 0);
  EXPECT_GT(profile["untraced_step_seconds"], 0);
  double share = profile["batch"]["percent_of_step"].get<double>() + profile["host"]["percent_of_step"].get<double>();
  double seconds = profile["batch"]["seconds"].get<double>() + profile["host"]["seconds"].get<double>();
  for (const Json& job : profile["jobs"]) {
    EXPECT_NE(job["layer"], "") << job;
    EXPECT_GE(job["seconds"], 0);
    EXPECT_NEAR(job["gb_per_s"].get<double>() * 1e9 * job["seconds"].get<double>(),
                job["bytes_read"].get<double>() + job["bytes_written"].get<double>(), 1);
    share += job["percent_of_step"].get<double>();
    seconds += job["seconds"].get<double>();
  }
  EXPECT_NEAR(share, 100, 1e-6);
  EXPECT_NEAR(seconds, profile["step_seconds"].get<double>(), 1e-9);
  EXPECT_GE(profile["host"]["seconds"], 0);

  EXPECT_NE(out_.str().find("steps 4-8 on cpu, 1 thread: "), std::string::npos) << out_.str();
  std::istringstream lines(out_.str());
  for (std::string line; std::getline(lines, line) && !line.starts_with("MB and flop");)
    EXPECT_LE(line.size(), 100U) << line;
}

// One launch each where the plan has one: the profile sees what `fno plan` counts.
TEST_F(Profiled, AgreesWithThePlan) {
  ASSERT_EQ(train("run", {"--profile-ops", "--validation-fraction", "0.2"}), 0);  // 16 samples, whole batches
  NetworkConfig network{.architecture = "fno_operator", .width = 4, .modes = 2, .blocks = 2, .projection = 8};
  network.spectral = ModeConvention::classic;
  const StepPlan plan = plan_step(
      {.network = network, .input = {4, 1, 6, 6}, .target = {4, 1, 6, 6}, .loss = [](const Var& p, const Var& t) {
         return mae(p, t);
       }});
  std::map<std::string, double> planned, found;
  for (const Pass pass : kPasses)
    for (const TracedJob& job : plan.of(pass))
      if (job.scope != "loss")  // another here
        planned[job.scope + " " + std::string(name_of(pass)) + " " + job.job] = job.work.flop;
  const Json profile = json("run/profile.json");
  for (const Json& job : profile["jobs"])
    if (job["layer"] != "loss")
      found[job["layer"].get<std::string>() + " " + job["pass"].get<std::string>() + " " +
            job["job"].get<std::string>()] = job["flop"].get<double>();
  ASSERT_EQ(planned.size(), found.size());
  for (const auto& [name, flop] : planned) EXPECT_DOUBLE_EQ(found[name], flop) << name;
}

TEST_F(Profiled, TakesTheStepsThatThereAre) {
  const auto window = [&](const std::string& run, const std::vector<std::string>& more) {
    EXPECT_EQ(train(run, more), 0);
    const Json profile = json(run + "/profile.json");
    return std::pair(profile["first_step"].get<int>(), profile["steps"].get<int>());
  };
  EXPECT_EQ(window("one", {"--profile-ops", "--epochs", "1", "--validation-fraction", "0.8"}), std::pair(0, 1));
  EXPECT_TRUE(json("one/profile.json")["untraced_step_seconds"].is_null());
  EXPECT_EQ(window("three", {"--profile-ops", "--epochs", "3", "--validation-fraction", "0.8"}), std::pair(1, 2));
  EXPECT_EQ(window("two", {"--profile-ops", "--epochs", "2", "--profile-steps", "2"}), std::pair(3, 2));
  EXPECT_EQ(window("idle", {"--profile-ops", "--epochs", "1", "--profile-steps", "4"}), std::pair(1, 4));
}

TEST_F(Profiled, AResumedRunMayAskForItAndGoesOnAsBefore) {
  ASSERT_EQ(train("plain", {"--epochs", "4", "--scheduler", "Default"}), 0);
  ASSERT_EQ(train("run", {"--epochs", "2", "--scheduler", "Default", "--profile-ops"}), 0);
  ASSERT_EQ(
      train("run", {"--epochs", "4", "--scheduler", "Default", "--resume", "--profile-ops", "--profile-steps", "3"}),
      0);
  EXPECT_EQ(json("run/profile.json")["first_step"], 13);
  EXPECT_EQ(json("run/profile.json")["steps"], 3);
  Json a = json("plain/history.json"), b = json("run/history.json");
  EXPECT_EQ(a["train_loss"], b["train_loss"]);
  EXPECT_EQ(a["val_loss"], b["val_loss"]);
}

TEST_F(Profiled, JsonResultHoldsTheProfile) {
  ASSERT_EQ(train("run", {"--profile-ops", "--json"}), 0);
  EXPECT_EQ(Json::parse(out_.str())["profile"]["steps"], 5);
}

// Complete events that lie within one another, in the order of time; those of one depth do not overlap.
TEST_F(Profiled, TraceIsNestedAndMonotonic) {
  ASSERT_EQ(train("run", {"--trace", path("trace.json"), "--profile-steps", "2"}), 0);
  EXPECT_FALSE(std::filesystem::exists(path("run/profile.json")));
  const Json events = Json::parse(text_of_file(path("trace.json")));
  ASSERT_TRUE(events.is_array());
  const std::vector<std::string> kinds{"step", "pass", "layer", "job"};
  struct Open {
    double start = 0, end = 0;
  };
  std::vector<Open> open;  // those around the event, by depth
  std::map<std::string, int> count;
  std::vector<std::string> passes;
  double before = 0;
  for (const Json& event : events) {
    if (event["ph"] == "M") {
      EXPECT_TRUE(event["args"]["name"].is_string());
      continue;
    }
    ASSERT_EQ(event["ph"], "X");
    const auto depth =
        static_cast<std::size_t>(std::ranges::find(kinds, event["cat"].get<std::string>()) - kinds.begin());
    ASSERT_LT(depth, kinds.size());
    ++count[kinds[depth]];
    if (kinds[depth] == "pass") passes.push_back(event["name"]);
    const Open now{event["ts"].get<double>(), event["ts"].get<double>() + event["dur"].get<double>()};
    EXPECT_GE(now.start, before) << event;
    EXPECT_GE(now.end, now.start);
    before = now.start;
    constexpr double kRounding = 1e-6;
    ASSERT_GE(open.size(), depth) << event;
    if (depth > 0) {
      EXPECT_GE(now.start, open[depth - 1].start) << event;
      EXPECT_LE(now.end, open[depth - 1].end + kRounding) << event;
    }
    if (open.size() > depth) {
      EXPECT_GE(now.start, open[depth].end - kRounding) << event;
    }
    open.resize(depth);
    open.push_back(now);
    if (kinds[depth] == "job") {
      EXPECT_GT(event["args"]["bytes_written"], 0) << event;
    }
  }
  EXPECT_EQ(count["step"], 2);
  EXPECT_EQ(passes, (std::vector<std::string>{"batch", "forward", "backward", "update", "batch", "forward", "backward",
                                              "update"}));
  EXPECT_GT(count["layer"], 10);
  EXPECT_GT(count["job"], count["layer"]);
}

TEST_F(Profiled, ATraceThatCannotBeWrittenIsRefusedBeforeAnythingIs) {
  EXPECT_TRUE(test::throws_error(ErrorKind::storage, path("nowhere/trace.json"), [&] {
    (void)train("run", {"--trace", path("nowhere/trace.json")});
  }));
  EXPECT_FALSE(std::filesystem::exists(path("run")));
  ASSERT_EQ(train("run", {"--trace", path("run/trace.json")}), 0);  // its folder comes with the run
  EXPECT_TRUE(std::filesystem::exists(path("run/trace.json")));
}

TEST(StepProfile, TableAddsUpAndNamesTheCostliestFirst) {
  StepProfile p{.device = "cpu", .threads = 2, .roof = {.copy_gb_per_s = 10, .product_gflop_per_s = 100}};
  p.steps = 2;
  p.seconds = 0.2;
  p.batch_seconds = 0.02;
  const auto add = [&](const char* scope, const char* job, Pass pass, double seconds, double bytes, double flop) {
    StepProfile::Job entry;
    entry.scope = scope;
    entry.job = job;
    entry.launches = 2;
    entry.work = {.bytes_read = bytes, .flop = flop};
    entry.seconds = seconds;
    entry.pass = pass;
    p.jobs.push_back(entry);
  };
  add("a", "Conv", Pass::forward, 0.04, 2e8, 1e6);  // 20 ms of memory in 40 ms
  add("b", "Conv", Pass::backward, 0.1, 1e6, 5e9);  // 50 ms of arithmetic in 100 ms
  add("c", "Copy", Pass::update, 0.0004, 1e3, 0);
  add("d", "Copy", Pass::update, 0.0004, 1e3, 0);
  EXPECT_NEAR(p.host_seconds(), 0.2 - 0.02 - 0.1408, 1e-12);
  const std::string text = profile_table(p);
  const auto row = [&](const std::string& start) {
    const std::size_t at = text.find("\n" + start);
    return at == std::string::npos ? std::string() : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  };
  const auto words = [](const std::string& line) {
    std::istringstream in(line);
    return std::vector<std::string>{std::istream_iterator<std::string>(in), {}};
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words(row("Conv")), (Words{"Conv", "2", "70.000", "70.0", "100.50", "1.4", "35.7", "50.0"}));
  EXPECT_EQ(words(row("b backward Conv")),
            (Words{"b", "backward", "Conv", "1", "50.000", "50.0", "0.50", "0.0", "50.0", "50.0"}));
  EXPECT_EQ(words(row("a forward Conv")),
            (Words{"a", "forward", "Conv", "1", "20.000", "20.0", "100.00", "5.0", "0.0", "50.0"}));
  EXPECT_EQ(words(row("2 others"))[2], "2");
  EXPECT_EQ(words(row("batch")), (Words{"batch", "10.000", "10.0"}));
  EXPECT_LT(text.find("b backward"), text.find("a forward"));
  EXPECT_EQ(words(row("step  "))[3], "100.0");
}

}  // namespace
}  // namespace fno::training
