#pragma once

#include <span>

namespace fno::ptychography {

/// Replaces an image by its convolution with a Gaussian, axis after axis, in double precision. The kernel reaches
/// floor(4 sigma + 0.5) pixels to either side and sums to 1. Beyond the border the image is mirrored with its edge
/// repeated (... c b a | a b c ...), as often as the kernel needs. sigma 0 changes nothing.
///
/// Shapes   image (rows, cols), row-major
/// Errors   config if the extents are not those of the image or sigma is negative, not finite or above 1e6
/// Source   the convention of scipy.ndimage.gaussian_filter with its defaults (mode "reflect", truncate 4)
void gaussian_filter(std::span<double> image, int rows, int cols, double sigma);

}  // namespace fno::ptychography
