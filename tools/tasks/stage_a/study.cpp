// fno study stage-a: the parts of the study one after the other, each going on where it stopped.
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/report/text.h"
#include "tools/tasks/stage_a/event.h"
#include "tools/tasks/stage_a/full.h"
#include "tools/tasks/stage_a/mechanism.h"
#include "tools/tasks/stage_a/remedy.h"
#include "tools/tasks/stage_a/tables.h"
#include "tools/training/device.h"
#include "tools/training/progress.h"
#include "tools/training/stop_signal.h"

namespace fno::stage_a {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kExamined = 5;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void delete_all(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  require<ErrorKind::storage>(!error, "--force: ", path.string(), ": cannot be deleted: ", error.message());
}

bool is_there(const fs::path& path) {
  std::error_code error;
  const bool there = fs::exists(path, error);
  require<ErrorKind::storage>(!error, path.string(), ": cannot be looked at: ", error.message());
  return there;
}

/// The runs of a study, one by one, as long as time and signals let it.
class Study {
 public:
  explicit Study(const StudyOptions& options)
      : options_(options), profile_(study_profile(options)), folder_(options.output_dir) {}

  int run() {
    make_folder(folder_);
    if (options_.part == StudyPart::report) {
      rows_ = read_rows((folder_ / "runs.jsonl").string());
      write_report();
      if (options_.json) print_counts();
      return 0;
    }
    if (options_.part == StudyPart::full) return run_full(options_, profile_);
    if (options_.force)
      for (const char* name : {"config.json", "runs.jsonl", "events.jsonl", "remedies.json", "mechanism"})
        delete_all(folder_ / name);
    keep_or_compare(profile_, folder_.string());
    const std::string path = (folder_ / "runs.jsonl").string();
    const training::StopSignal guard;
    if (options_.part == StudyPart::event) {
      do_events();
      return training::StopSignal::received() == 0 ? 0 : training::StopSignal::kExit + training::StopSignal::received();
    }
    RowFile file(path);
    file_ = &file;
    rows_ = read_rows(path);
    if (wanted(StudyPart::cells)) do_all(plan_cells(profile_));
    if (wanted(StudyPart::factors) && !over()) do_factors();
    if (wanted(StudyPart::mechanism) && !over()) do_mechanism();
    if (wanted(StudyPart::remedy) && !over()) do_remedies();
    if (wanted(StudyPart::report) && !over()) write_report();
    if (options_.json) print_counts();
    if (training::StopSignal::received() != 0) return training::StopSignal::kExit + training::StopSignal::received();
    return 0;
  }

 private:
  [[nodiscard]] bool wanted(StudyPart part) const { return options_.part == part || options_.part == StudyPart::all; }
  [[nodiscard]] bool over() const {
    const bool late = options_.minutes && seconds_since(start_) > 60 * *options_.minutes;
    return late || training::StopSignal::received() != 0;
  }

  void say(const std::string& line) const {
    if (!options_.quiet) std::cerr << line << std::endl;
  }

  const Bench& bench() {
    if (!bench_) {
      const auto notice = [this](const std::string& line) { say("notice: " + line); };
      bench_.emplace(profile_, open_device(options_, notice), data_folder(options_));
    }
    return *bench_;
  }

  [[nodiscard]] bool done(const RunPlan& plan) const {
    return std::ranges::any_of(rows_, [&](const RunRow& row) { return row.key == plan.key() && !row.is_void(); });
  }

  void do_factors() {
    const std::vector<RunPlan> plans = plan_factors(profile_, rows_);
    if (plans.empty()) return say("factors: runs of the cells are missing or void; --part cells does them");
    do_all(plans);
  }

  // The run is named by what it is, so a file that stands there is that of this run.
  void do_mechanism() {
    const fs::path place = folder_ / "mechanism";
    make_folder(place);
    for (const RunRow& row : runs_to_examine(rows_, kExamined)) {
      const std::string stem = report::file_stem(text_of(row.key));
      const std::string path = (place / (stem + ".json")).string();
      if (is_there(path)) continue;
      if (over()) return;
      const auto start = Clock::now();
      const RunPlan plan{.part = "mechanism",
                         .cell = cell_named(profile_, row.key.cell),
                         .weight_seed = row.key.weight_seed,
                         .loader_seed = row.key.loader_seed};
      const auto result = examine(bench(), plan, row.collapse_epoch, (place / (stem + ".npz")).string());
      if (!result) return;
      write_json(path, *result);
      say(fmt::format("mechanism: {}  {}  {}", text_of(row.key), row.label,
                      training::duration_text(seconds_since(start))));
    }
  }

  // Until each network has ten flat runs and ten that are not, or the seeds are used up.
  void do_events() {
    constexpr int kEnough = 10;
    const std::string path = (folder_ / "events.jsonl").string();
    RowFile file(path);
    std::vector<training::Json> rows = read_events(path);
    const auto count = [&](const std::string& cell, bool flat) {
      return std::ranges::count_if(
          rows, [&](const training::Json& r) { return r.at("cell") == cell && r.at("flat") == flat; });
    };
    for (const RunPlan& plan : plan_events(profile_)) {
      if (over()) return;
      const auto is_it = [&](const training::Json& r) {
        return r.at("cell") == plan.cell.name && r.at("weight_seed") == plan.weight_seed;
      };
      const bool enough = count(plan.cell.name, true) >= kEnough && count(plan.cell.name, false) >= kEnough;
      if (enough || std::ranges::any_of(rows, is_it)) continue;
      const auto row = event_row(bench(), plan);
      if (!row) return;
      file.add(*row);
      rows.push_back(*row);
      say(fmt::format("event: {}  {}", text_of(plan.key()),
                      row->at("flat") == true ? fmt::format("dead after {} updates at {}", row->at("death").get<int>(),
                                                            row->at("first_dead_map").get<std::string>())
                                              : std::string("alive")));
    }
  }

  void do_remedies() {
    const std::string path = (folder_ / "remedies.json").string();
    if (!is_there(path)) {
      const Remedies found = derive_remedies(profile_, rows_, read_study(folder_.string()).examined);
      if (found.changes.empty()) return say("remedy: no replay was survived by a change of settings");
      write_json(path, remedies_json(found));
    }
    do_all(plan_remedies(profile_, read_remedies(path)));
  }

  void write_report() const {
    write_study_report(folder_.string());
    say((folder_ / "report.html").string());
  }

  void print_counts() const {
    training::Json json{{"runs", rows_.size()}, {"cells", training::Json::object()}};
    for (const Group& cell : groups_by_cell(rows_, "cells"))
      json["cells"][cell.name] = {{"collapsed", cell.collapsed().k}, {"runs", cell.collapsed().n}};
    std::cout << json.dump(2) << std::endl;
  }

  void do_all(const std::vector<RunPlan>& plans) {
    std::vector<RunPlan> open;
    for (const RunPlan& plan : plans)
      if (!done(plan)) open.push_back(plan);
    double seconds = 0;
    for (std::size_t i = 0; i < open.size() && !over(); ++i) {
      const Outcome outcome = do_run(bench(), open[i]);
      if (outcome.stopped) return;
      file_->add(outcome.row);
      rows_.push_back(run_row(outcome.row.dump(), "runs.jsonl"));
      const RunRow& row = rows_.back();
      seconds += row.seconds;
      const double left = seconds / static_cast<double>(i + 1) * static_cast<double>(open.size() - i - 1);
      say(fmt::format("{}: {} of {}  {}  {}{}  val_loss {}  SSIM {}  {}  {} left", open[i].part,
                      plans.size() - open.size() + i + 1, plans.size(), text_of(row.key), row.label,
                      row.is_void() ? " VOID" : "", shown(row.final_val_loss), shown(row.ssim_last),
                      training::duration_text(row.seconds), training::duration_text(left)));
    }
  }

  static std::string shown(const std::optional<double>& value) {
    return value ? fmt::format("{:.4f}", *value) : std::string("-");
  }

  const StudyOptions& options_;
  StudyProfile profile_;
  fs::path folder_;
  Clock::time_point start_ = Clock::now();
  std::optional<Bench> bench_;
  RowFile* file_ = nullptr;
  std::vector<RunRow> rows_;
};

}  // namespace

int run_study(const StudyOptions& options) { return Study(options).run(); }

}  // namespace fno::stage_a
