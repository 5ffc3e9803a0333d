#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fno {

/// Code points of a UTF-8 text; empty if it is not UTF-8 (overlong forms and surrogates included).
[[nodiscard]] std::optional<std::u32string> from_utf8(std::string_view utf8);

/// UTF-8 of code points; empty if one is a surrogate or beyond U+10FFFF.
[[nodiscard]] std::optional<std::string> to_utf8(std::u32string_view points);

}  // namespace fno
