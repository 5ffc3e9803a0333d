#pragma once

#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// What is taken from a phase before it is scored, since diffraction does not fix it.
enum class PhaseAlignment {
  plane,  ///< its own least-squares plane: a global phase and a tilt (a shift of the diffraction pattern)
  mean,   ///< its mean only
};

/// p(row, col) = slope_row · row + slope_col · col + offset.
struct Plane {
  double slope_row = 0, slope_col = 0, offset = 0;  ///< radians a pixel, radians a pixel, radians
};

/// The least-squares plane of all pixels, in closed form. All zero for an image of zeros.
[[nodiscard]] Plane fit_plane(const RealImage& image);

/// The image less what the alignment takes. An image of zeros stays exactly zero.
[[nodiscard]] RealImage aligned_phase(const RealImage& phase, PhaseAlignment alignment);

}  // namespace fno::ptychography
