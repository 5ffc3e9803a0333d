#include <filesystem>
#include <iomanip>
#include <nlohmann/json.hpp>

#include "tools/commands/train.h"
#include "tools/report/text.h"
#include "tools/tasks/operator/operator_task.h"
#include "tools/tasks/ptychography/task.h"
#include "tools/training/checkpoint.h"
#include "tools/training/device.h"
#include "tools/training/metrics.h"
#include "tools/training/run_directory.h"

namespace fno {

using namespace training;

namespace {

struct Evaluated {
  Measured measured;
  std::string samples;  // how many of what
};

Evaluated evaluate(const Checkpoint& checkpoint, const Model& model, const std::string& path, const Device& device) {
  if (const auto* op = std::get_if<OperatorDescription>(&checkpoint.model)) {
    const OperatorData data = read_operator_data(path);
    require_channels(data, op->config.in, op->config.out, op->config.dims, "the run");
    const TestMetrics metrics = measure(model, data, checkpoint.infer_batch_size, device);
    std::string grid;
    for (const std::int64_t n : metrics.grid) grid += (grid.empty() ? "" : " x ") + std::to_string(n);
    return {measured(metrics), std::to_string(metrics.n) + " on " + grid};
  }
  const auto& config = std::get<GeneratorConfig>(checkpoint.model);
  const ptychography::PtychoData data = ptychography::read_dataset(path);
  require<ErrorKind::data>(data.N == config.points && data.C == config.channels, path, ": found patterns of ", data.N,
                           " x ", data.N, " in ", data.C, " channels, accepted: ", config.points, " x ", config.points,
                           " in ", config.channels, ", as the run has them");
  const ptychography::TestScan scan(data);
  const auto recon = ptychography::reconstruct(model, data, scan, checkpoint.infer_batch_size, device);
  return {ptychography::measured(ptychography::score(scan.truth(), recon), ptychography::score_constant(scan.truth())),
          std::to_string(scan.patterns()) + " patterns of " + std::to_string(config.points) + " x " +
              std::to_string(config.points)};
}

}  // namespace

int run_evaluate(const settings::EvaluateOptions& options, const RunContext& context) {
  namespace fs = std::filesystem;
  std::string notice;  // shown with the results: a failure stays one line
  const Device device = open_device(options.device, options.threads, [&](const std::string& line) { notice = line; });
  const RunPaths paths{options.run};
  const bool best = options.weights == settings::Weights::best;
  const std::string path = best ? paths.best() : paths.last();
  std::error_code ignored;
  require<ErrorKind::data>(fs::is_directory(paths.folder, ignored), "--run: found no folder ", options.run,
                           ", accepted: a run directory");
  require<ErrorKind::data>(fs::exists(path, ignored), "--run: found no ", path, ", accepted: a run that has ",
                           best ? "validated" : "finished", " at least one epoch");

  const Checkpoint checkpoint = read_checkpoint(path);
  BuiltModel network(checkpoint.model, device, checkpoint.seed);
  restore_weights(checkpoint, network.store, path);
  const Evaluated evaluated = evaluate(checkpoint, network.model, options.data, device);
  if (options.output) write_json(*options.output, evaluated.measured.json);

  if (!notice.empty() && !options.quiet) *context.log << "notice: " << notice << std::endl;
  std::ostream& out = *context.out;
  if (options.json) {
    out << evaluated.measured.json.dump(2) << std::endl;
    return 0;
  }
  const auto row = [&](const std::string& name, const std::string& value) {
    out << std::left << std::setw(16) << name << value << "\n";
  };
  row("weights", std::string(settings::name_of(options.weights)) + ", after " +
                     std::to_string(checkpoint.training.history.size()) + " epochs");
  row("samples", evaluated.samples);
  for (const Score& score : evaluated.measured.scores)
    row(score.name, score.value ? report::format_number(*score.value) : "-");
  out << std::flush;
  return 0;
}

}  // namespace fno
