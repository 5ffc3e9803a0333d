#include "tools/training/json_values.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

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

}  // namespace fno::training
