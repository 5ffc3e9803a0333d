// fno plan's memory against what runs of the program say of themselves in manifest.json.
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/program.h"
#include "tools/files/json_file.h"
#include "tools/files/npz.h"

namespace fno::test {
namespace {

std::vector<float> waves(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i * i % 1009));
  return values;
}

// x and y, one channel each.
void write_fields(const Scratch& place, const std::string& name, std::vector<std::int64_t> shape) {
  shape.insert(shape.begin() + 1, 1);
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  const std::vector<float> values = waves(count);
  write_npz(place.path(name),
            std::vector<NamedArray>{{"x", make_host_array(values, shape)}, {"y", make_host_array(values, shape)}},
            false);
}

class PlannedMemory : public testing::Test {
 protected:
  // The same words for both, but for what only a plan takes.
  void expect(const std::string& run, const Words& words, const Words& of_plan = {}) {
    SCOPED_TRACE(run);
    Words train{"train", "--output-dir", run, "--epochs", "2", "--quiet", "--device", "cpu", "--threads", "2"};
    Words plan{"plan", "--json", "--device", "cpu", "--threads", "2"};
    train.insert(train.end(), words.begin(), words.end());
    plan.insert(plan.end(), words.begin(), words.end());
    plan.insert(plan.end(), of_plan.begin(), of_plan.end());
    const Outcome trained = run_fno(place_, train), planned = run_fno(place_, plan);
    ASSERT_EQ(trained.code, 0) << trained.err;
    ASSERT_EQ(planned.code, 0) << planned.err;
    const Json memory = read_json(place_.path(run + "/manifest.json"))["memory"];
    const Json found = Json::parse(planned.out)["plans"][0];
    const auto ratio = [&](const char* what, const char* was) {
      return found[what].get<double>() / memory[was].get<double>();
    };
    EXPECT_NEAR(ratio("peak_bytes", "device_peak_bytes"), 1, 0.05) << found["peak_bytes"] << memory;
    EXPECT_NEAR(ratio("reserved_bytes", "device_reserved_bytes"), 1, 0.05) << found["reserved_bytes"] << memory;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their memory is no measure
    // Code, libraries and what C++ and their heaps keep: 12 MiB beside the 5 %.
    constexpr double kPart = 0.05, kProgram = 12 << 20;
    const double process = memory["process_peak_bytes"];
    EXPECT_NEAR(found["host_bytes_on_cpu"].get<double>(), process, kPart * process + kProgram) << memory;
#endif
  }
  Scratch place_;
};

// Short batches in training, validation and test.
TEST_F(PlannedMemory, OfOperatorsInOneTwoAndThreeDimensions) {
  write_fields(place_, "one.npz", {90, 1024});
  write_fields(place_, "two.npz", {50, 61, 61});
  write_fields(place_, "three.npz", {24, 24, 24, 20});
  const Words task{"--task", "operator"};
  const auto words = [&](const Words& more) {
    Words all = task;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  expect("one", words({"--architecture", "fno_operator", "--data", "one.npz", "--fno-width", "64", "--fno-modes", "16",
                       "--test-data", "one.npz"}));
  expect("two", words({"--architecture", "fno_operator", "--data", "two.npz", "--test-data", "two.npz"}));
  expect("stable", words({"--architecture", "stable_fno", "--data", "two.npz", "--streaming", "off"}));
  expect("checkpointed", words({"--architecture", "stable_fno", "--data", "two.npz", "--activation-checkpointing"}));
  expect("three", words({"--architecture", "fno_operator", "--data", "three.npz", "--fno-width", "20", "--fno-modes",
                         "8", "--batch-size", "10", "--validation-fraction", "0"}));
}

// Oracle: PyTorch 1.13 itself, torch.autograd.graph.saved_tensors_hooks around the layers of bench/peer/networks.py
// (rfft and dft forms alike): MiB kept for the reverse pass, weights and tables apart.
TEST_F(PlannedMemory, OfPyTorchEagerIsWhatItKept) {
  const auto layers = [&](Words words) {
    words.insert(words.begin(), {"plan", "--task", "operator", "--json", "--device", "cpu", "--fno-width", "32"});
    const Outcome planned = run_fno(place_, words);
    EXPECT_EQ(planned.code, 0) << planned.err;
    std::map<std::string, double> mib;
    const Json plan = Json::parse(planned.out)["plans"][0];
    for (const Json& layer : plan["saved_activations"]) {
      EXPECT_GT(layer["bytes"], 0);
      if (layer["eager_bytes"].is_number())
        mib[layer["layer"].get<std::string>()] = layer["eager_bytes"].get<double>() / (1 << 20);
    }
    return mib;
  };
  auto e0 = layers({"--architecture", "fno_operator", "--grid", "16,16", "--batch-size", "20", "--fno-modes", "8"});
  EXPECT_EQ(e0.size(), 4U);
  EXPECT_NEAR(e0["blocks.0"], 1.88, 0.01);
  auto d1 = layers({"--architecture", "fno_operator", "--grid", "85,85", "--batch-size", "20", "--fno-modes", "12"});
  EXPECT_NEAR(d1["blocks.2"], 36.68, 0.05);
  EXPECT_NEAR(d1["blocks.3"], 36.68 - 17.64, 0.05);  // no activation behind the last
  auto p32 = layers({"--architecture", "stable_fno", "--grid", "64,64", "--batch-size", "16", "--fno-modes", "12",
                     "--spectral", "corner"});
  EXPECT_NEAR(p32["blocks.0"], 32.57, 0.05);
}

TEST_F(PlannedMemory, OfPatchNetworks) {
  const Outcome made = run_fno(place_, {"simulate", "grid-lines", "--output", "data", "--patches-train", "32", "--size",
                                        "192", "--nimgs-train", "1", "--nimgs-test", "1", "--quiet"});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto words = [&](const Words& more) {
    Words all{"--task", "ptychography", "--data", "data/train.npz"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  expect("hybrid", words({"--architecture", "hybrid", "--fno-blocks", "4", "--fno-width", "16"}));
  expect("stable", words({"--architecture", "stable_hybrid", "--fno-blocks", "3", "--fno-width", "16"}));
  expect("checkpointed", words({"--architecture", "stable_hybrid", "--fno-blocks", "3", "--fno-width", "16",
                                "--activation-checkpointing"}));
  expect("cnn", words({"--architecture", "cnn", "--fno-blocks", "3"}));
}

}  // namespace
}  // namespace fno::test
