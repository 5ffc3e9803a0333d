// fno compare: several networks on one data set, one after the other, and their results side by side.
#include <fmt/format.h>
#include <iostream>
#include <memory>
#include <new>
#include <unistd.h>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/commands/compare/arms.h"
#include "tools/commands/compare/invocation.h"
#include "tools/commands/compare/results.h"
#include "tools/commands/compare/run_stats.h"
#include "tools/tasks/registry.h"
#include "tools/training/device.h"
#include "tools/training/stop_signal.h"
#include "tools/training/training_run.h"

namespace fno {
namespace {

namespace fs = std::filesystem;
using namespace compare;
using training::ending_of, training::read_run;

void say(const CompareOptions& options, const std::string& line) {
  if (!options.quiet) std::cerr << line << std::endl;
}

// How a run ended that did not end well, where that concerns this run alone.
struct Ending {
  int code = 0;
  std::string error;
};

// NaN, divergence and want of memory end one arm. All else (data, settings, a full disk, the physics gate, which looks
// at the data before the first step) concerns every arm and ends the comparison.
Ending train_arm(const Arm& arm, const training::RunContext& context) {
  std::unique_ptr<training::TrainingRun> run;
  try {
    run = std::make_unique<training::TrainingRun>(arm.settings, context);
    return {run->execute(), ""};
  } catch (const Error& e) {
    const bool own = e.kind() == ErrorKind::device || (e.kind() == ErrorKind::numeric && run != nullptr);
    if (!own) throw;
    return {e.exit_code(), e.what()};
  } catch (const std::bad_alloc&) {
    return {static_cast<int>(ErrorKind::device), "out of memory on the host"};
  }
}

RunRecord run_arm(const Arm& arm, const CompareOptions& options, const std::vector<std::string>& arguments,
                  Ending& ending) {
  std::ostream nowhere(nullptr);  // standard output is for the results of the whole
  const training::RunContext context{
      .arguments = arguments, .out = &nowhere, .log = &std::cerr, .log_is_terminal = isatty(STDERR_FILENO) == 1};
  Invocation invocation(arguments, "in_process", settings_json(arm.settings));
  ending = train_arm(arm, context);
  const fs::path folder = arm.settings.run.output_dir;
  // Cut off after its last epoch, before its results: train finds nothing left to do.
  if (arm.resume && ending.code == 0 && ending_of(folder) != 0) {
    say(options, "notice: " + arm.label + " had done all its epochs but left no results, begun again");
    Arm again = arm;
    again.settings.run.resume = false;
    again.settings.run.force = true;
    ending = train_arm(again, context);
  }
  if (!ending.error.empty()) std::cerr << "fno: " << arm.label << ": " << ending.error << std::endl;
  if (!ending_of(folder) || training::StopSignal::is_stop(ending.code))
    return training::failed_run(arm.settings, arm.label, ending.code, ending.error);
  RunRecord run = read_run(folder, arm.label);
  invocation.finish(folder, ending.code, ending.error);
  write_json(folder / "randomness_contract.json", randomness_json(run, data_settings(options).noise_seed));
  return run;
}

std::string title_of(const CompareOptions& options) {
  std::string title;
  for (const std::string& name : ptychography::architectures_of(options)) title += (title.empty() ? "" : ", ") + name;
  return "Comparison of " + title;
}

Json parsed_arguments(const CompareOptions& options, const std::vector<Arm>& arms) {
  return {{"architectures", ptychography::architectures_of(options)},
          {"seeds", ptychography::seeds_of(options)},
          {"output_dir", options.output_dir},
          {"data_dir", data_folder(options)},
          {"force", options.force},
          {"resume", options.resume},
          {"settings_of_first_arm", settings_json(arms.front().settings)}};
}

int compare_arms(const CompareOptions& options, const std::vector<std::string>& arguments, const std::vector<Arm>& arms,
                 const Json& old_metrics) {
  Comparison c{.title = title_of(options),
               .command = shell_line(arguments),
               .several_seeds = ptychography::seeds_of(options).size() > 1};
  int first_failure = 0;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const Arm& arm = arms[i];
    const std::string head = fmt::format("arm {} of {}: {}", i + 1, arms.size(), arm.label);
    Ending ending;
    if (arm.keep) {
      say(options, "notice: " + head + " stands there with the same settings, kept");
      c.runs.push_back(read_run(arm.settings.run.output_dir, arm.label));
      c.runs.back().kept = true;
      ending.code = c.runs.back().exit_code;
    } else {
      say(options,
          head + (arm.restart  ? ", begun again: the run there has not come to its end (--resume goes on with it)"
                  : arm.resume ? ", goes on from its checkpoint"
                               : ""));
      c.runs.push_back(run_arm(arm, options, arguments, ending));
    }
    if (training::StopSignal::is_stop(ending.code)) return ending.code;
    if (first_failure == 0) first_failure = ending.code;
  }
  c.task = tasks::entry(c.runs.front().settings.run.task).compare(c.runs, c.several_seeds);
  for (std::size_t i = 0; i < c.runs.size(); ++i)
    if (!c.runs[i].manifest.empty())
      write_json(c.runs[i].folder / "stats.json", stats_json(c.runs[i], c.task.stats[i]));
  write_results(options.output_dir, c, old_metrics);
  print_results(options.output_dir, c, options.json, {{"exit_code", first_failure}});
  return first_failure;
}

std::vector<settings::Row<CompareOptions>> rows() {
  using C = CompareOptions;
  return ptychography::arms_rows<C>(
      {settings::flag<C, &C::architectures>({.key = "architectures",
                                             .rule = ptychography::arm_list(),
                                             .help = "the arms: " + ptychography::arm_names(),
                                             .metavar = "A,B,…",
                                             .required = true}),
       settings::flag<C, &C::resume>(
           {.key = "resume",
            .rule = settings::toggle(),
            .help = "go on with unfinished arms from their checkpoints; without, they begin again",
            .torch_prefix = true})});
}

int run(Call& call) {
  const std::vector<std::string>& arguments = call.words;
  auto options = options_of(call, rows());
  complete(options, call.given, settings::without(call.given, rows()), 0);
  const std::vector<Arm> arms = plan_arms(options);
  (void)open_device(options);
  const fs::path out = options.output_dir;
  Json old_metrics = Json::object();
  std::error_code error;
  if (fs::exists(out / "metrics.json", error)) old_metrics = read_json(out / "metrics.json");
  const ptychography::DatasetPaths data =
      ptychography::ensure_dataset(data_settings(options), data_folder(options), use_cpu(options));
  say(options, data_folder(options) + (data.made ? ": data set made" : ": this very data set stands there already"));
  check_kept(arms, data);

  Invocation invocation(arguments, "command", parsed_arguments(options, arms));
  invocation.write(out);
  try {
    const int code = compare_arms(options, arguments, arms, old_metrics);
    const bool stopped = training::StopSignal::is_stop(code);
    invocation.finish(out, code, stopped ? "stopped by a signal" : code != 0 ? "an arm failed" : "");
    return code;
  } catch (const std::exception& e) {
    const auto* known = dynamic_cast<const Error*>(&e);
    try {
      invocation.finish(out, known != nullptr ? known->exit_code() : 1, e.what());
    } catch (const Error&) {  // the first failure is the news
    }
    throw;
  }
}

}  // namespace

extern const Command kCompare{.name = "compare",
                              .summary = "trains several networks on one data set and lays their results side by side",
                              .flags = [] { return ptychography::arms_flags(settings::infos(rows())); },
                              .run = run,
                              .notes = ptychography::kArmsNotes};

}  // namespace fno
