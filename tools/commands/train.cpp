#include "tools/commands/train.h"

#include <unistd.h>

#include "tools/training/training_run.h"

namespace fno {

int run_train(const settings::Settings& settings, const std::vector<std::string>& arguments) {
  return run_train(settings,
                   training::RunContext{.arguments = arguments, .log_is_terminal = isatty(STDERR_FILENO) == 1});
}

int run_train(const settings::Settings& settings, const training::RunContext& context) {
  return training::TrainingRun(settings, context).execute();
}

int run_evaluate(const settings::EvaluateOptions& options) { return run_evaluate(options, training::RunContext{}); }

}  // namespace fno
