// fno report: tables, figures and a page from runs that stand there.
#include <iostream>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/commands/compare/invocation.h"
#include "tools/commands/compare/labels.h"
#include "tools/commands/compare/results.h"
#include "tools/commands/compare/run_stats.h"
#include "tools/files/atomic_file.h"
#include "tools/tasks/registry.h"
#include "tools/training/run_directory.h"

namespace fno {
namespace {

using namespace compare;

void require_one_task(const std::vector<RunRecord>& runs) {
  for (const RunRecord& run : runs)
    require<ErrorKind::config>(run.settings.run.task == runs.front().settings.run.task, "fno report: found ",
                               runs.front().folder.string(), " of --task ", runs.front().settings.run.task, " and ",
                               run.folder.string(), " of --task ", run.settings.run.task,
                               ", accepted: runs of one task");
}

struct ReportOptions : settings::CommonOptions {
  std::vector<std::string> runs;
  std::string output_dir;
};

std::vector<settings::Row<ReportOptions>> rows() {
  using R = ReportOptions;
  return settings::with_common<R>(
      {settings::flag<R, &R::runs>({.key = "runs",
                                    .rule = settings::text(settings::not_empty, "run directories"),
                                    .help = "run directories",
                                    .metavar = "RUN …",
                                    .required = true,
                                    .positional = true,
                                    .repeatable = true}),
       settings::flag<R, &R::output_dir>({.key = "output_dir",
                                          .rule = settings::path(),
                                          .help = "folder for the page, tables and figures",
                                          .metavar = "OUT",
                                          .required = true})});
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  training::check_run_directory(options.output_dir, true);
  const std::vector<std::string> labels = labels_of(options.runs);
  std::vector<std::string> words{"fno", "report"};
  words.insert(words.end(), options.runs.begin(), options.runs.end());
  words.insert(words.end(), {"--output-dir", options.output_dir});
  Comparison c{.title = "Report", .command = shell_line(words)};
  for (std::size_t i = 0; i < labels.size(); ++i) c.runs.push_back(training::read_run(options.runs[i], labels[i]));
  require_one_task(c.runs);
  c.title = labels.size() == 1 ? "Report of " + labels.front() : "Report of " + std::to_string(labels.size()) + " runs";
  c.task = tasks::entry(c.runs.front().settings.run.task).compare(c.runs, c.several_seeds);
  for (const std::string& line : c.task.warnings)
    if (!options.quiet) std::cerr << "notice: " << line << std::endl;

  const std::filesystem::path out = options.output_dir;
  write_results(out, c, Json::object());
  make_folder(out / "stats");
  for (std::size_t i = 0; i < c.runs.size(); ++i)
    write_json(out / "stats" / (c.runs[i].label + ".json"), stats_json(c.runs[i], c.task.stats[i]));
  print_results(out, c, options.json, Json::object());
  return 0;
}

}  // namespace

extern const Command kReport{.name = "report",
                             .summary = "tables and figures from finished runs",
                             .flags = [] { return settings::infos(rows()); },
                             .run = run};

}  // namespace fno
