// --task ptychography on somebody's own scan, as the README tells it.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/grid_lines_files.h"

namespace fno::test {
namespace {

using nlohmann::json;

class OwnScan : public InFolder {
 protected:
  static bool has(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }
};

TEST_F(OwnScan, TrainsWithoutLabelsAndLeavesTheObject) {
  scan_made()(place_);
  const Outcome run = ok(scan_words({"--epochs", "2"}));
  expect_complete_files(place_);
  EXPECT_TRUE(has(run.err, "training data scan.npz: 40 patterns of 16 x 16, float32 amplitudes")) << run.err;
  for (const char* word : {"amplitude error", "constant object: amplitude error", "no truth: scores not available"})
    EXPECT_TRUE(has(run.out, word)) << word << " in " << run.out;
  const json last = read("run/metrics.json").at("last");
  EXPECT_TRUE(last.at("truth").is_null());
  EXPECT_EQ(last.at("note"), "no truth: scores not available");
  EXPECT_FALSE(last.contains("ssim"));
  EXPECT_GT(last.at("amplitude_error"), 0);
  EXPECT_GT(last.at("amplitude_error_of_constant_object"), 0);
  EXPECT_EQ(last.at("patterns"), 40);
  const std::string page = text_of(place_.path("run/report.html"));
  for (const char* word : {"no truth: scores not available", "constant object", "mean overlap"})
    EXPECT_TRUE(has(page, word)) << word;
  EXPECT_TRUE(std::filesystem::exists(place_.path("run/figures/reconstruction.png")));

  const NpzReader object(place_.path("run/recon.npz"));
  const std::vector<std::int64_t> shape = object.info("YY_pred").shape;
  EXPECT_EQ(object.info("YY_pred").type, HostType::c64);
  EXPECT_EQ(object.info("coverage").shape, shape);
  EXPECT_EQ(object.info("y").shape, (std::vector<std::int64_t>{shape[0]}));
  EXPECT_EQ(object.info("x").shape, (std::vector<std::int64_t>{shape[1]}));
  EXPECT_EQ(last.at("object_shape"), json(shape));

  // The same weights on the same scan.
  const Outcome evaluated = ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "scan.npz", "--json"});
  EXPECT_EQ(json::parse(evaluated.out), last);
  EXPECT_TRUE(has(evaluated.err, "data scan.npz: 40 patterns")) << evaluated.err;
  const Outcome predicted =
      ok({"predict", "--device", "cpu", "--run", "run", "--data", "scan.npz", "--output", "object.npz"});
  EXPECT_TRUE(has(predicted.out, "wrote object.npz: the reconstruction")) << predicted.out;
  EXPECT_EQ(NpzReader(place_.path("object.npz")).read("YY_pred").bytes, object.read("YY_pred").bytes);
  EXPECT_EQ(text_of(place_.path("object.png")).substr(1, 3), "PNG");
  const Outcome alone = ok({"predict", "--device", "cpu", "--model", "run/model.safetensors", "--data", "scan.npz",
                            "--output", "alone.npz", "--swap-xy"});
  EXPECT_TRUE(has(alone.err, "x and y exchanged")) << alone.err;
  ok({"predict", "--device", "cpu", "--model", "run/model.safetensors", "--data", "scan.npz", "--output", "again.npz"});
  EXPECT_EQ(NpzReader(place_.path("again.npz")).read("YY_pred").bytes, object.read("YY_pred").bytes);
  const Outcome words = ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "scan.npz"});
  EXPECT_TRUE(has(words.out, "no truth: scores not available")) << words.out;

  // Another scan is read in the units of the training: twice the light gives a brighter object.
  scan_made([](auto& arrays) { ptychography::scale_array(arrays, "diffraction", 2); })(place_);
  const json brighter =
      json::parse(ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "scan.npz", "--json"}).out);
  EXPECT_NE(brighter.at("amplitude_error"), last.at("amplitude_error"));
  EXPECT_NEAR(brighter.at("amplitude_error_of_constant_object"), last.at("amplitude_error_of_constant_object"), 1e-5);
}

TEST_F(OwnScan, IsScoredWhereTheFileHasAnObject) {
  scan_made({}, true)(place_);
  const Outcome run = ok(scan_words());
  EXPECT_TRUE(has(run.err, "objectGuess 40 x 48 as truth")) << run.err;
  EXPECT_FALSE(has(run.out, "no truth"));
  const json last = read("run/metrics.json").at("last");
  EXPECT_EQ(last.at("ssim").size(), 2u);
  EXPECT_LT(last.at("amplitude_error_of_truth"), 1e-4);
  EXPECT_TRUE(last.contains("baseline"));
}

TEST_F(OwnScan, ReadsOtherUnitsAndTypesAlike) {
  const auto object = [&](const Words& more, const std::function<void(std::vector<NamedArray>&)>& change) {
    scan_made(change)(place_);
    ok(scan_words(more));
    json last = read("run/metrics.json").at("last");
    std::filesystem::remove_all(place_.path("run"));
    return last;
  };
  const json plain = object({}, {});
  const auto near = [&](const json& other) {
    EXPECT_NEAR(other.at("amplitude_error"), plain.at("amplitude_error"), 1e-3);
    EXPECT_NEAR(other.at("amplitude_error_of_constant_object"), plain.at("amplitude_error_of_constant_object"), 1e-5);
  };
  near(object({}, [](auto& a) { ptychography::scale_array(a, "diffraction", 1e-5f); }));
  near(object({}, [](auto& a) { ptychography::scale_array(a, "probeGuess", 1e5f); }));
  near(object({"--pixel-size", "2e-8"}, [](auto& a) {
    for (const char* name : {"xcoords", "ycoords"}) {
      std::vector<double> metres = ptychography::array_of(a, name).to_doubles();
      for (double& v : metres) v *= 2e-8;
      ptychography::array_of(a, name) = make_host_array(metres, {40});
    }
  }));
  near(object({"--measured", "intensities"}, [](auto& a) {
    HostArray& x = ptychography::array_of(a, "diffraction");
    std::vector<double> squares = x.to_doubles();
    for (double& v : squares) v *= v;
    x = make_host_array(squares, x.shape);
  }));
}

TEST_F(OwnScan, WithoutTheGateWhatIsBelowZeroBecomesZero) {
  scan_made([](auto& arrays) { ptychography::scale_array(arrays, "diffraction", -1); })(place_);
  EXPECT_EQ(run_fno(place_, scan_words()).code, 4);
  scan_made([](auto& arrays) {
    HostArray& x = ptychography::array_of(arrays, "diffraction");
    std::vector<float> values = x.to_floats();
    values[5] = -0.25f;
    x = make_host_array(values, x.shape);
  })(place_);
  EXPECT_EQ(run_fno(place_, scan_words()).code, 4);
  const Outcome run = ok(scan_words({"--no-gate"}));
  EXPECT_TRUE(has(run.err, "notice: scan.npz: 1 value below 0 became 0, the first -0.25 at index (0, 0, 5)"))
      << run.err;
}

TEST_F(OwnScan, GoesOnWhereItStopped) {
  scan_made()(place_);
  ok(scan_words({"--epochs", "2", "--swap-xy"}));
  ok(scan_words({"--epochs", "1", "--swap-xy", "--output-dir", "two"}));
  ok(scan_words({"--epochs", "2", "--swap-xy", "--output-dir", "two", "--resume"}));
  EXPECT_EQ(read("two/metrics.json"), read("run/metrics.json"));
  const Outcome refused = run_fno(place_, scan_words({"--epochs", "3", "--output-dir", "two", "--resume"}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(has(refused.err, "swap")) << refused.err;
}

TEST_F(OwnScan, TestDataMayBeAnotherScan) {
  scan_made()(place_);
  std::filesystem::rename(place_.path("scan.npz"), place_.path("other.npz"));
  scan_made()(place_);
  ok(scan_words({"--test-data", "other.npz"}));
  EXPECT_TRUE(read("run/history.json").at("val_loss").at(0).is_number());
  EXPECT_EQ(read("run/metrics.json").at("best").at("patterns"), 40);
}

}  // namespace
}  // namespace fno::test
