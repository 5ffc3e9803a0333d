#pragma once

#include <cstdint>
#include <span>

#include "tools/onnx/recorder.h"
#include "tools/training/model_description.h"

namespace fno {

/// Writes a network whose parameters lie on the recorder's device into its graph: x (N, in, grid…) in the units of the
/// data to y (N, out, grid…) in theirs, the scaling of an operator included. A mean is taken off in two parts, so that
/// float32 loses nothing of it.
/// Errors: config, if the network has no plain operators or does not take the grid; data, if float32 does not hold its
/// scaling.
void write_graph(OnnxRecorder& recorder, const training::ModelDescription& description,
                 const training::BuiltModel& network, std::span<const std::int64_t> grid);

}  // namespace fno
