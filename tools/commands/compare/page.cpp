#include "tools/commands/compare/page.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "tools/commands/compare/summary.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/figures.h"
#include "tools/tasks/ptychography/validation.h"
#include "tools/training/build_info.h"
#include "tools/training/manifest.h"

namespace fno::compare {
namespace {

using report::format_number;

using Pick = std::function<std::optional<double>(const training::EpochRecord&)>;

// One line a run, also for a run without values: a run has its colour in every plot.
void add_plot(std::vector<report::NamedPlot>& plots, const Comparison& c, const char* file, const char* title,
              const std::string& label, report::YScale scale, const Pick& pick) {
  report::Plot plot{.title = title, .x_label = "epoch", .y_label = label, .y_scale = scale, .whole_x = true};
  bool any = false;
  for (const RunRecord& run : c.runs) {
    report::Series series{.name = run.label};
    for (const training::EpochRecord& r : run.history) {
      series.y.push_back(pick(r));
      any = any || (series.y.back() && std::isfinite(*series.y.back()));
    }
    plot.series.push_back(std::move(series));
  }
  if (any) plots.push_back({file, std::move(plot)});
}

std::optional<double> measure(const training::EpochRecord& r, const std::string& name) {
  for (const auto& [key, value] : r.measures)
    if (key == name) return value;
  return std::nullopt;
}

void add_ring_correlations(std::vector<report::NamedPlot>& plots, const Comparison& c) {
  std::vector<ptychography::LabelledRecon> models;
  for (const RunRecord& run : c.runs)
    models.push_back({.label = run.label, .metrics = run.last.value_or(ptychography::ReconMetrics{})});
  const auto has_curve = [](const auto& model) { return model.metrics.frc_amplitude.has_value(); };
  if (std::ranges::none_of(models, has_curve)) return;
  const char* const files[] = {"frc_amplitude", "frc_phase"};
  std::size_t i = 0;
  for (report::Plot& plot : ptychography::frc_plots(models)) plots.push_back({files[i++], std::move(plot)});
}

report::Section reconstructions(const Comparison& c, const std::vector<Reconstruction>& images) {
  std::vector<ptychography::LabelledRecon> models;
  for (const Reconstruction& r : images)
    models.push_back({.label = c.runs[r.run].label, .image = r.image, .metrics = *c.runs[r.run].last});
  report::Section section{.heading = "Reconstructions"};
  std::vector<report::Sample> samples =
      ptychography::reconstruction_samples(c.scene->truth, models, c.scene->patch_size);
  samples.front().caption =
      "First test object, last weights. Mean amplitudes are matched and phase planes removed, as for the scores; one "
      "colour scale for truth and reconstructions, one for the errors of all arms.";
  if (!c.scene->metadata.set_phi.value_or(true))
    samples.back().caption =
        "The true phase is zero everywhere in these data: this is what the networks invent, and the scores of the "
        "phase say little.";
  for (report::Sample& sample : samples) section.add(std::move(sample));
  return section;
}

// Bytes that a path may have in an address, the rest as %XX.
std::string address_of(const std::filesystem::path& path) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string address;
  for (const char c : path.generic_string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '.' || c == '-' || c == '_' || c == '~';
    if (plain)
      address += c;
    else
      address += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return address;
}

report::Links links(const Comparison& c, const std::filesystem::path& folder) {
  std::error_code error;
  report::Links links{.lead = "Reports of the runs:"};
  for (const RunRecord& run : c.runs) {
    if (!std::filesystem::exists(run.folder / "report.html", error)) continue;
    const std::filesystem::path target = std::filesystem::relative(run.folder / "report.html", folder, error);
    // "./" in front, so that a colon in a name cannot read as a scheme.
    links.links.push_back({"./" + address_of(target), run.label});
  }
  return links;
}

std::vector<report::KeyResult> key_results(const Comparison& c) {
  std::vector<report::KeyResult> results;
  const RunRecord* best = nullptr;
  int lost = 0, counted = 0;
  for (const RunRecord& run : c.runs) {
    counted += ran_out_of_memory(run) ? 0 : 1;
    lost += is_lost(run) ? 1 : 0;
    const auto loss = best_val_loss(run);
    if (loss && (best == nullptr || *loss < *best_val_loss(*best))) best = &run;
  }
  if (best != nullptr) {
    results.push_back({"Least validation loss", format_number(*best_val_loss(*best)),
                       best->label + ", epoch " + std::to_string(best->best_epoch.value_or(0) + 1)});
  }
  const RunRecord* sharpest = nullptr;
  for (const RunRecord& run : c.runs)
    if (run.whole() && run.last && (sharpest == nullptr || run.last->ssim.amplitude > sharpest->last->ssim.amplitude))
      sharpest = &run;
  if (sharpest != nullptr)
    results.push_back(
        {"Greatest amplitude SSIM", format_number(sharpest->last->ssim.amplitude), sharpest->label + ", last weights"});
  if (c.scene) {
    results.push_back({"A constant object", format_number(c.scene->constant.ssim.amplitude), "amplitude SSIM"});
    results.push_back(
        {"Runs lost", std::to_string(lost) + " of " + std::to_string(counted), "collapsed, never learned or NaN"});
  }
  return results;
}

std::string summary_line(const Comparison& c) {
  std::set<std::int64_t> epochs, seeds;
  for (const RunRecord& run : c.runs) {
    epochs.insert(run.settings.optim.epochs);
    seeds.insert(run.settings.run.seed);
  }
  std::string line = std::to_string(c.runs.size()) + (c.runs.size() == 1 ? " run" : " runs");
  if (epochs.size() == 1) line += ", " + std::to_string(*epochs.begin()) + " epochs";
  line +=
      seeds.size() == 1 ? ", seed " + std::to_string(*seeds.begin()) : ", " + std::to_string(seeds.size()) + " seeds";
  if (c.scene) line += ", profile " + profile_text(c.runs.front());
  return line;
}

std::vector<report::Definition> definitions(bool images) {
  std::vector<report::Definition> list{{"val_loss", "the training loss without gradient, mean over the patterns",
                                        "In object space it means little: it compares diffraction."},
                                       {"last, best", "weights of the last epoch; of the epoch with the least val_loss",
                                        "Published tables score the last."}};
  if (!images) {
    list.front().note = "On the part of the training file kept for it.";
    return list;
  }
  list.push_back({"loss mae", "mean |predicted − measured| / mean measured",
                  "Amplitudes; on the usual data a constant object scores 0.177."});
  list.push_back({"SSIM", "structural similarity, window 7 × 7", "Amplitude: range of the truth; phase: (φ+π)/2π."});
  list.push_back({"PSNR", "20 log10(255 / √MSE)", "The published form, whose peak belongs to 8-bit pictures."});
  list.push_back({"FRC50", "first ring with a correlation below 0.5", "Rings count cycles across the image."});
  list.push_back({"outcome", "healthy, recovered, collapsed_at_epoch_k, never_learned, nan, oom",
                  "Of the collapse detector, which looks at the test split after every epoch."});
  return list;
}

}  // namespace

std::vector<report::NamedPlot> comparison_plots(const Comparison& c) {
  using training::EpochRecord;
  std::vector<report::NamedPlot> plots;
  const std::string loss(settings::name_of(c.runs.front().settings.train.loss));
  constexpr auto kAuto = report::YScale::automatic;
  add_plot(plots, c, "val_loss", "Validation loss", loss, kAuto, [](const EpochRecord& r) { return r.val_loss; });
  add_plot(plots, c, "train_loss", "Training loss", loss, kAuto,
           [](const EpochRecord& r) { return std::optional(r.train_loss); });
  add_plot(plots, c, "learning_rate", "Learning rate", "rate in force", report::YScale::linear,
           [](const EpochRecord& r) { return std::optional(r.learning_rate); });
  add_plot(plots, c, "gradient_norm", "Gradient norm before clipping", "mean of the epoch", kAuto,
           [](const EpochRecord& r) { return r.grad_norm; });
  add_plot(plots, c, "amplitude_ssim", "Amplitude SSIM on the test object", "SSIM", report::YScale::linear,
           [](const EpochRecord& r) { return measure(r, ptychography::kAmplitudeSsim); });
  add_plot(plots, c, "amplitude_spread", "Spread of the reconstructed amplitude", "std / mean", report::YScale::linear,
           [](const EpochRecord& r) { return measure(r, ptychography::kAmplitudeSpread); });
  add_ring_correlations(plots, c);
  return plots;
}

report::Page comparison_page(const Comparison& c, const std::vector<Reconstruction>& images,
                             const std::filesystem::path& folder) {
  const auto constant = c.scene ? std::optional(c.scene->constant) : std::nullopt;
  report::Page page{.title = c.title, .summary = summary_line(c), .warnings = c.warnings};
  for (const RunRecord& run : c.runs)
    if (!run.error.empty()) page.warnings.push_back(run.label + ": " + run.error);

  report::Section results{.heading = "Results"};
  results.add(key_results(c));
  results.add(arms_table(c.runs));
  if (report::Table seeds = seeds_table(c.runs); !seeds.rows.empty()) {
    results.add(std::move(seeds));
    results.add("Lost: collapsed, never learned or NaN. Medians are of the runs that were not lost.");
  }
  results.add(scores_table(c.runs, constant));
  results.add(
      "Last: weights of the last epoch. Best: weights of the epoch with the least validation loss." +
      std::string(c.scene ? " A constant object and zero phase are the answers of a network that has learned nothing."
                          : ""));
  if (c.scene) results.add("Data: " + data_text(*c.scene) + ".");
  if (report::Links found = links(c, folder); !found.links.empty()) results.add(std::move(found));

  report::Section curves{.heading = "Curves"};
  for (report::NamedPlot& named : comparison_plots(c)) curves.add(std::move(named.plot));
  report::Section settings{.heading = "Settings"};
  if (report::Table differences = differences_table(c.runs); !differences.rows.empty())
    settings.add(std::move(differences));
  settings.add("Settings of all runs:");
  settings.add(common_settings(c.runs));
  std::vector<report::Fact> facts{{"command", c.command},
                                  {"program", std::string("fno ") + build::version() + ", " + build::git_commit() +
                                                  (build::git_dirty() ? ", changed" : "")},
                                  {"made", training::utc_now()}};
  for (const char* role : {"training", "test", "validation"})
    if (const std::string path = data_path(c.runs.front(), role); !path.empty())
      facts.push_back({std::string(role) + " data", path + ", SHA-256 " + data_hash(c.runs.front(), role)});

  page.sections.push_back({"Recommendation", {recommendation(c.runs, constant)}});
  page.sections.push_back(std::move(results));
  if (!curves.blocks.empty()) page.sections.push_back(std::move(curves));
  if (!images.empty()) page.sections.push_back(reconstructions(c, images));
  page.sections.push_back({"Instability", {report::Bullets{instability_notes(c.runs)}}});
  page.sections.push_back(std::move(settings));
  page.sections.push_back({"How the numbers are computed", {definitions(c.runs.front().is_ptychography())}});
  page.sections.push_back({"Provenance", {std::move(facts)}});
  return page;
}

}  // namespace fno::compare
