#include "tools/tasks/stage_a/profile.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/files/json_file.h"
#include "tools/tasks/ptychography/metadata.h"

namespace fno::stage_a {
namespace {

using settings::Request;
using training::Json;

constexpr std::array<const char*, 12> kOfTheCells{
    "train.probe_gain",  "train.short_last_batch", "train.loader_seed",      "train.study_profile",
    "optim.grad_clip",   "optim.scheduler",        "optim.schedule_mode",    "optim.gradient_clip_algorithm",
    "model.stable_form", "model.layerscale_init",  "optim.lr_warmup_epochs", "optim.lr_min_ratio"};

// Weaker than any flag: a file's request.
Request standing(const std::string& key, const std::string& value) {
  return {key, {settings::Origin::Source::file, "the study's profile"}, value, true, {}};
}

void refuse_settings_of_cells(const StudyOptions& options) {
  for (const Request& r : options.training)
    require<ErrorKind::config>(std::ranges::find(kOfTheCells, r.key) == kOfTheCells.end(), r.origin.label,
                               ": the cells of the study decide it, accepted: a call without");
}

void take_small(StudyProfile& p, const StudyOptions& options) {
  const auto one_image = [](const std::optional<int>& asked, const char* flag) {
    require<ErrorKind::config>(asked.value_or(1) == 1, flag, ": found ", asked.value_or(1),
                               ", accepted: 1 with --size-of-runs small");
  };
  one_image(options.images_train, "--nimgs-train");
  one_image(options.images_test, "--nimgs-test");
  p.data.nimgs_train = p.data.nimgs_test = 1;
  if (!p.data.patches_train) p.data.patches_train = 514;
  p.pace = {.batch_stride = 4, .full_scan_every = 4};
}

std::vector<Request> settings_of(RunSize size, StudyPart part) {
  if (size == RunSize::small)
    return {standing("model.fno_width", "8"),        standing("model.fno_blocks", "4"),
            standing("model.fno_modes", "12"),       standing("optim.batch_size", "16"),
            standing("optim.learning_rate", "1e-2"), standing("optim.epochs", "12")};
  return {standing("optim.epochs", part == StudyPart::full ? "50" : "20"), standing("optim.learning_rate", "1e-3")};
}

Json describe_data(const ptychography::GridLines& d) {
  Json json = settings_json(ptychography::metadata_of(d));
  for (const char* key : {"gridsize", "nimgs_validation", "probe_npz"}) json.erase(key);  // 1, 0, and the hash tells
  return json;
}

Json describe(const StudyProfile& p, const StudyOptions& options, const settings::Settings& s) {
  return {
      {"study", "stage-a"},
      {"size_of_runs", std::string(settings::name_of(options.run_size))},
      {"data", describe_data(p.data)},
      {"network",
       {{"width", s.model.width},
        {"blocks", s.model.blocks},
        {"modes", s.model.modes.of(0)},
        {"spectral", std::string(settings::name_of(s.model.spectral))}}},
      {"training",
       {{"optimizer", std::string(settings::name_of(s.optim.optimizer.kind))},
        {"learning_rate", s.optim.schedule.base},
        {"beta1", s.optim.optimizer.beta1},
        {"beta2", s.optim.optimizer.beta2},
        {"weight_decay", s.optim.optimizer.weight_decay},
        {"batch_size", s.optim.batch_size},
        {"epochs", s.optim.schedule.epochs},
        {"loss", s.train.loss}}},
      {"scoring",
       {{"val_loss_every_nth_batch", p.pace.batch_stride},
        {"full_scan_every_epochs", p.pace.full_scan_every},
        {"rule",
         p.pace.batch_stride == 1
             ? "every epoch: all test patterns"
             : "every epoch: val_loss and std/mean of the amplitude over every nth whole batch of the test patterns "
               "in file order; every so many epochs and in the last one: all test patterns, stitched, with SSIM "
               "and MAE"}}}};
}

// The first path at which two values differ, or nothing.
std::string first_difference(const Json& a, const Json& b, const std::string& path) {
  if (a.is_object() && b.is_object()) {
    for (const auto& [key, value] : a.items()) {
      if (!b.contains(key)) return path + key;
      if (const std::string d = first_difference(value, b.at(key), path + key + "."); !d.empty()) return d;
    }
    for (const auto& [key, value] : b.items())
      if (!a.contains(key)) return path + key;
    return {};
  }
  return a == b ? std::string() : path.substr(0, path.size() - 1);
}

}  // namespace

StudyProfile study_profile(const StudyOptions& options) {
  refuse_settings_of_cells(options);
  require<ErrorKind::config>(options.data.nimgs_validation == 0, "--nimgs-validation: found ",
                             options.data.nimgs_validation, ", accepted: 0, the study scores on the test split");
  StudyProfile p{.options = options, .data = options.data};
  if (options.run_size == RunSize::small) take_small(p, options);
  ptychography::check_grid_lines(p.data);
  p.seeds = options.seeds ? ptychography::seeds_of(options)
                          : std::vector<std::int64_t>{20260128, 20260129, 20260130, 20260131, 20260132};
  std::vector<Request> training = settings_of(options.run_size, options.part);
  training.insert(training.end(), options.training.begin(), options.training.end());
  p.options.training = std::move(training);
  const settings::Settings s = ptychography::arm_settings(p.options, "hybrid", 0);
  p.epochs = p.pace.epochs = s.optim.schedule.epochs;
  p.rate = s.optim.schedule.base;
  p.description = describe(p, options, s);
  return p;
}

void keep_or_compare(const StudyProfile& profile, const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / "config.json").string();
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return write_json(path, profile.description);
  const Json stored = read_json(path);
  const std::string key = first_difference(Json::parse(profile.description.dump()), stored, "");
  require<ErrorKind::config>(key.empty(), path, ": ", key,
                             " differs from that of this call, accepted: the same study, or another --output-dir");
}

}  // namespace fno::stage_a
