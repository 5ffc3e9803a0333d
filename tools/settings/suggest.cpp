#include "tools/settings/suggest.h"

#include <algorithm>
#include <utility>

namespace fno::settings {
namespace {

// Longer input is no slip of the finger, and the table of distances grows with it.
constexpr std::size_t kLongestName = 100;

// "lr" of learning-rate: its words by their first letters.
std::string initials(std::string_view name) {
  std::string letters;
  char before = '-';
  for (const char c : name) {
    if (before == '-' || before == '_') letters += c;
    before = c;
  }
  return letters;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<std::size_t> table((a.size() + 1) * columns);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return table[i * columns + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  return at(a.size(), b.size());
}

std::string nearest_name(std::string_view found, const std::vector<std::string>& names) {
  const std::string_view start = found.substr(0, kLongestName);
  // The one it abbreviates, else fewest edits; among equals the longest common start, since people rarely err in the
  // first letters.
  const auto rank = [&](const std::string& name) {
    const auto split = std::mismatch(start.begin(), start.end(), name.begin(), name.end()).first;
    const bool abbreviated = start.size() > 1 && start == initials(name);
    return std::pair(abbreviated ? 0 : edit_distance(start, name), start.end() - split);
  };
  return *std::min_element(names.begin(), names.end(),
                           [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
}

std::optional<std::string> close_name(std::string_view found, const std::vector<std::string>& names) {
  if (names.empty() || found.size() > kLongestName) return std::nullopt;
  std::string name = nearest_name(found, names);
  if (edit_distance(found, name) > std::max<std::size_t>(1, name.size() / 3)) return std::nullopt;
  return name;
}

}  // namespace fno::settings
