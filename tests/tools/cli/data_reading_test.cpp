// How files of data are read, looked at from outside.
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/program.h"

namespace fno::test {
namespace {

using nlohmann::json;

class DataReading : public InFolder {};

TEST_F(DataReading, WavesThatACoarserGridLacksAreLeftOutWithANotice) {
  ok({"simulate", "darcy", "--output", "train.npz", "--samples", "10", "--grid", "16"});
  ok({"simulate", "darcy", "--output", "test.npz", "--samples", "4", "--grid", "6", "--seed", "9"});
  const std::string words = "the grid lacks modes of the network, which are left out: 3 of 4 along an axis of 6 points";
  const Outcome trained = ok(train_words({"--fno-modes", "4", "--test-data", "test.npz"}));
  EXPECT_NE(trained.err.find(words), std::string::npos) << trained.err;
  EXPECT_TRUE(read("run/metrics.json").at("last").at("test").at("relative_l2").is_number());
  const Outcome evaluated = ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "test.npz"});
  EXPECT_NE(evaluated.err.find(words), std::string::npos) << evaluated.err;
}

TEST_F(DataReading, ArraysOfOtherNamesAndAxesAreReadAsTold) {
  // The same fields as (samples, grid) under other names.
  write_zip(place_.path("named.npz"), {{"a.npy", smooth_npy({6, 8, 8})}, {"u.npy", smooth_npy({6, 8, 8}, 1)}});
  write_zip(place_.path("plain.npz"), {{"x.npy", smooth_npy({6, 1, 8, 8})}, {"y.npy", smooth_npy({6, 1, 8, 8}, 1)}});
  const auto losses = [&](const std::string& data, const std::vector<std::string>& more) {
    Words words =
        train_words({"--data", data, "--epochs", "2", "--fno-width", "4", "--output-dir", "other", "--force"});
    words.insert(words.end(), more.begin(), more.end());
    ok(words);
    json history = read("other/history.json");
    history.erase("seconds");
    return history;
  };
  EXPECT_EQ(losses("named.npz", {"--x-name", "a", "--y-name", "u", "--layout", "nhw"}), losses("plain.npz", {}));
}

TEST_F(DataReading, TargetsMayLieInAFileOfTheirOwn) {
  const std::string x = smooth_npy({6, 1, 8, 8}), y = smooth_npy({6, 1, 8, 8}, 1);
  put_text(place_.path("x.npy"), x);
  put_text(place_.path("y.npy"), y);
  write_set(place_.path("train.npz"), x, y);
  ok(train_words({"--test-data", "train.npz"}));
  ok(train_words({"--output-dir", "pair", "--data", "x.npy", "--targets", "y.npy", "--test-data", "x.npy",
                  "--test-targets", "y.npy"}));
  EXPECT_EQ(read("pair/metrics.json"), read("run/metrics.json"));
  const json files = read("pair/manifest.json").at("data");
  ASSERT_EQ(files.size(), 4U);
  EXPECT_EQ(files.at(1).at("role"), "training targets");
  EXPECT_TRUE(files.at(1).at("arrays").contains("y") && !files.at(0).at("arrays").contains("y"));
  // Those of the training file are not taken for those of another.
  const auto evaluated = [&](const Words& more) {
    Words words{"evaluate", "--device", "cpu", "--run", "pair", "--json", "--data"};
    words.insert(words.end(), more.begin(), more.end());
    return run_fno(place_, words);
  };
  EXPECT_EQ(json::parse(evaluated({"x.npy", "--targets", "y.npy"}).out), read("run/metrics.json").at("last"));
  EXPECT_EQ(json::parse(evaluated({"train.npz"}).out), read("run/metrics.json").at("last"));
  EXPECT_EQ(evaluated({"x.npy"}).code, 3);
  const Outcome lone = run_fno(place_, train_words({"--output-dir", "lone", "--data", "x.npy"}));
  EXPECT_EQ(lone.code, 3);
  EXPECT_NE(lone.err.find("--targets Y.npy"), std::string::npos) << lone.err;
  const Outcome alone = run_fno(place_, train_words({"--output-dir", "alone", "--test-targets", "y.npy"}));
  EXPECT_EQ(alone.code, 0);
  EXPECT_NE(alone.err.find("--test-targets acts only with --test-data"), std::string::npos) << alone.err;
  // No path of this machine travels in a model.
  EXPECT_EQ(text_of(place_.path("pair/model.safetensors")).find("y.npy"), std::string::npos);
}

TEST_F(DataReading, OtherTypesAndOneMoreAxisAreAccepted) {
  // x of truth values on (n1), y of float64 on (n0, n1).
  std::string truth, doubles;
  for (int i = 0; i < 6 * 8; ++i) truth += static_cast<char>(i % 3 == 0);
  for (int i = 0; i < 6 * 8 * 8; ++i) {
    const double value = 1 + std::sin(i);
    doubles.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  write_set(place_.path("train.npz"), npy("'|b1'", {6, 1, 8}, truth), npy("'<f8'", {6, 1, 8, 8}, doubles));
  ok(train_words({"--test-data", "train.npz"}));
  EXPECT_EQ(read("run/metrics.json").at("last").at("test").at("grid"), json({8, 8}));
  const json arrays = read("run/manifest.json").at("data").at(0).at("arrays");
  EXPECT_EQ(arrays.at("x").at("type"), "bool");
  EXPECT_EQ(arrays.at("y").at("type"), "float64");
}

}  // namespace
}  // namespace fno::test
