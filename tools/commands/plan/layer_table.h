#pragma once

#include <string>

#include "tools/training/plan.h"

namespace fno {

/// The jobs of a step by layer: a line each with launches, bytes and flop of the forward pass, of the reverse pass or
/// the update, and their shares of the step. Parts of a layer (lifter.conv1) count with it; layers that follow one
/// another and cost the same share a line (blocks.0-2). At most 100 columns.
[[nodiscard]] std::string layer_table(const training::StepPlan& plan);

/// The layer that a scope is a part of: "blocks.0" of "blocks.0.conv1", "lifter" of "lifter.conv1".
[[nodiscard]] std::string layer_of(const std::string& scope);

}  // namespace fno
