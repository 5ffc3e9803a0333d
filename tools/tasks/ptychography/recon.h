#pragma once

#include <string>
#include <vector>

#include "tools/files/host_array.h"
#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// A reconstruction as files have it: YY_pred complex64, amp = |YY_pred| float32, phase = arg YY_pred float32 (radians,
/// not unwrapped), all (rows, cols).
[[nodiscard]] std::vector<NamedArray> recon_arrays(const ComplexImage& image);

/// Writes them as `recon.npz`, deflated. Missing folders are made.
/// Errors   storage
void write_recon(const std::string& path, const ComplexImage& image);

/// YY_pred of such a file. Errors: data, naming the file, if it is damaged or YY_pred is not a complex image.
[[nodiscard]] ComplexImage read_recon(const std::string& path);

}  // namespace fno::ptychography
