#include "tools/tasks/ptychography/comparison.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "tools/report/text.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/figures.h"
#include "tools/tasks/ptychography/losses.h"
#include "tools/tasks/ptychography/recon.h"
#include "tools/tasks/ptychography/study_rows.h"
#include "tools/tasks/ptychography/validation.h"

namespace fno::ptychography {
namespace {

using training::RunRecord;
using training::TaskComparison;

// Columns of a picture that can still be told apart.
constexpr std::size_t kMostColumns = 8;

// What the reconstructions of all runs are laid beside.
struct Scene {
  ComplexImage truth, probe;
  int patch_size = 0;
  Metadata metadata;
};

struct Scored {
  std::optional<ReconMetrics> last = {}, best = {};
};

// A run and its stitched image.
struct Reconstruction {
  const RunRecord* run = nullptr;
  LabelledRecon recon = {};
};

training::ScoreValues values_of(const std::optional<ReconMetrics>& m) {
  if (!m) return {};
  return {m->ssim.amplitude,    m->mae.amplitude, m->psnr.amplitude, m->frc50.amplitude,
          m->ms_ssim.amplitude, m->ssim.phase,    m->mae.phase};
}

void add_scores(TaskComparison& c, const std::vector<Scored>& scored) {
  c.columns = {{"amplitude SSIM", true}, {"MAE", true}, {"PSNR"}, {"FRC50"}, {"MS-SSIM"},
               {"phase SSIM", true},     {"phase MAE"}};
  for (const Scored& s : scored) {
    c.last.push_back(values_of(s.last));
    c.best.push_back(values_of(s.best));
    std::vector<training::Score>& stats = c.stats.emplace_back();
    const auto add = [&](const std::string& name, AmplitudePhase ReconMetrics::*metric) {
      const auto part = [&](double AmplitudePhase::*member) {
        return s.last ? std::optional((*s.last).*metric.*member) : std::nullopt;
      };
      stats.push_back({"amp_" + name, part(&AmplitudePhase::amplitude)});
      stats.push_back({"phase_" + name, part(&AmplitudePhase::phase)});
    };
    add("mae", &ReconMetrics::mae);
    add("ssim", &ReconMetrics::ssim);
    add("psnr", &ReconMetrics::psnr);
  }
}

void add_trivial_answers(TaskComparison& c, const ReconMetrics& constant) {
  constexpr std::size_t kAmplitudes = 5;
  training::ScoreValues amplitude = values_of(constant), phase = amplitude;
  c.floor = amplitude.front();
  for (std::size_t i = 0; i < phase.size(); ++i) (i < kAmplitudes ? phase : amplitude)[i] = std::nullopt;
  c.trivial = {{"constant object", amplitude}, {"zero phase", phase}};
  c.caveat = "A constant object and zero phase are the answers of a network that has learned nothing.";
}

// The test file that all runs were tested on; where it says nothing of its scan, the flags of a run do.
std::optional<Scene> read_scene(const std::vector<RunRecord>& runs, const std::vector<Scored>& scored,
                                std::vector<std::string>& warnings) {
  const RunRecord* first = nullptr;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!runs[i].whole() || !scored[i].last) continue;
    if (first == nullptr) first = &runs[i];
    if (runs[i].data_hash("test") == first->data_hash("test")) continue;
    warnings.push_back(first->label + " and " + runs[i].label +
                       " were tested on different data: no reconstructions side by side");
    return std::nullopt;
  }
  if (first == nullptr) return std::nullopt;
  const std::string path = first->data_path("test");
  PtychoData data = read_dataset(path);
  require<ErrorKind::data>(data.sha256 == first->data_hash("test"), path, ": found SHA-256 ", data.sha256,
                           ", accepted: ", first->data_hash("test"), ", the file that ", first->folder.string(),
                           " was tested on");
  const auto& flags = first->settings.own<PtychographySettings>();
  if (flags.nimgs_test) data.metadata.nimgs_test = flags.nimgs_test;
  if (flags.outer_offset_test) data.metadata.outer_offset_test = flags.outer_offset_test;
  return Scene{ground_truth(data), {data.N, data.N, data.probe}, data.N, data.metadata};
}

std::vector<Reconstruction> read_reconstructions(const std::vector<RunRecord>& runs, const std::vector<Scored>& scored,
                                                 const ComplexImage& truth) {
  std::vector<Reconstruction> images;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!runs[i].whole() || !scored[i].last) continue;
    const std::string path = runs[i].folder / "recon.npz";
    images.push_back({&runs[i], {.label = runs[i].label, .image = read_recon(path), .metrics = *scored[i].last}});
    const ComplexImage& image = images.back().recon.image;
    require<ErrorKind::data>(image.rows == truth.rows && image.cols == truth.cols, path, ": found an image of ",
                             image.rows, " x ", image.cols, ", accepted: ", truth.rows, " x ", truth.cols,
                             ", as the truth of the test data");
  }
  return images;
}

std::string data_text(const Metadata& m) {
  const auto count = [](const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : std::string("?"); };
  const std::string source = m.probe_source.value_or("not said");
  return fmt::format("images: {} training, {} test; {} photons a pattern, objects {}, probe {}", count(m.nimgs_train),
                     count(m.nimgs_test), m.nphotons ? report::format_number(*m.nphotons) : "?",
                     m.set_phi.value_or(false) ? "with a phase" : "without a phase",
                     source == "analytic" ? "analytic (a substitute for the measured one)"
                     : m.probe_npz        ? source + " (" + *m.probe_npz + ")"
                                          : source);
}

void write_images(const std::filesystem::path& out, const Scene& scene, const std::vector<Reconstruction>& images,
                  bool several_seeds) {
  const auto write = [&](const std::string& label, const ComplexImage& image) {
    write_recon(out / "recons" / label / "recon.npz", image);
  };
  write("gt", scene.truth);
  // All runs where a picture holds them, else the first of each architecture.
  std::vector<LabelledRecon> shown;
  std::set<std::string> done;
  for (const Reconstruction& r : images) {
    const bool first = done.insert(r.run->architecture()).second;
    write(r.recon.label, r.recon.image);
    if (several_seeds && first) write("pinn_" + r.run->architecture(), r.recon.image);
    if (first || images.size() <= kMostColumns) shown.push_back(r.recon);
  }
  if (!shown.empty()) write_figures(out / "visuals", scene.truth, shown, scene.probe, scene.patch_size);
}

void add_scene(TaskComparison& c, Scene scene, std::vector<Reconstruction> images, bool several_seeds) {
  add_trivial_answers(c, score_constant(scene.truth));
  c.data = data_text(scene.metadata);
  std::vector<LabelledRecon> models;
  for (const Reconstruction& r : images) models.push_back(r.recon);
  c.samples = reconstruction_samples(scene.truth, models, scene.patch_size);
  c.samples.front().caption =
      "First test object, last weights. Mean amplitudes are matched and phase planes removed, as for the scores; one "
      "colour scale for truth and reconstructions, one for the errors of all arms.";
  if (!scene.metadata.set_phi.value_or(true))
    c.samples.back().caption =
        "The true phase is zero everywhere in these data: this is what the networks invent, and the scores of the "
        "phase say little.";
  c.write_images = [scene = std::move(scene), images = std::move(images), several_seeds](const auto& out) {
    write_images(out, scene, images, several_seeds);
  };
}

void add_ring_correlations(TaskComparison& c, const std::vector<RunRecord>& runs, const std::vector<Scored>& scored) {
  std::vector<LabelledRecon> models;
  for (std::size_t i = 0; i < runs.size(); ++i)
    models.push_back({.label = runs[i].label, .metrics = scored[i].last.value_or(ReconMetrics{})});
  const auto has_curve = [](const auto& model) { return model.metrics.frc_amplitude.has_value(); };
  if (std::ranges::none_of(models, has_curve)) return;
  const char* const files[] = {"frc_amplitude", "frc_phase"};
  for (report::Plot& plot : frc_plots(models)) c.plots.push_back({files[c.plots.size()], std::move(plot)});
}

}  // namespace

TaskComparison compare_runs(const std::vector<RunRecord>& runs, bool several_seeds) {
  std::vector<Scored> scored;
  for (const RunRecord& run : runs)
    scored.push_back({recon_metrics(run.scores("last")), recon_metrics(run.scores("best"))});
  TaskComparison c{.judged = true, .summary = "stage_a_summary.md"};
  c.unbroken =
      fmt::format("the validation loss was never below {} and ended at {} or above",
                  report::format_number(CollapseLimits{}.learned), report::format_number(CollapseLimits{}.floor));
  add_scores(c, scored);
  c.curves = {{kAmplitudeSsim, "amplitude_ssim", "Amplitude SSIM on the test object", "SSIM"},
              {kAmplitudeSpread, "amplitude_spread", "Spread of the reconstructed amplitude", "std / mean"}};
  add_ring_correlations(c, runs, scored);
  if (std::optional<Scene> scene = read_scene(runs, scored, c.warnings)) {
    std::vector<Reconstruction> images = read_reconstructions(runs, scored, scene->truth);
    add_scene(c, std::move(*scene), std::move(images), several_seeds);
  }
  c.definitions = {{"loss mae", "mean |predicted − measured| / mean measured",
                    "Amplitudes; on the usual data a constant object scores 0.177."},
                   {"SSIM", "structural similarity, window 7 × 7", "Amplitude: range of the truth; phase: (φ+π)/2π."},
                   {"PSNR", "20 log10(255 / √MSE)", "The published form, whose peak belongs to 8-bit pictures."},
                   {"FRC50", "first ring with a correlation below 0.5", "Rings count cycles across the image."},
                   {"outcome", "healthy, recovered, collapsed_at_epoch_k, never_learned, nan, oom",
                    "Of the collapse detector, which looks at the test split after every epoch."}};
  c.documents = {{"stage_a_metrics.json", stage_a_metrics_json(runs)},
                 {"crash_hunt_summary.json", crash_hunt_json(runs)}};
  return c;
}

}  // namespace fno::ptychography
