#include "tools/training/json_values.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "tools/files/atomic_file.h"

namespace fno::training {

std::string not_finite_name(double value) { return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"; }

void put_number(Json& object, const std::string& key, double value) {
  if (std::isfinite(value)) {
    object[key] = value;
    return;
  }
  object[key] = nullptr;
  object[key + "_not_finite"] = not_finite_name(value);
}

Json exact(double value) { return std::isfinite(value) ? Json(value) : Json(not_finite_name(value)); }

double exact_number(const Json& value) {
  if (!value.is_string()) return value.get<double>();
  const auto text = value.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  return text == "inf" ? infinity : -infinity;
}

Json read_json_if_any(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Json json = in.is_open() ? Json::parse(in, nullptr, false) : Json::object();
  return json.is_object() ? json : Json::object();
}

void write_json(const std::string& path, const Json& value) {
  write_file_atomic(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace fno::training
