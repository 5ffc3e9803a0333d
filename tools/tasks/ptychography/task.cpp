#include "tools/tasks/ptychography/task.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "tools/files/npz.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/figures.h"
#include "tools/tasks/ptychography/losses.h"
#include "tools/tasks/ptychography/recon.h"
#include "tools/tasks/ptychography/validation.h"

namespace fno::ptychography {
namespace {

using report::format_number;

// Flags stand in for what a file does not say about its scan, and never contradict it.
void take_scan_flags(PtychoData& data, const settings::Settings& settings) {
  const auto take = [&](std::optional<std::int64_t>& said, const std::optional<std::int64_t>& flag, const char* key) {
    if (!flag) return;
    require<ErrorKind::config>(!said || *said == *flag, settings.label(key), ": found ", *flag, ", ", data.path,
                               " says ", said.value_or(0), ", accepted: what the file says");
    said = flag;
  };
  const auto& own = settings.own<PtychographySettings>();
  take(data.metadata.nimgs_test, own.nimgs_test, "train.nimgs_test");
  take(data.metadata.outer_offset_test, own.outer_offset_test, "train.outer_offset_test");
}

void require_same_patterns(const PtychoData& data, const PtychoData& training) {
  require<ErrorKind::data>(data.measurement.has_value() == training.measurement.has_value(), data.path, ": found a ",
                           data.measurement ? "measurement" : "simulated set", " beside ", training.path,
                           ", accepted: two files of one kind, their amplitudes have other units");
  require<ErrorKind::data>(data.N == training.N && data.C == training.C, data.path, ": found patterns of ", data.N,
                           " x ", data.N, " in ", data.C, " channels, accepted: ", training.N, " x ", training.N,
                           " in ", training.C, ", as ", training.path, " has them");
}

void fill_measurement(report::RunReport& page, const MeasuredObject& object, const PtychoData& data) {
  const std::string error = format_number(object.error), constant = format_number(object.constant);
  page.summary += ", amplitude error " + error + " (constant object " + constant + ")";
  std::vector<report::KeyResult> results{{"Amplitude error", error, "constant object: " + constant}};
  if (!object.metrics) results.push_back({"Scores", report::kNoValue, kNoTruth});
  page.results.insert(page.results.begin(), results.begin(), results.end());
  constexpr std::string_view kNotice = "notice: ";
  for (const std::string& line : remarks_of(object))
    if (line.starts_with(kNotice)) page.warnings.push_back(line.substr(kNotice.size()));
  if (!page.tables.empty()) {
    std::vector<std::string> row{"constant object", constant, report::kNoValue};
    if (object.plain)
      for (const training::Score& score : measured(*object.plain, *object.plain).scores)
        row.push_back(report::number_or_dash(score.value));
    page.tables.front().rows.push_back(std::move(row));
  }
  page.samples = object_samples(object, data);
}

}  // namespace

RunData::RunData(const settings::Settings& settings)
    : training(read_dataset(settings.run.data, settings.own<PtychographySettings>())) {
  const auto read = [&](const std::string& path) {
    const std::optional<ScanUnits> units =
        training.measurement ? std::optional(training.measurement->units) : std::nullopt;
    PtychoData data = read_dataset(path, settings.own<PtychographySettings>(), units);
    require_same_patterns(data, training);
    return data;
  };
  if (settings.run.test_data) {
    test = read(*settings.run.test_data);
    take_scan_flags(*test, settings);
    if (!test->measurement) {
      scan.emplace(*test);
      constant = score_constant(scan->truth());
    }
  }
  if (const auto& path = settings.own<PtychographySettings>().validation_data) validation = read(*path);
}

const PtychoData* RunData::measurement() const {
  const PtychoData& data = test ? *test : training;
  return data.measurement ? &data : nullptr;
}

std::vector<std::pair<std::string, const PtychoData*>> RunData::splits() const {
  std::vector<std::pair<std::string, const PtychoData*>> all{{"training", &training}};
  if (test) all.emplace_back("test", &*test);
  if (validation) all.emplace_back("validation", &*validation);
  return all;
}

void RunData::pass_gate(const Physics& physics, const Device& device,
                        const std::function<void(const std::string&)>& say) const {
  for (const auto& [role, split] : splits()) {
    std::string notice;
    (void)gate(*split, physics, device, notice);
    if (!notice.empty()) say(notice);
  }
}

PtychographyTask::PtychographyTask(settings::Settings settings, const Device& device,
                                   std::shared_ptr<const RunData> data, const std::optional<ScanPace>& pace)
    : Task(std::move(settings), device),
      data_(data ? std::move(data) : std::make_shared<const RunData>(settings_)),
      pace_(pace),
      physics_(data_->training, settings_.own<PtychographySettings>().gain(), device) {
  settings_.model.points = data_->training.N;
  settings_.model.channels = data_->training.C;
  description_.config = settings_.model;
  if (const auto& m = data_->training.measurement)
    put_units(description_, m->units, physics_.gain(settings_.optim.batch_size));
  (void)count_parameters(description_.config);  // a depth that does not fit is an error before anything is allocated
}

training::LossFunction PtychographyTask::loss() const {
  return physics_loss(physics_, settings_.train.loss, data_->training.metadata.intensity_scale.value_or(1));
}

std::unique_ptr<training::Validation> PtychographyTask::validation(const Model& model) {
  const std::optional<PtychoData>& of_loss = data_->validation ? data_->validation : data_->test;
  if (!of_loss) return nullptr;
  return std::make_unique<ScanValidation>(ScanValidation::Parts{.model = model,
                                                                .data = *of_loss,
                                                                .test = data_->test ? &*data_->test : nullptr,
                                                                .scan = data_->scan ? &*data_->scan : nullptr,
                                                                .loss = loss(),
                                                                .batch_size = settings_.optim.batch_size,
                                                                .device = device_,
                                                                .pace = pace_});
}

std::vector<training::Manifest::DataFile> PtychographyTask::data_files() const {
  std::vector<training::Manifest::DataFile> files;
  for (const auto& [role, split] : data_->splits())
    files.push_back(training::data_file(role, split->path, split->sha256, split->arrays));
  return files;
}

std::vector<std::string> PtychographyTask::readings() const {
  std::vector<std::string> lines;
  for (const auto& [role, split] : data_->splits()) lines.push_back(role + " data " + split->text());
  return lines;
}

void PtychographyTask::check(const Model&, const std::function<void(const std::string&)>& say) {
  for (const auto& [role, split] : data_->splits())
    if (split->measurement)
      for (const std::string& notice : split->measurement->notices) say(notice);
  if (!settings_.own<PtychographySettings>().no_gate) data_->pass_gate(physics_, device_, say);
}

training::Json PtychographyTask::effective() const {
  training::Json data;
  for (const auto& [role, split] : data_->splits()) data[role] = split->sha256;
  return {{"probe_gain", gain_json(physics_.gain_rule())}, {"data_sha256", data_->training.sha256}, {"data", data}};
}

training::Json PtychographyTask::asked() const {
  return {{"probe_gain", gain_json(settings_.own<PtychographySettings>().gain())}};
}

std::optional<training::Measured> PtychographyTask::measure(const Model& model) {
  if (const PtychoData* data = data_->measurement()) {
    MeasuredObject object = reconstruct_measurement(model, *data, physics_.gain(settings_.optim.batch_size),
                                                    settings_.train.infer_batch_size, device_);
    training::Measured result = measured(object);
    if (!last_object_) last_object_ = std::move(object);
    return result;
  }
  if (!data_->scan) return std::nullopt;
  const ComplexImage recon = reconstruction(model);
  return measured(score(data_->scan->truth(), recon), *data_->constant);
}

std::vector<std::string> PtychographyTask::remarks(const training::RunResults&, const training::TrainingState&) const {
  return last_object_ ? remarks_of(*last_object_) : std::vector<std::string>();
}

training::Json gain_json(const ProbeGain& gain) {
  return gain.batch ? training::Json("batch") : training::Json(gain.fixed);
}

training::Measured measured(const ReconMetrics& m, const ReconMetrics& constant) {
  return {metrics_json(m, constant),
          {{"amplitude SSIM", m.ssim.amplitude},
           {"amplitude MAE", m.mae.amplitude},
           {"amplitude PSNR", m.psnr.amplitude},
           {"amplitude FRC50", m.frc50.amplitude},
           {"phase SSIM", m.ssim.phase},
           {"phase MAE", m.mae.phase}}};
}

std::optional<Verdict> PtychographyTask::verdict(const training::RunResults& results,
                                                 const training::TrainingState& state) const {
  return judge_run(state.history, end_of(results.failed_with), collapse_limits(settings_.train.loss, data_->constant));
}

ComplexImage PtychographyTask::reconstruction(const Model& model) const {
  return reconstruct(model, *data_->test, *data_->scan, settings_.train.infer_batch_size, device_);
}

void PtychographyTask::add_metrics(training::Json& metrics, const training::RunResults& results,
                                   const training::TrainingState& state) const {
  if (const auto found = verdict(results, state))
    metrics["collapse"] = verdict_json(*found, collapse_limits(settings_.train.loss, data_->constant));
}

void PtychographyTask::write_files(const training::RunPaths& paths, const Model& last, const training::RunResults&) {
  if (last_object_) {
    write_npz(paths.folder / "recon.npz", object_arrays(*last_object_), true);
    write_pictures(paths.folder / "figures/reconstruction", object_samples(*last_object_, *data_->measurement()));
  }
  if (!data_->scan) return;
  last_recon_ = reconstruction(last);
  const ComplexImage& recon = *last_recon_;
  write_recon(paths.folder / "recon.npz", recon);
  const std::string label = "pinn_" + description_.config.architecture;
  write_figures(paths.folder / "figures", data_->scan->truth(),
                {{.label = label, .image = recon, .metrics = score(data_->scan->truth(), recon)}}, std::nullopt,
                data_->test->N);
}

void PtychographyTask::fill_page(report::RunReport& page, const training::RunResults& results,
                                 const training::TrainingState& state, const Model* model) {
  const auto found = verdict(results, state);
  if (results.last && found) {
    const std::string ssim = format_number(results.last->scores[0].value.value());
    page.summary += ", amplitude SSIM " + ssim + ", " + found->label();
    page.results.insert(page.results.begin(),
                        {{"Amplitude SSIM", ssim, "last weights"}, {"Verdict", found->label(), "collapse detector"}});
    const ReconMetrics& c = *data_->constant;
    page.tables.front().rows.push_back({"constant object", format_number(c.ssim.amplitude),
                                        format_number(c.mae.amplitude), format_number(c.psnr.amplitude),
                                        format_number(c.frc50.amplitude), format_number(c.ssim.phase),
                                        format_number(c.mae.phase)});
  }
  if (found && found->epoch > 0)
    page.curves.marks.push_back({.x = static_cast<double>(found->epoch), .label = std::string(name_of(found->rule))});
  if (last_object_) fill_measurement(page, *last_object_, *data_->measurement());
  for (const std::string& line : readings()) page.manifest.push_back({"as read", line});
  if (model != nullptr && data_->scan)
    page.samples = run_samples(data_->scan->truth(), last_recon_ ? *last_recon_ : reconstruction(*model));
  const Loss& loss = loss_named(settings_.train.loss);
  page.definitions = {
      {"loss", loss.formula, loss.words},
      {"amplitude SSIM", "structural similarity of the amplitudes, window 7 x 7",
       "After the mean amplitudes are matched; the table shows what a constant object scores."},
      {"phase", "after the best plane is taken from each",
       "Where the true phase is zero everywhere, its scores say little."},
      {"best", "weights of the epoch with the least val_loss",
       data_->validation ? "val_loss is measured on the validation data." : "val_loss is measured on the test data."}};
}

}  // namespace fno::ptychography
