#include "tools/training/checkpoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "framework/error.h"
#include "tools/files/checkpoint_file.h"
#include "tools/files/host_array.h"
#include "tools/training/json_fields.h"

namespace fno::training {
namespace {

constexpr int kFormat = 2;  // of the "state" section

constexpr std::tuple kSchedule{Field{"plateau_rate", &Schedule::State::plateau_rate},
                               Field{"best", &Schedule::State::best}, Field{"bad_epochs", &Schedule::State::bad_epochs},
                               Field{"seen", &Schedule::State::seen}};

StoredTensor stored(const std::string& name, const Tensor& tensor) {
  StoredTensor result{.name = name, .shape = {}, .bytes = {}};
  if (!tensor.defined()) return result;
  result.dtype = tensor.dtype();
  result.shape.assign(tensor.shape().begin(), tensor.shape().end());
  result.bytes.resize(tensor.bytes());
  tensor.device().memory().copy(result.bytes.data(), tensor.data<float>(), result.bytes.size(),
                                CopyKind::device_to_host);
  return result;
}

// Bytes were checked against shape and type by read_checkpoint.
Tensor tensor_of(const StoredTensor& stored, const Device& device) {
  if (stored.bytes.empty()) return {};
  Tensor tensor(Shape(stored.shape), stored.dtype, device);
  device.memory().copy(tensor.data<float>(), stored.bytes.data(), stored.bytes.size(), CopyKind::host_to_device);
  return tensor;
}

std::string text_of(const Section& section) {
  return {reinterpret_cast<const char*>(section.bytes.data()), section.bytes.size()};
}

Json state_json(const Checkpoint& c) {
  Json tensors = Json::array();
  for (const StoredTensor& t : c.weights)
    tensors.push_back({{"name", t.name}, {"complex", is_complex(t.dtype)}, {"shape", t.shape}});
  Json schedule = Json::object();
  put_exact(schedule, kSchedule, c.schedule);
  Json kept = Json::array();
  for (const StoredTensor& t : c.kept) kept.push_back({{"name", t.name}, {"shape", t.shape}});
  return {{"format", kFormat},    {"network", description_json(c.model)},   {"seed", c.seed},
          {"data", c.data},       {"infer_batch_size", c.infer_batch_size}, {"tensors", tensors},
          {"kept", kept},         {"optimizer_steps", c.optimizer_steps},   {"rate", exact(c.rate)},
          {"schedule", schedule}, {"training", exact_json(c.training)}};
}

void read_state(const Json& j, Checkpoint& c, const std::string& path) {
  const int format = j.at("format").get<int>();
  require<ErrorKind::checkpoint>(format == kFormat, path, ": found state of format ", format, ", accepted: ", kFormat);
  c.model = description_of(j.at("network"), path);
  c.seed = j.at("seed").get<std::uint64_t>();
  c.data = j.value("data", c.data);  // absent in files of earlier versions
  c.infer_batch_size = j.at("infer_batch_size").get<std::int64_t>();
  for (const Json& t : j.at("tensors"))
    c.weights.push_back({.name = t.at("name").get<std::string>(),
                         .dtype = t.at("complex").get<bool>() ? Dtype::complex64 : Dtype::float32,
                         .shape = t.at("shape").get<std::vector<std::int64_t>>(),
                         .bytes = {}});
  c.first = c.second = c.weights;
  for (const Json& t : j.value("kept", Json::array()))  // absent in files of earlier versions
    c.kept.push_back({.name = t.at("name").get<std::string>(),
                      .shape = t.at("shape").get<std::vector<std::int64_t>>(),
                      .bytes = {}});
  c.optimizer_steps = j.at("optimizer_steps").get<std::int64_t>();
  c.rate = exact_number(j.at("rate"));
  take_exact(j.at("schedule"), kSchedule, c.schedule);
  c.training = training_state(j.at("training"));
}

// Moves them: large networks are not to lie in memory twice.
void take_bytes(StoredTensor& tensor, Section& section, bool may_be_empty, const std::string& path) {
  const std::optional<std::int64_t> count = checked_count(tensor.shape);
  const bool fits = count && section.bytes.size() == static_cast<std::uint64_t>(*count) * bytes_of(tensor.dtype);
  require<ErrorKind::checkpoint>(fits || (may_be_empty && section.bytes.empty()), path, ": found ",
                                 section.bytes.size(), " bytes of '", section.name, "', which do not fit its shape ",
                                 host_shape_text(tensor.shape));
  tensor.bytes = std::move(section.bytes);
}

}  // namespace

void capture(Checkpoint& c, const ParameterStore& store, const Optimizer& optimizer, const Schedule& schedule,
             const TrainingState& training) {
  c.weights.clear();
  c.first.clear();
  c.second.clear();
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const Parameter& p = store.parameters()[i];
    c.weights.push_back(stored(p.name, p.var.value()));
    c.first.push_back(stored(p.name, optimizer.first_moments()[i]));
    c.second.push_back(stored(p.name, optimizer.second_moments()[i]));
  }
  c.optimizer_steps = optimizer.steps();
  c.rate = optimizer.rate();
  c.schedule = schedule.state();
  c.training = training;
}

void write_checkpoint(const std::string& path, const Checkpoint& c) {
  const std::string state = state_json(c).dump();
  std::vector<SectionView> sections{{"state", std::as_bytes(std::span(state))},
                                    {"settings", std::as_bytes(std::span(c.settings))}};
  const auto add = [&](const char* kind, const std::vector<StoredTensor>& tensors) {
    for (const StoredTensor& t : tensors) sections.push_back({kind + ("/" + t.name), t.bytes});
  };
  add("weight", c.weights);
  add("first_moment", c.first);
  add("second_moment", c.second);
  add("kept", c.kept);
  write_checkpoint_file(path, sections);
}

Checkpoint read_checkpoint(const std::string& path) {
  std::vector<Section> sections = read_checkpoint_file(path);
  Checkpoint c;
  try {
    read_state(Json::parse(text_of(find_section(sections, "state", path))), c, path);
  } catch (const Json::exception& e) {
    fail(ErrorKind::checkpoint, path, ": the checkpoint's state is not what this program writes: ", e.what());
  }
  c.settings = text_of(find_section(sections, "settings", path));
  const auto take = [&](const char* kind, std::vector<StoredTensor>& tensors, bool may_be_empty) {
    for (StoredTensor& t : tensors)
      take_bytes(t, find_section(sections, kind + ("/" + t.name), path), may_be_empty, path);
  };
  take("weight", c.weights, false);
  take("first_moment", c.first, true);
  take("second_moment", c.second, true);
  take("kept", c.kept, false);
  std::int64_t reals = 0;
  for (const StoredTensor& t : c.weights) reals += static_cast<std::int64_t>(t.bytes.size() / sizeof(float));
  require_weights(c.model.config, reals, c.weights.size(), path);
  return c;
}

void require_weights(const NetworkConfig& config, std::int64_t reals, std::size_t tensors,
                     const std::string& path) try {
  require<ErrorKind::checkpoint>(static_cast<std::size_t>(config.blocks) <= tensors, path,
                                 ": the description of the network is damaged");
  const std::int64_t wanted = count_parameters(config).real;
  require<ErrorKind::checkpoint>(reals == wanted, path, ": found ", reals, " numbers in the weights, accepted for its ",
                                 config.architecture, ": ", wanted);
} catch (const Error& e) {
  if (e.kind() == ErrorKind::checkpoint) throw;
  fail(ErrorKind::checkpoint, path, ": ", e.what());  // no such network can be built
}

void restore_weights(const Checkpoint& c, const ParameterStore& store, const std::string& path) {
  const std::vector<Parameter>& parameters = store.parameters();
  require<ErrorKind::checkpoint>(parameters.size() == c.weights.size(), path, ": found ", c.weights.size(),
                                 " weights, accepted for this network: ", parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Tensor value = parameters[i].var.value();
    const StoredTensor& weight = c.weights[i];
    require<ErrorKind::checkpoint>(weight.name == parameters[i].name && weight.dtype == value.dtype() &&
                                       std::ranges::equal(weight.shape, value.shape()),
                                   path, ": found weight ", weight.name, " ", host_shape_text(weight.shape), " ",
                                   weight.dtype, ", accepted: ", parameters[i].name, " ", value.shape(), " ",
                                   value.dtype());
    value.copy_from(tensor_of(weight, value.device()));
  }
}

void restore_training(const Checkpoint& c, Optimizer& optimizer, Schedule& schedule, Trainer& trainer) {
  const Device device = optimizer.parameters()[0].var.device();
  const auto tensors = [&](const std::vector<StoredTensor>& stored_tensors) {
    std::vector<Tensor> result;
    for (const StoredTensor& t : stored_tensors) result.push_back(tensor_of(t, device));
    return result;
  };
  optimizer.restore(c.optimizer_steps, tensors(c.first), tensors(c.second));
  optimizer.set_rate(c.rate);
  schedule.restore(c.schedule);
  trainer.restore(c.training);
}

}  // namespace fno::training
