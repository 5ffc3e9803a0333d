#include "tools/training/model_file.h"

#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/settings/resolve.h"
#include "tools/settings/setting_table.h"

namespace fno::training {
namespace {

// (N, Ci, Co) pairs to (Ci, Co, N) pairs.
std::vector<float> modes_last(const std::vector<float>& pairs, const Shape& shape) {
  const auto modes = static_cast<std::size_t>(shape[0]), channels = static_cast<std::size_t>(shape[1] * shape[2]);
  std::vector<float> out(pairs.size());
  for (std::size_t k = 0; k < modes; ++k)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t part = 0; part < 2; ++part)
        out[(c * modes + k) * 2 + part] = pairs[(k * channels + c) * 2 + part];
  return out;
}

// (Ci, Co, N) pairs to (N, Ci, Co) pairs.
std::vector<float> modes_first(std::span<const float> pairs, const Shape& shape) {
  const auto modes = static_cast<std::size_t>(shape[0]), channels = static_cast<std::size_t>(shape[1] * shape[2]);
  std::vector<float> out(pairs.size());
  for (std::size_t k = 0; k < modes; ++k)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t part = 0; part < 2; ++part)
        out[(k * channels + c) * 2 + part] = pairs[(c * modes + k) * 2 + part];
  return out;
}

// Of the parameter in the file.
std::vector<std::int64_t> exported_shape(const Tensor& value, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> shape(value.shape().begin(), value.shape().end());
  if (!rows.empty()) {
    shape = {value.shape(1), value.shape(2)};
    shape.insert(shape.end(), rows.begin(), rows.end());
  }
  if (is_complex(value.dtype())) shape.push_back(2);
  return shape;
}

NamedArray exported(const Parameter& parameter, const std::vector<std::int64_t>& rows) {
  const Tensor& value = parameter.var.value();
  std::vector<float> values = value.to_host<float>();
  if (!rows.empty()) values = modes_last(values, value.shape());
  return {parameter.name, make_host_array(values, exported_shape(value, rows))};
}

SafetensorsReader opened(const std::string& path) {
  (void)InputFile(path);  // one that is not there is no damaged one
  return SafetensorsReader(path);
}

// The settings that make the weights what they are, by key.
Json settings_json(const settings::Settings& settings) {
  Json json = Json::object();
  for (const auto& row : settings::setting_rows(settings.run.task)) {
    const bool of_the_call = row.key.starts_with("run.") && !row.for_inference && row.key != "run.task" &&
                             row.key != "run.architecture" && row.key != "run.seed";
    const bool is_path = row.rule.accepts != nullptr && row.rule.accepts == settings::path().accepts;
    if (row.stored && !of_the_call && !is_path) json[row.key] = settings::to_text(row.get(settings));
  }
  return json;
}

}  // namespace

void write_model_file(const std::string& path, const ParameterStore& store, const ModelDescription& model,
                      const settings::Settings& settings) {
  std::vector<NamedArray> arrays;
  Json complex_names = Json::array();
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const Parameter& parameter = store.parameters()[i];
    arrays.push_back(exported(parameter, store.rows_of(i)));
    if (is_complex(parameter.var.dtype())) complex_names.push_back(parameter.name);
  }
  write_safetensors(path, arrays,
                    {{"format", "fno-1"},
                     {"architecture", model.config.architecture},
                     {"network", description_json(model).dump()},
                     {"settings", settings_json(settings).dump()},
                     {"complex", "trailing axis of 2: real, imaginary"},
                     {"complex_tensors", complex_names.dump()},
                     {"spectral_layout", "(in, out, rows of each axis, 2)"}});
}

ModelFile::ModelFile(const std::string& path) : file_(opened(path)) {
  const std::map<std::string, std::string> metadata = file_.metadata();
  const auto network = metadata.find("network"), settings = metadata.find("settings");
  require<ErrorKind::checkpoint>(network != metadata.end() && settings != metadata.end(), path,
                                 ": found no description of a network, accepted: the model.safetensors of a run");
  try {
    model_ = description_of(Json::parse(network->second), path);
    settings_ =
        settings::settings_of_texts(Json::parse(settings->second).get<std::map<std::string, std::string>>(), path);
  } catch (const Json::exception& e) {
    fail(ErrorKind::checkpoint, path, ": the description of the network is damaged: ", e.what());
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::checkpoint) throw;
    fail(ErrorKind::checkpoint, e.what());  // a setting that this program does not have
  }
  std::int64_t reals = 0;
  for (const std::string& name : file_.names()) reals += checked_count(file_.info(name).shape).value_or(0);
  require_weights(model_.config, reals, file_.names().size(), path);
}

void ModelFile::restore_weights(const ParameterStore& store) const {
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const Parameter& parameter = store.parameters()[i];
    Tensor value = parameter.var.value();
    const std::vector<std::int64_t> wanted = exported_shape(value, store.rows_of(i));
    const std::string where = file_.path() + ": weight " + parameter.name;
    require<ErrorKind::checkpoint>(file_.contains(parameter.name), where,
                                   ": found nothing, accepted: ", host_shape_text(wanted), " float32");
    const HostArray array = file_.read(parameter.name);
    require<ErrorKind::checkpoint>(array.shape == wanted && array.type == HostType::f32, where, ": found ",
                                   host_shape_text(array.shape), " ", name_of(array.type),
                                   ", accepted: ", host_shape_text(wanted), " float32");
    std::vector<float> values = array.to_floats(where);
    if (!store.rows_of(i).empty()) values = modes_first(values, value.shape());
    value.device().memory().copy(value.data<float>(), values.data(), value.bytes(), CopyKind::host_to_device);
  }
}

}  // namespace fno::training
