#include "tools/commands/train.h"

#include <unistd.h>

#include "tools/commands/command.h"
#include "tools/settings/help.h"
#include "tools/training/training_run.h"

namespace fno {
namespace {

// A page a task.
std::string help(const Command& command) {
  std::string pages;
  for (const settings::TaskTable& table : settings::task_tables()) {
    std::vector<settings::RowInfo> rows = with_end(settings::training_flags(table));
    for (settings::RowInfo& row : rows) row.required = row.required && row.key != "run.task";
    pages += settings::help_page(
        {std::string(command.name) + " --task " + table.name, command.summary}, rows,
        "Flags under Model, Optimisation and Training, and --force, may carry the prefix --torch-.\n"
        "In files and --set a flag is named section.flag with underscores, as config.toml of a run shows.\n");
  }
  return pages;
}

int run(Call& call) {
  const settings::Settings settings = settings::resolve(settings::requests_of(call.given));
  call.verbose = settings.run.verbose;
  return run_train(settings, {.arguments = call.words, .log_is_terminal = isatty(STDERR_FILENO) == 1});
}

}  // namespace

int run_train(const settings::Settings& settings, const training::RunContext& context) {
  return training::TrainingRun(settings, context).execute();
}

extern const Command kTrain{.name = "train",
                            .summary = "trains a network and leaves a run directory",
                            .flags = [] { return settings::training_flags(); },
                            .run = run,
                            .help = help};

}  // namespace fno
