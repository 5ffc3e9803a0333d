#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/grid_lines_rows.h"
#include "tools/training/device.h"

namespace fno {
namespace {

struct SimulateGridLinesOptions : settings::CommonOptions {
  std::string output;
  ptychography::GridLines data;
};

std::vector<settings::Row<SimulateGridLinesOptions>> rows() {
  using G = SimulateGridLinesOptions;
  std::vector<settings::Row<G>> all{
      settings::flag<G, &G::output>({.key = "output",
                                     .rule = settings::path(),
                                     .help = "folder for train.npz, test.npz and dataset.json",
                                     .metavar = "DIR",
                                     .required = true})};
  for (auto& row : ptychography::grid_lines_rows<G, &G::data>("--seed")) all.push_back(std::move(row));
  return settings::with_common<G>(std::move(all));
}

int run(Call& call) {
  auto options = options_of(call, rows());
  complete(options.data, call.given, options.seed);
  require<ErrorKind::config>(options.device == "auto" || options.device == "cpu", "--device: found ", options.device,
                             "; fno simulate grid-lines runs on the CPU: accepted are auto, cpu");
  const auto start = std::chrono::steady_clock::now();
  const ptychography::DatasetPaths paths = ptychography::ensure_dataset(options.data, options.output, use_cpu(options));
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

}  // namespace

extern const Command kSimulateGridLines{.name = "simulate grid-lines",
                                        .summary = "makes data: diffraction of random lines under a known probe",
                                        .flags = [] { return settings::infos(rows()); },
                                        .run = run};

}  // namespace fno
