#include "tools/tasks/ptychography/plane_fit.h"

namespace fno::ptychography {
namespace {

// Σ (i - mean)² over i = 0 … n-1.
double spread(int n) { return n * (static_cast<double>(n) * n - 1) / 12; }

}  // namespace

Plane fit_plane(const RealImage& image) {
  const double mean = mean_and_std(image).mean;
  const double middle_row = (image.rows - 1) / 2.0, middle_col = (image.cols - 1) / 2.0;
  // Centred coordinates of a full grid are orthogonal to each other and to a constant: three separate projections.
  double along_rows = 0, along_cols = 0;
  for (int r = 0; r < image.rows; ++r)
    for (int c = 0; c < image.cols; ++c) {
      const double v = image.at(r, c) - mean;
      along_rows += (r - middle_row) * v;
      along_cols += (c - middle_col) * v;
    }
  Plane plane;
  if (image.rows > 1) plane.slope_row = along_rows / (spread(image.rows) * image.cols);
  if (image.cols > 1) plane.slope_col = along_cols / (spread(image.cols) * image.rows);
  plane.offset = mean - plane.slope_row * middle_row - plane.slope_col * middle_col;
  return plane;
}

RealImage aligned_phase(const RealImage& phase, PhaseAlignment alignment) {
  const Plane plane = alignment == PhaseAlignment::plane ? fit_plane(phase) : Plane{.offset = mean_and_std(phase).mean};
  RealImage result = phase;
  for (int r = 0; r < phase.rows; ++r)
    for (int c = 0; c < phase.cols; ++c) result.at(r, c) -= plane.slope_row * r + plane.slope_col * c + plane.offset;
  return result;
}

}  // namespace fno::ptychography
