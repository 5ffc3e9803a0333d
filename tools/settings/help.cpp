#include "tools/settings/help.h"

#include <algorithm>
#include <sstream>

namespace fno::settings {
namespace {

constexpr std::size_t kWidth = 100, kHelpColumn = 32;

std::string value_words(const RowInfo& row) {
  if (!row.metavar.empty()) return row.metavar;
  switch (row.rule.kind) {
    case Rule::Kind::toggle: return {};
    case Rule::Kind::integer: return "N";
    case Rule::Kind::real: return "X";
    case Rule::Kind::interval: return "LO,HI";
    case Rule::Kind::text: return "TEXT";
    case Rule::Kind::choice: break;
  }
  std::string words;
  for (const std::string& name : row.rule.choices) words += (words.empty() ? "{" : "|") + name;
  return words + "}";
}

std::string usage_words(const RowInfo& row) {
  if (row.positional) return row.label();
  return row.label() + (row.is_switch() ? "" : " " + value_words(row));
}

std::string description(const RowInfo& row) {
  std::string words = row.help;
  if (row.rule.kind == Rule::Kind::text && row.key.ends_with("device")) words += ": " + accepted(row.rule);
  if (!row.only_with.empty()) words += "; acts with " + row.only_with;
  for (const std::string& alias : row.aliases) words += "; also --" + alias;
  if (row.required) return words + " (required)";
  return row.standard().empty() ? words : words + " (default: " + row.standard() + ")";
}

// Words from the help column on, broken at spaces; a left part too long for its column stands on a line of its own.
void print_row(std::ostringstream& out, const std::string& left, const std::string& words) {
  std::string line = "  " + left;
  if (line.size() + 2 > kHelpColumn) {
    out << line << "\n";
    line.clear();
  }
  line.resize(kHelpColumn, ' ');
  bool fresh = true;
  std::istringstream stream(words);
  for (std::string word; stream >> word; fresh = false) {
    if (!fresh && line.size() + 1 + word.size() > kWidth) {
      out << line << "\n";
      line.assign(kHelpColumn, ' ');
      fresh = true;
    }
    line += (fresh ? "" : " ") + word;
  }
  out << line << "\n";
}

}  // namespace

std::string help_page(const CommandHelp& command, const std::vector<RowInfo>& rows, const std::string& notes) {
  std::ostringstream out;
  std::string usage = "usage: fno " + command.name;
  for (const RowInfo& row : rows) {
    if (!row.required) continue;
    const std::string words = usage_words(row);
    if (usage.size() - (usage.rfind('\n') + 1) + 1 + words.size() > kWidth) usage += "\n      ";
    usage += " " + words;
  }
  out << "fno " << command.name << ": " << command.summary << "\n\n" << usage << " [flags]\n";
  std::string section;
  for (const RowInfo& row : rows) {
    if (row.refused) continue;
    if (row.section != section) out << "\n" << (section = row.section) << "\n";
    print_row(out, usage_words(row), description(row));
  }
  if (!notes.empty()) out << "\n" << notes;
  return out.str();
}

std::string overview(const std::string& program, const std::vector<CommandHelp>& commands) {
  std::ostringstream out;
  out << "usage: " << program << " COMMAND [flags]\n\nCommands\n";
  for (const CommandHelp& command : commands) print_row(out, command.name, command.summary);
  out << "\nfno COMMAND --help, or fno help COMMAND, lists the flags with their defaults; fno --version the version.\n";
  return out.str();
}

}  // namespace fno::settings
