#pragma once

#include "framework/kernels/conv.h"

namespace fno::cpu {

inline constexpr int kTileOut = 4;  // outputs of a Winograd tile, along each axis

/// Whether Winograd's filtering (winograd.h) computes a convolution and its weight gradient: a 3x3 kernel with stride 1
/// on planes, where it measured faster than the direct kernels. Its transforms cost as much as about eight channels of
/// the other side: 1/in + 1/out <= 1/8, so 16 to 16 channels or 32 to 11. Less than eight tiles leave its products too
/// few rows, and planes one point high would be three quarters padding.
///
/// Gain over the direct kernels (AVX-512, one thread, batch 16; output and both gradients, the least and the most): on
/// 32² and 64² 1.2 to 1.6 with 16 channels, 1.9 to 2 with 32, 1.9 to 2.6 with 64; on 4² to 16² 1.5 to 5. With AVX2 the
/// same within a fifth.
inline bool takes_winograd(const ConvGeometry& g) {
  bool planes = g.size[0] == 1 && g.kernel[0] == 1 && g.padding[0] == 0;
  for (int axis = 1; axis < kGridAxes; ++axis)
    planes = planes && g.kernel[axis] == 3 && g.stride[axis] == 1 && g.padding[axis] == g.padding[1] &&
             g.padding[axis] >= 0 && g.padding[axis] <= 2;
  const auto tiles = [&](int axis) { return std::int64_t{(g.out_size[axis] + kTileOut - 1) / kTileOut}; };
  const std::int64_t of_sample = tiles(1) * tiles(2), in = g.in, out = g.out;
  return planes && in * out >= 8 * (in + out) && g.batch * of_sample >= 8 &&
         of_sample * kTileOut * kTileOut <= 3 * g.out_points();
}

}  // namespace fno::cpu
