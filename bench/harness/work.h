#pragma once

#include <string>
#include <vector>

#include "framework/ops/spectral.h"

namespace fno::bench {

// What a case must do: the bytes that a fused implementation cannot avoid moving, and the flop of the cheapest known
// form that keeps float32's accuracy. Not what our kernels happen to do: one pass here may stand for several jobs,
// whose own figures framework/kernels/ states.
//
// A flop here is half a multiply-add, as the product rate of a machine counts it. Arithmetic whose additions do not
// pair with multiplications counts twice, since it takes the units as long.

/// A Fourier layer between equal widths: (B, C, grid…) → the same.
struct LayerShape {
  std::string name;
  int batch, channels;
  std::vector<int> grid;
  int modes;
  ModeConvention convention = ModeConvention::classic;
  int kernel = 1;
  bool stable = false;  ///< the layer is the inside of a stable block
};

/// With S one activation, M one kept spectrum and Wt the spectral weights, all in bytes, each tensor is counted once
/// for every kernel that reads or writes it, in the three-kernel form of the layer (analyse, mix, synthesise + skip):
///   operator alone   2 S + 4 M + Wt
///   layer            3 S + 4 M + Wt    forward,  4 S + 5 M + 2 Wt  backward
///   stable block     6 S + 4 M + Wt    forward,  9 S + 5 M + 2 Wt  backward
/// Flop: transforms, mixing and the local convolution; element-wise functions are not counted.
/// A transform goes axis by axis, each as truncated products folded into even and odd halves (2 a point and mode of the
/// last axis, 4 a point and |frequency| of a leading one), or where that is less and the axis has no prime factor above
/// 7 as an FFT (2.5·log2 n a point of the last axis, 5·log2 n of the others, twice).
[[nodiscard]] Work operator_forward(const LayerShape& layer);
[[nodiscard]] Work layer_forward(const LayerShape& layer);
[[nodiscard]] Work layer_backward(const LayerShape& layer);

/// A convolution (B, in, points_in) → (B, out, points_out); element-wise neighbours are taken as fused, and backward
/// reads dy once for both gradients. Nine taps that keep the points are a 3x3 one, counted as Winograd's F(4x4, 3x3):
/// 36 multiply-adds for 16 points in place of 144, and the 144 and 100 operations of its transforms of a tile (Lavin
/// and Gray 2016), where that is less.
struct ConvShape {
  int batch, in, out, points_in, points_out, taps;
};
[[nodiscard]] Work conv_forward(const ConvShape& c);
[[nodiscard]] Work conv_backward(const ConvShape& c);

/// Adam on so many numbers.
[[nodiscard]] Work adam_step(std::int64_t reals);

}  // namespace fno::bench
