// fno predict on the program itself: what it writes is what the network answers, whichever file it comes from.
#include <cmath>
#include <complex>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/program.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/npy.h"
#include "tools/files/npz.h"
#include "tools/files/safetensors.h"

namespace fno::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Extents = std::vector<std::int64_t>;

// Smooth and different everywhere.
std::vector<double> waves(const Extents& shape, double phase) {
  std::vector<double> values(static_cast<std::size_t>(checked_count(shape).value()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(0.37 * static_cast<double>(i) + phase);
  return values;
}

template <class T>
HostArray array(const std::vector<double>& values, const Extents& shape, double offset = 0) {
  std::vector<T> out;
  for (const double v : values) out.push_back(static_cast<T>(v + offset));
  return make_host_array(out, shape);
}

class Predict : public InFolder {
 protected:
  void write(const std::string& name, const std::vector<NamedArray>& arrays) {
    write_npz(place_.path(name), arrays, false);
  }
  // 6 samples of x (n, 1, 8, 8) and y (n, outputs, 8, 8); a run on them.
  void train(const Words& more = {}) {
    write("train.npz", {{"x", x()}, {"y", y()}});
    ok(train_words(more));
  }
  static HostArray x() { return array<float>(waves({6, 1, 8, 8}, 0), {6, 1, 8, 8}); }
  static HostArray y() { return array<float>(waves({6, 1, 8, 8}, 1), {6, 1, 8, 8}, 0.5); }
  Outcome predict(const std::string& data, const std::string& output, Words more = {}) {
    more.insert(more.begin(), {"predict", "--device", "cpu", "--data", data, "--output", output});
    if (std::ranges::find(more, "--model") == more.end()) more.insert(more.end(), {"--run", "run"});
    return ok(more);
  }
  [[nodiscard]] HostArray read(const std::string& file, const std::string& name = "prediction") const {
    return open_array_file(place_.path(file))->read(name);
  }
};

TEST_F(Predict, WritesWhatEvaluateMeasures) {
  train();
  const Outcome shown = predict("train.npz", "out.npz");
  const json evaluated =
      json::parse(ok({"evaluate", "--device", "cpu", "--run", "run", "--data", "train.npz", "--json"}).out);
  const HostArray prediction = read("out.npz");
  EXPECT_EQ(prediction.type, HostType::f32);
  ASSERT_EQ(prediction.shape, (Extents{6, 1, 8, 8}));
  const std::vector<double> p = prediction.to_doubles(), t = y().to_doubles();
  double mean = 0;
  for (std::size_t sample = 0; sample < 6; ++sample) {
    double error = 0, size = 0;
    for (std::size_t i = sample * 64; i < (sample + 1) * 64; ++i) {
      error += (p[i] - t[i]) * (p[i] - t[i]);
      size += t[i] * t[i];
    }
    mean += std::sqrt(error / size) / 6;
  }
  EXPECT_NEAR(evaluated.at("test").at("relative_l2"), mean, 1e-6);
  EXPECT_NE(shown.out.find("test relative L2"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("mean of the training targets: test relative L2"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("wrote out.npz: prediction (6, 1, 8, 8) float32, axes nchw"), std::string::npos);
  EXPECT_NE(shown.err.find("data train.npz: 6 samples, grid 8 x 8"), std::string::npos) << shown.err;

  const HostArray coordinates = read("out.npz", "coordinates");
  ASSERT_EQ(coordinates.shape, (Extents{2, 8, 8}));
  EXPECT_EQ(coordinates.to_doubles()[3 * 8 + 5], 3.0 / 8);
  EXPECT_EQ(coordinates.to_doubles()[64 + 3 * 8 + 5], 5.0 / 8);
  EXPECT_EQ(json::parse(read("out.npz", "metadata").to_texts().at(0)),
            json({{"axes", "nchw"}, {"channels", {"y"}}, {"grid", {8, 8}}}));
  expect_complete_files(place_);
}

TEST_F(Predict, NeedsNoTargetsAndNoRun) {
  train();
  predict("train.npz", "whole.npz");
  write("new.npz", {{"x", x()}});
  const Outcome shown = predict("new.npz", "new_out.npz", {"--infer-batch-size", "4", "--threads", "2"});
  EXPECT_EQ(shown.out.find("relative"), std::string::npos) << shown.out;
  EXPECT_EQ(read("new_out.npz").bytes, read("whole.npz").bytes);

  fs::rename(place_.path("run/model.safetensors"), place_.path("alone.safetensors"));
  fs::remove_all(place_.path("run"));
  const Outcome alone = predict("train.npz", "alone.npz", {"--model", "alone.safetensors"});
  EXPECT_EQ(read("alone.npz").bytes, read("whole.npz").bytes);
  EXPECT_NE(alone.out.find("mean of each channel in training: test relative L2"), std::string::npos) << alone.out;
}

TEST_F(Predict, TheModelFileKnowsHowTheRunReadItsData) {
  write("named.npz",
        {{"a", array<float>(waves({6, 8, 8}, 0), {6, 8, 8})}, {"u", array<double>(waves({6, 8, 8}, 1), {6, 8, 8})}});
  ok(train_words({"--data", "named.npz", "--x-name", "a", "--y-name", "u", "--layout", "nhw"}));
  predict("named.npz", "run.npz");
  const Outcome shown = predict("named.npz", "model.npz", {"--model", "run/model.safetensors", "--json"});
  EXPECT_TRUE(json::parse(shown.out).at("test").at("relative_l2").is_number());
  EXPECT_EQ(text_of(place_.path("model.npz")), text_of(place_.path("run.npz")));
  EXPECT_EQ(read("run.npz").shape, (Extents{6, 8, 8}));
  EXPECT_EQ(json::parse(read("run.npz", "metadata").to_texts().at(0)).at("channels"), json({"u"}));
}

TEST_F(Predict, FlagsStandInForTheReadingOfTheRun) {
  train();
  predict("train.npz", "plain.npz");
  const HostArray plain = read("plain.npz");
  const std::vector<std::size_t> last{0, 2, 3, 1}, behind{1, 2, 3, 0};
  write("last.npz", {{"a", permuted(x(), last)}, {"u", permuted(y(), last)}});
  write("behind.npz", {{"x", permuted(x(), behind)}});
  const Words told{"--x-name", "a", "--y-name", "u", "--layout", "nhwc"};
  predict("last.npz", "last_out.npz", told);
  EXPECT_EQ(read("last_out.npz").bytes, permuted(plain, last).bytes);
  EXPECT_EQ(read("last_out.npz").shape, (Extents{6, 8, 8, 1}));
  predict("behind.npz", "behind_out.npz", {"--layout", "chwn"});
  EXPECT_EQ(read("behind_out.npz").bytes, permuted(plain, behind).bytes);

  const auto evaluate = [&](const std::string& data, Words more) {
    more.insert(more.begin(), {"evaluate", "--device", "cpu", "--run", "run", "--json", "--data", data});
    return json::parse(ok(more).out).at("test").at("relative_l2");
  };
  EXPECT_EQ(evaluate("last.npz", told), evaluate("train.npz", {}));
}

TEST_F(Predict, TakesAnyGridAndAnyFormat) {
  train();
  const Extents fine{3, 1, 12, 10};
  const HostArray inputs = array<float>(waves(fine, 0), fine);
  write("fine.npz", {{"x", inputs}});
  predict("fine.npz", "out.npz");
  EXPECT_EQ(read("out.npz").shape, fine);
  EXPECT_EQ(read("out.npz", "coordinates").shape, (Extents{2, 12, 10}));
  write_npy(place_.path("fine.npy"), inputs);
  write_safetensors(place_.path("fine.safetensors"), std::vector<NamedArray>{{"x", inputs}});
  Words files{"fine.npy", "fine.safetensors"};
  Words outputs{"out.npz"};
  if (!hdf5_version().empty()) {
    ok({"convert", "fine.npz", "fine.h5"});
    files.emplace_back("fine.h5");
    outputs.emplace_back("out.h5");
  }
  for (const std::string& file : files)
    for (const std::string& output : outputs) {
      predict(file, output, {"--force"});
      EXPECT_EQ(read(output).bytes, read("out.npz").bytes) << file;
      EXPECT_EQ(read(output, "metadata").to_texts(), read("out.npz", "metadata").to_texts());
    }
  write("coarse.npz", {{"x", array<float>(waves({2, 1, 3, 8}, 0), {2, 1, 3, 8})}});
  EXPECT_NE(predict("coarse.npz", "coarse_out.npz").err.find("1 of 2 along an axis of 3 points"), std::string::npos);
}

TEST_F(Predict, AnswersHoldWhatVariesBesideALargeMean) {
  const Extents shape{6, 1, 8, 8};
  const auto run = [&](double offset) {
    write("train.npz", {{"x", x()}, {"y", array<double>(waves(shape, 1), shape, offset)}});
    ok(train_words({"--force"}));
    predict("train.npz", "out.npz", {"--force"});
    return read("out.npz");
  };
  const std::vector<double> small = run(0).to_doubles();
  const HostArray large = run(1e8);
  EXPECT_EQ(large.type, HostType::f64);
  for (std::size_t i = 0; i < small.size(); ++i) EXPECT_NEAR(large.to_doubles()[i] - 1e8, small[i], 1e-5);
}

TEST_F(Predict, ComplexTargetsAreAnsweredByComplexNumbers) {
  const Extents shape{6, 1, 8, 8};
  const std::vector<double> re = waves(shape, 1), im = waves(shape, 2);
  std::vector<std::complex<float>> targets;
  std::vector<float> parts(2 * re.size());
  for (std::size_t i = 0; i < re.size(); ++i) {
    targets.emplace_back(static_cast<float>(re[i]), static_cast<float>(im[i]));
    for (const std::size_t part : {0, 1})
      parts[(i / 64 * 2 + part) * 64 + i % 64] = static_cast<float>(part == 0 ? re[i] : im[i]);
  }
  const auto run = [&](HostArray of_targets) {
    write("train.npz", {{"x", x()}, {"y", std::move(of_targets)}});
    ok(train_words({"--force"}));
    write("new.npz", {{"x", x()}});
    predict("new.npz", "out.npz", {"--force"});
    return read("out.npz");
  };
  const HostArray complex = run(make_host_array(targets, shape)), real = run(make_host_array(parts, {6, 2, 8, 8}));
  ASSERT_EQ(complex.type, HostType::c64);
  ASSERT_EQ(complex.shape, shape);
  const auto values = complex.values<std::complex<float>>();
  const auto channels = real.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i].real(), channels[i / 64 * 128 + i % 64]);
    EXPECT_EQ(values[i].imag(), channels[i / 64 * 128 + 64 + i % 64]);
  }
}

TEST_F(Predict, InitialStatesAreRepeatedAlongTheTimesOfTheTrainingData) {
  write("train.npz", {{"x", array<float>(waves({6, 1, 8}, 0), {6, 1, 8})},
                      {"y", array<float>(waves({6, 1, 5, 8}, 1), {6, 1, 5, 8})}});
  ok(train_words());
  predict("train.npz", "whole.npz");
  write("new.npz", {{"x", array<float>(waves({6, 1, 8}, 0), {6, 1, 8})}});
  for (const Words& from : {Words{"--run", "run"}, Words{"--model", "run/model.safetensors"}}) {
    Words words{"predict", "--device", "cpu", "--data", "new.npz", "--output", "out.npz", "--force"};
    words.insert(words.end(), from.begin(), from.end());
    EXPECT_NE(ok(words).err.find("repeated along the first axis"), std::string::npos);
    EXPECT_EQ(read("out.npz").bytes, read("whole.npz").bytes);
    EXPECT_EQ(read("out.npz").shape, (Extents{6, 1, 5, 8}));
  }
}

TEST_F(Predict, AFolderOfFilesGivesAFolderOfPredictions) {
  train();
  fs::create_directory(place_.path("new"));
  write("new/a.npz", {{"x", x()}});
  write_safetensors(place_.path("new/b.safetensors"), std::vector<NamedArray>{{"x", x()}, {"y", y()}});
  put_text(place_.path("new/notes.txt"), "mine");
  const json results = json::parse(predict("new", "answers/of/today", {"--json"}).out);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].at("data"), "new/a.npz");
  EXPECT_EQ(results[1].at("file"), "answers/of/today/b.npz");
  EXPECT_TRUE(results[0].at("test").is_null() && results[1].at("test").is_object());
  predict("train.npz", "whole.npz");
  for (const char* file : {"answers/of/today/a.npz", "answers/of/today/b.npz"})
    EXPECT_EQ(read(file).bytes, read("whole.npz").bytes) << file;
  expect_complete_files(place_);
}

TEST_F(Predict, OneSampleWithoutAnAxisOfSamples) {
  train();
  write("one.npz", {{"x", array<float>(waves({8, 8}, 0), {8, 8})}});
  predict("one.npz", "out.npz", {"--layout", "hw"});
  EXPECT_EQ(read("out.npz").shape, (Extents{8, 8}));
}

TEST_F(Predict, ColumnsStandApartWhateverTheNames) {
  const Extents shape{6, 2, 8, 8};
  const std::string name = "horizontal_velocity_of_the_fluid";
  write("train.npz", {{"x", x()}, {name, array<float>(waves(shape, 1), shape)}});
  ok(train_words({"--y-name", name}));
  for (const char* command : {"evaluate", "predict"}) {
    Words words{command, "--device", "cpu", "--run", "run", "--data", "train.npz"};
    if (std::string(command) == "predict") words.insert(words.end(), {"--output", "out.npz"});
    const std::string out = ok(words).out, label = "relative L2 of " + name + "0";
    const std::size_t at = out.find(label);
    ASSERT_NE(at, std::string::npos) << out;
    EXPECT_EQ(out[at + label.size()], ' ') << out;
  }
}

}  // namespace
}  // namespace fno::test
