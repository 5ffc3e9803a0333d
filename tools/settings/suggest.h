#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fno::settings {

/// Fewest insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`, no letter being touched
/// twice (optimal string alignment, the restricted Damerau-Levenshtein distance).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name nearest to `found`; of several equally near the one with the longest common start, then the first. `names`
/// must not be empty.
[[nodiscard]] std::string nearest_name(std::string_view found, const std::vector<std::string>& names);

/// The nearest name if it is near enough to be a slip of the finger (a third of its letters, at least one edit).
[[nodiscard]] std::optional<std::string> close_name(std::string_view found, const std::vector<std::string>& names);

}  // namespace fno::settings
