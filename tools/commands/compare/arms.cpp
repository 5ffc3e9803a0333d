#include "tools/commands/compare/arms.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/commands/compare/groups.h"
#include "tools/files/sha256.h"
#include "tools/settings/resolve.h"
#include "tools/settings/setting_table.h"
#include "tools/tasks/ptychography/task.h"
#include "tools/training/run_directory.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;

const char* const kLogNorms = "train.log_grad_norm";

std::vector<settings::Request> defaults_of(const CompareOptions& options) {
  const bool asked = std::ranges::any_of(options.training, [](const auto& r) { return r.key == kLogNorms; });
  return asked ? std::vector<settings::Request>{} : std::vector{ptychography::request(kLogNorms, "true")};
}

std::string words(const settings::Value& value) {
  return std::holds_alternative<std::monostate>(value) ? "nothing" : settings::to_text(value);
}

ptychography::ArmPlace place_of(const CompareOptions& options, const std::string& run) {
  const fs::path data = data_folder(options);
  ptychography::ArmPlace place{.train = data / "train.npz", .test = data / "test.npz", .validation = {}, .run = run};
  if (data_settings(options).nimgs_validation > 0) place.validation = data / "validation.npz";
  return place;
}

bool is_ending_of_a_run(int code) {
  // Memory may suffice another time; NaN comes again.
  return code == 0 || code == static_cast<int>(ErrorKind::numeric);
}

// What stands in the folder of an arm, and what is to become of it.
void look_at_place(Arm& arm, const CompareOptions& options) {
  const fs::path folder = arm.settings.run.output_dir;
  const training::RunPaths paths(folder);
  std::error_code error;
  if (options.force || !fs::is_regular_file(paths.config(), error)) {
    training::check_run_directory(folder, options.force || options.resume);
    arm.settings.run.resume = options.resume && fs::exists(folder, error);
    return;
  }
  const std::string conflict = difference(settings::load_settings(paths.config()), arm.settings);
  require<ErrorKind::config>(conflict.empty(), folder.string(), ": ", conflict,
                             "; accepted: the same settings, another --output-dir, or --force to delete the run");
  const auto ending = training::ending_of(folder);
  arm.keep = ending && is_ending_of_a_run(*ending);
  if (arm.keep) {
    (void)training::read_run(folder, arm.label);
    return;
  }
  (options.resume ? arm.resume : arm.restart) = true;
  (options.resume ? arm.settings.run.resume : arm.settings.run.force) = true;
  training::check_run_directory(folder, true);
}

}  // namespace

ptychography::GridLines data_settings(const CompareOptions& options) {
  ptychography::GridLines settings = options.data;
  const std::vector<std::string> names = ptychography::architectures_of(options);
  const settings::Settings any = ptychography::arm_settings(options, names.front(), options.seed);
  if (any.own<ptychography::PtychographySettings>().study_profile == ptychography::StudyProfile::clean) {
    settings.set_phi = true;
    settings.nimgs_validation = std::max(settings.nimgs_validation, 1);
  }
  return settings;
}

std::vector<Arm> plan_arms(const CompareOptions& options) {
  require<ErrorKind::config>(!options.resume || !options.force,
                             "--resume: found --force beside it, accepted: one of them");
  training::check_run_directory(options.output_dir, true);
  const std::vector<std::int64_t> seeds = ptychography::seeds_of(options);
  std::vector<Arm> arms;
  for (const std::string& architecture : ptychography::architectures_of(options)) {
    const fs::path folder = fs::path(options.output_dir) / "runs" / ("pinn_" + architecture);
    std::error_code error;
    require<ErrorKind::config>(
        seeds.size() == 1 || !fs::exists(folder / "config.toml", error), folder.string(),
        ": found a run where the folders of several seeds belong, accepted: another --output-dir");
    for (const std::int64_t seed : seeds) {
      const std::string name = "seed" + std::to_string(seed);
      Arm arm{.label = "pinn_" + architecture + (seeds.size() > 1 ? "_" + name : ""),
              .architecture = architecture,
              .seed = seed,
              .settings = {}};
      const fs::path run = seeds.size() > 1 ? folder / name : folder;
      arm.settings = ptychography::arm_settings(options, architecture, seed, place_of(options, run.string()),
                                                defaults_of(options));
      arm.settings.run.force = options.force;
      // A depth that does not fit the patterns is an error before anything is made.
      arm.settings.model.points = options.data.N;
      arm.settings.model.channels = options.data.gridsize * options.data.gridsize;
      (void)count_parameters(arm.settings.model);
      look_at_place(arm, options);
      arms.push_back(std::move(arm));
    }
  }
  return arms;
}

void check_kept(const std::vector<Arm>& arms, const ptychography::DatasetPaths& data) {
  std::string train_hash, test_hash;
  for (const Arm& arm : arms) {
    if (!arm.keep) continue;
    if (train_hash.empty()) {
      train_hash = sha256_hex_of_file(data.train);
      test_hash = sha256_hex_of_file(data.test);
    }
    const training::RunRecord run = training::read_run(arm.settings.run.output_dir, arm.label);
    require<ErrorKind::config>(run.data_hash("training") == train_hash && run.data_hash("test") == test_hash,
                               run.folder.string(), ": found a run on other data than ", data.train, " and ", data.test,
                               ", accepted: another --output-dir, or --force to delete the run");
  }
}

std::string difference(const settings::Settings& stored, const settings::Settings& now) {
  for (const auto& row : settings::setting_rows(now.run.task)) {
    if (!row.stored || row.changes_no_number) continue;
    const settings::Value before = row.get(stored), after = row.get(now);
    if (before != after)
      return row.key + ": found " + settings::printable(words(after)) + ", the run there has " +
             settings::printable(words(before));
  }
  return {};
}

}  // namespace fno::compare
