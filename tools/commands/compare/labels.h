#pragma once

#include <string>
#include <vector>

namespace fno::compare {

/// Short names for runs, all different and fit for files: the last part of the path, "pinn_hybrid"; below a folder of
/// seeds two parts, "pinn_hybrid_seed7"; more parts where two runs would share a name.
/// Errors: config, if a run is given twice.
[[nodiscard]] std::vector<std::string> labels_of(const std::vector<std::string>& runs);

}  // namespace fno::compare
