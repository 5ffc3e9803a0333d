#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fno::report {

/// Text made safe for HTML and XML, in element content and in quoted attributes: & < > " ' become entities; bytes that
/// are not UTF-8 and characters that XML forbids (controls but tab and newline) become U+FFFD.
[[nodiscard]] std::string escape_markup(std::string_view text);

/// The shortest decimal of at most `digits` significant digits: 0.0123, 1.5e-7. "NaN", "inf" or "-inf" where not
/// finite.
[[nodiscard]] std::string format_number(double value, int digits = 4);

/// What stands for a value that is missing.
inline constexpr const char* kNoValue = "–";

/// format_number, or kNoValue.
[[nodiscard]] std::string number_or_dash(const std::optional<double>& value);

/// As m·10^e with at most `digits` digits in m: 1e-4, 1.5e6. Zero and what is not finite as format_number.
[[nodiscard]] std::string format_scientific(double value, int digits);

/// `text` as a name for a file: ASCII letters, digits, '-' and '_' stay, all else becomes '_'; never empty.
[[nodiscard]] std::string file_stem(std::string_view text);

}  // namespace fno::report
