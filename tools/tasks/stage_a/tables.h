#pragma once

#include <string>
#include <vector>

#include "tools/report/page.h"
#include "tools/report/statistics.h"
#include "tools/tasks/stage_a/run_row.h"

namespace fno::stage_a {

/// All that the report is made from: what stands in OUT.
struct StudyFiles {
  training::Json config;
  std::vector<RunRow> rows;              ///< runs.jsonl
  std::vector<training::Json> examined;  ///< mechanism/*.json, by name
  std::string folder;                    ///< OUT, for what is read where it is shown
  std::vector<RunRow> full;              ///< full/runs.jsonl: the registered runs
  std::vector<training::Json> events;    ///< events.jsonl (event.h)
  std::string findings;                  ///< findings.in.md, empty where there is none
};
/// Errors: data.
[[nodiscard]] StudyFiles read_study(const std::string& folder);

/// The whole lines of events.jsonl; nothing where it is absent. Errors: data.
[[nodiscard]] std::vector<training::Json> read_events(const std::string& path);

/// Runs of a kind, together. Rates are over those that did not run out of memory.
struct Group {
  std::string name;
  std::vector<const RunRow*> rows;
  [[nodiscard]] report::Rate collapsed() const;
  [[nodiscard]] report::Rate dead() const;
};

/// The cells in the order in which they stand in the file, runs of `part` only, void runs left out.
[[nodiscard]] std::vector<Group> groups_by_cell(const std::vector<RunRow>& rows, const std::string& part);

/// What findings.md is made from: prose with {{name}} for every number (claims.h).
inline constexpr const char* kFindingsSource = "findings.in.md";

/// The answer, full size, peak rate, cells, single factors, remedy, order, mechanism, void runs, every run; empty ones
/// left out.
[[nodiscard]] std::vector<report::Section> study_sections(const StudyFiles& files);

/// OUT/tables.md, OUT/report.html and, from OUT/findings.in.md, OUT/findings.md. Numbers are computed, words are a
/// person's. Errors: data, storage.
void write_study_report(const std::string& folder);

}  // namespace fno::stage_a
