#include "tools/tasks/ptychography/metadata.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "framework/error.h"
#include "tools/files/in_quotes.h"
#include "tools/files/sha256.h"
#include "tools/training/build_info.h"

namespace fno::ptychography {
namespace {

constexpr const char* kProgram = "fno";
constexpr std::array<const char*, 3> kGroups{"physics_parameters", "training_parameters", "additional_parameters"};

template <class T, class S>
struct Setting {
  const char* key;
  std::optional<T> Metadata::*said;
  S GridLines::*asked;
  bool everywhere;  // the original project writes it too, in every version
};
template <class T, class S>
Setting(const char*, std::optional<T> Metadata::*, S GridLines::*, bool) -> Setting<T, S>;

// The probe file is not here: it is compared by its hash.
constexpr std::tuple kSettings{
    Setting{"N", &Metadata::N, &GridLines::N, true},
    Setting{"gridsize", &Metadata::gridsize, &GridLines::gridsize, true},
    Setting{"nphotons", &Metadata::nphotons, &GridLines::nphotons, true},
    Setting{"size", &Metadata::size, &GridLines::size, true},
    Setting{"outer_offset_train", &Metadata::outer_offset_train, &GridLines::outer_offset_train, true},
    Setting{"outer_offset_test", &Metadata::outer_offset_test, &GridLines::outer_offset_test, true},
    Setting{"nimgs_train", &Metadata::nimgs_train, &GridLines::nimgs_train, true},
    Setting{"nimgs_test", &Metadata::nimgs_test, &GridLines::nimgs_test, true},
    Setting{"nimgs_validation", &Metadata::nimgs_validation, &GridLines::nimgs_validation, false},
    Setting{"patches_train", &Metadata::patches_train, &GridLines::patches_train, false},
    Setting{"set_phi", &Metadata::set_phi, &GridLines::set_phi, true},
    Setting{"noise", &Metadata::noise, &GridLines::noise, false},
    Setting{"noise_seed", &Metadata::noise_seed, &GridLines::noise_seed, false},
    Setting{"probe_source", &Metadata::probe_source, &GridLines::probe_source, true},
    Setting{"probe_smoothing_sigma", &Metadata::probe_smoothing_sigma, &GridLines::probe_smoothing_sigma, false},
    Setting{"probe_mask_diameter", &Metadata::probe_mask_diameter, &GridLines::probe_mask_diameter, false}};

template <class F>
void for_each_setting(const F& f) {
  std::apply([&](const auto&... s) { (f(s), ...); }, kSettings);
}

template <class T>
bool has_type(const Json& value) {
  if constexpr (std::is_same_v<T, bool>) return value.is_boolean();
  if constexpr (std::is_same_v<T, std::string>) return value.is_string();
  if constexpr (std::is_same_v<T, double>) return value.is_number();
  if constexpr (std::is_same_v<T, std::int64_t>) return value.is_number_integer();
  if constexpr (std::is_same_v<T, std::uint64_t>) return value.is_number_unsigned();
}

template <class T>
std::optional<T> value_of(const Json& groups, const char* key, const Metadata& m) {
  for (const char* group : kGroups) {
    const auto found = groups.find(group);
    if (found == groups.end() || !found->is_object() || !found->contains(key)) continue;
    const Json& value = found->at(key);
    if (value.is_null()) return std::nullopt;
    if (has_type<T>(value)) return value.get<T>();
    require<ErrorKind::data>(!m.own, m.where, ": metadata key ", key, ": found ", in_quotes(value.dump()),
                             ", accepted: a value as this program writes it");
  }
  return std::nullopt;
}

template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? Json(*value).dump() : "none";
}

std::string file_text(const Metadata& m) {
  constexpr std::size_t kDigits = 12;
  if (!m.probe_npz_sha256) return m.probe_npz ? in_quotes(*m.probe_npz) : "none";
  return (m.probe_npz ? in_quotes(*m.probe_npz) : "a file") + " with SHA-256 " +
         m.probe_npz_sha256->substr(0, kDigits) + "...";
}

// "--probe-source"
std::string flag_of(std::string key) {
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

[[noreturn]] void refuse(const Metadata& stored, const char* key, const std::string& found, const std::string& asked) {
  fail(ErrorKind::config, stored.where, ": ", key, ": found ", found, " in this data set, asked for ", asked, " (",
       flag_of(key), "); accepted: the settings it was made with, or another folder");
}

// All but the hash of the probe file.
Metadata settings_of(const GridLines& s) {
  Metadata m;
  m.own = m.present = true;
  for_each_setting([&](const auto& setting) {
    const auto& value = s.*setting.asked;
    if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(value)>>)
      m.*setting.said = std::string(name_of(value));
    else
      m.*setting.said = value;
  });
  m.probe_smoothing_sigma = smoothing_in_force(s);
  m.probe_npz = s.probe_npz;
  return m;
}

}  // namespace

Metadata metadata_of(const GridLines& settings) {
  Metadata m = settings_of(settings);
  if (settings.probe_npz) m.probe_npz_sha256 = sha256_hex_of_file(*settings.probe_npz);
  return m;
}

Json settings_json(const Metadata& m) {
  Json json = Json::object();
  const auto put = [&](const char* key, const auto& value) { json[key] = value ? Json(*value) : Json(nullptr); };
  for_each_setting([&](const auto& setting) { put(setting.key, m.*setting.said); });
  put("probe_npz", m.probe_npz);
  put("probe_npz_sha256", m.probe_npz_sha256);
  return json;
}

Json metadata_json(const GridLinesSet& set, const Split* split) {
  Metadata m = settings_of(set.settings);
  if (set.settings.probe_npz) m.probe_npz_sha256 = set.probe_sha256;
  Json physics = Json::object(), more = Json::object();
  const Json settings = settings_json(m);
  for (const auto& [key, value] : settings.items())
    (key == "N" || key == "gridsize" || key == "nphotons" ? physics : more)[key] = value;
  physics["probe_trainable"] = false;
  physics["intensity_scale_trainable"] = false;
  physics["nll_weight"] = 0.0;
  physics["model_type"] = "pinn";
  more["offset"] = 4;
  more["coords_type"] = "relative";
  more["object_seeds"] = Json::object();
  more["intensity_scale"] = set.intensity_scale;
  more["simulation_probe_norm"] = set.nu;
  const auto put_split = [&](const Split& s) {
    more["norm_Y_I_" + s.name] = s.norm_Y_I;
    more["object_seeds"][s.name] = s.object_seed;
  };
  put_split(set.train);
  put_split(set.test);
  if (set.validation) put_split(*set.validation);
  if (split) {
    more["split"] = split->name;
    more["norm_Y_I"] = split->norm_Y_I;
  }
  Json training = Json::object();
  training["n_images"] = split ? split->images : set.settings.nimgs_train;
  return {
      {"schema_version", "1.0.0"},
      {"creation_info", {{"program", kProgram}, {"script", "fno simulate grid-lines"}, {"version", build::version()}}},
      {"physics_parameters", physics},
      {"training_parameters", training},
      {"data_transformations", Json::array()},
      {"additional_parameters", more}};
}

Metadata parse_metadata(const std::string& text, const std::string& where) {
  const Json groups = Json::parse(text, nullptr, false);
  require<ErrorKind::data>(groups.is_object(), where, ": metadata: found ", in_quotes(text.substr(0, 60)),
                           ", accepted: a JSON object");
  Metadata m;
  m.where = where;
  m.present = true;
  const auto info = groups.find("creation_info");
  m.own = info != groups.end() && info->is_object() && info->value("program", Json()) == kProgram;
  const auto read = [&]<class T>(const char* key, std::optional<T>& into) { into = value_of<T>(groups, key, m); };
  for_each_setting([&](const auto& setting) { read(setting.key, m.*setting.said); });
  read("probe_npz", m.probe_npz);
  read("probe_npz_sha256", m.probe_npz_sha256);
  read("split", m.split);
  read("intensity_scale", m.intensity_scale);
  read("simulation_probe_norm", m.simulation_probe_norm);
  read("norm_Y_I", m.norm_Y_I);
  return m;
}

void verify_metadata(const Metadata& stored, const GridLines& wanted) {
  require<ErrorKind::config>(stored.present, stored.where,
                             ": _metadata: found none in this data set, so it cannot be checked against the settings "
                             "asked for; accepted: a set with metadata, or another folder");
  const Metadata asked = metadata_of(wanted);
  for_each_setting([&](const auto& setting) {
    const auto &found = stored.*setting.said, &wish = asked.*setting.said;
    if (found == wish || (!found && !stored.own && !setting.everywhere)) return;
    refuse(stored, setting.key, text_of(found), text_of(wish));
  });
  if ((stored.own || stored.probe_npz_sha256) && stored.probe_npz_sha256 != asked.probe_npz_sha256)
    refuse(stored, "probe_npz", file_text(stored), file_text(asked));
}

}  // namespace fno::ptychography
