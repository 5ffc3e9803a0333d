#include "tools/train/run.h"

#include <unistd.h>

#include "tools/train/training_run.h"

namespace fno {

int run_train(const config::Settings& settings, const std::vector<std::string>& arguments) {
  return run_train(settings, train::RunContext{.arguments = arguments, .log_is_terminal = isatty(STDERR_FILENO) == 1});
}

int run_train(const config::Settings& settings, const train::RunContext& context) {
  return train::TrainingRun(settings, context).execute();
}

int run_evaluate(const config::EvaluateOptions& options) { return run_evaluate(options, train::RunContext{}); }

}  // namespace fno
