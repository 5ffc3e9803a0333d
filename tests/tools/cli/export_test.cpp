// fno export on the program itself: its file gives the numbers of fno predict in onnxruntime.
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/onnxruntime.h"
#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/program.h"
#include "tools/files/npz.h"
#include "tools/onnx/graph.h"

namespace fno::test {
namespace {

class Export : public InFolder {
 protected:
  void SetUp() override {
    if (onnx_version().empty()) GTEST_SKIP() << "built without libonnx";
    write("train.npz", {6, 2, 8, 8}, {6, 1, 8, 8});
    ok(train_words({"--fno-modes", "3,2", "--domain-padding", "0,1", "--epochs", "2"}));
  }
  // A pressure's offset, a small unit.
  void write(const std::string& name, const Extents& x, const Extents& y) {
    const auto field = [](const Extents& shape, double offset, double unit) {
      std::vector<float> values;
      for (std::int64_t i = 0; i < checked_count(shape).value(); ++i)
        values.push_back(static_cast<float>(offset + unit * std::sin(0.37 * static_cast<double>(i))));
      return make_host_array(values, shape);
    };
    write_npz(place_.path(name), std::vector<NamedArray>{{"x", field(x, 101325, 40)}, {"y", field(y, 0.01, 0.03)}},
              false);
  }
  // What fno predict says to 1 and 3 samples on n x m points, beside NAME.onnx.
  void predict(const std::string& name, std::int64_t n, std::int64_t m) {
    std::vector<NamedArray> arrays;
    for (const std::int64_t samples : {1, 3}) {
      const std::string number = std::to_string(samples);
      write("new.npz", {samples, 2, n, m}, {samples, 1, n, m});
      ok({"predict", "--run", "run", "--data", "new.npz", "--output", "out.npz", "--force", "--device", "cpu"});
      arrays.push_back({"x" + number, NpzReader(place_.path("new.npz")).read("x")});
      arrays.push_back({"y" + number, NpzReader(place_.path("out.npz")).read("prediction")});
      arrays.push_back({"scale" + number, make_host_array(std::vector<double>{0.01, 0.03}, {1, 2})});
    }
    write_npz(place_.path(name + ".npz"), arrays, false);
  }
};

TEST_F(Export, GivesTheNumbersOfPredictInOnnxruntime) {
  ok({"export", "--run", "run", "--format", "onnx", "--output", "same.onnx"});
  ok({"export", "--run", "run", "--format", "onnx", "--output", "finer.onnx", "--grid", "16x12"});
  predict("same", 8, 8);
  predict("finer", 16, 12);
  std::filesystem::create_directory(place_.path("onnx"));
  for (const char* name : {"same.onnx", "same.npz", "finer.onnx", "finer.npz"})
    std::filesystem::rename(place_.path(name), place_.path("onnx/" + std::string(name)));
  const std::optional<bool> agrees = agrees_in_onnxruntime(place_.path("onnx"));
  if (!agrees) GTEST_SKIP() << kNoOnnxruntime;
  EXPECT_TRUE(*agrees);
}

TEST_F(Export, IsTheSameFileFromARunAndFromItsModel) {
  ok({"export", "--run", "run", "--format", "onnx", "--output", "a.onnx"});
  ok({"export", "--model", "run/model.safetensors", "--format", "onnx", "--output", "b.onnx"});
  EXPECT_EQ(text_of(place_.path("a.onnx")), text_of(place_.path("b.onnx")));
}

TEST_F(Export, NoticesModesThatAGridLacks) {
  const Outcome outcome = ok({"export", "--run", "run", "--format", "onnx", "--output", "a.onnx", "--grid", "4x8"});
  EXPECT_NE(outcome.err.find("a.onnx: the grid lacks modes of the network"), std::string::npos) << outcome.err;
}

TEST_F(Export, SaysWhatItWrote) {
  const Outcome outcome =
      ok({"export", "--run", "run", "--format", "onnx", "--output", "a.onnx", "--grid", "16,12", "--json"});
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["file"], "a.onnx");
  EXPECT_EQ(json["architecture"], "fno_operator");
  EXPECT_EQ(json["inputs"].dump(), R"([{"name":"x","shape":["N",2,16,12]}])");
  EXPECT_EQ(json["outputs"].dump(), R"([{"name":"y","shape":["N",1,16,12]}])");
  EXPECT_EQ(json["bytes"], std::filesystem::file_size(place_.path("a.onnx")));
}

}  // namespace
}  // namespace fno::test
