#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/training/task.h"
#include "tools/training/trained_network.h"

namespace fno::training {

/// What came of putting a trained network to a file.
struct Evaluation {
  std::optional<Measured> measured = {};                 ///< where the file holds what the answers should be
  std::string samples = {};                              ///< how many of what: "5 on 6 x 6"
  std::vector<std::string> readings = {}, notices = {};  ///< how the file was read
  std::vector<std::string> remarks = {};                 ///< said below the scores
  Json arrays = Json::array();                           ///< written by `fno predict`: [{"name", "type", "shape"}]
};

/// Where `fno predict` takes inputs from and puts answers, replacing what stands there.
struct PredictionFiles {
  std::string data, output;
  bool needs_targets = false;                ///< somebody named the array of the targets: it has to be there
  std::optional<std::int64_t> rollout = {};  ///< steps that a network of states in time is applied to its own answers
};

}  // namespace fno::training
