#include "tools/tasks/stage_a/options.h"

namespace fno::stage_a {

using settings::flag, settings::Given, settings::Row;

std::vector<Row<StudyOptions>> study_rows() {
  using S = StudyOptions;
  std::vector<Row<S>> rows = ptychography::arms_rows<S>(
      {flag<S, &S::architectures>(
           {.key = "architectures", .rule = ptychography::arm_list(), .help = "the arms", .metavar = "A,B,…"}),
       flag<S, &S::run_size>({.key = "size_of_runs",
                              .rule = settings::names_of<RunSize>(),
                              .help = "small: about a minute a run on one core; full: the published sizes"}),
       flag<S, &S::part>({.key = "part",
                          .rule = settings::names_of<StudyPart>(),
                          .help =
                              "which part of the study; each goes on where it stopped; full: the registered runs of "
                              "docs/studies/stage-a/protocol.md, several processes side by side if wanted"}),
       flag<S, &S::minutes>(
           {.key = "minutes",
            .rule = settings::above(0),
            .help = "begin no further run after so many minutes; part full stops the run, to go on later",
            .fallback_text = "no limit"})});
  for (Row<S>& row : rows) {
    if (row.key == "nimgs_train" || row.key == "nimgs_test") row.fallback_text = "1, with --size-of-runs full {}";
    if (row.key == "noise_seed") row.fallback_text = "--seed";
  }
  return rows;
}

StudyOptions study_options(const std::vector<Given>& given) {
  const std::vector<Row<StudyOptions>> rows = study_rows();
  auto options = settings::read_options<StudyOptions>(rows, given);
  complete(options, given, settings::without(given, rows), options.seed);
  if (settings::find(given, "nimgs_train") != nullptr) options.images_train = options.data.nimgs_train;
  if (settings::find(given, "nimgs_test") != nullptr) options.images_test = options.data.nimgs_test;
  return options;
}

}  // namespace fno::stage_a
