#include "tools/training/model_file.h"

#include <nlohmann/json.hpp>

#include "tools/files/safetensors.h"
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

NamedArray exported(const Parameter& parameter, const std::vector<std::int64_t>& rows) {
  const Tensor& value = parameter.var.value();
  std::vector<float> values = value.to_host<float>();
  std::vector<std::int64_t> shape(value.shape().begin(), value.shape().end());
  if (!rows.empty()) {
    values = modes_last(values, value.shape());
    shape = {value.shape(1), value.shape(2)};
    shape.insert(shape.end(), rows.begin(), rows.end());
  }
  if (is_complex(value.dtype())) shape.push_back(2);
  return {parameter.name, make_host_array(values, shape)};
}

// The settings that make the weights what they are, by key.
Json settings_json(const settings::Settings& settings) {
  Json json = Json::object();
  for (const auto& row : settings::setting_rows(settings.run.task)) {
    const bool of_the_call =
        row.key.starts_with("run.") && row.key != "run.task" && row.key != "run.architecture" && row.key != "run.seed";
    if (row.stored && !of_the_call) json[row.key] = settings::to_text(row.get(settings));
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

}  // namespace fno::training
