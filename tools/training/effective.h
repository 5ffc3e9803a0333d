#pragma once

#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tools/settings/settings.h"
#include "tools/training/json_values.h"
#include "tools/training/loader.h"
#include "tools/training/task.h"

namespace fno::training {

/// The live parts of a run whose settings effective.json reports.
struct LiveParts {
  const Optimizer& optimizer;
  const Schedule& schedule;
  const GradientClip& clip;
  const ParameterStore& store;
  const Loader& loader;
  const Task& task;
  const settings::Settings& settings;  ///< what was asked for
};

/// What these objects really use at this moment: no setting is looked at. The network is read off its parameters.
[[nodiscard]] Json effective_snapshot(const LiveParts& parts);

/// Where the live objects differ from what was asked, one line each: "rate: found 0.001, asked for 0.0005". Empty for a
/// sound run; any other run is void (Stage A specification, section 15.B). What was asked is worked out from the
/// settings alone, by other code than that which set the objects up.
[[nodiscard]] std::vector<std::string> echo_differences(const Json& snapshot, const settings::Settings& settings,
                                                        int epoch);

}  // namespace fno::training
