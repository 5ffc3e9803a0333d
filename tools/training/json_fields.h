#pragma once

#include <concepts>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "tools/training/json_values.h"

namespace fno::training {

template <class T>
[[nodiscard]] Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Null for a value that is missing.
inline void put_number(Json& object, const std::string& key, const std::optional<double>& value) {
  if (value)
    put_number(object, key, *value);
  else
    object[key] = nullptr;
}

/// A member of a struct by its name in files. Lists of them are tuples, one for writing and for reading.
template <class Struct, class T>
struct Field {
  const char* name;
  T Struct::*member;
};
template <class Struct, class T>
Field(const char*, T Struct::*) -> Field<Struct, T>;

[[nodiscard]] inline Json exact_value(double value) { return exact(value); }
[[nodiscard]] inline Json exact_value(const std::optional<double>& v) { return v ? exact(*v) : Json(nullptr); }
template <std::integral T>
[[nodiscard]] Json exact_value(T value) {
  return value;
}

inline void read_exact(const Json& json, double& value) { value = exact_number(json); }
inline void read_exact(const Json& json, std::optional<double>& value) {
  value = json.is_null() ? std::nullopt : std::optional(exact_number(json));
}
template <std::integral T>
void read_exact(const Json& json, T& value) {
  value = json.get<T>();
}

/// Every field under its name, with every bit; and back. Throws nlohmann::json::exception where one is missing.
template <class Fields, class Struct>
void put_exact(Json& object, const Fields& fields, const Struct& from) {
  std::apply([&](const auto&... f) { ((object[f.name] = exact_value(from.*f.member)), ...); }, fields);
}
template <class Fields, class Struct>
void take_exact(const Json& object, const Fields& fields, Struct& to) {
  std::apply([&](const auto&... f) { (read_exact(object.at(f.name), to.*f.member), ...); }, fields);
}

}  // namespace fno::training
