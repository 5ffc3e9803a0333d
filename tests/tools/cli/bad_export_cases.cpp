#include "tests/tools/cli/bad_input_cases.h"
#include "tools/onnx/graph.h"

namespace fno::test {
namespace {

Words export_words(const Words& more = {}) {
  Words words{"export", "--format", "onnx", "--output", "model.onnx"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words of_run(const Words& more = {}) {
  Words words = export_words({"--run", "run"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

std::vector<Case> export_cases() {
  if (onnx_version().empty()) return {refused(2, "ExportWithoutTheLibrary", {"libonnx-dev"}, of_run(), trained())};
  const std::string model = "run/model.safetensors";
  return {
      refused(2, "ExportWithoutAFormat", {"--format", "accepted: onnx"},
              {"export", "--run", "run", "--output", "model.onnx"}),
      refused(2, "ExportInAnUnknownFormat", {"--format", "tflite", "onnx"},
              {"export", "--run", "run", "--output", "model.onnx", "--format", "tflite"}),
      refused(2, "ExportNothing", {"--run and --model", "neither"}, export_words()),
      refused(2, "ExportARunAndAModel", {"--run and --model", "both"}, of_run({"--model", model}), trained()),
      refused(2, "ExportWeightsOfAModel", {"--weights", "--run"}, export_words({"--model", model, "--weights", "best"}),
              trained()),
      refused(2, "ExportOnAGridOfOtherAxes", {"--grid", "8x8x8", "2 numbers"}, of_run({"--grid", "8x8x8"}), trained()),
      refused(2, "ExportOnAMalformedGrid", {"--grid", "8x", "64x64"}, of_run({"--grid", "8x"}), trained()),
      refused(2, "ExportOnNoPoints", {"--grid", "0"}, of_run({"--grid", "0x8"}), trained()),
      refused(2, "ExportOnAGridThatNoFileHolds", {"--grid", "65536x65536", "2000000000"},
              of_run({"--grid", "65536x65536"}), trained())
          .under({.memory = std::uint64_t{1} << 30}),
      refused(3, "ExportOfAMissingRun", {"--run", "run"}, of_run()),
      refused(3, "ExportOfAMissingModel", {"none.safetensors"}, export_words({"--model", "none.safetensors"})),
      refused(7, "ExportOfATruncatedModel", {model}, export_words({"--model", model}),
              both(trained(), shortened(model, 9))),
      refused(6, "ExportOverAFile", {"model.onnx", "exists already", "--force"}, of_run(),
              both(trained(), file("model.onnx", "mine"))),
      refused(6, "ExportIntoAMissingFolder", {"none/model.onnx"},
              {"export", "--format", "onnx", "--output", "none/model.onnx", "--run", "run"}, trained()),
      refused(6, "ExportOntoAFullDisk", {"model.onnx", "File too large"}, of_run(), trained())
          .under({.largest_file = 200}),
  };
}

}  // namespace fno::test
