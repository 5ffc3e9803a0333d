#include "tools/train/run_page.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "tools/config/setting_table.h"
#include "tools/report/text.h"
#include "tools/train/progress.h"

namespace fno::train {
namespace {

using report::format_number;

constexpr std::int64_t kMostChannels = 4;  // drawn of each sample

// The part of a channel's values that is drawn: all of a 1-D or 2-D grid, the middle plane of a 3-D one.
report::Field field_of(std::span<const float> values, const std::vector<std::int64_t>& grid) {
  if (grid.size() == 3) {
    const auto plane = static_cast<std::size_t>(grid[1] * grid[2]);
    return field_of(values.subspan(static_cast<std::size_t>(grid[0] / 2) * plane, plane), {grid[1], grid[2]});
  }
  const auto rows = grid.size() == 1 ? 1 : static_cast<int>(grid[0]);
  return {rows, static_cast<int>(grid.back()), {values.begin(), values.end()}};
}

double norm_of(std::span<const float> values) {
  double sum = 0;
  for (const float v : values) sum += static_cast<double>(v) * static_cast<double>(v);
  return std::sqrt(sum);
}

std::string channel_name(const char* name, std::int64_t channel, std::int64_t channels) {
  return channels == 1 ? std::string(name) : name + std::to_string(channel);
}

report::Sample picture_of(const OperatorData& data, std::int64_t sample, std::span<const float> prediction) {
  const auto points = static_cast<std::size_t>(data.points());
  const auto channel = [points](std::span<const float> values, std::int64_t c) {
    return values.subspan(static_cast<std::size_t>(c) * points, points);
  };
  report::Sample picture{.title = "Sample " + std::to_string(sample)};
  if (data.dims() == 3) picture.caption = "Middle plane of the first axis.";
  for (std::int64_t c = 0; c < std::min(data.inputs, kMostChannels); ++c) {
    const std::string x = channel_name("x", c, data.inputs);
    picture.panels.push_back({.role = report::PanelRole::input,
                              .label = "input",
                              .field = field_of(channel(data.input(sample), c), data.grid),
                              .quantity = x});
  }
  for (std::int64_t c = 0; c < std::min(data.outputs, kMostChannels); ++c) {
    const std::string y = channel_name("y", c, data.outputs);
    const std::span<const float> truth = channel(data.target(sample), c), answer = channel(prediction, c);
    std::vector<float> error(points);
    std::ranges::transform(answer, truth, error.begin(), [](float p, float t) { return std::abs(p - t); });
    const double ratio = norm_of(error) / norm_of(truth);
    const auto add = [&](report::PanelRole role, const std::string& label, std::span<const float> values,
                         const std::string& note) {
      picture.panels.push_back(
          {.role = role, .label = label, .field = field_of(values, data.grid), .quantity = y, .note = note});
    };
    add(report::PanelRole::truth, "truth", truth, "");
    add(report::PanelRole::prediction, "prediction", answer, "");
    add(report::PanelRole::error, "|error|", error, "relative L2 " + format_number(ratio));
  }
  if (data.dims() == 1)
    for (std::int64_t i = 0; i < data.grid[0]; ++i)
      picture.x.push_back(static_cast<double>(i) / static_cast<double>(data.grid[0]));
  return picture;
}

std::string cell(const std::optional<TestMetrics>& metrics, double TestMetrics::*member) {
  return metrics ? format_number((*metrics).*member) : "–";
}

report::TrainingCurves curves_of(const config::Settings& settings, const TrainingState& state) {
  report::TrainingCurves curves;
  for (const EpochRecord& r : state.history) {
    curves.train_loss.push_back(r.train_loss);
    curves.validation_loss.push_back(r.val_loss);
    curves.learning_rate.push_back(r.learning_rate);
    curves.gradient_norm.push_back(r.grad_norm);
    curves.seconds.push_back(r.seconds);
  }
  curves.loss_label = std::string(config::name_of(settings.train.loss));
  if (state.best_epoch) curves.best_epoch = *state.best_epoch + 1;
  return curves;
}

void add_results(report::RunReport& page, const TrainingState& state, const Manifest& manifest,
                 const RunResults& results) {
  if (results.last)
    page.results.push_back({"Test relative L2", format_number(results.last->relative_l2), "last weights"});
  if (state.best_epoch)
    page.results.push_back(
        {"Best val_loss", format_number(state.best_val_loss), "epoch " + std::to_string(*state.best_epoch + 1)});
  page.results.push_back({"Parameters", std::to_string(manifest.parameters.real),
                          "complex counted twice; once: " + std::to_string(manifest.parameters.logged)});
  double seconds = 0;
  for (const EpochRecord& r : state.history) seconds += r.seconds;
  page.results.push_back({"Training time", duration_text(seconds), std::to_string(state.history.size()) + " epochs"});
  if (!results.last) return;
  report::Table table{.title = "Test data", .header = {"weights", "relative L2", "relative H1"}};
  table.rows.push_back(
      {"last", cell(results.last, &TestMetrics::relative_l2), cell(results.last, &TestMetrics::relative_h1)});
  if (results.best)
    table.rows.push_back(
        {"best", cell(results.best, &TestMetrics::relative_l2), cell(results.best, &TestMetrics::relative_h1)});
  if (results.baseline) table.rows.push_back({"mean of the training targets", format_number(*results.baseline), "–"});
  page.tables.push_back(table);
}

void add_facts(report::RunReport& page, const config::Settings& settings, const Manifest& m) {
  for (const auto& row : config::setting_rows(settings.run.task))
    if (row.stored) page.settings.push_back({row.key, config::to_text(row.get(settings))});
  std::string command;
  for (const std::string& word : m.arguments) command += (command.empty() ? "" : " ") + word;
  page.manifest = {{"command", command}, {"device", m.device + ", " + std::to_string(m.threads) + " threads"}};
  for (const Manifest::DataFile& file : m.data)
    page.manifest.push_back({file.role + " data", file.path + ", SHA-256 " + file.sha256});
  page.manifest.push_back({"start", m.start});
  page.manifest.push_back({"end", m.end});
}

}  // namespace

std::vector<report::Sample> sample_pictures(const Model& model, const OperatorData& data, std::int64_t first,
                                            std::int64_t count, const Device& device) {
  const NoGrad guard;
  std::vector<report::Sample> pictures;
  Sweep sweep(data, first, std::min(first + count, data.samples), 1, device);
  for (std::int64_t i = 0; i < sweep.steps(); ++i) {
    const std::vector<float> prediction = model.forward(Var(sweep.batch(i).x)).value().to_host<float>();
    pictures.push_back(picture_of(data, first + i, prediction));
  }
  return pictures;
}

report::RunReport run_page(const config::Settings& settings, const Manifest& manifest, const TrainingState& state,
                           const RunResults& results, std::vector<report::Sample> samples) {
  report::RunReport page;
  const std::string architecture(config::name_of(settings.run.architecture));
  page.title = architecture + " on " + std::filesystem::path(settings.run.data).filename().string();
  page.summary = std::to_string(state.history.size()) + " of " + std::to_string(settings.optim.epochs) +
                 " epochs, seed " + std::to_string(settings.run.seed);
  if (results.last) page.summary += ", test relative L2 " + format_number(results.last->relative_l2);
  if (!results.trouble.empty()) page.warnings.push_back(results.trouble);
  const std::int64_t skipped = [&] {
    std::int64_t n = state.position.skipped_steps;
    for (const EpochRecord& r : state.history) n += r.skipped_steps;
    return n;
  }();
  if (skipped > 0) page.warnings.push_back(std::to_string(skipped) + " steps held NaN or infinity");
  add_results(page, state, manifest, results);
  page.curves = curves_of(settings, state);
  page.samples = std::move(samples);
  page.definitions = {
      {"relative L2", "mean over samples of ‖p − y‖ / ‖y‖", "Norms over channels and grid, in the units of the data."},
      {"relative H1", "mean over samples and channels of ‖p − y‖_H1 / ‖y‖_H1",
       "Squares of values and of periodic central differences on the unit domain, summed over the grid."},
      {"best", "weights of the epoch with the least val_loss",
       "val_loss is the training loss on the last part of the training file; the test data choose nothing."}};
  add_facts(page, settings, manifest);
  return page;
}

}  // namespace fno::train
