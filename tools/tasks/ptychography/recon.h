#pragma once

#include <string>

#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// Writes a reconstruction as `recon.npz`, deflated: YY_pred complex64, amp = |YY_pred| float32, phase = arg YY_pred
/// float32 (radians, not unwrapped), all (rows, cols). Missing folders are made.
/// Errors   storage
void write_recon(const std::string& path, const ComplexImage& image);

/// YY_pred of such a file. Errors: data, naming the file, if it is damaged or YY_pred is not a complex image.
[[nodiscard]] ComplexImage read_recon(const std::string& path);

}  // namespace fno::ptychography
