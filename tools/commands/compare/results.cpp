#include "tools/commands/compare/results.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "framework/error.h"
#include "tools/commands/compare/page.h"
#include "tools/commands/compare/summary.h"
#include "tools/files/atomic_file.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/figures.h"
#include "tools/tasks/ptychography/recon.h"
#include "tools/tasks/ptychography/study_rows.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;
using training::Json;

// Columns of a picture that can still be told apart.
constexpr std::size_t kMostColumns = 8;

std::string plain_label(const RunRecord& run) { return "pinn_" + run.architecture(); }

bool is_tested(const Comparison& c, const RunRecord& run) { return c.scene && run.whole() && run.last; }

void write_recons(const ResultPaths& paths, const Comparison& c, const std::vector<Reconstruction>& images) {
  ptychography::write_recon(paths.recons() / "gt" / "recon.npz", c.scene->truth);
  std::set<std::string> done;
  for (const Reconstruction& image : images) {
    const RunRecord& run = c.runs[image.run];
    ptychography::write_recon(paths.recons() / run.label / "recon.npz", image.image);
    if (c.several_seeds && done.insert(run.architecture()).second)
      ptychography::write_recon(paths.recons() / plain_label(run) / "recon.npz", image.image);
  }
}

// All runs where a picture holds them, else the first of each architecture.
void write_visuals(const ResultPaths& paths, const Comparison& c, const std::vector<Reconstruction>& images) {
  std::vector<ptychography::LabelledRecon> shown;
  std::set<std::string> done;
  for (const Reconstruction& image : images) {
    const RunRecord& run = c.runs[image.run];
    if (images.size() > kMostColumns && !done.insert(run.architecture()).second) continue;
    shown.push_back({.label = run.label, .image = image.image, .metrics = *run.last});
  }
  if (!shown.empty())
    ptychography::write_figures(paths.visuals(), c.scene->truth, shown, c.scene->probe, c.scene->patch_size);
}

std::string probe_text(const ptychography::Metadata& m) {
  const std::string source = m.probe_source.value_or("not said");
  if (source == "analytic") return "analytic (a substitute for the measured one)";
  return m.probe_npz ? source + " (" + *m.probe_npz + ")" : source;
}

// Of the loss mae alone is it known what a constant object scores.
std::optional<bool> has_learned(const RunRecord& run) {
  if (run.settings.train.loss != settings::Loss::mae) return std::nullopt;
  return std::ranges::any_of(run.history, [](const training::EpochRecord& r) {
    return r.val_loss && *r.val_loss < ptychography::CollapseLimits{}.learned;
  });
}

Json value_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

std::string data_text(const Scene& scene) {
  const ptychography::Metadata& m = scene.metadata;
  const auto count = [](const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : std::string("?"); };
  return fmt::format("images: {} training, {} test; {} photons a pattern, objects {}, probe {}", count(m.nimgs_train),
                     count(m.nimgs_test), m.nphotons ? report::format_number(*m.nphotons) : "?",
                     m.set_phi.value_or(false) ? "with a phase" : "without a phase", probe_text(m));
}

std::string profile_text(const RunRecord& run) {
  const auto& profile = run.settings.train.study_profile;
  return profile ? std::string(settings::name_of(*profile)) : "none";
}

Scene read_scene(const std::string& test_path, const settings::Settings& flags) {
  ptychography::PtychoData data = ptychography::read_dataset(test_path);
  if (flags.train.nimgs_test) data.metadata.nimgs_test = flags.train.nimgs_test;
  if (flags.train.outer_offset_test) data.metadata.outer_offset_test = flags.train.outer_offset_test;
  Scene scene{.truth = ptychography::ground_truth(data),
              .probe = {data.N, data.N, data.probe},
              .patch_size = data.N,
              .constant = {},
              .metadata = data.metadata,
              .test_path = test_path,
              .test_sha256 = data.sha256};
  scene.constant = ptychography::score_constant(scene.truth);
  return scene;
}

std::vector<Reconstruction> read_reconstructions(const Comparison& c) {
  std::vector<Reconstruction> images;
  for (std::size_t i = 0; i < c.runs.size(); ++i) {
    const RunRecord& run = c.runs[i];
    if (!is_tested(c, run)) continue;
    const std::string path = run.folder / "recon.npz";
    images.push_back({i, ptychography::read_recon(path)});
    const ptychography::ComplexImage &image = images.back().image, &truth = c.scene->truth;
    require<ErrorKind::data>(image.rows == truth.rows && image.cols == truth.cols, path, ": found an image of ",
                             image.rows, " x ", image.cols, ", accepted: ", truth.rows, " x ", truth.cols,
                             ", as the truth of ", c.scene->test_path);
  }
  return images;
}

Json merged_metrics(Json old, const Comparison& c) {
  std::set<std::string> done;
  for (const RunRecord& run : c.runs) {
    const Json m = run.metrics.value("last", Json());
    const bool measured = run.last || !run.is_ptychography();
    old[run.label] = run.whole() && measured ? m : Json(nullptr);
    if (c.several_seeds && done.insert(run.architecture()).second) old[plain_label(run)] = old[run.label];
  }
  return old;
}

Json stage_a_json(const Comparison& c) {
  std::vector<ptychography::StudyRow> rows;
  for (const RunRecord& run : c.runs)
    rows.push_back({.arm = run.label,
                    .architecture = run.architecture(),
                    .seed = static_cast<std::uint64_t>(run.settings.run.seed),
                    .best_val_loss = best_val_loss(run),
                    .final_val_loss = final_val_loss(run),
                    .metrics = run.last,
                    .verdict = run.verdict.value_or(ptychography::Verdict{}),
                    .learned = has_learned(run),
                    .git_commit = commit_of(run),
                    .data_sha256 = data_hash(run, "training")});
  return ptychography::stage_a_metrics_json(std::move(rows));
}

Json crash_hunt_summary(const Comparison& c) {
  std::vector<ptychography::CrashHuntRow> rows;
  for (const RunRecord& run : c.runs)
    rows.push_back({.depth = static_cast<int>(run.settings.model.fno_blocks),
                    .seed = static_cast<std::uint64_t>(run.settings.run.seed),
                    .best_val_loss = best_val_loss(run),
                    .final_val_loss = final_val_loss(run),
                    .amp_ssim = run.last ? std::optional(run.last->ssim.amplitude) : std::nullopt,
                    .out_of_memory = ran_out_of_memory(run)});
  return ptychography::crash_hunt_json(rows);
}

void write_results(const ResultPaths& paths, const Comparison& c, const Json& old_metrics) {
  make_folder(paths.out);
  const std::vector<Reconstruction> images = read_reconstructions(c);
  if (c.scene) {
    write_recons(paths, c, images);
    write_visuals(paths, c, images);
  }
  write_json(paths.metrics(), merged_metrics(old_metrics, c));
  if (c.runs.front().is_ptychography()) {
    write_json(paths.stage_a_metrics(), stage_a_json(c));
    write_json(paths.crash_hunt(), crash_hunt_summary(c));
  }
  make_folder(paths.visuals());
  for (const report::NamedPlot& plot : comparison_plots(c))
    write_file_atomic((paths.visuals() / (plot.file + ".svg")).string(),
                      report::render_plot(plot.plot, report::SvgTarget::file));
  const report::Page page = comparison_page(c, images, paths.out);
  if (c.runs.front().is_ptychography()) write_file_atomic(paths.summary(), report::page_markdown(page));
  write_file_atomic(paths.page(), report::page_html(page));
}

std::string results_text(const ResultPaths& paths, const Comparison& c) {
  const auto constant = c.scene ? std::optional(c.scene->constant) : std::nullopt;
  std::string text =
      report::text_table(arms_table(c.runs)) + "\n" + report::text_table(scores_table(c.runs, constant)) + "\n";
  if (const report::Table seeds = seeds_table(c.runs); !seeds.rows.empty()) text += report::text_table(seeds) + "\n";
  for (const RunRecord& run : c.runs)
    if (!run.error.empty()) text += run.label + ": " + run.error + "\n";
  text += recommendation(c.runs, constant) + "\n\n";
  text += "report   " + paths.page() + "\n";
  if (c.runs.front().is_ptychography()) text += "summary  " + paths.summary() + "\n";
  text += "metrics  " + paths.metrics() + "\n";
  text += "figures  " + paths.visuals().string() + "\n";
  return text;
}

Json results_json(const ResultPaths& paths, const Comparison& c) {
  Json runs = Json::array();
  for (const RunRecord& run : c.runs) {
    Json entry = {{"label", run.label},
                  {"architecture", run.architecture()},
                  {"seed", run.settings.run.seed},
                  {"run", run.folder.string()},
                  {"kept", run.kept},
                  {"outcome", outcome_of(run)},
                  {"exit_code", run.exit_code},
                  {"epochs", run.history.size()},
                  {"best_val_loss", value_or_null(best_val_loss(run))},
                  {"final_val_loss", value_or_null(final_val_loss(run))},
                  {"last", run.metrics.value("last", Json())},
                  {"best", run.metrics.value("best", Json())}};
    if (!run.error.empty()) entry["error"] = run.error;
    runs.push_back(std::move(entry));
  }
  Json json = {{"runs", runs}};
  const auto constant = c.scene ? std::optional(c.scene->constant) : std::nullopt;
  json["recommendation"] = recommendation(c.runs, constant);
  json["report"] = paths.page();
  json["metrics"] = paths.metrics();
  if (c.runs.front().is_ptychography()) json["summary"] = paths.summary();
  json["figures"] = paths.visuals().string();
  return json;
}

}  // namespace fno::compare
