// tables.md and report.html, both from the same sections.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tools/files/atomic_file.h"
#include "tools/tasks/stage_a/tables.h"

namespace fno::stage_a {
namespace {

using report::Table;

std::string cells_line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::string markdown(const Table& table) {
  std::string text = "### " + table.title + "\n\n" + cells_line(table.header);
  text += cells_line(std::vector<std::string>(table.header.size(), "---"));
  for (const auto& row : table.rows) text += cells_line(row);
  return text + "\n";
}

std::vector<report::Fact> facts_of(const training::Json& json, const std::string& prefix = "") {
  std::vector<report::Fact> facts;
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) {
      const std::vector<report::Fact> inner = facts_of(value, prefix + key + ".");
      facts.insert(facts.end(), inner.begin(), inner.end());
    } else {
      facts.push_back({prefix + key, value.is_string() ? value.get<std::string>() : value.dump()});
    }
  }
  return facts;
}

std::string provenance(const std::vector<RunRow>& rows) {
  std::set<std::string> commits, data;
  double seconds = 0;
  for (const RunRow& row : rows) {
    commits.insert(row.json.at("git_commit").get<std::string>().substr(0, 12) +
                   (row.json.at("git_dirty") == true ? " with changes" : ""));
    data.insert(row.json.at("data_sha256").get<std::string>().substr(0, 12));
    seconds += row.seconds;
  }
  const auto list = [](const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  return std::to_string(rows.size()) + " runs, " + std::to_string(static_cast<int>(seconds / 60)) +
         " minutes of training; program: " + list(commits) + "; training data: " + list(data);
}

}  // namespace

void write_study_report(const std::string& folder) {
  const StudyFiles files = read_study(folder);
  const std::vector<Section> sections = study_sections(files);
  const std::string summary = provenance(files.rows);
  report::HtmlPage page("Stage A: what makes a run die, and how often", summary);
  std::string text = "# Stage A: tables\n\n" + summary + "\n\nWritten by `fno study stage-a --part report`.\n\n";
  for (const Section& section : sections) {
    page.section(section.heading);
    text += "## " + section.heading + "\n\n";
    for (const std::string& paragraph : section.paragraphs) {
      page.paragraph(paragraph);
      text += paragraph + "\n\n";
    }
    for (const Table& table : section.tables) {
      page.table(table);
      text += markdown(table);
    }
    if (!section.plots.empty()) page.plots(section.plots);
  }
  page.section("Configuration");
  page.facts(facts_of(files.config));
  const std::filesystem::path out = folder;
  write_file_atomic((out / "tables.md").string(), text);
  write_file_atomic((out / "report.html").string(), page.finish());
}

}  // namespace fno::stage_a
