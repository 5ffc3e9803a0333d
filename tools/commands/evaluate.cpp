#include "tools/commands/evaluate.h"

#include <nlohmann/json.hpp>

#include "tools/commands/command.h"
#include "tools/tasks/registry.h"

namespace fno {

std::vector<settings::Row<EvaluateOptions>> evaluate_rows() {
  using E = EvaluateOptions;
  return network_rows<E>("file of inputs and targets, on any grid the network takes",
                         {settings::flag<E, &E::output>({.key = "output",
                                                         .rule = settings::path(),
                                                         .help = "write the metrics there too",
                                                         .metavar = "FILE.json",
                                                         .fallback_text = "none"})});
}

int run_evaluate(const EvaluateOptions& options, const training::RunContext& context) {
  std::vector<std::string> notices;
  const training::TrainedNetwork trained =
      open_network(options, [&](const std::string& line) { notices.push_back(line); });
  const training::Evaluation evaluated = tasks::entry_of(trained).evaluate(trained, options.data);
  const Json& metrics = evaluated.measured.value().json;
  if (options.output) write_json(*options.output, metrics);
  if (options.json)
    *context.out << metrics.dump(2) << std::endl;
  else
    print_evaluation(trained, options, evaluated, *context.out);
  print_readings(options, notices, evaluated, context);
  return 0;
}

extern const Command kEvaluate{.name = "evaluate",
                               .summary = "measures a trained network on a file",
                               .flags = [] { return network_flags(settings::infos(evaluate_rows())); },
                               .run =
                                   [](Call& call) {
                                     const auto options = network_options(evaluate_rows(), call.given);
                                     call.verbose = options.verbose;
                                     return run_evaluate(options, {});
                                   }};

}  // namespace fno
