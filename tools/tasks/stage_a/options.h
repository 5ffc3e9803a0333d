#pragma once

#include "tools/tasks/ptychography/arms.h"

namespace fno::stage_a {

enum class RunSize { small, full };
enum class StudyPart { cells, factors, mechanism, remedy, event, full, report, all };

/// fno study stage-a
struct StudyOptions : ptychography::ArmsOptions {
  RunSize run_size = RunSize::small;  ///< not "size", which is that of an object
  StudyPart part = StudyPart::all;
  std::optional<double> minutes;   ///< no further run is begun after so long; a run of the part `full` is stopped
  std::vector<std::string> words;  ///< the call as typed, for manifests
  /// Objects a split as they were asked for, since the profile has its own number.
  std::optional<int> images_train, images_test;

  StudyOptions() { architectures = "hybrid,stable_hybrid"; }
};

[[nodiscard]] std::vector<settings::Row<StudyOptions>> study_rows();
/// Errors: config.
[[nodiscard]] StudyOptions study_options(const std::vector<settings::Given>& given);

/// Does the parts that were asked for and are not done yet; `event` and `full` only by name. Returns 0, or 130 and 143
/// after a signal. Errors: config; data and checkpoint of what stands in the folder; device; storage.
int run_study(const StudyOptions& options);

}  // namespace fno::stage_a

template <>
inline constexpr std::array<std::string_view, 2> fno::kNames<fno::stage_a::RunSize>{"small", "full"};
template <>
inline constexpr std::array<std::string_view, 8> fno::kNames<fno::stage_a::StudyPart>{
    "cells", "factors", "mechanism", "remedy", "event", "full", "report", "all"};
