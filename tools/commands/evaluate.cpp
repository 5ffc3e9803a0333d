#include "tools/commands/evaluate.h"

#include <filesystem>
#include <iomanip>
#include <nlohmann/json.hpp>

#include "tools/commands/command.h"
#include "tools/report/text.h"
#include "tools/tasks/registry.h"
#include "tools/training/device.h"
#include "tools/training/run_directory.h"

namespace fno {

using namespace training;

std::vector<settings::Row<EvaluateOptions>> evaluate_rows() {
  using E = EvaluateOptions;
  using settings::flag, settings::path;
  return settings::with_common<E>({
      flag<E, &E::run>({.key = "run",
                        .rule = path(),
                        .help = "run directory that fno train left",
                        .metavar = "RUN",
                        .required = true}),
      flag<E, &E::data>({.key = "data",
                         .rule = path(),
                         .help = "file with x and y, on any grid the network takes",
                         .metavar = "FILE.npz",
                         .required = true}),
      flag<E, &E::weights>({.key = "weights",
                            .rule = settings::names_of<Weights>(),
                            .help = "of the last epoch, or of the best on the validation part"}),
      flag<E, &E::output>({.key = "output",
                           .rule = path(),
                           .help = "write the metrics there too",
                           .metavar = "FILE.json",
                           .fallback_text = "none"}),
  });
}

int run_evaluate(const EvaluateOptions& options, const RunContext& context) {
  namespace fs = std::filesystem;
  std::string notice;
  const Device device = open_device(options.device, options.threads, [&](const std::string& line) { notice = line; });
  const RunPaths paths{options.run};
  const bool best = options.weights == Weights::best;
  const std::string path = best ? paths.best() : paths.last();
  std::error_code ignored;
  require<ErrorKind::data>(fs::is_directory(paths.folder, ignored), "--run: found no folder ", options.run,
                           ", accepted: a run directory");
  require<ErrorKind::data>(fs::exists(path, ignored), "--run: found no ", path, ", accepted: a run that has ",
                           best ? "validated" : "finished", " at least one epoch");

  const Checkpoint checkpoint = read_checkpoint(path);
  BuiltModel network(checkpoint.model, device, checkpoint.seed);
  restore_weights(checkpoint, network.store, path);
  const Evaluation evaluated = tasks::entry_of(checkpoint).evaluate(checkpoint, network.model, options.data, device);
  if (options.output) write_json(*options.output, evaluated.measured.json);

  std::ostream& out = *context.out;
  const auto say_how_it_was_read = [&] {
    // After the results: where those could not be written, that failure stays the only line.
    if (options.quiet || !out.flush()) return;
    if (!notice.empty()) *context.log << "notice: " << notice << std::endl;
    for (const std::string& line : evaluated.readings) *context.log << line << std::endl;
  };
  if (options.json) {
    out << evaluated.measured.json.dump(2) << std::endl;
    say_how_it_was_read();
    return 0;
  }
  const auto row = [&](const std::string& name, const std::string& value) {
    out << std::left << std::setw(22) << name << value << "\n";
  };
  row("weights", std::string(settings::name_of(options.weights)) + ", after " +
                     std::to_string(checkpoint.training.history.size()) + " epochs");
  row("samples", evaluated.samples);
  for (const Score& score : evaluated.measured.scores)
    row(score.name, score.value ? report::format_number(*score.value) : "-");
  for (const std::string& line : evaluated.remarks) out << line << "\n";
  say_how_it_was_read();
  return 0;
}

extern const Command kEvaluate{
    .name = "evaluate",
    .summary = "measures the network of a run on a file",
    .flags = [] { return settings::infos(evaluate_rows()); },
    .run = [](Call& call) { return run_evaluate(options_of(call, evaluate_rows()), RunContext{}); }};

}  // namespace fno
