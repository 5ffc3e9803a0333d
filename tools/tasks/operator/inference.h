#pragma once

#include "tools/tasks/operator/field_pairs.h"
#include "tools/training/inference.h"

namespace fno::operators {

/// `fno evaluate` for a network of this task. Errors: data.
[[nodiscard]] training::Evaluation evaluate(const training::TrainedNetwork& trained, const std::string& path);

/// `fno predict` for a network of this task: its answers, a batch at a time, and their errors where the file has
/// targets. Writes
///   prediction   in the units of the training targets, the axes in the order of the file's targets, or of its inputs
///                where it has none; complex where they were; float64 where float32 could not hold what varies
///   coordinates  (d, n1 … nd) float32: position of each grid point along each axis, i/n or i/(n-1)
///   metadata     JSON: {"axes", "channels", "grid"}
/// Of states in time it rolls the network out over files.rollout steps, or as many as the file goes on for, or one; t
/// is then an axis of the prediction, and its coordinate the number of the step, from 1. Errors: data; numeric, for an
/// answer that is not finite; config and storage for the file to write.
[[nodiscard]] training::Evaluation predict(const training::TrainedNetwork& trained,
                                           const training::PredictionFiles& files);

/// Adds a notice for frequencies of the network that another grid lacks; `whose` begins it.
void notice_lacking_modes(const NetworkConfig& network, std::span<const std::int64_t> grid, const std::string& whose,
                          std::vector<std::string>& notices);

}  // namespace fno::operators
