#include <onnx/checker.h>
#include <onnx/common/version.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/onnx/graph.h"

namespace fno {
namespace {

constexpr std::int64_t kIrVersion = 8;  // the one that came with opset 17

void set(::onnx::AttributeProto& to, const std::string& name, const OnnxAttribute& value) {
  to.set_name(name);
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    to.set_type(::onnx::AttributeProto::INT);
    to.set_i(*number);
  } else if (const auto* real = std::get_if<float>(&value)) {
    to.set_type(::onnx::AttributeProto::FLOAT);
    to.set_f(*real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    to.set_type(::onnx::AttributeProto::STRING);
    to.set_s(*text);
  } else {
    to.set_type(::onnx::AttributeProto::INTS);
    for (const std::int64_t n : std::get<OnnxDims>(value)) to.add_ints(n);
  }
}

void set(::onnx::TensorProto& to, const OnnxConstant& constant) {
  to.set_name(constant.name);
  for (const std::int64_t n : constant.shape) to.add_dims(n);
  const bool real = std::holds_alternative<std::vector<float>>(constant.values);
  to.set_data_type(real ? ::onnx::TensorProto::FLOAT : ::onnx::TensorProto::INT64);
  std::visit([&](const auto& values) { to.set_raw_data(values.data(), values.size() * sizeof(values[0])); },
             constant.values);
}

void set(::onnx::ValueInfoProto& to, const OnnxEnd& end) {
  to.set_name(end.name);
  to.set_doc_string(end.doc);
  auto* tensor = to.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(::onnx::TensorProto::FLOAT);
  tensor->mutable_shape()->add_dim()->set_dim_param("N");
  for (const std::int64_t n : end.shape) tensor->mutable_shape()->add_dim()->set_dim_value(n);
}

::onnx::ModelProto model_of(const OnnxGraph& graph) {
  ::onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("fno");
  model.set_producer_version(graph.producer_version);
  model.set_doc_string(graph.doc);
  auto* opset = model.add_opset_import();
  opset->set_domain("");
  opset->set_version(kOnnxOpset);
  for (const auto& [key, value] : graph.metadata) {
    auto* entry = model.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  auto& to = *model.mutable_graph();
  to.set_name(graph.name);
  to.set_doc_string(graph.doc);
  for (const OnnxEnd& end : graph.inputs) set(*to.add_input(), end);
  for (const OnnxEnd& end : graph.outputs) set(*to.add_output(), end);
  for (const OnnxConstant& constant : graph.constants()) set(*to.add_initializer(), constant);
  for (const OnnxNode& node : graph.nodes()) {
    auto& made = *to.add_node();
    made.set_op_type(node.op);
    made.set_name(node.output);
    for (const std::string& input : node.inputs) made.add_input(input);
    made.add_output(node.output);
    for (const auto& [name, value] : node.attributes) set(*made.add_attribute(), name, value);
  }
  return model;
}

}  // namespace

std::string onnx_version() { return std::string("onnx ") + ::onnx::LAST_RELEASE_VERSION; }

void require_onnx() {}

void write_onnx(const std::string& path, const OnnxGraph& graph) {
  std::int64_t bytes = 0;
  for (const OnnxConstant& constant : graph.constants())
    bytes += std::visit([](const auto& values) { return static_cast<std::int64_t>(values.size() * sizeof(values[0])); },
                        constant.values);
  require<ErrorKind::config>(bytes < kMostOnnxBytes, path, ": the network has ", bytes,
                             " bytes of numbers, an ONNX file holds less than ", kMostOnnxBytes);
  ::onnx::ModelProto model = model_of(graph);
  try {
    ::onnx::checker::check_model(model);
    const ::onnx::ShapeInferenceOptions strictly{/*check_type=*/true, /*strict_mode=*/1, /*data_prop=*/true};
    ::onnx::shape_inference::InferShapes(model, ::onnx::OpSchemaRegistry::Instance(), strictly);
  } catch (const std::exception& e) {
    const std::string words = e.what();
    fail(ErrorKind::config, path, ": libonnx refuses the graph: ", words.substr(0, words.find('\n')));
  }
  const std::string text = model.SerializeAsString();
  write_file_atomic(path, std::string_view(text));
}

}  // namespace fno
