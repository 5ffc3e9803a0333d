#include "tools/training/trained_network.h"

#include <filesystem>

#include "framework/error.h"
#include "tools/settings/resolve.h"
#include "tools/training/model_file.h"
#include "tools/training/run_directory.h"

namespace fno::training {

TrainedNetwork network_of_run(const std::string& folder, Weights weights, const Device& device) {
  const RunPaths paths(folder);
  const bool best = weights == Weights::best;
  const std::string path = best ? paths.best() : paths.last();
  std::error_code ignored;
  require<ErrorKind::data>(std::filesystem::is_directory(folder, ignored), "--run: found no folder ", folder,
                           ", accepted: a run directory");
  require<ErrorKind::data>(std::filesystem::exists(path, ignored), "--run: found no ", path,
                           ", accepted: a run that has ", best ? "validated" : "finished", " at least one epoch");
  const Checkpoint checkpoint = read_checkpoint(path);
  TrainedNetwork trained{.whose = "the run",
                         .description = checkpoint.model,
                         .settings = settings::load_settings_text(checkpoint.settings, path),
                         .kept = checkpoint.kept,
                         .epochs = checkpoint.training.history.size(),
                         .network = BuiltModel(checkpoint.model, device, checkpoint.seed)};
  restore_weights(checkpoint, trained.network.store, path);
  return trained;
}

TrainedNetwork network_of_file(const std::string& path, const Device& device) {
  const ModelFile file(path);
  TrainedNetwork trained{.whose = path,
                         .description = file.model(),
                         .settings = file.settings(),
                         .network = BuiltModel(file.model(), device, 0)};
  file.restore_weights(trained.network.store);
  return trained;
}

}  // namespace fno::training
