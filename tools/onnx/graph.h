#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fno {

/// Operators of this version of the standard domain ("ai.onnx") are what a graph is made of.
inline constexpr std::int64_t kOnnxOpset = 17;

/// Less than what a protobuf, and with it an ONNX file, may have.
inline constexpr std::int64_t kMostOnnxBytes = 2'000'000'000;

using OnnxDims = std::vector<std::int64_t>;
using OnnxAttribute = std::variant<std::int64_t, float, std::string, OnnxDims>;

/// An operator with one result.
struct OnnxNode {
  std::string op;                   ///< "MatMul"
  std::vector<std::string> inputs;  ///< names of values; an empty one is left out
  std::string output;
  std::map<std::string, OnnxAttribute> attributes;
};

/// Numbers that the file holds.
struct OnnxConstant {
  std::string name;
  OnnxDims shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>> values;
};

/// What goes in or comes out: (N, shape…) float32, N any number of samples.
struct OnnxEnd {
  std::string name, doc;
  OnnxDims shape;
};

/// A function as ONNX writes it (https://onnx.ai/onnx/operators). Equal constants and equal operators of equal values
/// stand in it once.
class OnnxGraph {
 public:
  std::string name, doc, producer_version;
  std::map<std::string, std::string> metadata;
  std::vector<OnnxEnd> inputs, outputs;

  [[nodiscard]] const std::vector<OnnxNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<OnnxConstant>& constants() const { return constants_; }

  /// Each gives the name of its value. A node's is `output`, or made of the scope at hand and the operator.
  std::string node(std::string op, std::vector<std::string> from, std::map<std::string, OnnxAttribute> attributes = {},
                   std::string output = {});
  /// `wanted` is the name of a parameter; without one it is made of the scope at hand.
  std::string floats(std::vector<float> values, OnnxDims shape, const std::string& wanted = {});
  std::string ints(OnnxDims values);

 private:
  std::string constant(OnnxConstant made, const std::string& wanted);
  [[nodiscard]] std::string free_name(const std::string& wanted);
  std::vector<OnnxNode> nodes_;
  std::vector<OnnxConstant> constants_;
  std::map<std::string, int> names_;                           // taken, with how often they were wanted
  std::map<std::string, std::string> made_;                    // a node in words → its value
  std::multimap<std::size_t, std::size_t> constants_by_hash_;  // → index
};

/// "onnx 1.12.0", or nothing where this program was built without libonnx.
[[nodiscard]] std::string onnx_version();

/// Errors: config, naming the packages, where it was.
void require_onnx();

/// Writes the graph atomically, checked by libonnx, with the shapes that it infers for every value.
/// Errors: storage; config where libonnx is absent or the file would outgrow kMostOnnxBytes.
void write_onnx(const std::string& path, const OnnxGraph& graph);

}  // namespace fno
