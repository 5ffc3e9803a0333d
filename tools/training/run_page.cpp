#include "tools/training/run_page.h"

#include <filesystem>

#include "tools/report/text.h"
#include "tools/settings/setting_table.h"
#include "tools/training/progress.h"

namespace fno::training {
namespace {

using report::format_number;

report::TrainingCurves curves_of(const settings::Settings& settings, const TrainingState& state) {
  report::TrainingCurves curves;
  for (const EpochRecord& r : state.history) {
    curves.train_loss.push_back(r.train_loss);
    curves.validation_loss.push_back(r.val_loss);
    curves.learning_rate.push_back(r.learning_rate);
    curves.gradient_norm.push_back(r.grad_norm);
    curves.seconds.push_back(r.seconds);
  }
  curves.loss_label = settings.train.loss;
  if (state.best_epoch) curves.best_epoch = *state.best_epoch + 1;
  return curves;
}

std::string cell(const Score& score) { return score.value ? format_number(*score.value) : "–"; }

// One row a set of weights, one column a score.
report::Table scores_table(const RunResults& results) {
  report::Table table{.title = "Test data", .header = {"weights"}};
  for (const Score& score : results.last->scores) {
    constexpr std::string_view kTest = "test ";
    table.header.push_back(score.name.starts_with(kTest) ? score.name.substr(kTest.size()) : score.name);
  }
  const auto add = [&](const std::string& name, const Measured& measured) {
    std::vector<std::string> row{name};
    for (const Score& score : measured.scores) row.push_back(cell(score));
    table.rows.push_back(row);
  };
  add("last", *results.last);
  if (results.best) add("best", *results.best);
  return table;
}

void add_results(report::RunReport& page, const TrainingState& state, const Manifest& manifest,
                 const RunResults& results) {
  if (state.best_epoch)
    page.results.push_back(
        {"Best val_loss", format_number(state.best_val_loss), "epoch " + std::to_string(*state.best_epoch + 1)});
  page.results.push_back({"Parameters", std::to_string(manifest.parameters.real),
                          "complex counted twice; once: " + std::to_string(manifest.parameters.logged)});
  double seconds = 0;
  for (const EpochRecord& r : state.history) seconds += r.seconds;
  page.results.push_back({"Training time", duration_text(seconds), std::to_string(state.history.size()) + " epochs"});
  if (results.last) page.tables.push_back(scores_table(results));
}

void add_facts(report::RunReport& page, const settings::Settings& settings, const Manifest& m) {
  for (const auto& row : settings::setting_rows(settings.run.task))
    if (row.stored) page.settings.push_back({row.key, settings::to_text(row.get(settings))});
  std::string command;
  for (const std::string& word : m.arguments) command += (command.empty() ? "" : " ") + word;
  page.manifest = {{"command", command}, {"device", m.device + ", " + std::to_string(m.threads) + " threads"}};
  for (const Manifest::DataFile& file : m.data)
    page.manifest.push_back({file.role + " data", file.path + ", SHA-256 " + file.sha256});
  page.manifest.push_back({"start", m.start});
  page.manifest.push_back({"end", m.end});
}

}  // namespace

report::RunReport run_page(const settings::Settings& settings, const Manifest& manifest, const TrainingState& state,
                           const RunResults& results) {
  report::RunReport page;
  page.title = settings.model.architecture + " on " + std::filesystem::path(settings.run.data).filename().string();
  page.summary = std::to_string(state.history.size()) + " of " + std::to_string(settings.optim.schedule.epochs) +
                 " epochs, seed " + std::to_string(settings.run.seed);
  if (!results.trouble.empty()) page.warnings.push_back(results.trouble);
  const std::int64_t skipped = [&] {
    std::int64_t n = state.position.skipped_steps;
    for (const EpochRecord& r : state.history) n += r.skipped_steps;
    return n;
  }();
  if (skipped > 0) page.warnings.push_back(std::to_string(skipped) + " steps held NaN or infinity");
  add_results(page, state, manifest, results);
  page.curves = curves_of(settings, state);
  add_facts(page, settings, manifest);
  return page;
}

}  // namespace fno::training
