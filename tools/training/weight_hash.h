#pragma once

#include <nlohmann/json.hpp>

#include "models/parameters.h"
#include "tools/files/json_file.h"

namespace fno::training {

/// Hashes of weights as metrics.jsonl has them, 16 digits each, the first of a SHA-256 of the bytes as a device holds
/// them: {"weights_hash": of all tensors, "tensors": {NAME: of that tensor, …}}, in the order of the network. Copies
/// them to the host, one at a time.
[[nodiscard]] Json weights_json(const ParameterStore& store);

}  // namespace fno::training
