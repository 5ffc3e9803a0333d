#include "tools/report/run_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

bool has_values(const Curve& curve) {
  return std::any_of(curve.begin(), curve.end(), [](const auto& y) { return y && std::isfinite(*y); });
}

Plot epoch_plot(std::string title, std::string y_label, std::vector<Series> series, YScale scale) {
  return {.title = std::move(title),
          .x_label = "epoch",
          .y_label = std::move(y_label),
          .series = std::move(series),
          .y_scale = scale,
          .whole_x = true};
}

std::vector<NamedPlot> all_plots(const RunReport& report) {
  std::vector<NamedPlot> plots = training_plots(report.curves);
  plots.insert(plots.end(), report.more_plots.begin(), report.more_plots.end());
  std::set<std::string> names;
  for (const NamedPlot& plot : plots)
    require<ErrorKind::config>(names.insert(file_stem(plot.file)).second, "report: two plots are called '", plot.file,
                               "', their names must differ");
  return plots;
}

}  // namespace

std::vector<NamedPlot> training_plots(const TrainingCurves& curves) {
  std::vector<NamedPlot> plots;
  std::vector<Series> losses;
  if (has_values(curves.train_loss)) losses.push_back({"train", curves.train_loss, {}});
  if (has_values(curves.validation_loss)) losses.push_back({"validation", curves.validation_loss, {}});
  if (!losses.empty()) {
    Plot plot = epoch_plot("Loss", curves.loss_label, losses, YScale::automatic);
    plot.marks = curves.marks;
    if (curves.best_epoch) plot.marks.push_back({static_cast<double>(*curves.best_epoch), "best"});
    plots.push_back({"loss", plot});
  }
  const auto add = [&](const char* file, const char* title, const char* label, const Curve& curve, YScale scale) {
    if (has_values(curve)) plots.push_back({file, epoch_plot(title, label, {{"", curve, {}}}, scale)});
  };
  add("learning_rate", "Learning rate", "learning rate", curves.learning_rate, YScale::linear);
  add("gradient_norm", "Gradient norm", "gradient norm", curves.gradient_norm, YScale::automatic);
  add("seconds_per_epoch", "Time per epoch", "seconds", curves.seconds, YScale::linear);
  return plots;
}

std::string run_report_html(const RunReport& report) {
  Page page{.title = report.title, .summary = report.summary, .warnings = report.warnings};
  const auto add = [&](const char* heading, std::vector<Block> blocks) {
    if (!blocks.empty()) page.sections.push_back({heading, std::move(blocks)});
  };
  std::vector<Block> results, training;
  if (!report.results.empty()) results.emplace_back(report.results);
  results.insert(results.end(), report.tables.begin(), report.tables.end());
  for (NamedPlot& named : all_plots(report)) training.emplace_back(std::move(named.plot));
  add("Results", std::move(results));
  add("Training", std::move(training));
  add("Samples", {report.samples.begin(), report.samples.end()});
  if (!report.definitions.empty()) add("How the numbers are computed", {report.definitions});
  if (!report.settings.empty()) add("Settings", {report.settings});
  if (!report.manifest.empty()) add("Provenance", {report.manifest});
  return page_html(page);
}

std::vector<std::filesystem::path> write_run_report(const std::filesystem::path& run, const RunReport& report) {
  const std::filesystem::path figures = run / "figures";
  make_folder(figures);

  std::vector<std::filesystem::path> written;
  const auto write = [&](const std::filesystem::path& path, const std::string& bytes) {
    write_file_atomic(path.string(), bytes);
    written.push_back(path);
  };
  write(run / "report.html", run_report_html(report));
  for (const NamedPlot& named : all_plots(report))
    write(figures / (file_stem(named.file) + ".svg"), render_plot(named.plot, SvgTarget::file));
  for (std::size_t i = 0; i < report.samples.size(); ++i) {
    const std::string name = "sample" + std::to_string(i);
    if (is_one_dimensional(report.samples[i])) {
      write(figures / (name + ".svg"), render_plot_stack(sample_curves(report.samples[i])));
    } else {
      written.push_back(figures / (name + ".png"));
      write_png(written.back(), compose_strip(report.samples[i]));
    }
  }
  return written;
}

}  // namespace fno::report
