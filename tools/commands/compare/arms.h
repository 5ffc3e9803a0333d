#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/compare/options.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/training/run_record.h"

namespace fno::compare {

/// One run of a comparison, before it has taken place.
struct Arm {
  std::string label, architecture;
  std::int64_t seed = 0;
  settings::Settings settings;
  bool keep = false;     ///< a finished run of the same settings and data stands there
  bool restart = false;  ///< an unfinished one of the same settings does: it is begun again
  bool resume = false;   ///< or, with --resume, goes on from its checkpoint
};

/// The data set that these flags and the profile ask for: `clean` has a phase and a third split to validate on.
/// Errors: config.
[[nodiscard]] ptychography::GridLines data_settings(const CompareOptions& options);

/// The arms in the order asked for, seeds inside, with settings that have been checked against the geometry of the
/// patterns. Unless told otherwise they log the norms of their gradients. Reads and writes no data.
/// Errors: config; storage if OUT cannot be written; data if a run that stands there is damaged.
[[nodiscard]] std::vector<Arm> plan_arms(const CompareOptions& options);

/// Whether kept runs were trained on this very data. Errors: config, naming the run.
void check_kept(const std::vector<Arm>& arms, const ptychography::DatasetPaths& data);

/// The first setting in which two runs differ, paths, threads and logging left aside, as "key: found A, the run there
/// has B", or an empty text.
[[nodiscard]] std::string difference(const settings::Settings& stored, const settings::Settings& now);

}  // namespace fno::compare
