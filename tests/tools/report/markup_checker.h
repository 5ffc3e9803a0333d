#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fno::report::test {

/// A small judge of markup, written apart from the code under test: says what is wrong, or "" if every tag is closed in
/// order, every attribute is quoted and given once, and every '&' begins an entity. `void_tags` need no end (HTML).
/// The content of <style> is skipped.
inline std::string markup_fault(std::string_view text, const std::set<std::string>& void_tags = {}) {
  std::vector<std::string> open;
  std::size_t i = 0;
  const auto entity_at = [&](std::size_t at) {
    const std::size_t end = text.find(';', at);
    if (end == std::string_view::npos) return false;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    return name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "#39";
  };
  while (i < text.size()) {
    if (text[i] == '&' && !entity_at(i)) return "stray & at " + std::string(text.substr(i, 30));
    if (text[i] == '>') return "stray > at " + std::string(text.substr(i, 30));
    if (text[i] != '<') {
      ++i;
      continue;
    }
    const std::string here(text.substr(i, 60));
    ++i;
    if (text.substr(i, 8) == "!DOCTYPE") {
      i = text.find('>', i) + 1;
      continue;
    }
    const bool closing = text[i] == '/';
    if (closing) ++i;
    std::string name;
    while (i < text.size() && text[i] != ' ' && text[i] != '>' && text[i] != '/') name += text[i++];
    if (name.empty()) return "a tag without a name at " + here;
    std::set<std::string> attributes;
    while (i < text.size() && text[i] == ' ') {
      while (text[i] == ' ' || text[i] == '\n') ++i;
      std::string attribute;
      while (i < text.size() && text[i] != '=' && text[i] != '>' && text[i] != ' ') attribute += text[i++];
      if (text.substr(i, 2) != "=\"") return "an unquoted attribute at " + here;
      if (!attributes.insert(attribute).second) return "attribute " + attribute + " twice at " + here;
      for (i += 2; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '<' || text[i] == '>') return "a bare < or > in an attribute at " + here;
        if (text[i] == '&' && !entity_at(i)) return "a stray & in an attribute at " + here;
      }
      ++i;
    }
    const bool self_closing = i < text.size() && text[i] == '/';
    if (self_closing) ++i;
    if (i >= text.size() || text[i] != '>') return "a tag without an end at " + here;
    ++i;
    if (closing) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (!self_closing && !void_tags.contains(name)) {
      open.push_back(name);
      if (name == "style") i = text.find("</style>", i);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

/// How often `part` occurs in `text`.
inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

}  // namespace fno::report::test
