#include <filesystem>
#include <iomanip>
#include <nlohmann/json.hpp>

#include "tools/device.h"
#include "tools/report/text.h"
#include "tools/train/checkpoint.h"
#include "tools/train/metrics.h"
#include "tools/train/run.h"
#include "tools/train/run_directory.h"

namespace fno {

using namespace train;

int run_evaluate(const config::EvaluateOptions& options, const RunContext& context) {
  namespace fs = std::filesystem;
  std::string notice;  // shown with the results: a failure stays one line
  const Device device = open_device(options.device, options.threads, [&](const std::string& line) { notice = line; });
  const RunPaths paths{options.run};
  const bool best = options.weights == config::Weights::best;
  const std::string path = best ? paths.best() : paths.last();
  std::error_code ignored;
  require<ErrorKind::data>(fs::is_directory(paths.folder, ignored), "--run: found no folder ", options.run,
                           ", accepted: a run directory");
  require<ErrorKind::data>(fs::exists(path, ignored), "--run: found no ", path, ", accepted: a run that has ",
                           best ? "validated" : "finished", " at least one epoch");

  const Checkpoint checkpoint = read_checkpoint(path);
  const OperatorConfig& config = checkpoint.model.config;
  const OperatorData data = read_operator_data(options.data);
  require_channels(data, config.in, config.out, config.dims, "the run");
  BuiltModel network(checkpoint.model, device, checkpoint.seed);
  restore_weights(checkpoint, network.store, path);
  const TestMetrics metrics = measure(network.model, data, checkpoint.infer_batch_size, device);
  const Json json = metrics_json(metrics);
  if (options.output) write_json(*options.output, json);

  if (!notice.empty() && !options.quiet) *context.log << "notice: " << notice << std::endl;
  std::ostream& out = *context.out;
  if (options.json) {
    out << json.dump(2) << std::endl;
    return 0;
  }
  const auto row = [&](const std::string& name, const std::string& value) {
    out << std::left << std::setw(16) << name << value << "\n";
  };
  std::string grid;
  for (const std::int64_t n : metrics.grid) grid += (grid.empty() ? "" : " x ") + std::to_string(n);
  row("weights", std::string(config::name_of(options.weights)) + ", after " +
                     std::to_string(checkpoint.training.history.size()) + " epochs");
  row("samples", std::to_string(metrics.n) + " on " + grid);
  row("relative L2", report::format_number(metrics.relative_l2));
  row("relative H1", report::format_number(metrics.relative_h1));
  out << std::flush;
  return 0;
}

}  // namespace fno
