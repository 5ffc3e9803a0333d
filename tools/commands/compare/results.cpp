#include "tools/commands/compare/results.h"

#include <iostream>
#include <set>

#include "tools/commands/compare/page.h"
#include "tools/commands/compare/summary.h"
#include "tools/files/atomic_file.h"
#include "tools/files/one_line.h"
#include "tools/training/json_fields.h"

namespace fno::compare {
namespace {

Json run_json(const RunRecord& run) {
  Json entry = {{"label", run.label},
                {"architecture", run.architecture()},
                {"seed", run.settings.run.seed},
                {"run", run.folder.string()},
                {"kept", run.kept},
                {"outcome", run.outcome},
                {"exit_code", run.exit_code},
                {"epochs", run.history.size()},
                {"best_val_loss", training::or_null(run.best_val_loss())},
                {"final_val_loss", training::or_null(run.final_val_loss())},
                {"last", run.scores("last")},
                {"best", run.scores("best")}};
  if (!run.error.empty()) entry["error"] = run.error;
  return entry;
}

}  // namespace

Json merged_metrics(Json old, const Comparison& c) {
  std::set<std::string> done;
  for (const RunRecord& run : c.runs) {
    old[run.label] = run.whole() ? run.scores("last") : Json(nullptr);
    if (c.several_seeds && done.insert(run.architecture()).second) old["pinn_" + run.architecture()] = old[run.label];
  }
  return old;
}

void write_results(const std::filesystem::path& out, const Comparison& c, const Json& old_metrics) {
  make_folder(out / "visuals");
  if (c.task.write_images) c.task.write_images(out);
  write_json(out / "metrics.json", merged_metrics(old_metrics, c));
  for (const auto& [name, document] : c.task.documents) write_json(out / name, document);
  for (const report::NamedPlot& plot : comparison_plots(c))
    write_file_atomic(out / "visuals" / (plot.file + ".svg"), report::render_plot(plot.plot, report::SvgTarget::file));
  const report::Page page = comparison_page(c, out);
  if (!c.task.summary.empty()) write_file_atomic(out / c.task.summary, report::page_markdown(page));
  write_file_atomic(out / "report.html", report::page_html(page));
}

void print_results(const std::filesystem::path& out, const Comparison& c, bool as_json, const Json& more) {
  std::vector<std::pair<std::string, std::string>> paths{{"report", out / "report.html"}};
  if (!c.task.summary.empty()) paths.emplace_back("summary", out / c.task.summary);
  paths.emplace_back("metrics", out / "metrics.json");
  paths.emplace_back("figures", out / "visuals");
  if (as_json) {
    Json json = {{"runs", Json::array()}, {"recommendation", recommendation(c)}};
    for (const RunRecord& run : c.runs) json["runs"].push_back(run_json(run));
    for (const auto& [name, path] : paths) json[name] = path;
    json.update(more);
    std::cout << json_text(json) << std::endl;
    return;
  }
  std::cout << report::text_table(arms_table(c)) << "\n" << report::text_table(scores_table(c)) << "\n";
  if (const report::Table seeds = seeds_table(c); !seeds.rows.empty()) std::cout << report::text_table(seeds) << "\n";
  for (const RunRecord& run : c.runs)
    if (!run.error.empty()) std::cout << run.label << ": " << one_line(run.error) << "\n";
  std::cout << recommendation(c) << "\n\n";
  for (const auto& [name, path] : paths)
    std::cout << name << std::string(9 - name.size(), ' ') << one_line(path) << "\n";
  std::cout << std::flush;
}

}  // namespace fno::compare
