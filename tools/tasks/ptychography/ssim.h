#pragma once

#include <vector>

#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// Weights of the neighbourhood in which two images are compared; the window is their outer product.
struct SsimWindow {
  std::vector<double> weights;     ///< odd number, sum 1
  bool sample_covariance = false;  ///< (co)variances times n/(n-1), n the pixels of the window
};

/// size x size equal weights, sample covariance. Error(config) unless size is odd and at least 3.
[[nodiscard]] SsimWindow uniform_window(int size = 7);

/// Gaussian weights out to `radius` pixels, population covariance (Wang et al.).
[[nodiscard]] SsimWindow gaussian_window(double sigma = 1.5, int radius = 5);

/// Structural similarity at every pixel whose window lies inside the images:
///
///     ((2 μx μy + c1)(2 σxy + c2)) / ((μx² + μy² + c1)(σx² + σy² + c2)),   c1 = (0.01 L)², c2 = (0.03 L)²
///
/// with L the data range.
/// Shapes   x, y (rows, cols) · result (rows - w + 1, cols - w + 1), w the side of the window
/// Errors   config if the sizes differ or the window does not fit
/// Source   Wang, Bovik, Sheikh, Simoncelli, Image Quality Assessment, IEEE TIP 13, 2004
[[nodiscard]] RealImage ssim_map(const RealImage& x, const RealImage& y, double data_range, const SsimWindow& window);

/// Mean of ssim_map: the rim on which the window does not fit is left out.
[[nodiscard]] double ssim(const RealImage& x, const RealImage& y, double data_range,
                          const SsimWindow& window = uniform_window());

/// A simplified multi-scale form: the product over five levels of ssim^weight, weights 0.0448, 0.2856, 0.3001, 0.2363,
/// 0.1333. Every level takes the whole similarity, not only contrast and structure, with the uniform window and the
/// greater of the two images' ranges at full size; from level to level every second row and column is kept, without
/// a low pass. A negative ssim counts as 1e-4, NaN as 0. Ends early where a side is shorter than the window.
/// Errors   config if the sizes differ or the window does not fit at full size
[[nodiscard]] double ms_ssim(const RealImage& x, const RealImage& y);

}  // namespace fno::ptychography
