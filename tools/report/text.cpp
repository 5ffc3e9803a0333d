#include "tools/report/text.h"

#include <cmath>
#include <cstddef>
#include <fmt/format.h>

#include "tools/files/utf8.h"

namespace fno::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Bytes of the well-formed UTF-8 character at the head of `text`, 0 if it is malformed or one of the noncharacters
// U+FFFE and U+FFFF.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0x80 ? 2 : 1;
  const auto points = from_utf8(text.substr(0, length));
  return points && points->size() == 1 && points->front() != 0xFFFE && points->front() != 0xFFFF ? length : 0;
}

// 1e-05 reads better as 1e-5, 1.50e+06 as 1.5e6. Without an exponent, nothing changes.
std::string tidy(const std::string& text) {
  const std::size_t e = text.find('e');
  if (e == std::string::npos) return text;
  std::string mantissa = text.substr(0, e), exponent = text.substr(e + 1);
  if (mantissa.find('.') != std::string::npos) {
    mantissa.erase(mantissa.find_last_not_of('0') + 1);
    if (mantissa.back() == '.') mantissa.pop_back();
  }
  const bool negative = exponent.front() == '-';
  exponent.erase(0, exponent.find_first_not_of("+-0"));
  return exponent.empty() ? mantissa : mantissa + (negative ? "e-" : "e") + exponent;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = character_length(text);
    const bool control = length == 1 && ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7F);
    if (length == 0 || control) {
      out += kReplacement;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string format_number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  return tidy(fmt::format("{:.{}g}", value, digits));
}

std::string number_or_dash(const std::optional<double>& value) { return value ? format_number(*value) : kNoValue; }

std::string format_scientific(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return format_number(value);
  return tidy(fmt::format("{:.{}e}", value, digits - 1));
}

std::string file_stem(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    out += plain ? c : '_';
  }
  return out.empty() ? "_" : out;
}

}  // namespace fno::report
