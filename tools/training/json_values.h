#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fno::training {

/// Keys stay in the order in which they were put.
using Json = nlohmann::ordered_json;

/// "nan", "inf" or "-inf".
[[nodiscard]] std::string not_finite_name(double value);

/// object[key] = value. JSON has no NaN and no infinity: they become null, with their name under KEY_not_finite.
void put_number(Json& object, const std::string& key, double value);

/// A number that reads back bit for bit with `exact_number`, as text where it is not finite.
[[nodiscard]] Json exact(double value);
[[nodiscard]] double exact_number(const Json& value);

/// The JSON of a file; an empty object if it is absent or not JSON.
[[nodiscard]] Json read_json_if_any(const std::string& path);

/// Writes the value with a line end, atomically; bytes that are not UTF-8 become U+FFFD. Errors: storage.
void write_json(const std::string& path, const Json& value);

}  // namespace fno::training
