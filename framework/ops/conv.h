#pragma once

#include "framework/autograd/var.h"

namespace fno {

struct ConvOptions {
  int stride = 1, padding = 0;  ///< on every grid axis; the padding is zero
  int output_padding = 0;       ///< of a transposed convolution: points added at the far end
};

/// Cross-correlation in 1 to 3 dimensions.
/// Shapes  x (B, Ci, n…) · weight (Co, Ci, k…) with as many k as n · bias (Co) or undefined
///         result (B, Co, ⌊(n + 2·padding - k)/stride⌋ + 1 …)
/// Errors  config if ranks, channels or sizes do not fit; device if the tensors live on different devices.
[[nodiscard]] Var conv(const Var& x, const Var& weight, const Var& bias, ConvOptions options = {});

/// The adjoint of conv in x, as a layer: weight (Ci, Co, k…), result extent (n-1)·stride - 2·padding + k +
/// output_padding.
[[nodiscard]] Var conv_transpose(const Var& x, const Var& weight, const Var& bias, ConvOptions options = {});

/// conv(gelu(conv(x, w1, b1)), w2, b2) for kernels of one point.
/// Shapes  x (B, Ci, n…) · w1 (Ch, Ci, 1…) · b1 (Ch) · w2 (Co, Ch, 1…) · b2 (Co) · result (B, Co, n…)
/// Memory  backward keeps x alone and computes the hidden channels again.
[[nodiscard]] Var pointwise_mlp(const Var& x, const Var& w1, const Var& b1, const Var& w2, const Var& b2);

/// Geometry of conv(x, weight), checked; `op` starts the messages.
[[nodiscard]] ConvGeometry conv_geometry(const char* op, const Shape& x, const Shape& weight, ConvOptions options);

/// Gradient of a bias: the sum of dy (B, C, n…) over all but the channels.
[[nodiscard]] Tensor channel_sum(const Tensor& dy);

}  // namespace fno
