// fno report: tables, figures and a page from runs that stand there.
#include <algorithm>
#include <iostream>

#include "framework/error.h"
#include "tools/commands/commands.h"
#include "tools/commands/compare/invocation.h"
#include "tools/commands/compare/labels.h"
#include "tools/commands/compare/results.h"
#include "tools/commands/compare/run_stats.h"
#include "tools/files/atomic_file.h"
#include "tools/training/run_directory.h"

namespace fno {
namespace {

using namespace compare;
using training::Json;

// Reconstructions can be laid side by side where all runs were tested on one file.
std::optional<Scene> common_scene(Comparison& c) {
  const RunRecord* first = nullptr;
  for (const RunRecord& run : c.runs) {
    if (!run.whole() || !run.last) continue;
    if (first == nullptr) first = &run;
    if (data_hash(run, "test") == data_hash(*first, "test")) continue;
    c.warnings.push_back(first->label + " and " + run.label +
                         " were tested on different data: no reconstructions side by side");
    return std::nullopt;
  }
  if (first == nullptr) return std::nullopt;
  Scene scene = read_scene(data_path(*first, "test"), first->settings);
  require<ErrorKind::data>(scene.test_sha256 == data_hash(*first, "test"), scene.test_path, ": found SHA-256 ",
                           scene.test_sha256, ", accepted: ", data_hash(*first, "test"), ", the file that ",
                           first->folder.string(), " was tested on");
  return scene;
}

void require_one_task(const std::vector<RunRecord>& runs) {
  for (const RunRecord& run : runs)
    require<ErrorKind::config>(run.settings.run.task == runs.front().settings.run.task, "fno report: found ",
                               runs.front().folder.string(), " of --task ",
                               settings::name_of(runs.front().settings.run.task), " and ", run.folder.string(),
                               " of --task ", settings::name_of(run.settings.run.task), ", accepted: runs of one task");
}

}  // namespace

int run_report(const settings::ReportOptions& options) {
  training::check_run_directory(options.output_dir, true);
  const std::vector<std::string> labels = labels_of(options.runs);
  std::vector<std::string> words{"fno", "report"};
  words.insert(words.end(), options.runs.begin(), options.runs.end());
  words.insert(words.end(), {"--output-dir", options.output_dir});
  Comparison c{.title = "Report", .command = shell_line(words)};
  for (std::size_t i = 0; i < labels.size(); ++i) c.runs.push_back(read_run(options.runs[i], labels[i]));
  require_one_task(c.runs);
  c.title = labels.size() == 1 ? "Report of " + labels.front() : "Report of " + std::to_string(labels.size()) + " runs";
  c.scene = common_scene(c);
  for (const std::string& line : c.warnings)
    if (!options.quiet) std::cerr << "notice: " << line << std::endl;

  const ResultPaths paths(options.output_dir);
  write_results(paths, c, Json::object());
  make_folder(paths.out / "stats");
  for (const RunRecord& run : c.runs) write_json(paths.out / "stats" / (run.label + ".json"), stats_json(run));
  if (options.json)
    std::cout << results_json(paths, c).dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
  else
    std::cout << results_text(paths, c) << std::flush;
  return 0;
}

}  // namespace fno
