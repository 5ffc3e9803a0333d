#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fno::settings {

using Interval = std::array<double, 2>;  ///< low and high end
using Numbers = std::vector<double>;     ///< several, where a rule takes one an axis

/// The value of one setting. `monostate` means "not set". An enumeration is held by its name.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Interval, Numbers>;

/// Which values a setting takes. Built by the functions below; every message about a wrong value comes from here.
struct Rule {
  enum class Kind { toggle, integer, real, choice, text, interval };
  Kind kind = Kind::text;
  double low = 0, high = 0;
  bool low_open = false, high_open = false;  ///< the end itself is excluded
  std::vector<std::string> choices;
  bool (*accepts)(const std::string&) = nullptr;  ///< for texts with a grammar of their own
  std::string wanted;                             ///< what `accepts` wants, in words
  bool per_axis = false;                          ///< integers and reals: also two or three of them
};

/// Reals stay below this, so that they are finite in float32 too.
inline constexpr double kLargest = 1e38;

Rule toggle();
Rule integer(double low, double high);
Rule seed();                ///< 0 to 2^53 - 1: larger ones would not survive a JSON number
Rule at_least(double low);  ///< low <= x <= kLargest
Rule above(double low);     ///< low < x <= kLargest
Rule between(double low, double high);
Rule between_open(double low, double high);  ///< low <= x < high
Rule per_axis(Rule number);                  ///< one number as the rule has it, or one an axis: "8,8,2"
Rule choice(std::vector<std::string> names);
Rule text(bool (*accepts)(const std::string&), std::string wanted);
/// For texts of which only an empty one is refused.
[[nodiscard]] bool not_empty(const std::string& text);
Rule path();               ///< any text that is not empty and is UTF-8 without a NUL, as TOML asks; ~/x lies at home
Rule positive_interval();  ///< "LO,HI" with 0 < LO <= HI

/// Seconds, minutes and seconds, or hours, minutes and seconds above 0: 90, 45:00, 2:55:00.
Rule duration();
/// Of such a text, in seconds; nothing if it is none.
[[nodiscard]] std::optional<double> seconds_of(const std::string& duration);

/// auto, cpu, cuda, cuda:N or cuda-emulated. Says nothing about what this machine has.
Rule device();

/// What the rule accepts, in words: "an integer from 1 to 100".
[[nodiscard]] std::string accepted(const Rule& rule);

/// Reads text as the command line has it. Numbers are taken whole ("1e-3x", "nan", "1e999" and " 1" are refused), and
/// the result obeys the rule. `where` names the flag or key. Errors: config.
[[nodiscard]] Value parse(const Rule& rule, const std::string& found, const std::string& where);

/// The value if it obeys the rule; an integer becomes a real where one is wanted. Errors: config.
[[nodiscard]] Value check(const Rule& rule, Value value, const std::string& where);

/// The shortest text that reads back as the same value: 0.001, adam, true, "3,12". Not set: an empty text.
[[nodiscard]] std::string to_text(const Value& value);

/// Fit for one line of a message: control characters escaped, long texts cut.
[[nodiscard]] std::string printable(std::string_view text);

/// Names joined with ", ".
[[nodiscard]] std::string list(const std::vector<std::string>& names);

}  // namespace fno::settings
