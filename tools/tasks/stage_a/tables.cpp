#include "tools/tasks/stage_a/tables.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/json_file.h"
#include "tools/report/text.h"
#include "tools/tasks/stage_a/claims.h"
#include "tools/tasks/stage_a/event_claims.h"
#include "tools/tasks/stage_a/full_section.h"
#include "tools/tasks/stage_a/mechanism_tables.h"
#include "tools/training/run_directory.h"

namespace fno::stage_a {
namespace {

namespace fs = std::filesystem;
using report::Rate;
using report::Section;
using report::Table;
using training::Json;

std::string text_of_file(const std::string& path) {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 20;
  const std::vector<std::byte> bytes = read_whole_file(path, kLargest);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string median_text(const Group& group, std::optional<double> RunRow::*member) {
  std::vector<double> values;
  for (const RunRow* row : group.rows)
    if (row->*member) values.push_back(*(row->*member));
  return report::number_or_dash(report::median(values));
}

const std::vector<std::string>& group_header() {
  static const std::vector<std::string> header{
      "",          "collapsed", "95 % interval", "flat at the end", "95 % interval", "best val_loss", "last val_loss",
      "best SSIM", "last SSIM"};
  return header;
}

std::vector<std::string> group_row(const Group& g) {
  return {g.name,
          g.collapsed().count(),
          g.collapsed().interval(),
          g.dead().count(),
          g.dead().interval(),
          median_text(g, &RunRow::best_val_loss),
          median_text(g, &RunRow::final_val_loss),
          median_text(g, &RunRow::ssim_best),
          median_text(g, &RunRow::ssim_last)};
}

Table group_table(const std::string& title, const std::vector<Group>& groups) {
  Table table{.title = title, .header = group_header()};
  for (const Group& g : groups) table.rows.push_back(group_row(g));
  return table;
}

// The fraction that is not flat yet after each epoch, from 0: runs that end flat leave it in the epoch from which on
// they were; all others are watched to their last.
report::Series survival_of(const Group& group) {
  std::vector<report::RunLifetime> lives;
  int last = 0;
  for (const RunRow* row : group.rows) {
    if (row->out_of_memory()) continue;
    const int since = row->dead_since();
    lives.push_back({.epoch = since > 0 ? since : row->last_epoch, .event = since > 0});
    last = std::max(last, row->last_epoch);
  }
  const std::vector<report::SurvivalStep> steps = report::survival_table(lives);
  report::Series series{.name = group.name};
  std::size_t at = 0;
  constexpr double kJustBefore = 1e-6;  // draws a step, not a slope
  for (int epoch = 0; epoch <= last; ++epoch) {
    const double before = steps.empty() ? 1 : steps[at].surviving;
    while (at + 1 < steps.size() && steps[at + 1].epoch <= epoch) ++at;
    const double now = steps.empty() ? 1 : steps[at].surviving;
    if (now != before) {
      series.x.push_back(epoch - kJustBefore);
      series.y.emplace_back(before);
    }
    series.x.push_back(epoch);
    series.y.emplace_back(now);
  }
  return series;
}

report::Plot survival_plot(const std::vector<Group>& groups) {
  report::Plot plot{.title = "Not flat yet",
                    .x_label = "epoch",
                    .y_label = "fraction of runs",
                    .whole_x = true,
                    .y_limits = report::Limits{0, 1.02}};
  for (const Group& g : groups) plot.series.push_back(survival_of(g));
  return plot;
}

std::string program_of(const RunRow& row) {
  return row.json.at("git_commit").get<std::string>().substr(0, 7) + (row.json.at("git_dirty") == true ? "+" : "");
}

Table runs_table(const std::vector<Group>& groups) {
  Table table{.title = "Every run",
              .header = {"cell", "seed", "verdict", "rule", "first epoch", "last val_loss", "last SSIM", "program"}};
  for (const Group& g : groups)
    for (const RunRow* row : g.rows)
      table.rows.push_back({g.name, std::to_string(row->key.weight_seed), row->label, row->rule,
                            row->first_epoch > 0 ? std::to_string(row->first_epoch) : report::kNoValue,
                            report::number_or_dash(row->final_val_loss), report::number_or_dash(row->ssim_last),
                            program_of(*row)});
  return table;
}

// The runs of all cells by the value of one member of their rows.
std::vector<Group> groups_by_member(const std::vector<Group>& cells, const char* key) {
  std::map<std::string, Group> levels;
  for (const Group& cell : cells)
    for (const RunRow* row : cell.rows) {
      const Json& value = row->json.at(key);
      const std::string text = value.is_string() ? value.get<std::string>() : report::format_number(value);
      Group& level = levels[text];
      level.name = std::string(key) + " " + text;
      level.rows.push_back(row);
    }
  std::vector<Group> groups;
  for (auto& [text, level] : levels) groups.push_back(std::move(level));
  return groups;
}

// Each factor of the cross on its own, over all cells.
Table margin_table(const std::vector<Group>& cells) {
  Table table{.title = "One factor over all cells", .header = group_header()};
  for (const char* key : {"architecture", "grad_clip", "probe_gain"})
    for (const Group& level : groups_by_member(cells, key)) table.rows.push_back(group_row(level));
  return table;
}

Section cells_section(const std::vector<Group>& cells) {
  Section section{.heading = "Cells"};
  section.add(
      "Collapsed: any outcome of the detector but healthy and recovered; runs out of memory (oom) are in no rate; a "
      "loss that only stood high at the end "
      "counts, so "
      "runs whose object was constant at the end (std/mean below 1e-3) are counted beside. The interval is Wilson's, "
      "95 %. Losses and "
      "SSIM are medians over the runs of a cell; SSIM of a constant object is 0.277.");
  for (Table& table : std::vector{group_table("Cells", cells), margin_table(cells)}) section.add(std::move(table));
  section.add(survival_plot(groups_by_member(cells, "architecture")));
  return section;
}

// Flat rate against the highest rate in force, with its interval.
std::optional<Section> peak_section(const std::vector<RunRow>& rows) {
  const std::vector<PeakRate> peaks = flat_by_peak(rows);
  Section section{.heading = "In the small: flat rate against peak rate"};
  section.add(
      "Width 8, 514 patches, 12 epochs of 33 steps. Distinct runs: copies bit for bit count once, and so do the two "
      "gains "
      "of a run that went flat before they differ.");
  Table table{.title = "Flat by the highest rate in force", .header = {"highest rate", "flat", "95 %"}};
  report::Plot plot{.title = "Flat runs by peak rate, constant rates",
                    .x_label = "peak rate, in 1e-3",
                    .y_label = "fraction flat",
                    .y_limits = report::Limits{0, 1.02}};
  plot.series = {{.name = "flat"},
                 {.name = "95 %, low"},
                 {.name = "95 %, high"},
                 {.name = "with warm-up and cosine"},
                 {.name = "its 95 %"}};
  int runs = 0;
  for (const PeakRate& p : peaks) {
    table.rows.push_back({p.name, p.flat.count(), p.flat.interval()});
    runs += p.flat.n;
    if (p.flat.n == 0) continue;
    const report::Interval i = report::wilson_interval(p.flat.k, p.flat.n);
    const double x = p.rate * 1e3, y = static_cast<double>(p.flat.k) / p.flat.n;
    if (p.scheduled) {
      constexpr double kAside = 0.15;  // beside the constant rate, a bar and its middle
      plot.series[3].x = {x - kAside, x + kAside};
      plot.series[3].y = {y, y};
      plot.series[4].x = {x, x + 1e-9};
      plot.series[4].y = {i.low, i.high};
      continue;
    }
    const double values[] = {y, i.low, i.high};
    for (std::size_t k = 0; k < 3; ++k) {
      plot.series[k].x.push_back(x);
      plot.series[k].y.emplace_back(values[k]);
    }
  }
  if (runs == 0) return std::nullopt;
  std::erase_if(plot.series, [](const report::Series& series) { return series.y.empty(); });
  section.add(std::move(plot));
  section.add(std::move(table));
  return section;
}

// The cell itself on the same seeds, then each change.
std::optional<Section> changes_section(const std::string& heading, const std::vector<RunRow>& rows,
                                       const std::string& part) {
  Section section{.heading = heading};
  std::vector<report::Plot> plots;
  for (const Group& cell : groups_by_cell(rows, part)) {
    std::vector<Group> groups;
    const auto group = [&](const std::string& name) -> Group& {
      const auto found = std::ranges::find(groups, name, &Group::name);
      return found != groups.end() ? *found : groups.emplace_back(Group{.name = name});
    };
    (void)group("(the cell)");
    std::vector<std::int64_t> seeds;
    for (const RunRow* row : cell.rows) {
      if (row->key.change.empty()) continue;
      group(row->key.change).rows.push_back(row);
      seeds.push_back(row->key.weight_seed);
    }
    for (const RunRow& row : rows)
      if (row.key.cell == cell.name && row.key.change.empty() && !row.is_void() &&
          row.key.weight_seed == row.key.loader_seed && std::ranges::find(seeds, row.key.weight_seed) != seeds.end())
        group("(the cell)").rows.push_back(&row);
    section.add(group_table(cell.name, groups));
    plots.push_back(survival_plot(groups));
    plots.back().title = "Not flat yet: " + cell.name;
  }
  for (report::Plot& plot : plots) section.add(std::move(plot));
  return section.blocks.empty() ? std::nullopt : std::optional(section);
}

std::optional<Section> order_section(const std::vector<RunRow>& rows) {
  Section section{.heading = "Weights or order"};
  for (const Group& cell : groups_by_cell(rows, "order")) {
    std::vector<std::int64_t> seeds;
    for (const RunRow* row : cell.rows)
      for (const std::int64_t seed : {row->key.weight_seed, row->key.loader_seed})
        if (std::ranges::find(seeds, seed) == seeds.end()) seeds.push_back(seed);
    std::ranges::sort(seeds);
    Table table{.title = cell.name, .header = {"seed of the weights"}};
    for (const std::int64_t seed : seeds) table.header.push_back("order " + std::to_string(seed));
    for (const std::int64_t weights : seeds) {
      table.rows.push_back({std::to_string(weights)});
      for (const std::int64_t order : seeds) {
        const RunKey key{cell.name, "", weights, order};
        const auto found =
            std::ranges::find_if(rows, [&](const RunRow& row) { return row.key == key && !row.is_void(); });
        table.rows.back().push_back(found == rows.end() ? report::kNoValue : found->label);
      }
    }
    section.add(std::move(table));
  }
  return section.blocks.empty() ? std::nullopt : std::optional(section);
}

std::optional<Section> event_section(const std::vector<Json>& events) {
  if (events.empty()) return std::nullopt;
  Section section{.heading = "The death, update by update"};
  section.add(
      "Fresh seeds at a constant 1e-2, clip 1.0, fixed gain, looked at after every update of three epochs. A network "
      "is "
      "dead when its output no longer depends on the input and does not come back for 16 updates.");
  for (Table& table : event_tables(events))
    if (!table.rows.empty()) section.add(std::move(table));
  return section;
}

std::optional<Section> void_section(const std::vector<RunRow>& rows) {
  Section section{.heading = "Void runs"};
  Table table{.title = "Runs that did something else than asked; they are done again",
              .header = {"run", "what differed"}};
  for (const RunRow& row : rows)
    if (row.is_void()) table.rows.push_back({text_of(row.key), row.json.at("echo").dump()});
  if (table.rows.empty()) return std::nullopt;
  section.add(std::move(table));
  return section;
}

Rate rate_of(const std::vector<const RunRow*>& rows, bool (RunRow::*which)() const) {
  Rate rate;
  for (const RunRow* row : rows) {
    if (row->out_of_memory()) continue;
    ++rate.n;
    rate.k += (row->*which)() ? 1 : 0;
  }
  return rate;
}

}  // namespace

Rate Group::collapsed() const { return rate_of(rows, &RunRow::collapsed); }
Rate Group::dead() const { return rate_of(rows, &RunRow::dead); }

std::vector<Group> groups_by_cell(const std::vector<RunRow>& rows, const std::string& part) {
  std::vector<Group> groups;
  for (const RunRow& row : rows) {
    if (row.part != part || row.is_void()) continue;
    auto found = std::ranges::find(groups, row.key.cell, &Group::name);
    if (found == groups.end()) found = groups.insert(groups.end(), Group{.name = row.key.cell});
    found->rows.push_back(&row);
  }
  return groups;
}

std::vector<Json> read_events(const std::string& path) {
  std::vector<Json> events;
  for (const std::string& line : training::first_lines(path, std::numeric_limits<std::int64_t>::max())) {
    Json event = Json::parse(line, nullptr, false);
    const bool ours = event.is_object() && event.contains("cell") && event.contains("flat") && event.contains("maps") &&
                      event.contains("replays") && event.contains("weight_seed");
    require<ErrorKind::data>(ours, path, ":", events.size() + 1,
                             ": found a line that fno study did not write, accepted: its own lines");
    events.push_back(std::move(event));
  }
  return events;
}

StudyFiles read_study(const std::string& folder) {
  const fs::path out = folder;
  StudyFiles files{.config = read_json(out / "config.json"), .rows = read_rows((out / "runs.jsonl").string())};
  std::vector<fs::path> paths;
  std::error_code error;
  if (fs::is_directory(out / "mechanism", error)) {
    for (fs::directory_iterator at(out / "mechanism", error), end; !error && at != end; at.increment(error))
      if (at->path().extension() == ".json") paths.push_back(at->path());
    require<ErrorKind::storage>(!error, (out / "mechanism").string(), ": cannot be read: ", error.message());
  }
  std::ranges::sort(paths);
  for (const fs::path& path : paths) files.examined.push_back(read_json(path));
  files.folder = folder;
  files.events = read_events((out / "events.jsonl").string());
  files.full = read_rows((out / "full" / "runs.jsonl").string());
  if (fs::exists(out / kFindingsSource, error)) files.findings = text_of_file((out / kFindingsSource).string());
  return files;
}

std::vector<Section> study_sections(const StudyFiles& files) {
  std::vector<Section> sections;
  const auto add = [&](std::optional<Section> section) {
    if (section) sections.push_back(std::move(*section));
  };
  add(answer_section(files));
  add(full_section(files));
  add(peak_section(files.rows));
  const std::vector<Group> cells = groups_by_cell(files.rows, "cells");
  if (!cells.empty()) sections.push_back(cells_section(cells));
  add(changes_section("One factor at a time", files.rows, "factors"));
  add(changes_section("Remedy on held-out seeds", files.rows, "remedy"));
  add(order_section(files.rows));
  add(event_section(files.events));
  add(mechanism_section(files.examined));
  add(void_section(files.rows));
  if (!cells.empty()) {
    Section runs{.heading = "Runs one by one"};
    runs.add(runs_table(cells));
    sections.push_back(std::move(runs));
  }
  return sections;
}

}  // namespace fno::stage_a
