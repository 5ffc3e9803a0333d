#pragma once

#include <complex>
#include <span>

#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// How the test patches lie on an object, and what of them is kept.
///
/// The top left corners of the patches stand at 0, t, 2t, … in both axes as long as the patch fits. From each patch its
/// central t x t pixels are kept: as the corners are t apart, the kept parts tile the object without gap or overlap.
struct TileGeometry {
  int object_size = 392;       ///< S, side of the object in pixels
  int patch_size = 64;         ///< N, side of a patch in pixels
  int outer_offset_test = 20;  ///< twice the distance t of two neighbours; even

  [[nodiscard]] int tile() const { return outer_offset_test / 2; }                        ///< t
  [[nodiscard]] int per_axis() const { return (object_size - patch_size) / tile() + 1; }  ///< patches in a row
  [[nodiscard]] int border() const { return (patch_size - tile() + 1) / 2; }  ///< before the kept part, rounded up
  [[nodiscard]] int stitched_size() const { return per_axis() * tile(); }     ///< side of the stitched image
};

/// Error(data) unless the offset is even and at least 2, the tile not greater than the patch, the patch not greater
/// than the object.
void check_geometry(const TileGeometry& geometry);

/// The first object as the network sees it: central parts of the predicted patches side by side, times `norm_y`. No
/// blending, no registration.
///
/// Shapes   patches (n, N, N) row-major, in the order image, row, column · result (per_axis·t)²
/// Units    patches in those of the normalised object; norm_y (`norm_Y_I` of the test split) restores those of the
///          object, up to the gauge that the physics leaves free
/// Errors   data: geometry as check_geometry; n·N² values do not divide into whole images of per_axis² patches
[[nodiscard]] ComplexImage stitch(std::span<const std::complex<float>> patches, const TileGeometry& geometry,
                                  double norm_y);

/// The part of an object that `stitch` covers: rows and columns border … border + stitched_size - 1. With the surplus
/// at the end cut away, this is the object less (N - t)/2 pixels a side.
/// Errors   data: geometry as check_geometry; the object is not S x S
[[nodiscard]] ComplexImage covered_part(const ComplexImage& object, const TileGeometry& geometry);

}  // namespace fno::ptychography
