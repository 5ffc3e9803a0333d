#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/compare/run_record.h"
#include "tools/tasks/ptychography/image2d.h"
#include "tools/tasks/ptychography/metadata.h"

namespace fno::compare {

/// What the reconstructions of all runs are laid beside.
struct Scene {
  ptychography::ComplexImage truth, probe;
  int patch_size = 0;
  ptychography::ReconMetrics constant;  ///< what a constant amplitude without a phase scores
  ptychography::Metadata metadata;
  std::string test_path, test_sha256;
};

/// The scene of a test file; where it says nothing of its scan, the flags of a run do. Errors: data.
[[nodiscard]] Scene read_scene(const std::string& test_path, const settings::Settings& flags);

/// How the data were made, in one line; a substitute for the measured probe is called one.
[[nodiscard]] std::string data_text(const Scene& scene);

/// "replica", "clean" or "none".
[[nodiscard]] std::string profile_text(const RunRecord& run);

/// Runs that are to be laid side by side, all of one task.
struct Comparison {
  std::string title = {}, command = {};
  std::vector<RunRecord> runs = {};
  std::optional<Scene> scene = {};
  std::vector<std::string> warnings = {};
  /// Runs of one architecture with several seeds: the first stands for it under the architecture's own label too.
  bool several_seeds = false;
};

/// A run and its stitched image.
struct Reconstruction {
  std::size_t run = 0;  ///< index into the runs
  ptychography::ComplexImage image = {};
};

/// recon.npz of every whole run that was tested. Errors: data, naming the file that is missing or does not fit.
[[nodiscard]] std::vector<Reconstruction> read_reconstructions(const Comparison& comparison);

/// Where the results of a comparison lie.
struct ResultPaths {
  explicit ResultPaths(std::filesystem::path folder) : out(std::move(folder)) {}
  [[nodiscard]] std::string metrics() const { return out / "metrics.json"; }
  [[nodiscard]] std::string stage_a_metrics() const { return out / "stage_a_metrics.json"; }
  [[nodiscard]] std::string summary() const { return out / "stage_a_summary.md"; }
  [[nodiscard]] std::string crash_hunt() const { return out / "crash_hunt_summary.json"; }
  [[nodiscard]] std::string page() const { return out / "report.html"; }
  [[nodiscard]] std::filesystem::path visuals() const { return out / "visuals"; }
  [[nodiscard]] std::filesystem::path recons() const { return out / "recons"; }
  std::filesystem::path out;
};

/// metrics.json: `old` with label -> M of the last weights put in, null for a run without one. With several seeds the
/// first also stands under its architecture's label.
[[nodiscard]] training::Json merged_metrics(training::Json old, const Comparison& comparison);

/// stage_a_metrics.json and crash_hunt_summary.json (tools/tasks/ptychography/study_rows.h).
[[nodiscard]] training::Json stage_a_json(const Comparison& comparison);
[[nodiscard]] training::Json crash_hunt_summary(const Comparison& comparison);

/// Writes all of them, recons/, visuals/ and report.html; for --task operator metrics.json, the curves and report.html.
/// `old_metrics` is what metrics.json is merged into. Errors: storage; data as read_reconstructions.
void write_results(const ResultPaths& paths, const Comparison& comparison, const training::Json& old_metrics);

/// What stands on standard output: the tables, what is to be preferred, and the paths.
[[nodiscard]] std::string results_text(const ResultPaths& paths, const Comparison& comparison);
[[nodiscard]] training::Json results_json(const ResultPaths& paths, const Comparison& comparison);

}  // namespace fno::compare
