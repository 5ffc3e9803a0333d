// tables.md and report.html, both from the same sections.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tools/files/atomic_file.h"
#include "tools/tasks/stage_a/claims.h"

namespace fno::stage_a {
namespace {

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

std::vector<report::Definition> words() {
  return {{"flat", "std/mean of the stitched amplitude < 1e-3 in the last epoch",
           "A constant object: the published fingerprint (SSIM .277, MAE .513)."},
          {"lost", "flat, or val_loss ≥ .15 after it had been < .1, or never < .1 and high at the end",
           "The detector's label; most lost runs that are not flat still show the object."},
          {"interval", "Wilson, 95 %", "Of differences: Newcombe."},
          {"val_loss", "mean |predicted − measured| / mean measured, test patterns",
           "In the small over every fourth whole batch; at full size over all."}};
}

}  // namespace

void write_study_report(const std::string& folder) {
  const StudyFiles files = read_study(folder);
  report::Page page{.title = "Stage A: what makes a run die, and how often",
                    .summary = "In the small: " + provenance(files.rows) +
                               (files.full.empty() ? "" : "; at full size: " + provenance(files.full)) +
                               "; written by `fno study stage-a --part report`",
                    .sections = study_sections(files)};
  page.sections.push_back({.heading = "Words", .blocks = {words()}});
  page.sections.push_back({.heading = "Configuration of the small runs", .blocks = {facts_of(files.config)}});
  const std::filesystem::path out = folder;
  if (!files.findings.empty())
    write_file_atomic(out / "findings.md", fill_in(files.findings, claims_of(files), (out / kFindingsSource).string()));
  write_file_atomic(out / "tables.md", report::page_markdown(page));
  write_file_atomic(out / "report.html", report::page_html(page));
}

}  // namespace fno::stage_a
