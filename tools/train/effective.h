#pragma once

#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tools/train/json_values.h"
#include "tools/train/loader.h"

namespace fno::train {

/// The live parts of a run whose settings effective.json reports.
struct LiveParts {
  const Optimizer& optimizer;
  const Schedule& schedule;
  const GradientClip& clip;
  const ParameterStore& store;
  const Loader& loader;
  const OperatorData& data;
};

/// What these objects really use at this moment: no setting is looked at. The network is read off its parameters.
[[nodiscard]] Json effective_snapshot(const LiveParts& parts);

}  // namespace fno::train
