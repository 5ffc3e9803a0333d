#include "tools/tasks/ptychography/arms.h"

#include <algorithm>
#include <filesystem>

#include "framework/error.h"
#include "tools/settings/setting_table.h"

namespace fno::ptychography {

using settings::Given, settings::Request, settings::Row, settings::RowInfo, settings::Settings;

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

const settings::TaskTable& table() { return settings::table_of("ptychography"); }

const settings::Rule& architecture_rule() { return table().find("run.architecture")->rule; }

}  // namespace

settings::Rule arm_list() { return settings::text(settings::not_empty, "names with commas between"); }

std::string arm_names() { return settings::accepted(architecture_rule()); }

std::vector<RowInfo> arms_flags(std::vector<RowInfo> rows) {
  for (RowInfo& row : settings::source_flags()) rows.push_back(std::move(row));
  for (const Row<Settings>& row : table().rows) {
    const bool of_the_arm = row.key.starts_with("run.");
    const bool of_the_data = row.key == "train.nimgs_test" || row.key == "train.outer_offset_test";
    if (!of_the_arm && !of_the_data) rows.push_back(row);
  }
  settings::put_common_last(rows);
  return rows;
}

void complete(ArmsOptions& options, const std::vector<Given>& given, const std::vector<Given>& training,
              std::int64_t noise_seed) {
  options.training = settings::requests_of(training);
  (void)architectures_of(options);
  (void)seeds_of(options);
  complete(options.data, given, noise_seed);
}

std::vector<std::string> architectures_of(const ArmsOptions& options) {
  std::vector<std::string> names = split(options.architectures);
  for (std::size_t i = 0; i < names.size(); ++i) {
    (void)settings::parse(architecture_rule(), names[i], "--architectures");
    require<ErrorKind::config>(std::count(names.begin(), names.end(), names[i]) == 1, "--architectures: found ",
                               names[i], " twice, accepted: each arm once");
  }
  return names;
}

std::vector<std::int64_t> seeds_of(const ArmsOptions& options) {
  if (!options.seeds) return {options.seed};
  std::vector<std::int64_t> seeds;
  for (const std::string& word : split(*options.seeds)) {
    seeds.push_back(std::get<std::int64_t>(settings::parse(settings::seed(), word, "--seeds")));
    require<ErrorKind::config>(std::count(seeds.begin(), seeds.end(), seeds.back()) == 1, "--seeds: found ", word,
                               " twice, accepted: each seed once");
  }
  return seeds;
}

std::string data_folder(const ArmsOptions& options) {
  const std::filesystem::path out = options.output_dir;
  return options.data_dir.value_or(out / "datasets" / ("N" + std::to_string(options.data.N)) /
                                   ("gs" + std::to_string(options.data.gridsize)));
}

Request request(const std::string& key, const std::string& value) {
  return {key, {settings::Origin::Source::flag, key}, value, true, {}};
}

Settings arm_settings(const ArmsOptions& options, const std::string& architecture, std::int64_t seed,
                      const ArmPlace& place, const std::vector<Request>& more) {
  std::vector<Request> requests;
  for (const Request& r : options.training) requests.push_back(r);
  for (const Request& r : more) requests.push_back(r);
  const auto add = [&](const char* key, const std::string& value) { requests.push_back(request(key, value)); };
  add("run.task", table().name);
  add("run.architecture", architecture);
  add("run.data", place.train);
  add("run.test_data", place.test);
  if (place.validation) add("run.validation_data", *place.validation);
  add("run.output_dir", place.run);
  add("run.seed", std::to_string(seed));
  add("run.device", options.device);
  add("run.cpu_isa", options.cpu_isa);
  if (options.threads) add("run.threads", std::to_string(*options.threads));
  if (options.quiet) add("run.quiet", "true");
  if (options.json) add("run.json", "true");
  if (options.verbose) add("run.verbose", "true");
  return settings::resolve(requests);
}

}  // namespace fno::ptychography
