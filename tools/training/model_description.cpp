#include "tools/training/model_description.h"

#include <nlohmann/json.hpp>

#include "framework/error.h"

namespace fno::training {
namespace {

constexpr const char *kOperator = "operator", *kPtychography = "ptychography";

Json scaling_json(const ChannelScaling& scaling) { return {{"mean", scaling.mean}, {"deviation", scaling.deviation}}; }

ChannelScaling scaling_of(const Json& json) {
  return {json.at("mean").get<std::vector<float>>(), json.at("deviation").get<std::vector<float>>()};
}

Json config_json(const OperatorConfig& c) {
  return {{"architecture", c.architecture},
          {"dims", c.dims},
          {"in", c.in},
          {"out", c.out},
          {"width", c.width},
          {"modes", c.modes},
          {"blocks", c.blocks},
          {"projection", c.projection},
          {"spectral", name_of(c.spectral)},
          {"stable_form", name_of(c.stable_form)},
          {"layerscale_init", c.layerscale_init},
          {"padding", c.padding},
          {"activation_checkpointing", c.activation_checkpointing}};
}

OperatorConfig operator_config_of(const Json& j) {
  return {.architecture = j.at("architecture").get<std::string>(),
          .dims = j.at("dims").get<int>(),
          .in = j.at("in").get<int>(),
          .out = j.at("out").get<int>(),
          .width = j.at("width").get<int>(),
          .modes = j.at("modes").get<int>(),
          .blocks = j.at("blocks").get<int>(),
          .projection = j.at("projection").get<int>(),
          .spectral = require_named<ModeConvention>("spectral", j.at("spectral").get<std::string>()),
          .stable_form = require_named<StableForm>("stable-form", j.at("stable_form").get<std::string>()),
          .layerscale_init = exact_number(j.at("layerscale_init")),
          .padding = exact_number(j.at("padding")),
          .activation_checkpointing = j.value("activation_checkpointing", false)};  // absent in earlier files
}

Json optional_json(const std::optional<int>& value) { return value ? Json(*value) : Json(nullptr); }

std::optional<int> optional_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<int>());
}

Json config_json(const GeneratorConfig& c) {
  return {{"architecture", c.architecture},
          {"points", c.points},
          {"channels", c.channels},
          {"width", c.width},
          {"modes", c.modes},
          {"blocks", c.blocks},
          {"cnn_blocks", c.cnn_blocks},
          {"resnet_width", optional_json(c.resnet_width)},
          {"max_hidden_channels", optional_json(c.max_hidden_channels)},
          {"spectral", name_of(c.spectral)},
          {"stable_form", name_of(c.stable_form)},
          {"layerscale_init", c.layerscale_init},
          {"input_transform", name_of(c.input_transform)},
          {"output_mode", name_of(c.output_mode)},
          {"activation_checkpointing", c.activation_checkpointing}};
}

GeneratorConfig generator_config_of(const Json& j) {
  return {.architecture = j.at("architecture").get<std::string>(),
          .points = j.at("points").get<int>(),
          .channels = j.at("channels").get<int>(),
          .width = j.at("width").get<int>(),
          .modes = j.at("modes").get<int>(),
          .blocks = j.at("blocks").get<int>(),
          .cnn_blocks = j.at("cnn_blocks").get<int>(),
          .resnet_width = optional_of(j.at("resnet_width")),
          .max_hidden_channels = optional_of(j.at("max_hidden_channels")),
          .spectral = require_named<ModeConvention>("spectral", j.at("spectral").get<std::string>()),
          .stable_form = require_named<StableForm>("stable-form", j.at("stable_form").get<std::string>()),
          .layerscale_init = exact_number(j.at("layerscale_init")),
          .input_transform =
              require_named<InputTransform>("fno-input-transform", j.at("input_transform").get<std::string>()),
          .output_mode = require_named<OutputMode>("output-mode", j.at("output_mode").get<std::string>()),
          .activation_checkpointing = j.at("activation_checkpointing").get<bool>(),
          .cnn = {}};
}

constexpr int kLargestExtent = 65536;

bool sane_extent(int n) { return n >= 1 && n <= kLargestExtent; }

bool sane(const OperatorDescription& d) {
  const OperatorConfig& c = d.config;
  const auto channels = [](const ChannelScaling& s, int n) {
    return n >= 1 && s.mean.size() == static_cast<std::size_t>(n) && s.deviation.size() == s.mean.size();
  };
  return sane_extent(c.width) && sane_extent(c.modes) && sane_extent(c.projection) && c.blocks >= 1 && c.padding >= 0 &&
         c.padding <= 1 && c.dims >= 1 && c.dims <= 3 && channels(d.input, c.in) && channels(d.output, c.out);
}

bool sane(const GeneratorConfig& c) {
  return sane_extent(c.points) && sane_extent(c.channels) && sane_extent(c.width) && sane_extent(c.modes) &&
         c.blocks >= 1 && c.cnn_blocks >= 0 && sane_extent(c.resnet_width.value_or(1)) &&
         sane_extent(c.max_hidden_channels.value_or(1));
}

}  // namespace

const std::string& architecture_of(const ModelDescription& description) {
  if (const auto* op = std::get_if<OperatorDescription>(&description)) return op->config.architecture;
  return std::get<GeneratorConfig>(description).architecture;
}

ParameterCount count_parameters(const ModelDescription& description) {
  if (const auto* op = std::get_if<OperatorDescription>(&description)) return fno::count_parameters(op->config);
  return fno::count_parameters(std::get<GeneratorConfig>(description));
}

std::unique_ptr<Model> make_model(ParameterStore& store, const ModelDescription& description) {
  if (const auto* op = std::get_if<OperatorDescription>(&description))
    return std::make_unique<OperatorModel>(store, op->config, op->input, op->output);
  return make_generator(store, std::get<GeneratorConfig>(description));
}

Json description_json(const ModelDescription& description) {
  if (const auto* op = std::get_if<OperatorDescription>(&description))
    return {{"task", kOperator},
            {"model", config_json(op->config)},
            {"input_scaling", scaling_json(op->input)},
            {"output_scaling", scaling_json(op->output)}};
  return {{"task", kPtychography}, {"model", config_json(std::get<GeneratorConfig>(description))}};
}

ModelDescription description_of(const Json& json, const std::string& path) try {
  const std::string task = json.at("task").get<std::string>();
  require<ErrorKind::checkpoint>(task == kOperator || task == kPtychography, path, ": found a network of task ", task,
                                 ", accepted: ", kOperator, ", ", kPtychography);
  constexpr const char* kDamaged = ": the description of the network is damaged";
  if (task == kOperator) {
    OperatorDescription d{operator_config_of(json.at("model")), scaling_of(json.at("input_scaling")),
                          scaling_of(json.at("output_scaling"))};
    require<ErrorKind::checkpoint>(sane(d), path, kDamaged);
    return d;
  }
  GeneratorConfig c = generator_config_of(json.at("model"));
  require<ErrorKind::checkpoint>(sane(c), path, kDamaged);
  return c;
} catch (const Error& e) {
  if (e.kind() == ErrorKind::checkpoint) throw;
  fail(ErrorKind::checkpoint, path, ": ", e.what());  // a name that no network here has
}

}  // namespace fno::training
