#include "tools/tasks/ptychography/stitch.h"

#include <cstddef>

namespace fno::ptychography {

void check_geometry(const TileGeometry& g) {
  require<ErrorKind::data>(g.outer_offset_test >= 2 && g.outer_offset_test % 2 == 0, "stitching: outer_offset_test ",
                           g.outer_offset_test, ", it must be even and at least 2");
  require<ErrorKind::data>(g.tile() <= g.patch_size, "stitching: outer_offset_test ", g.outer_offset_test,
                           " leaves gaps between patches of ", g.patch_size, " pixels, at most ", 2 * g.patch_size,
                           " is accepted");
  require<ErrorKind::data>(g.patch_size <= g.object_size, "stitching: patches of ", g.patch_size,
                           " pixels on an object of ", g.object_size, ", they must fit");
}

ComplexImage stitch(std::span<const std::complex<float>> patches, const TileGeometry& geometry, double norm_y) {
  check_geometry(geometry);
  const auto side = static_cast<std::size_t>(geometry.patch_size);
  const auto per_axis = static_cast<std::size_t>(geometry.per_axis());
  const std::size_t pixels = side * side, needed = per_axis * per_axis;
  require<ErrorKind::data>(!patches.empty() && patches.size() % (pixels * needed) == 0, "stitching: ", patches.size(),
                           " pixels, ", static_cast<double>(patches.size()) / static_cast<double>(pixels),
                           " patches of ", side, " x ", side, "; an object of ", geometry.object_size, " with offset ",
                           geometry.outer_offset_test, " takes ", needed,
                           " patches, or a multiple for several objects");
  const int tile = geometry.tile(), border = geometry.border(), size = geometry.stitched_size();
  const auto scale = static_cast<float>(norm_y);
  ComplexImage image{size, size, {}};
  image.values.reserve(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  for (int r = 0; r < size; ++r)
    for (int c = 0; c < size; ++c) {
      const std::size_t patch = static_cast<std::size_t>(r / tile) * per_axis + static_cast<std::size_t>(c / tile);
      const std::size_t pixel =
          static_cast<std::size_t>(border + r % tile) * side + static_cast<std::size_t>(border + c % tile);
      image.values.push_back(scale * patches[patch * pixels + pixel]);
    }
  return image;
}

ComplexImage covered_part(const ComplexImage& object, const TileGeometry& geometry) {
  check_geometry(geometry);
  require<ErrorKind::data>(object.rows == geometry.object_size && object.cols == geometry.object_size,
                           "ground truth: an object of ", object.rows, " x ", object.cols,
                           " pixels, the geometry says ", geometry.object_size, " x ", geometry.object_size);
  return cropped(object, geometry.border(), geometry.border(), geometry.stitched_size(), geometry.stitched_size());
}

}  // namespace fno::ptychography
