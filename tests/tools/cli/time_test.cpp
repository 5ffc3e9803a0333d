// States in time, looked at from outside: a flow that is known exactly, u(x, t + 1) = u(x - 1/16, t).
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numbers>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/program.h"
#include "tools/files/npz.h"

namespace fno::test {
namespace {

using nlohmann::json;

// Fields of three waves with phases of their own, (samples, times, 16), as u.
void write_flow(const std::string& path, std::int64_t samples, std::int64_t times, double seed) {
  std::string bytes;
  for (std::int64_t n = 0; n < samples; ++n)
    for (std::int64_t t = 0; t < times; ++t)
      for (std::int64_t i = 0; i < 16; ++i) {
        double u = 0;
        for (int k = 1; k <= 3; ++k)
          u += std::sin(2 * std::numbers::pi * k * static_cast<double>(i - t) / 16 +
                        7 * std::sin(static_cast<double>(n * k) + seed)) /
               k;
        const auto value = static_cast<float>(u);
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
      }
  write_zip(path, {{"u.npy", npy("'<f4'", {samples, times, 16}, bytes)}});
}

HostArray read_npz_array(const std::string& path, const std::string& name) { return NpzReader(path).read(name); }

class States : public ::testing::Test {
 protected:
  States() {
    write_flow(place_.path("train.npz"), 20, 9, 0);
    write_flow(place_.path("test.npz"), 5, 12, 0.5);
  }
  Outcome train(const Words& more) {
    Words words{"--x-name", "u", "--time-axis", "1", "--fno-modes", "5"};
    words.insert(words.end(), more.begin(), more.end());
    Outcome outcome = run_fno(place_, train_words(words));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }
  [[nodiscard]] std::string weights(const std::string& run) const {
    const std::string file = text_of(place_.path(run + "/model.safetensors"));
    std::uint64_t size = 0;
    std::memcpy(&size, file.data(), sizeof size);
    return file.substr(sizeof size + size);
  }
  Scratch place_;
};

TEST_F(States, AreLearntAndRolledOutBesideWhatIsTrivial) {
  const Outcome trained = train({"--test-data", "test.npz", "--epochs", "30", "--fno-width", "12", "--learning-rate",
                                 "5e-3", "--batch-size", "16"});
  EXPECT_NE(trained.err.find("20 trajectories of 9 states, grid 16; u: 1 channel"), std::string::npos) << trained.err;
  EXPECT_NE(trained.err.find("history 1, roll-out 1: 144 places of 18 trajectories"), std::string::npos) << trained.err;
  EXPECT_NE(trained.out.find("Relative L2 by step\nstep "), std::string::npos) << trained.out;
  EXPECT_NE(trained.out.find("mean of the training targets  persistence\n"), std::string::npos) << trained.out;
  const json metrics = json_of(place_, "run/metrics.json"), test = metrics.at("last").at("test");
  ASSERT_EQ(test.at("steps").size(), 11u);
  EXPECT_LT(test.at("relative_l2"), 0.03) << test;
  EXPECT_LT(test.at("steps")[0].at("relative_l2"), test.at("steps")[10].at("relative_l2"));
  EXPECT_TRUE(test.at("beats_mean").get<bool>() && test.at("beats_persistence").get<bool>());
  EXPECT_EQ(metrics.at("persistence_relative_l2"), test.at("persistence_relative_l2"));
  EXPECT_NE(text_of(place_.path("run/report.html")).find("Relative L2 by step"), std::string::npos);

  ASSERT_EQ(run_fno(place_, {"evaluate", "--run", "run", "--data", "test.npz", "--output", "m.json"}).code, 0);
  EXPECT_EQ(json_of(place_, "m.json"), metrics.at("last"));

  // Predictions: as far as the file goes, with the errors of the run; from one state on as far as asked.
  const Outcome far = run_fno(place_, {"predict", "--run", "run", "--data", "test.npz", "--output", "p.npz", "--json"});
  ASSERT_EQ(far.code, 0) << far.err;
  EXPECT_EQ(json::parse(far.out).at("test"), test);
  EXPECT_EQ(json::parse(far.out).at("arrays")[0].at("shape"), json({5, 11, 16}));
  write_flow(place_.path("one.npz"), 5, 1, 0.5);
  const auto predicted = [&](const std::string& output, const std::string& source) {
    const Outcome outcome = run_fno(place_, {"predict", source == "run" ? "--run" : "--model", source, "--data",
                                             "one.npz", "--output", output, "--rollout", "11"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read_npz_array(place_.path(output), "prediction");
  };
  const HostArray rolled = predicted("q.npz", "run"), alone = predicted("r.npz", "run/model.safetensors");
  EXPECT_EQ(rolled.shape, (Extents{5, 11, 16}));
  EXPECT_EQ(rolled.bytes, read_npz_array(place_.path("p.npz"), "prediction").bytes);
  EXPECT_EQ(alone.bytes, rolled.bytes);
  const HostArray places = read_npz_array(place_.path("q.npz"), "coordinates");
  EXPECT_EQ(places.shape, (Extents{2, 11, 16}));
  EXPECT_EQ(places.values<float>()[10 * 16], 11.f);
  EXPECT_EQ(places.values<float>()[11 * 16 + 1], 1.f / 16);
}

TEST_F(States, PersistenceThatIsNotBeatenIsNamed) {
  const Outcome trained = train({"--test-data", "test.npz", "--epochs", "1", "--learning-rate", "1e-9"});
  EXPECT_NE(trained.out.find("notice: the network is no better than"), std::string::npos) << trained.out;
}

TEST_F(States, ARolledOutRunGoesOnBitForBit) {
  const Words flags{"--history", "2", "--rollout", "3", "--scheduler", "Exponential"};
  const auto with = [&](const Words& more) {
    Words words = flags;
    words.insert(words.end(), more.begin(), more.end());
    return train(words);
  };
  with({"--epochs", "4"});
  const std::string whole = weights("run");
  with({"--epochs", "2", "--force"});
  with({"--epochs", "4", "--resume"});
  EXPECT_EQ(weights("run"), whole);
  const json history = json_of(place_, "run/history.json");
  EXPECT_EQ(history.at("val_loss").size(), 4u);
  // The loss of three steps is not that of one.
  train({"--history", "2", "--scheduler", "Exponential", "--epochs", "4", "--force"});
  EXPECT_NE(weights("run"), whole);
}

TEST_F(States, ArePlanned) {
  const auto planned = [&](const Words& more) {
    Words words{"plan", "--task", "operator", "--architecture", "fno_operator", "--grid", "16", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_fno(place_, words);
  };
  const Outcome one = planned({"--history", "2"}), three = planned({"--history", "2", "--rollout", "3"});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(three.code, 0) << three.err;
  EXPECT_NE(one.out, three.out);
}

}  // namespace
}  // namespace fno::test
