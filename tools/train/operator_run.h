#pragma once

#include <memory>
#include <optional>

#include "tools/train/run_context.h"
#include "tools/train/run_directory.h"
#include "tools/train/run_log.h"
#include "tools/train/run_page.h"

namespace fno::train {

/// Everything that one run of --task operator holds, built and checked; nothing has been written yet.
/// Errors: those of reading data, fitting settings to them and building the network.
class OperatorRun {
 public:
  OperatorRun(const config::Settings& settings, const RunContext& context);
  OperatorRun(const OperatorRun&) = delete;
  OperatorRun& operator=(const OperatorRun&) = delete;

  /// Claims the run directory, trains, measures, writes every file. Returns the exit status.
  int execute();

 private:
  int train_and_write(Progress& progress);
  void measure_test_data(RunResults& results);
  void write_manifest();
  void write_results(const RunResults& results);
  void write_page(const RunResults& results, bool with_pictures);
  void print_results(const RunResults& results) const;

  config::Settings settings_;
  const RunContext& context_;
  std::string notice_;  // why --device auto took the CPU, shown once the run starts
  Device device_;
  OperatorData data_;
  std::optional<OperatorData> test_;
  Split split_;
  ModelDescription description_;
  std::unique_ptr<BuiltModel> network_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<GradientClip> clip_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Sweep> validation_;  // null without a validation part
  std::unique_ptr<Trainer> trainer_;
  RunPaths paths_;
  Manifest manifest_;
};

}  // namespace fno::train
