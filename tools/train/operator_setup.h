#pragma once

#include <cstdint>
#include <memory>

#include "models/operator_model.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tools/config/settings.h"
#include "tools/train/operator_data.h"

namespace fno::train {

/// All that it takes to build the network again, but for its weights.
struct ModelDescription {
  OperatorConfig config;
  ChannelScaling input, output;
};

/// A network and its parameters.
struct BuiltModel {
  BuiltModel(const ModelDescription& description, const Device& device, std::uint64_t seed)
      : store(device, seed), model(store, description.config, description.input, description.output) {}
  ParameterStore store;
  OperatorModel model;
};

/// Settings as the parts of a run take them. `fno_modes` must have been filled (config::check_against_data).
[[nodiscard]] OperatorConfig operator_config(const config::Settings& settings, const OperatorData& data);
[[nodiscard]] OptimizerSettings optimizer_settings(const config::Settings& settings);
[[nodiscard]] ScheduleSettings schedule_settings(const config::Settings& settings);
[[nodiscard]] ClipSettings clip_settings(const config::Settings& settings);

/// The network for these data, its scaling fitted on samples 0 … training-1.
[[nodiscard]] ModelDescription describe_model(const config::Settings& settings, const OperatorData& data,
                                              std::int64_t training);

/// Evaluates one sample, so that what does not fit the grid is an error before anything has been written.
/// Errors: config.
void try_model(const Model& model, const OperatorData& data, const Device& device);

}  // namespace fno::train
