// fno predict: the answers of a trained network to new inputs, of one file or of every file in a folder.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/commands/network_options.h"
#include "tools/files/atomic_file.h"
#include "tools/files/formats/create_array_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/tasks/registry.h"

namespace fno {
namespace {

namespace fs = std::filesystem;
using training::PredictionFiles;

struct PredictOptions : NetworkOptions {
  std::string output;
  bool force = false;
  std::optional<std::int64_t> rollout;
};

std::vector<settings::Row<PredictOptions>> rows() {
  using P = PredictOptions;
  using settings::flag;
  return network_rows<P>(
      "file of inputs, on any grid the network takes; of targets too, it measures the answers; or a folder of such "
      "files",
      {flag<P, &P::output>({.key = "output",
                            .rule = settings::path(),
                            .help =
                                "file to write, which ends in .npz, .h5 or .hdf5: prediction, coordinates, metadata; "
                                "of a folder the folder for one .npz of the same name each",
                            .metavar = "OUT",
                            .required = true}),
       flag<P, &P::rollout>({.key = "rollout",
                             .rule = settings::integer(1, 10000000),
                             .help = "of states in time: answer so many steps, each from those before",
                             .fallback_text = "those that FILE goes on for, or 1"}),
       flag<P, &P::force>({.key = "force", .rule = settings::toggle(), .help = "replace what stands at OUT"})});
}

// What is to be done, looked at before any work. Of a folder the data files in it, by name.
std::vector<PredictionFiles> files_of(const PredictOptions& options, bool needs_targets) {
  std::vector<PredictionFiles> all;
  std::error_code ignored;
  if (!fs::is_directory(options.data, ignored)) {
    all.push_back({options.data, options.output, needs_targets, options.rollout});
  } else {
    for (const fs::directory_entry& entry : fs::directory_iterator(options.data)) {
      const std::string path = entry.path().string();
      if (!entry.is_regular_file() || array_format_of(path) == nullptr) continue;
      all.push_back(
          {path, (fs::path(options.output) / entry.path().stem()).string() + ".npz", needs_targets, options.rollout});
    }
    std::ranges::sort(all, {}, &PredictionFiles::data);
    require<ErrorKind::data>(!all.empty(), "--data: found no data file in the folder ", options.data);
    for (std::size_t i = 1; i < all.size(); ++i)
      require<ErrorKind::config>(all[i].output != all[i - 1].output, "--data: found ", all[i - 1].data, " and ",
                                 all[i].data, ", whose answers would both be ", all[i].output,
                                 ", accepted in one folder: names that differ before the dot");
  }
  for (const PredictionFiles& files : all) require_new_array_file(files.output, "--output", options.force);
  return all;
}

Json result_json(const PredictionFiles& files, const training::Evaluation& result) {
  Json json = result.measured ? result.measured->json : Json{{"test", nullptr}};
  json["data"] = files.data;
  json["file"] = files.output;
  json["arrays"] = result.arrays;
  json["read_as"] = result.readings;
  json["notices"] = result.notices;
  return json;
}

int run(Call& call) {
  const auto options = network_options(rows(), call.given);
  call.verbose = options.verbose;
  const training::RunContext context;
  const std::vector<PredictionFiles> all = files_of(options, settings::find(call.given, "run.y_name") != nullptr);
  std::vector<std::string> notices;
  const training::TrainedNetwork trained =
      open_network(options, [&](const std::string& line) { notices.push_back(line); });
  const bool folder = fs::is_directory(options.data);
  if (folder) make_folder(options.output);
  Json results = Json::array();
  for (const PredictionFiles& files : all) {
    const training::Evaluation result = tasks::entry_of(trained).predict(trained, files);
    if (options.json)
      results.push_back(result_json(files, result));
    else
      print_evaluation(trained, options, result, *context.out);
    print_readings(options, notices, result, context);
    notices.clear();
  }
  if (options.json) *context.out << json_text(folder ? results : results.front()) << std::endl;
  return 0;
}

}  // namespace

extern const Command kPredict{.name = "predict",
                              .summary = "writes the answers of a trained network to new inputs",
                              .flags = [] { return network_flags(settings::infos(rows())); },
                              .run = run};

}  // namespace fno
