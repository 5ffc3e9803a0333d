#include "tools/onnx/graph.h"

#include <functional>
#include <sstream>

#include "framework/scope.h"

namespace fno {
namespace {

std::size_t hash_of(const OnnxConstant& constant) {
  return std::visit(
      [](const auto& values) {
        return std::hash<std::string_view>{}(
            {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])});
      },
      constant.values);
}

std::string words_of(const OnnxNode& node) {
  std::ostringstream words;
  words << node.op;
  for (const std::string& input : node.inputs) words << '\n' << input;
  for (const auto& [key, value] : node.attributes) {
    words << '\n' << key << ' ' << value.index();
    if (const auto* dims = std::get_if<OnnxDims>(&value))
      for (const std::int64_t n : *dims) words << ' ' << n;
    else if (const auto* text = std::get_if<std::string>(&value))
      words << *text;
    else if (const auto* number = std::get_if<float>(&value))
      words << std::hexfloat << *number;
    else
      words << std::get<std::int64_t>(value);
  }
  return words.str();
}

// "blocks.0/MatMul"
std::string in_scope(const std::string& word) {
  return Scope::current().empty() ? word : Scope::current() + "/" + word;
}

}  // namespace

std::string OnnxGraph::free_name(const std::string& wanted) {
  for (int& times = names_[wanted];;) {
    std::string made = ++times == 1 ? wanted : wanted + "_" + std::to_string(times);
    if (times == 1 || names_.try_emplace(made, 1).second) return made;
  }
}

std::string OnnxGraph::node(std::string op, std::vector<std::string> from,
                            std::map<std::string, OnnxAttribute> attributes, std::string output) {
  OnnxNode made{std::move(op), std::move(from), std::move(output), std::move(attributes)};
  if (made.output.empty()) {
    std::string& known = made_[words_of(made)];
    if (!known.empty()) return known;
    made.output = known = free_name(in_scope(made.op));
  }
  nodes_.push_back(std::move(made));
  return nodes_.back().output;
}

std::string OnnxGraph::constant(OnnxConstant made, const std::string& wanted) {
  const std::size_t hash = hash_of(made);
  const auto [first, last] = constants_by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    const OnnxConstant& known = constants_[at->second];
    if (known.shape == made.shape && known.values == made.values) return known.name;
  }
  made.name = free_name(wanted.empty() ? in_scope("constant") : wanted);
  constants_by_hash_.emplace(hash, constants_.size());
  constants_.push_back(std::move(made));
  return constants_.back().name;
}

std::string OnnxGraph::floats(std::vector<float> values, OnnxDims shape, const std::string& wanted) {
  return constant({.name = {}, .shape = std::move(shape), .values = std::move(values)}, wanted);
}

std::string OnnxGraph::ints(OnnxDims values) {
  const OnnxDims shape{static_cast<std::int64_t>(values.size())};
  return constant({.name = {}, .shape = shape, .values = std::move(values)}, {});
}

}  // namespace fno
