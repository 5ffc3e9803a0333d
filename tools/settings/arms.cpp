#include "tools/settings/arms.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/settings/setting_table.h"

namespace fno::settings {
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

bool is_list(const std::string& text) { return !text.empty(); }

Rule architecture_rule() {
  for (const Row<Settings>& row : setting_rows(Task::ptychography))
    if (row.key == "run.architecture") return row.rule;
  fail(ErrorKind::config, "no setting run.architecture");
}

// With the data's own flags and the common ones behind.
template <class Options>
std::vector<Row<Options>> arms_rows(std::vector<Row<Options>> rows) {
  using O = Options;
  rows.insert(rows.begin(), bind<O, &O::output_dir>({.key = "output_dir",
                                                     .rule = path(),
                                                     .help = "folder for runs, tables and figures",
                                                     .metavar = "OUT",
                                                     .required = true}));
  rows.push_back(bind<O, &O::data_dir>({.key = "data_dir",
                                        .rule = path(),
                                        .help = "data of fno simulate grid-lines; must agree with the flags",
                                        .metavar = "DIR",
                                        .fallback_text = "OUT/datasets, made if absent"}));
  rows.push_back(bind<O, &O::seeds>({.key = "seeds",
                                     .rule = text(is_list, "seeds with commas between"),
                                     .help = "several seeds of the weights",
                                     .metavar = "A,B,…",
                                     .fallback_text = "--seed"}));
  rows.push_back(bind<O, &O::force>({.key = "force",
                                     .rule = toggle(),
                                     .fallback = false,
                                     .help = "delete the runs that stand in the folders of these arms",
                                     .torch_prefix = true}));
  for (Row<Options>& row : rows) row.section = "Arms";
  for (Row<Options>& row : grid_lines_rows<Options>("0")) {
    row.section = "Data";
    rows.push_back(std::move(row));
  }
  for (auto& row : common_rows<Options>()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

std::vector<Row<CompareOptions>> compare_rows() {
  using C = CompareOptions;
  return arms_rows<C>(
      {bind<C, &C::architectures>({.key = "architectures",
                                   .rule = text(is_list, "names with commas between"),
                                   .help = "the arms: " + accepted(architecture_rule()),
                                   .metavar = "A,B,…",
                                   .required = true}),
       bind<C, &C::resume>({.key = "resume",
                            .rule = toggle(),
                            .fallback = false,
                            .help = "go on with unfinished arms from their checkpoints; without, they begin again",
                            .torch_prefix = true})});
}

std::vector<Row<StudyOptions>> study_rows() {
  using S = StudyOptions;
  std::vector<Row<S>> rows = arms_rows<S>(
      {bind<S, &S::architectures>({.key = "architectures",
                                   .rule = text(is_list, "names with commas between"),
                                   .fallback = "hybrid,stable_hybrid",
                                   .help = "the arms",
                                   .metavar = "A,B,…"}),
       bind<S, &S::run_size>({.key = "size_of_runs",
                              .rule = names_of<StudyProfileSize>(),
                              .fallback = "small",
                              .help = "small: about a minute a run on one core; full: the published sizes"}),
       bind<S, &S::part>({.key = "part",
                          .rule = names_of<StudyPart>(),
                          .fallback = "all",
                          .help = "which part of the study; each goes on where it stopped"}),
       bind<S, &S::minutes>({.key = "minutes",
                             .rule = above(0),
                             .help = "begin no further run after so many minutes",
                             .fallback_text = "no limit"})});
  const auto as_asked = [&](const char* key, Row<S> row) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row<S>& r) { return r.key == key; });
    const RowInfo info = *found;
    *found = std::move(row);
    static_cast<RowInfo&>(*found) = info;
    found->fallback = {};
    found->fallback_text = "1, with --size-of-runs full " + to_text(info.fallback);
  };
  as_asked("nimgs_train", bind<S, &S::images_train>({}));
  as_asked("nimgs_test", bind<S, &S::images_test>({}));
  return rows;
}

std::vector<Row<PlanOptions>> plan_rows() {
  using P = PlanOptions;
  std::vector<Row<P>> rows{bind<P, &P::points>({.key = "N",
                                                .rule = integer(1, 65536),
                                                .fallback = std::int64_t{64},
                                                .help = "side of a patch (--task ptychography)"}),
                           bind<P, &P::inputs>({.key = "inputs",
                                                .rule = integer(1, 65536),
                                                .fallback = std::int64_t{1},
                                                .help = "channels of x (--task operator without --data)"}),
                           bind<P, &P::outputs>({.key = "outputs",
                                                 .rule = integer(1, 65536),
                                                 .fallback = std::int64_t{1},
                                                 .help = "channels of y (--task operator without --data)"})};
  for (Row<P>& row : rows) row.section = "Sizes";
  return rows;
}

std::vector<RowInfo> arm_training_rows() {
  std::vector<RowInfo> rows;
  for (const Row<Settings>& row : setting_rows(Task::ptychography)) {
    const bool of_the_arm = row.key.starts_with("run.");
    const bool of_the_data = row.key == "train.nimgs_test" || row.key == "train.outer_offset_test";
    if (!of_the_arm && !of_the_data) rows.push_back(row);
  }
  return rows;
}

std::vector<std::string> architectures_of(const ArmsOptions& options) {
  std::vector<std::string> names = split(options.architectures);
  for (std::size_t i = 0; i < names.size(); ++i) {
    (void)parse(architecture_rule(), names[i], "--architectures");
    require<ErrorKind::config>(std::count(names.begin(), names.end(), names[i]) == 1, "--architectures: found ",
                               names[i], " twice, accepted: each arm once");
  }
  return names;
}

std::vector<std::int64_t> seeds_of(const ArmsOptions& options) {
  if (!options.seeds) return {options.seed};
  std::vector<std::int64_t> seeds;
  for (const std::string& word : split(*options.seeds)) {
    seeds.push_back(std::get<std::int64_t>(parse(integer(0, 9007199254740991.0), word, "--seeds")));
    require<ErrorKind::config>(std::count(seeds.begin(), seeds.end(), seeds.back()) == 1, "--seeds: found ", word,
                               " twice, accepted: each seed once");
  }
  return seeds;
}

Request request(const std::string& key, const std::string& value) {
  return {key, {Origin::Source::flag, key}, value, true, {}};
}

Settings arm_settings(const ArmsOptions& options, const std::string& architecture, std::int64_t seed,
                      const ArmPlace& place, const std::vector<Request>& more) {
  std::vector<Request> requests;
  for (const Request& r : options.training) requests.push_back(r);
  for (const Request& r : more) requests.push_back(r);
  const auto add = [&](const char* key, const std::string& value) { requests.push_back(request(key, value)); };
  add("run.task", std::string(name_of(Task::ptychography)));
  add("run.architecture", architecture);
  add("run.data", place.train);
  add("run.test_data", place.test);
  if (place.validation) add("run.validation_data", *place.validation);
  add("run.output_dir", place.run);
  add("run.seed", std::to_string(seed));
  add("run.device", options.device);
  if (options.threads) add("run.threads", std::to_string(*options.threads));
  if (options.quiet) add("run.quiet", "true");
  if (options.json) add("run.json", "true");
  if (options.verbose) add("run.verbose", "true");
  return resolve(requests);
}

}  // namespace fno::settings
