#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "framework/error.h"

namespace fno {

/// The names of an enumeration's values, in their order, as they are typed on a command line and stored in files.
/// Specialised beside the enumeration, once:
///
///     enum class Form { round, square };
///     template <>
///     inline constexpr std::array<std::string_view, 2> kNames<Form>{"round", "square"};
template <class E>
inline constexpr std::array<std::string_view, 0> kNames{};

template <class E>
concept Named = std::is_enum_v<E> && !kNames<E>.empty();

template <Named E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
  return kNames<E>[static_cast<std::size_t>(value)];
}

/// Nothing if no value has this name.
template <Named E>
[[nodiscard]] constexpr std::optional<E> value_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames<E>.size(); ++i)
    if (kNames<E>[i] == name) return static_cast<E>(i);
  return std::nullopt;
}

/// All names, "round, square".
template <Named E>
[[nodiscard]] std::string names_text() {
  std::string text;
  for (const std::string_view name : kNames<E>) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// The value of that name. Errors: config, "WHAT: found NAME, accepted are round, square".
template <Named E>
[[nodiscard]] E require_named(std::string_view what, std::string_view name) {
  const std::optional<E> value = value_named<E>(name);
  require<ErrorKind::config>(value.has_value(), what, ": found ", name, ", accepted are ", names_text<E>());
  return *value;
}

}  // namespace fno
