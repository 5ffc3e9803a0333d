#pragma once

#include <string>

#include "tools/files/json_file.h"

namespace fno::training {

using fno::Json;

/// "nan", "inf" or "-inf".
[[nodiscard]] std::string not_finite_name(double value);

/// object[key] = value. JSON has no NaN and no infinity: they become null, with their name under KEY_not_finite.
void put_number(Json& object, const std::string& key, double value);

/// A number that reads back bit for bit with `exact_number`, as text where it is not finite.
[[nodiscard]] Json exact(double value);
[[nodiscard]] double exact_number(const Json& value);

}  // namespace fno::training
