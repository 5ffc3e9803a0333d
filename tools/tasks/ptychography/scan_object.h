#pragma once

#include "tools/tasks/ptychography/measurement.h"

namespace fno::ptychography {

/// The pixels of an object that patches at these positions touch.
struct ObjectGrid {
  int row = 0, col = 0;    ///< of its first pixel in the coordinates of the positions
  int rows = 0, cols = 0;  ///< every patch has the neighbours that bilinear weights ask for
};
[[nodiscard]] ObjectGrid grid_of(const Positions& positions, int N);

/// A patch of the object with its pixel (⌊N/2⌋, ⌊N/2⌋) at (x, y), by bilinear weights between pixels. Shapes: out (N,
/// N).
void cut_patch(const ComplexImage& object, const ObjectGrid& grid, double x, double y, int N,
               std::span<std::complex<float>> out);

/// An object put together from patches.
struct StitchedObject {
  ObjectGrid grid;
  ComplexImage object;  ///< 0 where nothing reaches
  RealImage coverage;   ///< Σ |P|² of the patterns there, in units of the probe's greatest
};

/// The object that the patches agree on: each pixel the mean of the patches there, weighted by the probe's power (what
/// minimises Σ |P (patch - object)|²), patches at fractions of a pixel by bilinear weights. Each patch has a phase of
/// its own that its diffraction does not know: it is turned to that of what is there already, neighbour by neighbour,
/// then three times to that of the whole, whose mean phase is made 0. Shapes   patches (n, N, N), n positions, probe
/// (N, N)
[[nodiscard]] StitchedObject stitch_scan(std::span<const std::complex<float>> patches, const Positions& positions,
                                         std::span<const std::complex<float>> probe, int N);

/// The rectangle that the positions span, where patterns overlap on all sides, as far as the grid goes; all of the grid
/// if that is narrower than 11 pixels (which scores need).
[[nodiscard]] ObjectGrid inner_part(const StitchedObject& stitched, const Positions& positions);

}  // namespace fno::ptychography
