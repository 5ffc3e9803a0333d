#include "tools/tasks/ptychography/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <string_view>

#include "tools/files/atomic_file.h"
#include "tools/report/raster_plot.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/panel_grid.h"

namespace fno::ptychography {
namespace {

using report::Colormap;
using report::Limits;

// Differences as small as this are rounding, in units of the object and in radians: not to be stretched over a
// colormap.
constexpr double kFlat = 1e-6;

RealImage difference(const RealImage& a, const RealImage& b) {
  RealImage result = a;
  for (std::size_t i = 0; i < b.values.size(); ++i) result.values[i] = std::abs(a.values[i] - b.values[i]);
  return result;
}

GridPanel amplitude_panel(const std::string& title, const std::string& note, const RealImage& image, Limits limits) {
  return {title, "amplitude" + note, image, Colormap::viridis, limits};
}

GridPanel phase_panel(const std::string& title, const std::string& note, const RealImage& image, Limits limits) {
  return {title, "phase [rad]" + note, image, Colormap::twilight, limits};
}

using PanelColumn = std::array<GridPanel, 2>;  // amplitude above phase

PanelColumn truth_column(const ScoredImages& images) {
  return {amplitude_panel("ground truth", "", images.truth_amplitude, inner_limits(images.truth_amplitude, 0)),
          phase_panel("ground truth", "", images.truth_phase, inner_limits(images.truth_phase, 0))};
}

PanelColumn model_column(const ScoredImages& images, const LabelledRecon& model, int patch_size) {
  const ReconMetrics& m = model.metrics;
  return {amplitude_panel(model.label, fmt::format(", SSIM {:.3f}", m.ssim.amplitude), images.recon_amplitude,
                          inner_limits(images.recon_amplitude, patch_size)),
          phase_panel(model.label, fmt::format(", SSIM {:.3f}", m.ssim.phase), images.recon_phase,
                      inner_limits(images.recon_phase, patch_size))};
}

PanelColumn error_column(const ScoredImages& images, const LabelledRecon& model, int patch_size) {
  const auto panel = [&](const RealImage& truth, const RealImage& recon, const std::string& what, double mae) {
    const RealImage error = difference(truth, recon);
    const double greatest = inner_limits(error, patch_size).high;
    return GridPanel{"absolute error", fmt::format("{}, MAE {:.3f}", what, mae), error, Colormap::magma,
                     Limits{0, greatest > kFlat ? greatest : 1}};
  };
  return {panel(images.truth_amplitude, images.recon_amplitude, "amplitude", model.metrics.mae.amplitude),
          panel(images.truth_phase, images.recon_phase, "phase [rad]", model.metrics.mae.phase)};
}

PanelColumn probe_column(const ComplexImage& probe) {
  const RealImage amplitude = amplitude_of(probe), phase = phase_of(probe);
  return {amplitude_panel("probe", "", amplitude, inner_limits(amplitude, 0)),
          phase_panel("probe", "", phase, inner_limits(phase, 0))};
}

report::Image drawn(const std::string& title, const std::vector<PanelColumn>& columns) {
  std::vector<std::vector<GridPanel>> rows(2);
  for (const PanelColumn& column : columns)
    for (std::size_t row = 0; row < rows.size(); ++row) rows[row].push_back(column[row]);
  return draw_panel_grid(title, rows);
}

report::Plot frc_plot(const std::string& what) {
  return {.title = "Fourier ring correlation, " + what,
          .x_label = "ring (cycles across the image)",
          .y_label = "correlation with the truth",
          .whole_x = true,
          .width = 900,
          .height = 480};
}

void add_curve(report::Plot& plot, const std::string& name, const std::vector<double>& values) {
  report::Series series{.name = name};
  for (std::size_t ring = 0; ring < values.size(); ++ring) {
    series.x.push_back(static_cast<double>(ring));
    series.y.emplace_back(values[ring]);
  }
  plot.series.push_back(std::move(series));
}

void add_guides(report::Plot& plot) {
  double last = 0;
  for (const report::Series& series : plot.series)
    if (!series.x.empty()) last = std::max(last, series.x.back());
  plot.series.push_back({"0.5", {0.5, 0.5}, {0, last}});
  plot.series.push_back({"1/7", {1.0 / 7, 1.0 / 7}, {0, last}});
}

}  // namespace

Limits inner_limits(const RealImage& image, int patch_size) {
  const int border = std::min({patch_size / 16, 32, (std::min(image.rows, image.cols) - 1) / 2});
  const RealImage inner = trimmed(image, border);
  Limits limits{0, 0};
  bool any = false;
  for (const double v : inner.values) {
    if (!std::isfinite(v)) continue;
    limits = any ? Limits{std::min(limits.low, v), std::max(limits.high, v)} : Limits{v, v};
    any = true;
  }
  if (limits.high - limits.low <= kFlat * std::max(1.0, std::abs(limits.high))) limits.low = limits.high;
  return limits;
}

report::Image compare_amp_phase(const ComplexImage& truth, std::span<const LabelledRecon> models,
                                const std::optional<ComplexImage>& probe, int patch_size) {
  std::vector<PanelColumn> columns{truth_column(scored_images(truth, truth))};
  for (const LabelledRecon& model : models)
    columns.push_back(model_column(scored_images(truth, model.image), model, patch_size));
  if (probe) columns.push_back(probe_column(*probe));
  return drawn("first test object; mean amplitudes matched, phase planes removed", columns);
}

report::Image truth_amp_phase(const ComplexImage& truth) {
  return drawn("", {truth_column(scored_images(truth, truth))});
}

report::Image amp_phase(const ComplexImage& truth, const LabelledRecon& model, int patch_size) {
  return drawn("", {model_column(scored_images(truth, model.image), model, patch_size)});
}

report::Image amp_phase_error(const ComplexImage& truth, const LabelledRecon& model, int patch_size) {
  const ScoredImages images = scored_images(truth, model.image);
  return drawn("", {model_column(images, model, patch_size), error_column(images, model, patch_size)});
}

std::vector<report::Plot> frc_plots(std::span<const LabelledRecon> models) {
  report::Plot amplitude = frc_plot("amplitude"), phase = frc_plot("phase");
  for (const LabelledRecon& model : models) {
    if (model.metrics.frc_amplitude) add_curve(amplitude, model.label, *model.metrics.frc_amplitude);
    if (model.metrics.frc_phase) add_curve(phase, model.label, *model.metrics.frc_phase);
  }
  const bool has_phase = !phase.series.empty();
  add_guides(amplitude);
  add_guides(phase);
  if (has_phase) return {amplitude, phase};
  return {amplitude};
}

report::Image frc_picture(std::span<const LabelledRecon> models) {
  const std::vector<report::Plot> plots = frc_plots(models);
  report::Image picture(plots.front().width, plots.front().height * static_cast<int>(plots.size()));
  int y = 0;
  for (const report::Plot& plot : plots) {
    picture.paste(report::render_plot_raster(plot, Limits{0, 1.05}), 0, y);
    y += plot.height;
  }
  return picture;
}

int figure_place(const std::string& label) {
  static constexpr std::array<std::string_view, 8> kOrder{"gt",
                                                          "pinn",
                                                          "baseline",
                                                          "pinn_fno",
                                                          "pinn_hybrid",
                                                          "pinn_stable_hybrid",
                                                          "pinn_fno_vanilla",
                                                          "pinn_hybrid_resnet"};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), label) - kOrder.begin());
}

void write_figures(const std::filesystem::path& folder, const ComplexImage& truth, std::vector<LabelledRecon> models,
                   const std::optional<ComplexImage>& probe, int patch_size) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require<ErrorKind::storage>(!error, folder.string(), ": cannot make the folder: ", error.message());
  std::stable_sort(models.begin(), models.end(), [](const LabelledRecon& a, const LabelledRecon& b) {
    return figure_place(a.label) < figure_place(b.label);
  });
  report::write_png(folder / "compare_amp_phase.png", compare_amp_phase(truth, models, probe, patch_size));
  report::write_png(folder / "amp_phase_gt.png", truth_amp_phase(truth));
  for (const LabelledRecon& model : models) {
    const std::string stem = report::file_stem(model.label);
    report::write_png(folder / ("amp_phase_" + stem + ".png"), amp_phase(truth, model, patch_size));
    report::write_png(folder / ("amp_phase_error_" + stem + ".png"), amp_phase_error(truth, model, patch_size));
  }
  report::write_png(folder / "frc_curves.png", frc_picture(models));
  write_file_atomic((folder / "frc_curves.svg").string(), report::render_plot_stack(frc_plots(models)));
}

}  // namespace fno::ptychography
