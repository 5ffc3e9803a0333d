#include "tools/training/model_description.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace fno::training {
namespace {

Json scaling_json(const ChannelScaling& scaling) { return {{"mean", scaling.mean}, {"deviation", scaling.deviation}}; }

ChannelScaling scaling_of(const Json& json) {
  return {json.at("mean").get<std::vector<double>>(), json.at("deviation").get<std::vector<double>>()};
}

template <class T>
Json value_json(const T& value) {
  if constexpr (Named<T>)
    return std::string(name_of(value));
  else
    return value;
}
template <class T>
Json value_json(const PerAxis<T>& value) {
  return value.values().size() == 1 ? Json(value.values().front()) : Json(value.values());
}
Json value_json(const std::optional<int>& value) { return value ? Json(*value) : Json(nullptr); }

template <class T>
void read(T& value, const char* name, const Json& json) {
  if constexpr (Named<T>)
    value = require_named<T>(name, json.at(name).get<std::string>());
  else if constexpr (std::is_same_v<T, double>)
    value = exact_number(json.at(name));
  else if constexpr (std::is_same_v<T, bool>)
    value = json.value(name, false);  // absent in early files
  else
    value = json.at(name).get<T>();
}
template <class T>
void read(PerAxis<T>& value, const char* name, const Json& json) {
  const Json& found = json.at(name);
  std::vector<T> each;
  for (const Json& one : found.is_array() ? found : Json::array({found}))
    if constexpr (std::is_same_v<T, double>)
      each.push_back(exact_number(one));
    else
      each.push_back(one.get<T>());
  require<ErrorKind::checkpoint>(!each.empty(), name, ": found no number");
  value = PerAxis<T>(each);
}
void read(std::optional<int>& value, const char* name, const Json& json) {
  value = json.at(name).is_null() ? std::nullopt : std::optional(json.at(name).get<int>());
}

template <class T>
bool lies_in(const T& value, FieldRange range) {
  return value >= range.least && value <= range.greatest;
}
template <class T>
bool lies_in(const PerAxis<T>& value, FieldRange range) {
  return std::ranges::all_of(value.values(), [=](T v) { return lies_in(v, range); });
}
bool lies_in(const std::optional<int>& value, FieldRange range) { return !value || lies_in(*value, range); }

bool fits(const ChannelScaling& s, int channels) {
  return s.mean.size() == static_cast<std::size_t>(channels) && s.deviation.size() == s.mean.size();
}

// What files of earlier versions lack.
template <class T>
void take(std::vector<T>& value, const Json& json, const char* name) {
  if (json.contains(name)) value = json.at(name).get<std::vector<T>>();
}
template <class T, class Size>
bool fits(const std::vector<T>& values, Size wanted) {
  return values.empty() || values.size() == static_cast<std::size_t>(wanted);
}

constexpr std::int64_t kLongestAxis = 1 << 24;

}  // namespace

Json description_json(const ModelDescription& d) {
  const NetworkKind kind = architecture_named(d.config.architecture).kind;
  Json json = {{"task", std::string(name_of(kind))}};
  for_each_field(d.config, kind,
                 [&](const char* name, const auto& field, auto...) { json["model"][name] = value_json(field); });
  if (kind == NetworkKind::grid_operator || !d.input.mean.empty()) {
    json["input_scaling"] = scaling_json(d.input);
    json["output_scaling"] = scaling_json(d.output);
  }
  if (kind == NetworkKind::grid_operator) {
    json["input_channels"] = d.input_channels;
    json["output_channels"] = d.output_channels;
    json["grid"] = d.grid;
    json["repeats_input"] = d.repeats_input;
    if (d.history > 0) json["history"] = d.history;
  }
  return json;
}

ModelDescription description_of(const Json& json, const std::string& path) try {
  const std::string task = json.at("task").get<std::string>();
  const auto kind = value_named<NetworkKind>(task);
  require<ErrorKind::checkpoint>(kind.has_value(), path, ": found a network of task ", task,
                                 ", accepted: ", names_text<NetworkKind>());
  ModelDescription d;
  const Json& model = json.at("model");
  bool sane = true;
  for_each_field(d.config, *kind, [&](const char* name, auto& field, auto... range) {
    read(field, name, model);
    sane = sane && (... && lies_in(field, range));
  });
  sane = sane && architecture_named(d.config.architecture).kind == *kind;
  if (*kind == NetworkKind::grid_operator) {
    d.input = scaling_of(json.at("input_scaling"));
    d.output = scaling_of(json.at("output_scaling"));
    d.history = json.value("history", std::int64_t{0});
    sane = sane && (d.history == 0 ||
                    (d.history > 0 && d.config.in % d.config.out == 0 && d.config.in / d.config.out == d.history));
    const auto axes = static_cast<std::size_t>(d.config.dims);
    take(d.input_channels, json, "input_channels");
    take(d.output_channels, json, "output_channels");
    take(d.grid, json, "grid");
    d.repeats_input = json.value("repeats_input", false) && !d.grid.empty();
    sane = sane && fits(d.input_channels, d.config.in) && fits(d.output_channels, d.config.out) && fits(d.grid, axes) &&
           std::ranges::all_of(d.grid, [](std::int64_t n) { return n >= 1 && n <= kLongestAxis; });
    sane = sane && fits(d.input, d.config.in) && fits(d.output, d.config.out) && d.config.modes.fits(axes) &&
           d.config.padding.fits(axes);
  }
  if (*kind == NetworkKind::patch && json.contains("input_scaling")) {
    d.input = scaling_of(json.at("input_scaling"));
    d.output = scaling_of(json.at("output_scaling"));
    sane = sane && fits(d.input, d.config.channels) && fits(d.output, 2 * d.config.channels);
  }
  require<ErrorKind::checkpoint>(sane, path, ": the description of the network is damaged");
  return d;
} catch (const Error& e) {
  if (e.kind() == ErrorKind::checkpoint) throw;
  fail(ErrorKind::checkpoint, path, ": ", e.what());  // a name that no network here has
}

}  // namespace fno::training
