#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/ops/spectral.h"
#include "tools/tasks/operator/operator_data.h"

namespace fno::operators {

/// How fields meet their own beginning behind the last point of an axis: root mean squares over the training samples of
/// the step from the last point to the first and of the bends (second differences) about it, each over that of the
/// others. 1 for what is periodic; a jump or a kink stands out. The greater of both, and of x and y. On grids with both
/// ends the last point of what is periodic is the first: the step is 0 then.
/// Absent for axes of fewer than kSeamPoints, where there is too little to compare with.
using Seam = std::optional<double>;
inline constexpr std::int64_t kSeamPoints = 4;
inline constexpr double kPeriodicSeam = 1.5;  ///< periodic up to this

/// One an axis; of samples 0 … training-1, a few hundred of them at most.
[[nodiscard]] std::vector<Seam> seams_of(const OperatorData& data, std::int64_t training);

/// 0 along axes that are periodic or too short to tell, else 1.
[[nodiscard]] PerAxis<double> padding_for(const std::vector<Seam>& seams);

/// "axis 1 is not periodic (the seam is 11.8 times a usual step), axis 2 is periodic (1.02)".
[[nodiscard]] std::string seams_text(const std::vector<Seam>& seams);

}  // namespace fno::operators
