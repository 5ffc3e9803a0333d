#pragma once

#include "tools/tasks/ptychography/arms.h"

namespace fno::compare {

/// fno compare
struct CompareOptions : ptychography::ArmsOptions {
  bool resume = false;  ///< unfinished arms go on from their checkpoints
};

}  // namespace fno::compare
