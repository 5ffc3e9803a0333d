#pragma once

#include "tools/tasks/stage_a/layer_probe.h"
#include "tools/training/live_run.h"
#include "tools/training/run_directory.h"

namespace fno::stage_a {

/// What a whole run shows of the scales inside its network: a line of RUN/layers.jsonl before the first step, after 1,
/// 2, 4, 8, … steps and after every epoch, looked at on the first training patterns in the order of their file, as many
/// as a batch has:
///
///     step, epoch   updates so far, epochs ended so far
///     loss          of that batch
///     maps          by name (models/observer.h): mean, std, below_minus4, dead_units, over_samples of MapState
///     tensors       by name: root mean square of the weights (w), of Adam's first moment (m); root of the mean of its
///                   second (v); without moments, null
///
/// Numbers have six digits. A resumed run goes on behind the lines of the steps that its checkpoint has.
class LayerLog : public training::Watcher {
 public:
  /// Errors: storage. The run outlives the log.
  LayerLog(training::LiveRun& run, const training::RunPaths& paths);
  void on_batch(std::int64_t step) override;
  void on_epoch(const training::EpochRecord& epoch, bool is_best) override;

  [[nodiscard]] static std::string path(const training::RunPaths& paths) { return paths.folder / "layers.jsonl"; }

 private:
  void look();
  training::LiveRun& run_;
  std::int64_t last_ = -1;  // step of the last line
  Tensor batch_;
  training::LineFile file_;
};

}  // namespace fno::stage_a
