#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/report/run_report.h"
#include "tools/training/run_record.h"
#include "tools/training/task.h"

namespace fno::training {

using ScoreValues = std::vector<std::optional<double>>;

/// A measure of history.json as curves of all runs.
struct MeasureCurve {
  const char *measure, *file, *title, *label;
};

/// What a task adds where runs are laid side by side (`fno compare`, `fno report`).
struct TaskComparison {
  struct Column {
    std::string name = {};
    bool in_medians = false;  ///< shown also as a median over seeds
  };
  std::vector<Column> columns = {};               ///< of the scores on the test data; the first is the headline
  std::vector<ScoreValues> last = {}, best = {};  ///< one a run: a value a column, or none at all without scores
  std::vector<std::pair<std::string, ScoreValues>> trivial = {};  ///< answers to beat: their names and scores
  /// What the first trivial answer scores in the headline, where more is better.
  std::optional<double> floor = {};
  bool judged = false;        ///< its runs have a verdict, and whether a run is lost depends on its seed
  std::string unbroken = {};  ///< what a run did that was lost although no rule of the judge was broken

  std::string data = {};    ///< how the data were made, in one line
  std::string caveat = {};  ///< what is to be said beside the table of scores
  std::vector<std::string> warnings = {};
  std::vector<MeasureCurve> curves = {};
  std::vector<report::NamedPlot> plots = {};
  std::vector<report::Sample> samples = {};
  std::vector<report::Definition> definitions = {};

  std::vector<std::vector<Score>> stats = {};                ///< one list a run, for stats.json
  std::vector<std::pair<std::string, Json>> documents = {};  ///< files of the task's own, by name
  std::string summary = {};                                  ///< file of the page as Markdown; empty: none
  std::function<void(const std::filesystem::path& out)> write_images = {};  ///< may be empty
};

/// `several_seeds`: the first run of an architecture stands for it under its plain label, pinn_ARCHITECTURE, too.
/// Errors: data, naming the file that is missing or does not fit.
using CompareRuns = TaskComparison (*)(const std::vector<RunRecord>& runs, bool several_seeds);

}  // namespace fno::training
