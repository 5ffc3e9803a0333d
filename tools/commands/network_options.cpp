#include "tools/commands/network_options.h"

#include <algorithm>
#include <iomanip>

#include "framework/error.h"
#include "tools/files/one_line.h"
#include "tools/report/text.h"
#include "tools/training/device.h"

namespace fno {

using namespace training;

std::vector<settings::RowInfo> network_flags(std::vector<settings::RowInfo> rows) {
  settings::add_rows(rows, settings::inference_flags());
  settings::put_common_last(rows);
  return rows;
}

TrainedNetwork open_network(const TrainedOptions& options, const Device& device) {
  require<ErrorKind::config>(options.run.has_value() != options.model.has_value(), "--run and --model: found ",
                             options.run ? "both" : "neither", ", accepted: one of them");
  require<ErrorKind::config>(options.run || !options.weights, "--weights: found ",
                             name_of(options.weights.value_or(Weights::last)),
                             " beside --model, accepted: --run, whose checkpoints hold both");
  return options.run ? network_of_run(*options.run, options.weights.value_or(Weights::last), device)
                     : network_of_file(*options.model, device);
}

TrainedNetwork open_network(const NetworkOptions& options, const std::function<void(const std::string&)>& notice) {
  TrainedNetwork trained = open_network(options, open_device(options, notice));
  settings::take_inference_flags(trained.settings, options.in_place);
  return trained;
}

void print_evaluation(const TrainedNetwork& trained, const NetworkOptions& options, const Evaluation& evaluated,
                      std::ostream& out) {
  std::vector<std::pair<std::string, std::string>> rows;
  rows.emplace_back("weights", options.model ? one_line(*options.model)
                                             : std::string(name_of(options.weights.value_or(Weights::last))) +
                                                   ", after " + std::to_string(trained.epochs.value_or(0)) + " epochs");
  rows.emplace_back("samples", evaluated.samples);
  if (evaluated.measured)
    for (const Score& score : evaluated.measured->scores)
      rows.emplace_back(one_line(score.name), score.value ? report::format_number(*score.value) : "-");
  std::size_t width = 20;
  for (const auto& [name, value] : rows) width = std::max(width, name.size());
  for (const auto& [name, value] : rows)
    out << std::left << std::setw(static_cast<int>(width) + 2) << name << value << "\n";
  for (const std::string& line : evaluated.remarks) out << one_line(line) << "\n";
}

void print_readings(const NetworkOptions& options, const std::vector<std::string>& device_notices,
                    const Evaluation& evaluated, const RunContext& context) {
  if (options.quiet || !context.out->flush()) return;
  for (const std::string& line : device_notices) *context.log << "notice: " << one_line(line) << std::endl;
  for (const std::string& line : evaluated.readings) *context.log << one_line(line) << std::endl;
  for (const std::string& line : evaluated.notices) *context.log << "notice: " << one_line(line) << std::endl;
}

}  // namespace fno
