#include "tools/tasks/ptychography/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <numeric>
#include <string_view>

#include "tools/files/atomic_file.h"
#include "tools/report/panel_grid.h"
#include "tools/report/text.h"

namespace fno::ptychography {
namespace {

using report::Colormap;
using report::GridPanel;
using report::Limits;

// Differences as small as this are rounding, in units of the object and in radians: not to be stretched over a
// colormap.
constexpr double kFlat = 1e-6;

RealImage difference(const RealImage& a, const RealImage& b) {
  RealImage result = a;
  for (std::size_t i = 0; i < b.values.size(); ++i) result.values[i] = std::abs(a.values[i] - b.values[i]);
  return result;
}

report::Field field_of(const RealImage& image) {
  return {image.rows, image.cols, {image.values.begin(), image.values.end()}};
}

GridPanel amplitude_panel(const std::string& title, const std::string& note, const RealImage& image, Limits limits) {
  return {title, "amplitude" + note, field_of(image), Colormap::viridis, limits};
}

GridPanel phase_panel(const std::string& title, const std::string& note, const RealImage& image, Limits limits) {
  return {title, "phase [rad]" + note, field_of(image), Colormap::twilight, limits};
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
    return GridPanel{"absolute error", fmt::format("{}, MAE {:.3f}", what, mae), field_of(error), Colormap::magma,
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
  return report::draw_panel_grid(title, rows);
}

report::Plot frc_plot(const std::string& what) {
  return {.title = "Fourier ring correlation, " + what,
          .x_label = "ring (cycles across the image)",
          .y_label = "correlation with the truth",
          .whole_x = true,
          .y_limits = Limits{0, 1.05}};
}

void add_curve(report::Plot& plot, const std::string& name, const std::optional<std::vector<double>>& values) {
  report::Series series{.name = name, .y = {std::nullopt}, .x = {0}};
  if (values) {
    series.y.assign(values->begin(), values->end());
    series.x.resize(values->size());
    std::iota(series.x.begin(), series.x.end(), 0.0);
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
  return drawn("first test object, mean and phase plane matched", columns);
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

std::vector<report::Sample> reconstruction_samples(const ComplexImage& truth, std::span<const LabelledRecon> models,
                                                   int patch_size) {
  // The quantities of a sample are its strips.
  constexpr const char *kImages = "Truth and reconstructions", *kErrors = "Absolute error";
  std::vector<report::Sample> samples;
  const auto add = [&](const std::string& title, RealImage ScoredImages::*of_truth, RealImage ScoredImages::*of_recon,
                       double AmplitudePhase::*part, std::optional<Colormap> colors) {
    report::Sample sample{.title = title};
    std::vector<report::Panel> errors;
    double greatest = 0;
    for (const LabelledRecon& model : models) {
      const ScoredImages images = scored_images(truth, model.image);
      if (sample.panels.empty())
        sample.panels.push_back({report::PanelRole::truth, "truth", field_of(images.*of_truth), kImages, colors});
      sample.panels.push_back(
          {report::PanelRole::prediction, model.label, field_of(images.*of_recon), kImages, colors});
      sample.panels.back().note = "SSIM " + report::format_number(model.metrics.ssim.*part);
      const RealImage error = difference(images.*of_truth, images.*of_recon);
      greatest = std::max(greatest, inner_limits(error, patch_size).high);
      errors.push_back({report::PanelRole::error, model.label, field_of(error), kErrors});
      errors.back().note = "MAE " + report::format_number(model.metrics.mae.*part);
    }
    for (report::Panel& panel : errors) {
      panel.limits = Limits{0, greatest};
      sample.panels.push_back(std::move(panel));
    }
    samples.push_back(std::move(sample));
  };
  add("Amplitude", &ScoredImages::truth_amplitude, &ScoredImages::recon_amplitude, &AmplitudePhase::amplitude, {});
  add("Phase (rad)", &ScoredImages::truth_phase, &ScoredImages::recon_phase, &AmplitudePhase::phase,
      Colormap::twilight);
  return samples;
}

std::vector<report::Sample> run_samples(const ComplexImage& truth, const ComplexImage& recon) {
  using report::PanelRole;
  const ScoredImages images = scored_images(truth, recon);
  const auto sample = [](const char* title, const char* unit, const RealImage& t, const RealImage& r,
                         std::optional<Colormap> colors) {
    return report::Sample{.title = title,
                          .panels = {{PanelRole::truth, "truth", field_of(t), unit, colors},
                                     {PanelRole::prediction, "reconstruction", field_of(r), unit, colors},
                                     {PanelRole::error, "|error|", field_of(difference(t, r)), unit}}};
  };
  return {sample("Amplitude", "units of the object", images.truth_amplitude, images.recon_amplitude, {}),
          sample("Phase", "radians, planes removed", images.truth_phase, images.recon_phase, Colormap::twilight)};
}

std::vector<report::Plot> frc_plots(std::span<const LabelledRecon> models) {
  report::Plot amplitude = frc_plot("amplitude"), phase = frc_plot("phase");
  bool has_phase = false;
  for (const LabelledRecon& model : models) {
    add_curve(amplitude, model.label, model.metrics.frc_amplitude);
    add_curve(phase, model.label, model.metrics.frc_phase);
    has_phase = has_phase || model.metrics.frc_phase;
  }
  add_guides(amplitude);
  add_guides(phase);
  if (has_phase) return {amplitude, phase};
  return {amplitude};
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
  make_folder(folder);
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
  const std::vector<report::Plot> rings = frc_plots(models);
  report::write_png(folder / "frc_curves.png", report::draw_plot_stack(rings));
  write_file_atomic((folder / "frc_curves.svg").string(), report::render_plot_stack(rings));
}

}  // namespace fno::ptychography
