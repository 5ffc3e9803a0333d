#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tools/settings/settings.h"
#include "tools/settings/value.h"

namespace fno::settings {

/// One setting as everything but its storage: parsing, messages and help are made from this alone.
struct RowInfo {
  std::string key = {};  ///< "optim.learning_rate"; the flag is its last part: --learning-rate
  Rule rule = {};
  Value fallback = {};             ///< the default; monostate where there is none
  std::string help = {};           ///< one line
  std::string metavar = {};        ///< stands for the value in the help; empty: N, X or the choices
  std::string fallback_text = {};  ///< the default in words where the value does not say it; {} stands for the value
  std::string only_with = {};      ///< when it acts, in words: "--optimizer sgd"
  std::vector<std::string> aliases = {};  ///< further flags
  std::string section = {};               ///< heading in the help
  bool required = false;
  bool positional = false;  ///< an argument without a flag
  bool repeatable = false;
  bool refused = false;       ///< read only to be refused with a reason; never suggested
  bool torch_prefix = false;  ///< --torch-NAME is the same flag
  bool torch_wins = false;    ///< and wins where both stand
  bool may_differ_on_resume = false;
  bool changes_no_number = false;  ///< runs that differ in it alone come to the same results
  bool stored = true;              ///< written to config.toml
  bool depends_on_run = false;     ///< the default is worked out once other settings or the data are known
  bool for_inference = false;      ///< commands that use a trained network take it too, in place of the run's

  [[nodiscard]] std::string name() const;      ///< "learning-rate"
  [[nodiscard]] std::string label() const;     ///< "--learning-rate", or "PATH" where positional
  [[nodiscard]] std::string standard() const;  ///< the default in words; empty if there is none
  [[nodiscard]] bool is_switch() const { return rule.kind == Rule::Kind::toggle; }
};

/// A setting and where it is stored in `Options`.
template <class Options>
struct Row : RowInfo {
  Value (*get)(const Options&) = nullptr;
  void (*set)(Options&, const Value&) = nullptr;
  std::function<bool(const Options&)> acts =
      {};  ///< whether it has an effect beside these other settings; empty: always
};

template <class T>
struct OptionalOf : std::false_type {
  using type = T;
};
template <class T>
struct OptionalOf<std::optional<T>> : std::true_type {
  using type = T;
};

template <class T>
struct AxesOf : std::false_type {};
template <class T>
struct AxesOf<PerAxis<T>> : std::true_type {
  using type = T;
};

template <class T>
Value load(const T& field) {
  if constexpr (OptionalOf<T>::value)
    return field ? load(*field) : Value{};
  else if constexpr (AxesOf<T>::value)
    return field.values().size() == 1 ? load(field.values().front())
                                      : Value(Numbers(field.values().begin(), field.values().end()));
  else if constexpr (std::is_enum_v<T>)
    return std::string(name_of(field));
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return {};  // a list has no text of its own
  else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return static_cast<std::int64_t>(field);
  else
    return field;
}

template <class T>
void store(T& field, const Value& value) {
  if constexpr (OptionalOf<T>::value) {
    if (std::holds_alternative<std::monostate>(value))
      field.reset();
    else
      store(field.emplace(), value);
  } else if constexpr (AxesOf<T>::value) {
    using Number = typename AxesOf<T>::type;
    if (const auto* each = std::get_if<Numbers>(&value)) {
      std::vector<Number> values;
      for (const double x : *each) values.push_back(static_cast<Number>(x));
      field = PerAxis<Number>(values);
    } else {
      Number one{};
      store(one, value);
      field = one;
    }
  } else if constexpr (std::is_enum_v<T>) {
    const std::string& name = std::get<std::string>(value);
    for (std::size_t i = 0; i < kNames<T>.size(); ++i)
      if (kNames<T>[i] == name) field = static_cast<T>(i);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    field.push_back(std::get<std::string>(value));
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    field = static_cast<T>(std::get<std::int64_t>(value));  // the rule keeps it in range
  } else {
    field = std::get<T>(value);
  }
}

/// A row whose value lives at the end of a path of members: bind<Settings, &Settings::optim, &OptimSettings::epochs>.
template <class Options, auto... Path>
Row<Options> bind(RowInfo info) {
  Row<Options> row;
  static_cast<RowInfo&>(row) = std::move(info);
  row.get = [](const Options& options) { return load((options.*....*Path)); };
  row.set = [](Options& options, const Value& value) { store((options.*....*Path), value); };
  return row;
}

/// A row of a command's own: its default is what the field holds at first, unless it is required or has one in words.
template <class Options, auto... Path>
Row<Options> flag(RowInfo info) {
  Row<Options> row = bind<Options, Path...>(std::move(info));
  if (!row.required && row.fallback_text.empty()) row.fallback = row.get(Options{});
  return row;
}

/// The names of a list of things that have one.
template <class List>
std::vector<std::string> names_in(const List& list) {
  std::vector<std::string> names;
  for (const auto& thing : list) names.emplace_back(thing.name);
  return names;
}

/// The rule of an enumeration: its names.
template <class E>
Rule names_of() {
  return choice({kNames<E>.begin(), kNames<E>.end()});
}

/// The seven rows of CommonOptions, keys behind `prefix`: device, threads, cpu_isa, seed, quiet, json, verbose.
[[nodiscard]] std::vector<RowInfo> common_infos(const std::string& prefix);

/// The same rows bound to the CommonOptions at the end of `Path`, or to `Options` itself, which derives from it.
template <class Options, auto... Path>
std::vector<Row<Options>> common_rows(const std::string& prefix = {}) {
  const std::vector<RowInfo> info = common_infos(prefix);
  return {bind<Options, Path..., &CommonOptions::device>(info[0]),
          bind<Options, Path..., &CommonOptions::threads>(info[1]),
          bind<Options, Path..., &CommonOptions::cpu_isa>(info[2]),
          bind<Options, Path..., &CommonOptions::seed>(info[3]),
          bind<Options, Path..., &CommonOptions::quiet>(info[4]),
          bind<Options, Path..., &CommonOptions::json>(info[5]),
          bind<Options, Path..., &CommonOptions::verbose>(info[6])};
}

/// The rows without their storage.
template <class Options>
std::vector<RowInfo> infos(const std::vector<Row<Options>>& rows) {
  return {rows.begin(), rows.end()};
}

}  // namespace fno::settings
