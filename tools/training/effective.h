#pragma once

#include "tools/training/live_run.h"

namespace fno::training {

/// What its objects really use at this moment: no setting is looked at. The network is read off its parameters.
[[nodiscard]] Json effective_snapshot(const LiveRun& run);

/// Where the live objects differ from what was asked, one line each: "rate: found 0.001, asked for 0.0005". Empty for a
/// sound run; any other run is void (Stage A specification, section 15.B). What was asked is worked out from the
/// settings of the task alone, by other code than that which set the objects up.
[[nodiscard]] std::vector<std::string> echo_differences(const Json& snapshot, const Task& task, int epoch);

}  // namespace fno::training
