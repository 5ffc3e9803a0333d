#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/settings/command_line.h"
#include "tools/training/inference.h"
#include "tools/training/run_context.h"

namespace fno {

/// What commands take that use a trained network.
struct TrainedOptions : settings::CommonOptions {
  std::optional<std::string> run, model;     ///< one of them
  std::optional<training::Weights> weights;  ///< of a run
};

/// And those that put it to a file.
struct NetworkOptions : TrainedOptions {
  std::string data;
  std::vector<settings::Given> in_place = {};  ///< flags in place of the run's settings
};

/// The rows of TrainedOptions, those of `more` behind them.
template <class Options>
std::vector<settings::Row<Options>> trained_rows(std::vector<settings::Row<Options>> more) {
  using settings::flag, settings::path;
  std::vector<settings::Row<Options>> rows{
      flag<Options, &Options::run>({.key = "run",
                                    .rule = path(),
                                    .help = "run directory that fno train left",
                                    .metavar = "RUN",
                                    .fallback_text = "none"}),
      flag<Options, &Options::model>({.key = "model",
                                      .rule = path(),
                                      .help = "in place of --run: the model.safetensors of a run, which suffices",
                                      .metavar = "FILE.safetensors",
                                      .fallback_text = "none"}),
      flag<Options, &Options::weights>({.key = "weights",
                                        .rule = settings::names_of<training::Weights>(),
                                        .help = "of the last epoch, or of the best on the validation part",
                                        .fallback_text = "last"})};
  for (auto& row : more) rows.push_back(std::move(row));
  return settings::with_common<Options>(std::move(rows));
}

/// The rows of NetworkOptions, those of `more` behind them.
template <class Options>
std::vector<settings::Row<Options>> network_rows(const char* data_help, std::vector<settings::Row<Options>> more) {
  more.insert(more.begin(),
              settings::flag<Options, &Options::data>(
                  {.key = "data", .rule = settings::path(), .help = data_help, .metavar = "FILE", .required = true}));
  return trained_rows<Options>(std::move(more));
}

/// All flags of such a command: its rows, and the settings that may differ from the run's.
[[nodiscard]] std::vector<settings::RowInfo> network_flags(std::vector<settings::RowInfo> rows);

/// The options of such a command from its arguments. Errors: config.
template <class Options>
Options network_options(const std::vector<settings::Row<Options>>& rows, const std::vector<settings::Given>& given) {
  auto options = settings::read_options<Options>(rows, given);
  options.in_place = settings::without(given, rows);
  return options;
}

/// The network that they name, on `device`. Errors: config, data, checkpoint.
[[nodiscard]] training::TrainedNetwork open_network(const TrainedOptions& options, const Device& device);

/// The network that they name, on their device. `notice` shows what is to be said of the device.
/// Errors: config, data, checkpoint, device.
[[nodiscard]] training::TrainedNetwork open_network(const NetworkOptions& options,
                                                    const std::function<void(const std::string&)>& notice);

/// The results as lines: weights, samples, scores, remarks.
void print_evaluation(const training::TrainedNetwork& trained, const NetworkOptions& options,
                      const training::Evaluation& evaluated, std::ostream& out);

/// How the file was read, behind the results: where those could not be written, that failure stays the only line.
void print_readings(const NetworkOptions& options, const std::vector<std::string>& device_notices,
                    const training::Evaluation& evaluated, const training::RunContext& context);

}  // namespace fno
