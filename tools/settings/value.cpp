#include "tools/settings/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "framework/error.h"
#include "tools/files/one_line.h"
#include "tools/files/utf8.h"
#include "tools/settings/suggest.h"

namespace fno::settings {
namespace {

constexpr std::size_t kMostAxes = 3;

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string shortest(double x) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr};
}

// NaN and infinity fail every such pair of comparisons, the bounds being finite.
bool inside(const Rule& rule, double x) {
  return (rule.low_open ? x > rule.low : x >= rule.low) && (rule.high_open ? x < rule.high : x <= rule.high);
}

bool is_path(const std::string& text) {
  return !text.empty() && text.find('\0') == std::string::npos && from_utf8(text).has_value();
}

// "~" and "~/x" below the home folder: a shell does that only where nothing stands before it, so not in --flag=~/x.
std::string without_tilde(const std::string& path) {
  const char* home = std::getenv("HOME");
  const bool meant = path == "~" || path.starts_with("~/");
  return meant && home != nullptr && *home != '\0' ? home + path.substr(1) : path;
}

bool is_device(const std::string& text) {
  if (text == "auto" || text == "cpu" || text == "cuda" || text == "cuda-emulated") return true;
  const std::string_view prefix = "cuda:";
  const std::string_view index = std::string_view(text).substr(std::min(text.size(), prefix.size()));
  const bool digits = !index.empty() && index.size() <= 3 &&
                      std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; });
  return text.starts_with(prefix) && digits;
}

bool is_duration(const std::string& text) { return seconds_of(text).has_value(); }

Rule numbers(Rule::Kind kind, double low, double high, bool low_open, bool high_open) {
  Rule rule;
  rule.kind = kind;
  rule.low = low;
  rule.high = high;
  rule.low_open = low_open;
  rule.high_open = high_open;
  return rule;
}

// "8,8,2".
std::optional<Numbers> several(const std::string& text) {
  Numbers numbers;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const auto number = whole_number<double>(std::string_view(text).substr(at, comma - at));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    at = comma + 1;
  }
  return numbers;
}

[[noreturn]] void refuse(const Rule& rule, const std::string& found, const std::string& where) {
  const auto near = close_name(found, rule.choices);
  fail(ErrorKind::config, where, ": found ", found, ", accepted: ", accepted(rule),
       near ? "; did you mean " + *near + "?" : "");
}

bool obeys(const Rule& rule, const Value& value) {
  if (const auto* each = std::get_if<Numbers>(&value))
    return rule.per_axis && each->size() >= 2 && each->size() <= kMostAxes && std::ranges::all_of(*each, [&](double x) {
             return inside(rule, x) && (rule.kind == Rule::Kind::real || x == std::floor(x));
           });
  switch (rule.kind) {
    case Rule::Kind::toggle: return std::holds_alternative<bool>(value);
    case Rule::Kind::integer:
      if (const auto* x = std::get_if<std::int64_t>(&value)) return inside(rule, static_cast<double>(*x));
      return false;
    case Rule::Kind::real:
      if (const auto* x = std::get_if<double>(&value)) return inside(rule, *x);
      return false;
    case Rule::Kind::choice:
      if (const auto* x = std::get_if<std::string>(&value))
        return std::find(rule.choices.begin(), rule.choices.end(), *x) != rule.choices.end();
      return false;
    case Rule::Kind::text:
      if (const auto* x = std::get_if<std::string>(&value)) return rule.accepts(*x);
      return false;
    case Rule::Kind::interval:
      if (const auto* x = std::get_if<Interval>(&value))
        return inside(rule, (*x)[0]) && inside(rule, (*x)[1]) && (*x)[0] <= (*x)[1];
      return false;
  }
  return false;
}

}  // namespace

Rule toggle() { return numbers(Rule::Kind::toggle, 0, 1, false, false); }
Rule integer(double low, double high) { return numbers(Rule::Kind::integer, low, high, false, false); }
Rule seed() { return integer(0, 9007199254740991.0); }
Rule at_least(double low) { return numbers(Rule::Kind::real, low, kLargest, false, false); }
Rule above(double low) { return numbers(Rule::Kind::real, low, kLargest, true, false); }
Rule between(double low, double high) { return numbers(Rule::Kind::real, low, high, false, false); }
Rule between_open(double low, double high) { return numbers(Rule::Kind::real, low, high, false, true); }
Rule positive_interval() { return numbers(Rule::Kind::interval, 0, kLargest, true, false); }

Rule per_axis(Rule number) {
  number.per_axis = true;
  return number;
}

Rule choice(std::vector<std::string> names) {
  Rule rule;
  rule.kind = Rule::Kind::choice;
  rule.choices = std::move(names);
  return rule;
}

Rule text(bool (*accepts)(const std::string&), std::string wanted) {
  Rule rule;
  rule.accepts = accepts;
  rule.wanted = std::move(wanted);
  return rule;
}

bool not_empty(const std::string& text) { return !text.empty(); }
Rule path() { return text(is_path, "a path, not empty, in UTF-8"); }
Rule duration() { return text(is_duration, "seconds, M:SS or H:MM:SS above 0"); }

std::optional<double> seconds_of(const std::string& duration) {
  constexpr std::int64_t kMost = 100000;
  std::int64_t seconds = 0;
  int parts = 0;
  for (std::size_t at = 0; at <= duration.size(); ++parts) {
    const std::size_t colon = std::min(duration.find(':', at), duration.size());
    const auto part = whole_number<std::int64_t>(std::string_view(duration).substr(at, colon - at));
    const bool fits = part && *part >= 0 && *part <= kMost && (parts == 0 || (*part < 60 && colon - at == 2));
    if (!fits || parts == 3) return std::nullopt;
    seconds = 60 * seconds + *part;
    at = colon + 1;
  }
  return seconds > 0 ? std::optional(static_cast<double>(seconds)) : std::nullopt;
}

Rule device() { return text(is_device, "auto, cpu, cuda, cuda:N, cuda-emulated"); }

std::string accepted(const Rule& rule) {
  if (rule.per_axis) {
    Rule one = rule;
    one.per_axis = false;
    return accepted(one) + ", or one for each axis, such as 8,8,2";
  }
  switch (rule.kind) {
    case Rule::Kind::toggle: return "true, false";
    case Rule::Kind::integer:
      return "an integer from " + std::to_string(std::llround(rule.low)) + " to " +
             std::to_string(std::llround(rule.high));
    case Rule::Kind::real:
      return std::string("a number ") + (rule.low_open ? "above " : "at least ") + to_text(rule.low) +
             (rule.high_open ? " and below " : " and at most ") + to_text(rule.high);
    case Rule::Kind::choice: return list(rule.choices);
    case Rule::Kind::text: return rule.wanted;
    case Rule::Kind::interval: return "LO,HI with 0 < LO <= HI <= " + to_text(rule.high);
  }
  return {};
}

Value parse(const Rule& rule, const std::string& found, const std::string& where) {
  Value value;
  if (rule.per_axis && found.find(',') != std::string::npos) {
    if (auto numbers = several(found)) value = std::move(*numbers);
  } else
    switch (rule.kind) {
      case Rule::Kind::toggle:
        if (found == "true" || found == "false") value = found == "true";
        break;
      case Rule::Kind::integer:
        if (const auto number = whole_number<std::int64_t>(found)) value = *number;
        break;
      case Rule::Kind::real:
        if (const auto number = whole_number<double>(found)) value = *number;
        break;
      case Rule::Kind::interval: {
        const std::size_t comma = std::min(found.find(','), found.size());
        const auto low = whole_number<double>(std::string_view(found).substr(0, comma));
        const auto high = whole_number<double>(std::string_view(found).substr(std::min(comma + 1, found.size())));
        if (low && high) value = Interval{*low, *high};
        break;
      }
      case Rule::Kind::choice: value = found; break;
      case Rule::Kind::text: value = rule.accepts == is_path ? without_tilde(found) : found; break;
    }
  if (!obeys(rule, value)) refuse(rule, found.empty() ? "an empty text" : printable(found), where);
  return value;
}

Value check(const Rule& rule, Value value, const std::string& where) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (rule.kind == Rule::Kind::real && number != nullptr) value = static_cast<double>(*number);
  if (auto* path = std::get_if<std::string>(&value); path != nullptr && rule.accepts == is_path)
    *path = without_tilde(*path);
  if (!obeys(rule, value)) {
    const auto* text = std::get_if<std::string>(&value);
    const bool worded = rule.kind == Rule::Kind::choice || rule.kind == Rule::Kind::text;
    // "found 50, accepted: an integer" would puzzle whoever wrote epochs = "50".
    refuse(rule,
           text != nullptr && (!worded || text->empty()) ? "the text \"" + printable(*text) + "\""
                                                         : printable(to_text(value)),
           where);
  }
  return value;
}

std::string to_text(const Value& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool x) const { return x ? "true" : "false"; }
    std::string operator()(std::int64_t x) const { return std::to_string(x); }
    std::string operator()(double x) const { return shortest(x); }
    std::string operator()(const std::string& x) const { return x; }
    std::string operator()(const Interval& x) const { return shortest(x[0]) + "," + shortest(x[1]); }
    std::string operator()(const Numbers& each) const {
      std::string text;
      for (const double x : each) text += (text.empty() ? "" : ",") + shortest(x);
      return text;
    }
  };
  return std::visit(Printer{}, value);
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  return one_line(text.substr(0, kLongest)) + (text.size() > kLongest ? "..." : "");
}

std::string list(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

}  // namespace fno::settings
