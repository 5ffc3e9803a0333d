#pragma once

#include "tools/training/inference.h"

namespace fno::ptychography {

/// `fno evaluate` for a network of this task: a measurement, or the test split of a simulated set. Errors: data;
/// numeric for what does not pass the first part of the gate.
[[nodiscard]] training::Evaluation evaluate(const training::TrainedNetwork& trained, const std::string& path);

/// `fno predict`: the reconstruction as recon_arrays or object_arrays has it, and a picture of it beside.
/// Errors: those of evaluate, config and storage.
[[nodiscard]] training::Evaluation predict(const training::TrainedNetwork& trained,
                                           const training::PredictionFiles& files);

}  // namespace fno::ptychography
