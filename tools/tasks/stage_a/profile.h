#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/tasks/ptychography/validation.h"
#include "tools/tasks/stage_a/options.h"
#include "tools/training/json_values.h"

namespace fno::stage_a {

/// What all runs of a study share: the data, the settings that no cell decides, and how a run is scored.
///
/// `small` is Stage A specification, section 10.6: one object a split, 514 training patches (32 batches of 16 and one
/// of 2, the published runs' odd last batch), 4 levels, width 8, 12 modes, rate 1e-2, the cliff of that section, and 12
/// epochs. Training flags of the command line win over it, as do --patches-train and the like; the images do not.
/// `full` is sections 8.2 and 15.A.2: the data of the flags, width 32, 20 epochs, in the part `full` 50.
struct StudyProfile {
  ptychography::ArmsOptions options;  ///< of the command line, with the profile's settings put under its training flags
  ptychography::GridLines data;
  std::vector<std::int64_t> seeds;  ///< of the cells
  int epochs = 0;
  double rate = 0;  ///< the base rate
  ptychography::ScanPace pace;
  training::Json description;  ///< config.json: equal for two calls that may share one runs.jsonl
};

/// Errors: config, for settings that the cells decide, for images other than the small profile's, and as `resolve`.
[[nodiscard]] StudyProfile study_profile(const StudyOptions& options);

/// Writes OUT/config.json, or compares with the one there. Errors: config, naming the first key that differs.
void keep_or_compare(const StudyProfile& profile, const std::string& folder);

}  // namespace fno::stage_a
