#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/report/page.h"

namespace fno::report {

/// What was recorded once an epoch, epoch 1 first; a missing value is a gap. An empty curve is left out.
struct TrainingCurves {
  Curve train_loss = {}, validation_loss = {}, learning_rate = {}, gradient_norm = {}, seconds = {};
  std::string loss_label = "loss";     ///< its name and unit, for the axis
  std::optional<int> best_epoch = {};  ///< counted from 1; marked in the loss plot
  std::vector<Mark> marks = {};        ///< further events of the loss plot, such as a collapse
};

/// A plot and the name of its file under figures/, without ".svg".
struct NamedPlot {
  std::string file = {};
  Plot plot = {};
};

/// All that the page of one run shows, in this order. Empty parts are left out.
struct RunReport {
  std::string title = {}, summary = {};  ///< the summary is one line
  std::vector<std::string> warnings = {};
  std::vector<KeyResult> results = {};
  std::vector<Table> tables = {};
  TrainingCurves curves = {};
  std::vector<NamedPlot> more_plots = {};
  std::vector<Sample> samples = {};
  std::vector<Definition> definitions = {};
  std::vector<Fact> settings = {};
  std::vector<Fact> manifest = {};
};

/// The plots of a run, those without a single value left out: loss, learning_rate, gradient_norm, seconds_per_epoch.
[[nodiscard]] std::vector<NamedPlot> training_plots(const TrainingCurves& curves);

/// The page.
[[nodiscard]] std::string run_report_html(const RunReport& report);

/// Writes run/report.html and run/figures/: loss.svg, learning_rate.svg … for the plots, sample0.png … for the
/// pictures, sample0.svg … for 1-D samples. The folders are made if absent; each file appears whole or not at all.
/// Returns the paths written, the page first.
/// Errors: Error(storage) if a file cannot be written; Error(config) for fields, curves or tables whose sizes
/// disagree, and for two plots of one name.
std::vector<std::filesystem::path> write_run_report(const std::filesystem::path& run, const RunReport& report);

}  // namespace fno::report
