#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/commands/commands.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/settings.h"
#include "tools/training/device.h"

namespace fno {

int run_simulate_grid_lines(const settings::SimulateGridLinesOptions& options) {
  require<ErrorKind::config>(options.device == "auto" || options.device == "cpu", "--device: found ", options.device,
                             "; fno simulate grid-lines runs on the CPU: accepted are auto, cpu");
  const auto start = std::chrono::steady_clock::now();
  const ptychography::GridLines settings = ptychography::grid_lines(options, options.seed);
  const ptychography::DatasetPaths paths =
      ptychography::ensure_dataset(settings, options.output, cpu_threads(options.threads));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json) {
    nlohmann::ordered_json json{{"train", paths.train}, {"test", paths.test}, {"dataset", paths.description}};
    if (paths.validation) json["validation"] = *paths.validation;
    json["made"] = paths.made;
    json["seconds"] = seconds;
    fmt::print("{}\n", json.dump());
  } else if (paths.made) {
    fmt::print("{}, {}{}: made in {:.1f} s\n", paths.train, paths.test,
               paths.validation ? ", " + *paths.validation : "", seconds);
  } else {
    fmt::print("{}: this very data set stands there already\n", options.output);
  }
  return 0;
}

}  // namespace fno
