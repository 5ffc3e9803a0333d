#include "tools/tasks/stage_a/full_section.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

#include "tools/files/npz.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/recon.h"
#include "tools/tasks/stage_a/full_results.h"

namespace fno::stage_a {
namespace {

namespace fs = std::filesystem;
using report::Plot;
using report::Section;
using report::Series;

// Without the marks of Markdown: **, ` and the address of a link.
std::string plain(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`' || (text[i] == '*' && text.compare(i, 2, "**") == 0)) {
      i += text[i] == '*' ? 1 : 0;
    } else if (text[i] == '[') {
      continue;
    } else if (text.compare(i, 2, "](") == 0) {
      i = std::min(text.find(')', i), text.size() - 1);
    } else {
      out += text[i];
    }
  }
  return out;
}

// Blocks of a piece of Markdown that has paragraphs and bullets alone.
void add_text(Section& section, const std::string& text) {
  report::Bullets bullets;
  std::string paragraph;
  const auto finish = [&] {
    if (!paragraph.empty()) section.add(plain(paragraph));
    if (!bullets.lines.empty()) section.add(bullets);
    paragraph.clear();
    bullets.lines.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) {
      finish();
    } else if (line.starts_with("- ")) {
      bullets.lines.push_back(plain(line.substr(2)));
    } else if (!bullets.lines.empty()) {
      bullets.lines.back() += " " + plain(line.substr(line.find_first_not_of(' ')));
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + line;
    }
  }
  finish();
}

std::string name_of(const RunRow& row) { return row.key.change + " " + std::to_string(row.key.weight_seed); }

fs::path folder_of(const StudyFiles& files, const RunRow& row) {
  return fs::path(layers_path(files.folder, row)).parent_path();
}

// Runs of the primary arms in the order of their rows, pairs beside each other.
std::vector<const RunRow*> primary_rows(const std::vector<FullArm>& arms) {
  std::vector<const RunRow*> rows;
  for (std::size_t i = 0; i < 3; ++i) rows.insert(rows.end(), arms[i].rows.begin(), arms[i].rows.end());
  std::ranges::stable_sort(rows, {}, [](const RunRow* row) { return row->key.weight_seed; });
  return rows;
}

Plot epochs_plot(const std::vector<const RunRow*>& rows, const std::string& title, const char* member, bool levels) {
  Plot plot{.title = title, .x_label = "epoch", .y_label = title, .whole_x = true};
  double last = 1;
  for (const RunRow* row : rows) {
    Series series{.name = name_of(*row)};
    for (const training::Json& v : row->json.at(member))
      series.y.push_back(v.is_null() ? std::nullopt : std::optional(v.get<double>()));
    last = std::max(last, static_cast<double>(series.y.size()));
    plot.series.push_back(std::move(series));
  }
  if (levels) {
    plot.y_scale = report::YScale::logarithmic;
    add_levels(plot, last);
  }
  return plot;
}

// The steps of the runs of one seed.
std::optional<Plot> steps_plot(const StudyFiles& files, const std::vector<const RunRow*>& rows, std::int64_t seed) {
  Plot plot{.title = fmt::format("Loss of every step, seed {}", seed), .x_label = "step", .y_label = "training loss"};
  plot.y_scale = report::YScale::logarithmic;
  plot.whole_x = true;
  double last = 1;
  for (const RunRow* row : rows) {
    const std::string path = (folder_of(files, *row) / "steps.npz").string();
    if (std::error_code error; row->key.weight_seed != seed || !fs::exists(path, error)) continue;
    Series series{.name = row->key.change};
    for (const float v : NpzReader(path).read("loss").to_floats(path)) series.y.emplace_back(v);
    last = std::max(last, static_cast<double>(series.y.size()));
    plot.series.push_back(std::move(series));
  }
  if (plot.series.empty()) return std::nullopt;
  add_levels(plot, last);
  return plot;
}

// The map into a GELU that has grown most.
std::optional<Plot> layers_plot(const StudyFiles& files, const std::vector<const RunRow*>& rows) {
  Plot plot{
      .title = "Growth inside the network", .x_label = "log2 of the step", .y_label = "greatest σ / σ at the start"};
  plot.y_scale = report::YScale::logarithmic;
  for (const RunRow* row : rows) {
    const std::vector<LayerCurve> curves = read_layer_curves(layers_path(files.folder, *row));
    if (curves.empty()) continue;
    Series series{.name = name_of(*row)};
    for (std::size_t i = 0; i < curves.front().steps.size(); ++i) {
      if (curves.front().steps[i] < 1) continue;
      double greatest = 0;
      for (const LayerCurve& c : curves)
        if (i < c.sigma.size() && c.sigma.front() > 0) greatest = std::max(greatest, c.sigma[i] / c.sigma.front());
      series.x.push_back(std::log2(curves.front().steps[i]));
      series.y.emplace_back(greatest);
    }
    plot.series.push_back(std::move(series));
  }
  return plot.series.empty() ? std::nullopt : std::optional(plot);
}

// Amplitudes over their means, one colour scale.
std::optional<report::Sample> reconstructions(const StudyFiles& files) {
  report::Sample sample{.title = "Reconstructions of the last weights",
                        .caption = "Amplitude of the first test object over its mean; one colour scale."};
  for (const RunRow& row : files.full) {
    const std::string path = (folder_of(files, row) / "recon.npz").string();
    if (std::error_code error; !fs::exists(path, error)) continue;
    const ptychography::ComplexImage image = ptychography::read_recon(path);
    report::Field field{.rows = image.rows, .cols = image.cols, .values = {}};
    double sum = 0;
    for (const auto& v : image.values) sum += std::abs(v);
    const double mean = sum / static_cast<double>(image.values.size());
    for (const auto& v : image.values) field.values.push_back(static_cast<float>(std::abs(v) / mean));
    sample.panels.push_back(
        {.role = report::PanelRole::prediction,
         .label = name_of(row),
         .field = std::move(field),
         .quantity = "amplitude",
         .limits = report::Limits{0.3, 1.7},
         .note = fmt::format("{}, SSIM {}", row.dead() ? "flat" : row.label, report::number_or_dash(row.ssim_last))});
  }
  return sample.panels.empty() ? std::nullopt : std::optional(sample);
}

}  // namespace

void add_levels(Plot& plot, double last) {
  const ptychography::CollapseLimits limits;
  constexpr double kConstantObject = 0.177;
  const auto level = [&](const std::string& name, double y) { plot.series.push_back({name, {y, y}, {1, last}}); };
  level("0.1: learned", limits.learned);
  level("0.15: lost", limits.floor);
  level("0.177: a constant object", kConstantObject);
}

std::optional<Section> answer_section(const StudyFiles& files) {
  const std::string heading = "## In one minute\n";
  const std::size_t begin = files.findings.find(heading);
  if (begin == std::string::npos) return std::nullopt;
  const std::size_t from = begin + heading.size();
  const std::size_t end = std::min(files.findings.find("\n## ", from), files.findings.size());
  Section section{.heading = "In one minute"};
  add_text(section,
           fill_in(files.findings.substr(from, end - from), claims_of(files), files.folder + "/findings.in.md"));
  return section;
}

std::optional<Section> full_section(const StudyFiles& files) {
  if (files.full.empty()) return std::nullopt;
  const std::vector<FullArm> arms = full_results(files.full);
  const std::vector<const RunRow*> rows = primary_rows(arms);
  Section section{.heading = "At full size"};
  std::vector<report::KeyResult> results;
  for (const FullArm& arm : arms)
    if (arm.flat.n > 0) results.push_back({arm.name + ": flat", arm.flat.count(), arm.flat.interval()});
  section.add(std::move(results));
  section.add(epochs_plot(rows, "val_loss", "val_loss", true));
  section.add(epochs_plot(rows, "amplitude SSIM", "amp_ssim", false));
  std::vector<std::int64_t> seeds;
  for (const RunRow* row : rows)
    if (seeds.empty() || seeds.back() != row->key.weight_seed) seeds.push_back(row->key.weight_seed);
  for (const std::int64_t seed : seeds)
    if (auto plot = steps_plot(files, rows, seed)) section.add(std::move(*plot));
  if (auto plot = layers_plot(files, rows)) section.add(std::move(*plot));
  if (auto sample = reconstructions(files)) section.add(std::move(*sample));
  for (report::Table& table : full_tables(files))
    if (!table.rows.empty()) section.add(std::move(table));
  return section;
}

}  // namespace fno::stage_a
