#include "tools/commands/compare/page.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "tools/commands/compare/summary.h"
#include "tools/report/text.h"
#include "tools/settings/setting_table.h"
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
  report::Rate lost;
  for (const RunRecord& run : c.runs) {
    lost.n += run.out_of_memory() ? 0 : 1;
    lost.k += run.lost() ? 1 : 0;
    const auto loss = run.best_val_loss();
    if (loss && (best == nullptr || *loss < *best->best_val_loss())) best = &run;
  }
  if (best != nullptr)
    results.push_back({"Least validation loss", format_number(*best->best_val_loss()),
                       best->label + ", epoch " + std::to_string(best->best_epoch.value_or(0) + 1)});
  if (!c.task.floor) return results;
  const auto headline = [&](std::size_t i) {
    return c.runs[i].whole() && !c.task.last[i].empty() ? c.task.last[i].front() : std::nullopt;
  };
  std::optional<std::size_t> sharpest;
  for (std::size_t i = 0; i < c.runs.size(); ++i)
    if (headline(i) && (!sharpest || *headline(i) > *headline(*sharpest))) sharpest = i;
  const std::string& name = c.task.columns.front().name;
  if (sharpest)
    results.push_back(
        {"Greatest " + name, format_number(*headline(*sharpest)), c.runs[*sharpest].label + ", last weights"});
  results.push_back({"A " + c.task.trivial.front().first, format_number(*c.task.floor), name});
  results.push_back({"Runs lost", lost.count(), "collapsed, never learned or NaN"});
  return results;
}

std::string summary_line(const Comparison& c) {
  std::set<std::int64_t> epochs, seeds;
  for (const RunRecord& run : c.runs) {
    epochs.insert(run.settings.optim.schedule.epochs);
    seeds.insert(run.settings.run.seed);
  }
  std::string line = std::to_string(c.runs.size()) + (c.runs.size() == 1 ? " run" : " runs");
  if (epochs.size() == 1) line += ", " + std::to_string(*epochs.begin()) + " epochs";
  line +=
      seeds.size() == 1 ? ", seed " + std::to_string(*seeds.begin()) : ", " + std::to_string(seeds.size()) + " seeds";
  const std::string profile = settings::text_of(c.runs.front().settings, "train.study_profile");
  if (c.task.judged) line += ", profile " + (profile.empty() ? "none" : profile);
  return line;
}

std::vector<report::Definition> definitions(const Comparison& c) {
  std::vector<report::Definition> list{
      {"val_loss", "the training loss without gradient, mean over the samples", "On the data kept for validation."},
      {"last, best", "weights of the last epoch; of the epoch with the least val_loss",
       "Published tables score the last."}};
  list.insert(list.end(), c.task.definitions.begin(), c.task.definitions.end());
  return list;
}

}  // namespace

std::vector<report::NamedPlot> comparison_plots(const Comparison& c) {
  using training::EpochRecord;
  std::vector<report::NamedPlot> plots;
  const std::string& loss = c.runs.front().settings.train.loss;
  constexpr auto kAuto = report::YScale::automatic;
  add_plot(plots, c, "val_loss", "Validation loss", loss, kAuto, [](const EpochRecord& r) { return r.val_loss; });
  add_plot(plots, c, "train_loss", "Training loss", loss, kAuto,
           [](const EpochRecord& r) { return std::optional(r.train_loss); });
  add_plot(plots, c, "learning_rate", "Learning rate", "rate in force", report::YScale::linear,
           [](const EpochRecord& r) { return std::optional(r.learning_rate); });
  add_plot(plots, c, "gradient_norm", "Gradient norm before clipping", "mean of the epoch", kAuto,
           [](const EpochRecord& r) { return r.grad_norm; });
  for (const training::MeasureCurve& curve : c.task.curves)
    add_plot(plots, c, curve.file, curve.title, curve.label, report::YScale::linear,
             [&](const EpochRecord& r) -> std::optional<double> {
               const auto found = std::ranges::find(r.measures, curve.measure, [](const auto& m) { return m.first; });
               return found == r.measures.end() ? std::nullopt : std::optional(found->second);
             });
  plots.insert(plots.end(), c.task.plots.begin(), c.task.plots.end());
  return plots;
}

report::Page comparison_page(const Comparison& c, const std::filesystem::path& folder) {
  report::Page page{.title = c.title, .summary = summary_line(c), .warnings = c.task.warnings};
  for (const RunRecord& run : c.runs)
    if (!run.error.empty()) page.warnings.push_back(run.label + ": " + run.error);

  report::Section results{.heading = "Results"};
  results.add(key_results(c));
  results.add(arms_table(c));
  if (report::Table seeds = seeds_table(c); !seeds.rows.empty()) {
    results.add(std::move(seeds));
    results.add("Lost: collapsed, never learned or NaN. Medians are of the runs that were not lost.");
  }
  results.add(scores_table(c));
  results.add("Last: weights of the last epoch. Best: weights of the epoch with the least validation loss. " +
              c.task.caveat);
  if (!c.task.data.empty()) results.add("Data: " + c.task.data + ".");
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
    if (const std::string path = c.runs.front().data_path(role); !path.empty())
      facts.push_back({std::string(role) + " data", path + ", SHA-256 " + c.runs.front().data_hash(role)});

  page.sections.push_back({"Recommendation", {recommendation(c)}});
  page.sections.push_back(std::move(results));
  if (!curves.blocks.empty()) page.sections.push_back(std::move(curves));
  if (!c.task.samples.empty())
    page.sections.push_back({"Reconstructions", {c.task.samples.begin(), c.task.samples.end()}});
  page.sections.push_back({"Instability", {report::Bullets{instability_notes(c)}}});
  page.sections.push_back(std::move(settings));
  page.sections.push_back({"How the numbers are computed", {definitions(c)}});
  page.sections.push_back({"Provenance", {std::move(facts)}});
  return page;
}

}  // namespace fno::compare
